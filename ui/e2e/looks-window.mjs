//! Pictures of the merchant's screens around the till, in both languages, light and dark, small and large, to be
//! looked at; each is also held against axe-core's rules: `npm run looks:window -- [FOLDER] [FILTER]`. Exits 1 on any
//! page error, spill or violation.

import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { faultsOf } from './held.mjs';
import { openSite } from './site.mjs';

const out = resolve(process.argv[2] ?? join(tmpdir(), 'tillbeam-looks'));
const filter = new RegExp(process.argv[3] ?? '');
const { base, browser, close } = await openSite(out);

const SMALL = { width: 1280, height: 800 };
const LARGE = { width: 1920, height: 1080 };
let faults = 0;
let pictures = 0;

function fault(name, text) {
  faults += 1;
  console.error(`${name}: ${text}`);
}

/** One state: how to get there, in all four of language and theme; the first also large and with 200 % text. */
async function look(state, fake, reach, file = 'merchant') {
  for (const [lang, scheme, viewport, large] of [
    ['en', 'light', SMALL, false],
    ['zh', 'light', SMALL, false],
    ['en', 'dark', SMALL, false],
    ['zh', 'dark', SMALL, false],
    ['en', 'light', LARGE, false],
    ['zh', 'dark', LARGE, false],
    ['en', 'light', SMALL, true],
  ]) {
    const name = `${state}-${lang}-${scheme}-${viewport.width}${large ? '-text200' : ''}`;
    if (filter.test(name)) await picture(name, { file, fake, lang, scheme, viewport, large }, reach);
  }
}

async function picture(name, { file, fake, lang, scheme, viewport, large }, reach) {
  const context = await browser.newContext({ viewport, colorScheme: scheme, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', bypassCSP: true, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.on('pageerror', (error) => fault(name, error.message));
  page.on('console', (message) => message.type() === 'error' && fault(name, message.text()));
  try {
    await page.goto(`${base}/${file}.html?fake=${fake}&lang=${lang}`);
    if (large) await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
    await page.waitForSelector('.shell, [data-testid=first], [data-testid=display]');
    await reach(page);
    await page.evaluate(() => document.fonts.ready);
    await page.screenshot({ path: join(out, `${name}.png`) });
    for (const text of await faultsOf(page)) fault(name, text);
    pictures += 1;
  } catch (error) {
    fault(name, error.message);
  }
  await context.close();
}

const click = (page, testid) => page.click(`[data-testid=${testid}]`);
const customers = async (page) => {
  await click(page, 'screen-customers');
  await page.waitForSelector('[data-testid=found-customer]');
};
const customer = (number) => async (page) => {
  await customers(page);
  await page.click(`li:nth-child(${number}) [data-testid=found-customer]`);
  await page.waitForSelector('[data-testid=customer]');
};
const act = (name, number = 1) => async (page) => {
  await customer(number)(page);
  await click(page, `act-${name}`);
  await page.waitForSelector('dialog');
};

await look('till', 'idle', () => undefined);
await look('till-keys', 'staffed', (page) => page.keyboard.down('Alt'));
await look('keys-recorded', 'staffed_recorded', (page) => page.keyboard.down('Alt'));
await look('online', 'idle', async (page) => {
  await click(page, 'online');
  await page.waitForSelector('[data-testid=online-customer]');
});
await look('online-nobody', 'empty', async (page) => {
  await click(page, 'online');
  await page.waitForSelector('[data-testid=online-list][data-status=shown]');
});
await look('refused', 'refused', (page) => page.waitForSelector('[data-testid=refused-name]'));
await look('pin', 'pin_required', async (page) => {
  await click(page, 'customer-pin');
  await page.waitForSelector('[data-testid=pin-for]');
});
await look('notice', 'idle&practice', async (page) => {
  await page.fill('[data-testid=typed-code]', '112345678906058726934226722');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-testid=command-failed]');
});
await look('lock', 'locked', (page) => page.waitForSelector('[data-testid=operator]'));
await look('lock-pin', 'locked', async (page) => {
  await page.click('[data-testid=operator]');
  await page.fill('[data-testid=pin]', '1111');
  await click(page, 'send-pin');
  await page.waitForSelector('.failed svg');
});
await look('customers', 'idle', customers);
await look('customers-none', 'idle', async (page) => {
  await customers(page);
  await page.fill('[data-testid=find]', 'zzz');
  await page.waitForSelector('.none strong');
});
await look('customers-offline', 'asking_offline', async (page) => {
  await click(page, 'screen-customers');
  await page.waitForSelector('.failed');
});
await look('customer', 'idle', customer(1));
await look('customer-cashier', 'cashier', customer(1));
await look('customer-frozen', 'idle', customer(2));
await look('customer-rtl', 'idle', customer(4));
await look('customer-huge', 'idle', customer(5));
await look('customer-empty', 'idle', customer(6));
for (const name of ['top_up', 'take', 'refund', 'transfer', 'adjustment']) await look(`act-${name}`, 'idle', act(name));
await look('act-done', 'idle', async (page) => {
  await act('top_up')(page);
  await page.fill('[data-testid=move-amount]', '10');
  await click(page, 'move');
  await page.waitForSelector('[data-testid=told][data-status=moved]');
});
await look('act-refused', 'move_refused', async (page) => {
  await act('top_up', 5)(page);
  await page.fill('[data-testid=move-amount]', '10');
  await click(page, 'move');
  await page.waitForSelector('[data-testid=sheet-failed] svg');
});
await look('customer-unsure', 'unsure', customer(1));
await look('customer-sure', 'sure', customer(1));
await look('damaged', 'damaged', (page) => page.waitForSelector('[data-testid=damage-seen]'));
await look('doubts-ended', 'restored', (page) => page.waitForSelector('[data-testid=dismiss-doubts]'));
await look('consent', 'consent', async (page) => {
  await act('refund')(page);
  await page.fill('[data-testid=move-amount]', '1');
  await page.fill('[data-testid=move-reason]', 'Moving away');
  await click(page, 'move');
  await page.waitForSelector('[data-testid=operator]');
});
await look('erase', 'idle', async (page) => {
  await customer(5)(page);
  await page.click('.danger');
  await page.waitForSelector('dialog');
});
await look('card', 'idle', async (page) => {
  await customer(1)(page);
  await page.click('[data-testid=make-card]');
  await page.waitForSelector('[data-testid=card]');
});
await look('entry', 'idle', async (page) => {
  await customer(1)(page);
  await page.click('[data-testid=customer-entries] button');
  await page.waitForSelector('[data-testid=reverse]');
});

const day = async (page) => {
  await click(page, 'screen-day');
  await page.waitForSelector('[data-testid=day][data-status=report] [data-testid=print-report]');
};
const trend = async (page) => {
  await day(page);
  await click(page, 'day-trend');
  await page.waitForSelector('[data-testid=day][data-status=trend] h2');
};
for (const fake of ['idle', 'staffed', 'empty', 'huge', 'cashier']) await look(`day-${fake}`, fake, day);
for (const fake of ['idle', 'staffed', 'empty', 'huge']) await look(`day-trend-${fake}`, fake, trend);
await look('day-offline', 'asking_offline', async (page) => {
  await click(page, 'screen-day');
  await page.waitForSelector('[data-testid=day][data-status=failed]');
});
await look('day-hour', 'staffed', async (page) => {
  await day(page);
  await page.locator('[role=slider]').first().focus();
  for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
  await page.waitForSelector('.readout .told');
});
await look('day-table', 'idle', async (page) => {
  await trend(page);
  for (const button of await page.locator('figcaption button').all()) await button.click();
});
await look('day-year', 'idle', async (page) => {
  await trend(page);
  await page.check('input[value=year]', { force: true });
  await page.waitForSelector('[data-testid=day][data-status=trend] figure');
});
await look('day-behind', 'staffed', async (page) => {
  await day(page);
  await page.click('[data-testid=figure][data-figure=redemption]');
  await page.waitForSelector('[data-testid=behind] button');
});
await look('day-behind-none', 'none_behind', async (page) => {
  await day(page);
  await page.click('[data-testid=figure]');
  await page.waitForSelector('[data-testid=behind]');
});
await look('day-close', 'parked', async (page) => {
  await day(page);
  await click(page, 'close-day');
  await page.waitForSelector('[data-testid=close-for-good]');
});
await look('day-consent', 'cashier', async (page) => {
  await day(page);
  await click(page, 'close-day');
  await click(page, 'close-for-good');
  await page.waitForSelector('[data-testid=operator]');
});
await look('day-closed', 'idle', async (page) => {
  await day(page);
  await click(page, 'close-day');
  await click(page, 'close-for-good');
  await page.waitForSelector('[data-testid=day-told][data-status=closed]');
});
await look('day-z', 'staffed', async (page) => {
  await day(page);
  await page.locator('[data-testid=day-z]').nth(2).click();
  await page.waitForSelector('[data-testid=day][data-status=report] h2');
});
await look('day-saved', 'huge', async (page) => {
  await day(page);
  await click(page, 'save-entries');
  await page.waitForSelector('[data-testid=day-told][data-status=saved]');
});
// What the printer gets.
await look('day-paper', 'staffed', async (page) => {
  await day(page);
  await page.locator('[data-testid=day-z]').nth(2).click();
  await page.waitForSelector('[data-testid=day][data-status=report] h2');
  await page.emulateMedia({ media: 'print' });
});

const settings = async (page) => {
  await click(page, 'screen-settings');
  await page.waitForSelector('[data-testid=settings][data-status=shown]');
};
const section = (name) => async (page) => {
  await settings(page);
  await click(page, `section-${name}`);
  await page.waitForSelector(`[data-section=${name}]`);
};
const form = (name, opener) => async (page) => {
  await section(name)(page);
  await page.locator(`[data-testid=${opener}]`).last().click();
  await page.waitForSelector('dialog');
};
for (const name of ['till', 'shop', 'products', 'units', 'operators', 'deeds', 'import', 'terminals', 'server', 'phones', 'receipts', 'backup', 'about']) await look(`settings-${name}`, 'idle', section(name));
for (const name of ['own_ca', 'waiting', 'held', 'unseen', 'refused_by_ca', 'files', 'ended', 'unusable', 'proxy', 'fixed']) await look(`settings-phones-${name}`, name, section('phones'));
await look('settings-cameras', 'cameras', section('till'));
await look('settings-staffed', 'staffed', section('operators'));
await look('settings-lock', 'staffed', section('till'));
await look('settings-cashier', 'cashier', settings);
await look('deeds-none', 'empty', async (page) => {
  await section('deeds')(page);
  await page.fill('#deeds-day', '2026-11-20');
  await page.waitForSelector('[data-testid=any-day]');
});
await look('deeds-staffed', 'staffed', section('deeds'));
await look('settings-backup-other', 'idle', async (page) => {
  await section('backup')(page);
  await page.check('input[value=other]', { force: true });
  await page.fill('#backup-folder', 'stick');
  await click(page, 'save-backups');
  await page.waitForSelector('.said.wrong');
});
await look('settings-offline', 'asking_offline', async (page) => {
  await click(page, 'screen-settings');
  await click(page, 'section-shop');
  await page.waitForSelector('[data-testid=settings][data-status=failed]');
});
for (const [name, opener] of [['shop', 'change-shop'], ['products', 'add-product'], ['units', 'add-unit'], ['units', 'change-unit'], ['units', 'bonus'], ['operators', 'add-operator']]) {
  await look(`settings-${opener}`, 'idle', form(name, opener));
}
await look('settings-pair', 'idle', async (page) => {
  await form('terminals', 'pair')(page);
  await page.fill('#set-name', 'By the door');
  await click(page, 'save-settings');
  await page.waitForSelector('[data-testid=pairing-code]');
});
await look('settings-address', 'idle', async (page) => {
  await section('phones')(page);
  await page.check('[data-testid=address-other]');
  await page.fill('#set-url', 'till');
  await click(page, 'save-address');
  await page.waitForSelector('[data-testid=sheet-failed] svg');
});
await look('settings-proxy-conf', 'proxy', async (page) => {
  await section('phones')(page);
  await click(page, 'show-conf');
  await page.waitForSelector('pre');
});
await look('certificate-ended', 'ended', (page) => page.waitForSelector('[data-testid=certificate-band]'));
await look('export-saved', 'idle', async (page) => {
  await section('import')(page);
  await click(page, 'export-customers');
  await page.locator('[data-testid=export][data-status=saved]').scrollIntoViewIfNeeded();
});
await look('settings-licences', 'idle', async (page) => {
  await section('about')(page);
  await click(page, 'show-licences');
  await page.waitForSelector('pre');
});
const server = (address) => async (page) => {
  await section('server')(page);
  await page.fill('#server-address', address);
  await page.fill('#server-code', '7KQ2-M9XD-4RTB-0123-4567-89AB-CDEF-GHJK');
  await click(page, 'test-server');
  await page.waitForSelector('[data-testid=reached]:is([data-status=found], [data-status=failed])');
};
await look('server-found', 'idle', server('192.168.1.5'));
await look('server-other', 'idle', server('other'));
await look('server-used', 'remote', async (page) => {
  await section('server')(page);
  await click(page, 'test-server');
  await page.waitForSelector('[data-status=found]');
});
await look('server-unsettled', 'doubt', async (page) => {
  await section('shop')(page);
  await click(page, 'leave-shop');
  await page.waitForSelector('[data-testid=sheet-failed] svg');
});
await look('phones-remote', 'remote', section('phones'));
await look('revoked', 'revoked', (page) => page.waitForSelector('[data-testid=revoked]'));
const file = (state) => async (page) => {
  await section('import')(page);
  await page.setInputFiles('[data-testid=import-file]', { name: '会员 2026.csv', mimeType: 'text/csv', buffer: Buffer.from('name') });
  await page.waitForSelector(`[data-testid=import][data-status=${state === 'failed' || state === 'done' ? 'would' : state}]`);
  if (state === 'failed' || state === 'done') await click(page, 'import-go');
  await page.waitForSelector(`[data-testid=import][data-status=${state}]`);
};
await look('import-would', 'idle', file('would'));
await look('import-wrong', 'import_wrong', file('wrong'));
await look('import-done', 'idle', file('done'));
await look('import-lost', 'import_lost', file('failed'));
await look('receipts', 'printer', section('receipts'));
await look('receipt-result', 'printer', (page) => page.waitForSelector('[data-testid=print-receipt]'));
await look('receipt-off', 'printer_off', async (page) => {
  await click(page, 'print-receipt');
  await page.waitForSelector('[data-testid=receipt-left]');
});
await look('receipt-again', 'printer', async (page) => {
  await page.click('[data-testid=entries] button.name');
  await page.waitForSelector('[data-testid=print-copy]');
});
await look('moved', 'moved', (page) => page.waitForSelector('[data-testid=moved]'));

const firstStep = (steps) => async (page) => {
  await click(page, 'first-set-up');
  if (steps > 0) await page.fill('#first-name', 'Lotus 莲花');
  for (let step = 0; step < steps; step += 1) await click(page, 'first-next');
};
await look('first', 'first', () => undefined);
await look('first-server', 'first', async (page) => {
  await click(page, 'first-server');
  await page.waitForSelector('#server-address');
});
const restore = async (page) => {
  await page.fill('#restore-file', '/media/usb/lotus.backup');
  await click(page, 'look-at-backup');
  await page.locator('[data-testid=restore-go]').scrollIntoViewIfNeeded();
};
await look('settings-restore', 'idle', async (page) => {
  await section('backup')(page);
  await restore(page);
});
await look('settings-restore-sealed', 'idle', async (page) => {
  await section('backup')(page);
  await page.fill('#restore-file', '/media/usb/sealed.backup');
  await click(page, 'look-at-backup');
  await page.locator('#restore-passphrase').scrollIntoViewIfNeeded();
});
await look('first-restore', 'first', async (page) => {
  await click(page, 'first-restore');
  await restore(page);
});
await look('first-twice', 'first_twice', () => undefined);
await look('first-known', 'first_known', () => undefined);
for (const [steps, name] of ['shop', 'sold', 'owner'].entries()) await look(`first-${name}`, 'first', firstStep(steps));
await look('first-failed', 'first_failed', async (page) => {
  await firstStep(3)(page);
  await page.waitForSelector('[data-testid=sheet-failed] svg');
});
await look('first-over', 'first', async (page) => {
  await firstStep(3)(page);
  await page.waitForSelector('[data-testid=join]');
});
await look('practice', 'first', async (page) => {
  await click(page, 'first-practise');
  await page.waitForSelector('[data-testid=practice]');
});
for (const [name, unit] of [['amount-money', 'CNY'], ['amount-count', 'wash']]) {
  await look(name, name === 'amount-money' ? 'money' : 'idle', async (page) => {
    await page.waitForSelector(`[data-testid=preset][aria-checked=true][data-unit=${unit}]`);
    await page.keyboard.press('F2');
    await page.fill('[data-testid=amount]', unit === 'CNY' ? '25.50' : '3');
  });
}
await look('till-bare', 'bare', () => undefined);

// The light, and every dialog with a result behind it.
const lit = (page) => page.waitForSelector('[data-testid=result]:not([data-status=idle])');
for (const fake of ['recorded', 'money', 'huge', 'repeated', 'given_back', 'checking', 'refused', 'expired', 'pin_required', 'doubt', 'cancelling', 'cancelled']) {
  await look(`light-${fake}`, fake, lit);
}
for (const fake of ['offline', 'no_camera', 'wait', 'restart']) await look(`light-${fake}`, fake, (page) => page.waitForSelector('[data-testid=result]'));
await look('light-rested', 'recorded', async (page) => {
  await lit(page);
  await page.waitForSelector('[data-testid=result] .doors', { timeout: 12_000 });
});
const scans = async (page) => {
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.type('112345678906058726934226722', { delay: 3 });
  await page.keyboard.press('Enter');
  await page.waitForSelector('dialog [data-testid=meanwhile] p');
};
for (const fake of ['recorded', 'refused', 'doubt']) {
  await look(`over-${fake}-new`, fake, async (page) => {
    await lit(page);
    await page.keyboard.press('F3');
    await page.fill('#customer-name', 'Mei');
    await page.check('input[value=CNY]', { force: true });
    await page.fill('.amount input', '12,50');
  });
}
await look('over-recorded-find', 'recorded', async (page) => {
  await lit(page);
  await page.keyboard.press('F4');
  await page.waitForSelector('dialog [data-testid=found-customer]');
});
await look('over-recorded-entry', 'recorded', async (page) => {
  await page.click('[data-testid=entries] button.name');
  await page.waitForSelector('[data-testid=reverse]');
});
await look('meanwhile-new', 'scans', async (page) => {
  await page.keyboard.press('F3');
  await page.fill('#customer-name', 'Mei');
  await scans(page);
  if ((await page.inputValue('#customer-name')) !== 'Mei') throw new Error('the name is gone');
});
await look('meanwhile-move', 'scans', async (page) => {
  await act('top_up')(page);
  await page.check('input[name=move-unit][value=CNY]', { force: true });
  await page.fill('[data-testid=move-amount]', '12,50');
  await scans(page);
  if (!(await page.textContent('[data-testid=move]')).includes('¥12.50')) throw new Error('the button does not say ¥12.50');
});
await look('meanwhile-not-sent', 'wait', async (page) => {
  await page.keyboard.press('F4');
  await page.waitForSelector('dialog');
  await scans(page);
});
await look('amount-unclear', 'money', async (page) => {
  await act('top_up')(page);
  await page.check('input[name=move-unit][value=CNY]', { force: true });
  await page.fill('[data-testid=move-amount]', '1.250,5');
  await page.waitForSelector('[data-testid=amount-unclear]:not(:empty)');
});
await look('dialog-manners', 'idle', async (page) => {
  const focused = () => page.evaluate(() => document.activeElement?.dataset?.testid ?? document.activeElement?.tagName);
  for (const [opener, within] of [['find-customer', '[data-testid=find]'], ['new-customer', '#customer-name']]) {
    await page.focus(`[data-testid=${opener}]`);
    await page.keyboard.press('Enter');
    await page.waitForSelector(`dialog ${within}`);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { state: 'detached' });
    await page.waitForFunction((id) => document.activeElement?.dataset?.testid === id, opener).catch(async () => {
      throw new Error(`the focus is on ${await focused()}, not back on ${opener}`);
    });
  }
  await act('transfer')(page);
  await page.focus('#move-to');
  await page.keyboard.press('Alt+1');
  if ((await page.getAttribute('.shell', 'data-screen')) !== 'customers') throw new Error('Alt+1 left from under a sheet');
  await page.keyboard.press('Escape');
  await page.waitForSelector('dialog', { state: 'detached' });
  await page.waitForFunction(() => document.activeElement?.dataset?.testid === 'act-transfer');
});
await look('undo', 'recorded', (page) => page.waitForSelector('[data-testid=undo] button'));
await look('undone', 'recorded', async (page) => {
  await page.keyboard.press('Control+z');
  await page.waitForSelector('[data-testid=undo][data-status=done]', { state: 'attached' });
});
await look('pin-wanted', 'pin_required', async (page) => {
  await click(page, 'customer-pin');
  await page.waitForSelector('[data-testid=pin]');
});
await look('till-entry', 'idle', async (page) => {
  await page.click('[data-testid=entries] button.name');
  await page.waitForSelector('[data-testid=reverse]');
});

for (const fake of ['amount', 'amount_money', 'closed', 'join', 'recorded', 'money', 'huge', 'repeated', 'given_back', 'checking', 'refused', 'expired', 'pin', 'cancelled']) {
  await look(`customers-window-${fake}`, fake, () => undefined, 'display');
}
await look('customers-window-practice', 'recorded&practice', () => undefined, 'display');
await look('till-dropping', 'idle', async (page) => {
  await click(page, 'screen-customers');
  await page.dispatchEvent('body', 'dragover');
  await page.waitForSelector('[data-testid=dropping]');
});

await close();
console.log(`${pictures} pictures in ${out}, ${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;
