//! The customer's page in a real browser against the real server, over a network that is spoilt on purpose:
//! `npm run phone -- [FILTER]`. Needs TILLBEAM_SERVER_BIN and TILLBEAM_SCAN_BIN. Pictures of what failed, and of some
//! states, go to TILLBEAM_SHOTS or a temporary folder.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Faults } from './faults.mjs';
import { openBrowser, PHONE, scan, Screen, Till } from './till.mjs';
import { until } from './window.mjs';

const filter = new RegExp(process.argv[2] ?? '');
const shots = process.env.TILLBEAM_SHOTS ?? mkdtempSync(join(tmpdir(), 'tillbeam-shots-'));
mkdirSync(shots, { recursive: true });
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// A name that is no secure context, a phone's page on a shop's network; and a certificate of the server's own CA.
const browser = await openBrowser('--host-resolver-rules=MAP till.local 127.0.0.1', '--ignore-certificate-errors');
const till = await Till.open();
const faults = await new Faults().start(till.port);
const base = `http://127.0.0.1:${faults.port}`;

let failed = 0;
let ran = 0;

async function test(name, body, options = {}) {
  if (!filter.test(name)) return;
  ran += 1;
  const since = Date.now();
  const context = await browser.newContext({ ...PHONE, ...options });
  const phones = [];
  const open = async (address, where = context) => {
    phones.push(await Screen.open(where, address));
    return phones.at(-1);
  };
  try {
    await body({ open, context });
    assert.deepEqual(phones.flatMap(({ problems }) => problems), [], 'no error on any page');
    console.log(`phone: ${name} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.error(`phone: FAILED ${name}`, error);
    for (const [index, { page }] of phones.entries()) {
      await page.screenshot({ path: join(shots, `failed-${ran}-${index}.png`) }).catch(() => undefined);
    }
  }
  Object.assign(faults, { delayMs: 0, mode: 'pass', blocked: [], hanging: [] });
  await context.close();
}

await test('joins, shows a code that the scanner reads, and the result comes by itself', async ({ open }) => {
  const { link } = await till.customer('Mei Lin');
  const phone = await open(base + link);
  await phone.balanceIs(10);
  assert(!phone.page.url().includes('join'), 'the join code left the address');
  await phone.code();
  const read = scan(await phone.page.screenshot());
  const id = await till.take(read ?? '');
  assert.match((await phone.result()) ?? '', /−1/);
  await phone.balanceIs(9);
  await until('seen', async () => (await till.lamp(id)) === 'seen');
  assert.notEqual((await phone.code())?.replaceAll(' ', ''), read, 'a new code at once');
  const stolen = await phone.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert(!/[\w-]{43}/.test(stolen), 'no token is within reach of the page');
});

await test('a code is right by the server’s clock when the phone’s is an hour wrong', async ({ open }) => {
  for (const hours of [1, -1]) {
    const { link } = await till.customer('Wrong Clock');
    const where = await browser.newContext(PHONE);
    await where.addInitScript((shift) => {
      const RealDate = Date;
      globalThis.Date = class extends RealDate {
        constructor(...args) {
          super(...(args.length === 0 ? [RealDate.now() + shift] : args));
        }
        static now() {
          return RealDate.now() + shift;
        }
      };
    }, hours * 3_600_000);
    const phone = await open(base + link, where);
    await phone.isSure();
    await till.take((await phone.code()) ?? '');
    await phone.result();
    // Without the server it goes by what it heard last, also after a reload.
    faults.down();
    await phone.isSure(false);
    await till.take((await phone.code()) ?? '');
    faults.up();
    await phone.online();
    await phone.balanceIs(8);
    await where.close();
  }
});

await test('over https it opens without any network and its key cannot be taken out', async ({ open }) => {
  const secure = await securely();
  const { link } = await secure.customer('Offline');
  const phone = await open(secure.url + link);
  await phone.balanceIs(10);
  await phone.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await until('the page in the cache', () => phone.page.evaluate(async () => (await caches.keys()).length > 0));
  const key = await phone.page.evaluate(async () => {
    const database = await new Promise((done) => (indexedDB.open('tillbeam').onsuccess = ({ target }) => done(target.result)));
    const store = database.transaction('kept').objectStore('kept');
    const kept = await new Promise((done) => (store.getAll().onsuccess = ({ target }) => done(target.result)));
    const { key: found } = kept.find((value) => 'key' in value);
    const taken = await crypto.subtle.exportKey('raw', found).then(() => 'exported', (error) => error.name);
    return { extractable: found.extractable, taken };
  });
  assert.deepEqual(key, { extractable: false, taken: 'InvalidAccessError' });
  const manifest = await phone.page.evaluate(async () => (await fetch('/manifest.webmanifest')).json());
  assert(manifest.icons.some(({ sizes }) => sizes === '512x512'));
  await phone.page.context().setOffline(true);
  await secure.stop();
  await phone.page.reload();
  const code = await phone.code();
  await phone.balanceIs(10);
  await phone.isSure(false);
  assert.match((await phone.page.locator('[data-testid=as-of]').textContent()) ?? '', /balance of \d\d:\d\d/);
  await phone.page.screenshot({ path: join(shots, 'offline-reloaded.png') });
  await secure.start();
  await secure.take(code ?? '');
  await phone.page.context().setOffline(false);
  await phone.online();
  await phone.balanceIs(9);
  await phone.isSure();
  await secure.stop();
});

async function securely() {
  // The test's own calls, not the browser's, go without the certificate.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  return Till.open({ tls: 'own-ca' });
}

await test('over plain http under a name it makes codes without WebCrypto and says what is missing', async ({ open }) => {
  const { link } = await till.customer('Plain');
  const phone = await open(`http://till.local:${faults.port}${link}`);
  assert.equal(await phone.page.evaluate(() => isSecureContext), false);
  assert.equal(await phone.page.evaluate(() => crypto.subtle === undefined && !('serviceWorker' in navigator)), true);
  await phone.isSure();
  await till.take((await phone.code()) ?? '');
  await phone.result();
  faults.down();
  await phone.isSure(false);
  const code = await phone.code();
  await until('the next code', async () => (await phone.code()) !== code);
  await till.take((await phone.code()) ?? '');
  faults.up();
  await phone.online();
  await phone.balanceIs(8);
  await phone.tab(3);
  await phone.page.locator('[data-lack=secure]').waitFor();
});

await test('after a restart of the server it tells what was missed, in order', async ({ open }) => {
  const { id, link } = await till.customer('Replay');
  const phone = await open(base + link);
  await phone.isSure();
  const codes = [await phone.code()];
  faults.down();
  await phone.isSure(false);
  await till.take(codes[0] ?? '');
  await till.topUp(id, 5);
  await till.stop('SIGKILL');
  await till.start();
  await till.topUp(id, 1);
  faults.up();
  await phone.online();
  await phone.balanceIs(15);
  await phone.isSure();
  await phone.tab(2);
  const types = await phone.page.locator('[data-testid=entries] li').evaluateAll((lines) => lines.map(({ dataset }) => dataset.type));
  assert.deepEqual(types, ['top_up', 'top_up', 'redemption', 'top_up']);
});

await test('a network that delays, cuts and swallows loses and doubles nothing', async ({ open }) => {
  const { id, link } = await till.customer('Faults', 1);
  faults.delayMs = 40;
  const phone = await open(base + link);
  await phone.balanceIs(1);
  for (let round = 1; round <= 6; round += 1) {
    if (round % 3 === 0) faults.cut();
    if (round === 4) {
      faults.mode = 'swallow';
      await till.topUp(id, 1);
      faults.mode = 'pass';
      faults.cut();
    } else await till.topUp(id, 1);
  }
  await phone.balanceIs(7);
  await phone.isSure();
  await phone.tab(2);
  const entries = phone.page.locator('[data-testid=entries] li');
  // The history of before the phone joined is read beside the rest, and again when a cut took it.
  await entries.nth(6).waitFor();
  assert.equal(await entries.count(), 7);
});

for (const [name, blocked] of [
  ['Server-Sent Events', ['GET /ws']],
  ['long polling', ['GET /ws', 'GET /api/v1/me/stream']],
]) {
  await test(`where sockets are blocked ${name} take over`, async ({ open }) => {
    faults.blocked = blocked;
    const { link } = await till.customer('Blocked');
    const phone = await open(base + link);
    await phone.balanceIs(10);
    const ways = [];
    phone.page.on('request', (request) => ways.push(new URL(request.url()).pathname));
    await phone.isSure();
    const id = await till.take((await phone.code()) ?? '');
    await phone.result();
    await phone.balanceIs(9);
    await until('seen', async () => (await till.lamp(id)) === 'seen');
  });
}

await test('where sockets and streams hang it shows what is new before it gives the socket up', async ({ open, context }) => {
  const { id, link } = await till.customer('Hanging');
  const phone = await open(base + link);
  await phone.isSure();
  await phone.page.close();
  await till.topUp(id, 3);
  faults.hanging = ['GET /ws', 'GET /api/v1/me/stream'];
  const again = await context.newPage();
  const asked = [];
  again.on('request', (request) => asked.push(new URL(request.url()).pathname));
  phone.page = again;
  await again.goto(base);
  await phone.balanceIs(13);
  await phone.isSure();
  const [news, stream] = ['/api/v1/me/events', '/api/v1/me/stream'].map((path) => asked.indexOf(path));
  assert(news >= 0 && (stream < 0 || news < stream), `asked beside the socket, not after it: ${asked}`);
  await till.take((await phone.code()) ?? '');
  await phone.balanceIs(12);
});

await test('two phones of one customer have codes of their own and both hear everything', async ({ open }) => {
  const { id, link } = await till.customer('Two');
  const one = await open(base + link);
  const other = await open(base + (await till.anotherPhone(id)), await browser.newContext(PHONE));
  await one.isSure();
  await other.isSure();
  const [code, second] = [await one.code(), await other.code()];
  assert.notEqual(code?.slice(0, 13), second?.slice(0, 13));
  await till.take(code ?? '');
  await Promise.all([one.result(), other.result()]);
  await other.balanceIs(9);
  await till.take((await other.code()) ?? '');
  await one.balanceIs(8);
});

await test('two tabs share one credential and both move on', async ({ open, context }) => {
  const { link } = await till.customer('Tabs');
  const one = await open(base + link);
  await one.isSure();
  const other = await open(base, context);
  await other.isSure();
  const [code, same] = [await one.code(), await other.code()];
  assert.equal(code?.slice(0, 13), same?.slice(0, 13));
  await till.take(code ?? '');
  await Promise.all([one.result(), other.result()]);
  for (const tab of [one, other]) assert.notEqual(await tab.code(), code);
  await till.take((await other.code()) ?? '');
  await one.balanceIs(8);
});

await test('in the background it says received, and seen only when it is looked at', async ({ open }) => {
  const { link } = await till.customer('Behind');
  const phone = await open(base + link);
  await phone.isSure();
  const show = (state) =>
    phone.page.evaluate((visibility) => {
      Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  const code = await phone.code();
  await show('hidden');
  const id = await till.take(code ?? '');
  await until('received', async () => (await till.lamp(id)) === 'received');
  await show('visible');
  await until('seen', async () => (await till.lamp(id)) === 'seen');
  await phone.result();
});

await test('with its storage wiped it comes back by its cookie, as another credential', async ({ open }) => {
  const { link } = await till.customer('Wiped');
  const phone = await open(base + link);
  await phone.isSure();
  const before = await phone.code();
  const session = await phone.page.context().newCDPSession(phone.page);
  await session.send('Storage.clearDataForOrigin', { origin: base, storageTypes: 'indexeddb,local_storage,session_storage,cache_storage,service_workers' });
  await phone.page.goto(base);
  await phone.isSure();
  const after = await phone.code();
  assert.notEqual(after?.slice(0, 13), before?.slice(0, 13));
  assert.equal((await till.redeem(before ?? '')).body.code, 'credential_revoked');
  await till.take(after ?? '');
  await phone.balanceIs(9);
});

await test('where the browser keeps nothing it works while it is open, and says so', async ({ open, context }) => {
  await context.addInitScript(() => {
    const forbidden = () => {
      throw new DOMException('forbidden', 'SecurityError');
    };
    for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(globalThis, name, { get: forbidden });
  });
  const { link } = await till.customer('Private');
  const phone = await open(base + link);
  await phone.isSure();
  const first = await phone.code();
  await till.take(first ?? '');
  await phone.result();
  await till.take((await phone.code()) ?? '');
  await phone.balanceIs(8);
  await phone.tab(3);
  await phone.page.locator('[data-lack=storage]').waitFor();
});

await test('a link that was used or never was says so, and changes nothing on a phone that has joined', async ({ open, context }) => {
  const { link } = await till.customer('Once');
  const phone = await open(base + link);
  await phone.isSure();
  const stranger = await open(base + link, await browser.newContext(PHONE));
  await stranger.notice('revoked');
  await stranger.page.goto(`${base}/#join=AAAAAAAAAAAAAAAAAAAAAA`);
  await stranger.notice();
  const again = await open(`${base}/#join=AAAAAAAAAAAAAAAAAAAAAA`, context);
  await again.isSure();
  await till.take((await again.code()) ?? '');
  await phone.balanceIs(9);
});

await test('a link of another shop adds it to a list', async ({ open }) => {
  till.run('provision', '--shop', 'Rose Garden', '--unit', 'wash', '--customers', '0', '--balance', '0');
  const { token } = till.made[0].terminal;
  const lotus = await till.customer('Both', 10);
  const rose = await till.customer('Both', 3, { token });
  const phone = await open(base + lotus.link);
  await phone.balanceIs(10);
  await phone.page.goto(base + rose.link);
  await phone.balanceIs(3);
  await till.take((await phone.code()) ?? '', 1, token);
  await phone.result();
  await phone.page.click('header button');
  await phone.page.locator('[data-testid=shops] li').nth(1).waitFor();
  await phone.page.screenshot({ path: join(shots, 'shops.png') });
  await phone.page.locator('[data-testid=shops] button', { hasText: 'Lotus' }).click();
  await phone.balanceIs(10);
  await phone.isSure();
  await till.take((await phone.code()) ?? '');
  await phone.result();
  await phone.page.reload();
  await phone.balanceIs(9);
});

await test('revoked, it says so and shows no code', async ({ open }) => {
  const { id, link } = await till.customer('Revoked');
  const phone = await open(base + link);
  await phone.isSure();
  const number = (await phone.code())?.replaceAll(' ', '').slice(1, 11);
  await till.done('POST', `/customers/${id}/credentials/${number}/revoke`, {});
  await phone.notice('revoked');
  await phone.page.reload();
  await phone.notice('revoked');
});

await test('frozen, it says so on the screen and in the history, and a refusal is as clear as a result', async ({ open }) => {
  const { id, link } = await till.customer('Frozen');
  const phone = await open(base + link);
  await phone.isSure();
  await till.done('POST', `/customers/${id}/freeze`, {});
  await phone.page.locator('.frozen').waitFor();
  assert.equal((await till.redeem((await phone.code()) ?? '')).body.code, 'frozen');
  await phone.result('refused');
  await phone.page.screenshot({ path: join(shots, 'frozen.png') });
  await till.done('POST', `/customers/${id}/unfreeze`, {});
  await until('no word of it', async () => (await phone.page.locator('.frozen').count()) === 0);
  await phone.tab(2);
  // One of the freezing, one of the opening.
  assert.equal(await phone.page.locator('[data-testid=entries] [data-type=status]').count(), 2);
});

await test('pauses its code and switches it on again', async ({ open }) => {
  const { link } = await till.customer('Pause');
  const phone = await open(base + link);
  await phone.isSure();
  const code = await phone.code();
  await phone.tab(3);
  await phone.page.click('[data-testid=pause]');
  await phone.tab(1);
  await phone.page.locator('[data-testid=paused]').waitFor();
  await phone.page.screenshot({ path: join(shots, 'paused.png') });
  assert.equal((await till.redeem(code ?? '')).body.code, 'frozen');
  await phone.result('refused');
  await phone.page.click('[data-testid=paused] button');
  await till.take((await phone.code()) ?? '');
  await phone.result();
});

await test('a recovery word freezes a lost phone from any browser, and connects another', async ({ open }) => {
  const { id, link } = await till.customer('Lost');
  const lost = await open(base + link);
  await lost.isSure();
  await lost.tab(3);
  await lost.page.click('[data-testid=make-word]');
  const word = (await lost.page.locator('[data-testid=word]').textContent()) ?? '';
  const other = await open(`http://till.local:${faults.port}/`, await browser.newContext(PHONE));
  await other.notice('join');
  await other.page.click('[data-testid=recover]');
  await other.page.fill('[name=word]', 'AAAA-AAAA-AAAA');
  await other.page.click('[name=freeze]');
  await other.page.locator('[data-step=refused]').waitFor();
  await other.page.fill('[name=word]', word.toLowerCase());
  await other.page.screenshot({ path: join(shots, 'recover.png') });
  await other.page.click('[name=freeze]');
  await other.page.locator('[data-step=frozen]').waitFor();
  await lost.tab(1);
  await lost.page.locator('.frozen').waitFor();
  await other.page.click('.back');
  await other.page.click('[data-testid=recover]');
  await other.page.fill('[name=word]', word);
  await other.page.click('[name=connect]');
  await other.isSure();
  await lost.notice('revoked');
  await till.done('POST', `/customers/${id}/unfreeze`, {});
  await till.take((await other.code()) ?? '');
  await other.balanceIs(9);
});

await test('after a restore it takes the books as they are now', async ({ open }) => {
  const { link } = await till.customer('Restored');
  const phone = await open(base + link);
  await phone.balanceIs(10);
  const backup = join(till.data, 'backup.tillbeam');
  till.run('backup', backup);
  await till.take((await phone.code()) ?? '');
  await phone.result();
  await phone.balanceIs(9);
  await till.stop();
  till.run('restore', backup, '--replace');
  await till.start();
  await phone.balanceIs(10);
  await phone.isSure();
  await until('a code of after the restore', async () => (await till.redeem((await phone.code()) ?? '')).status === 201);
  await phone.balanceIs(9);
});

/** Puts itself between the page and its socket: what the server says is told by `tell`, which gives what the page hears. */
function between(context, tell) {
  return context.routeWebSocket(/\/ws\?/, (near) => {
    near.connectToServer().onMessage((text) => {
      for (const message of tell(JSON.parse(text))) near.send(JSON.stringify(message));
    });
  });
}

await test('what only a future version knows is counted and acked, and the page says that it is too old', async ({ open, context }) => {
  await between(context, (message) => {
    if (message.type === 'hello') return [{ ...message, weather: 'fine' }, { type: 'weather', sky: 'blue' }];
    return [message.type === 'redemption' ? { ...message, type: 'raffle', prize: { soap: 1 } } : { ...message, colour: 'blue' }];
  });
  const { id, link } = await till.customer('Future');
  const phone = await open(base + link);
  await phone.isSure();
  await phone.page.locator('[data-testid=newer]').waitFor();
  await phone.page.screenshot({ path: join(shots, 'newer.png') });
  const redemption = await till.take((await phone.code()) ?? '');
  await until('seen', async () => (await till.lamp(redemption)) === 'seen');
  await phone.balanceIs(9);
  await till.topUp(id, 2);
  await phone.result();
  await phone.balanceIs(11);
  await phone.isSure();
  await phone.tab(2);
  await phone.page.locator('[data-testid=entries] [data-type=raffle]').waitFor();
});

await test('a number that jumps is looked up, and no wrong balance is shown', async ({ open, context }) => {
  let lose = false;
  const lost = [];
  await between(context, (message) => {
    if (!lose || message.type === 'hello') return [message];
    // The first is lost, and the second lies about the balance: nobody may believe it before the gap is known.
    return lost.push(message.seq) === 1 ? [] : [{ ...message, balance: 1_000 }];
  });
  const { id, link } = await till.customer('Jump');
  const phone = await open(base + link);
  await phone.balanceIs(10);
  await phone.isSure();
  await phone.page.evaluate(() => {
    globalThis.balances = new Set();
    const note = () => globalThis.balances.add(document.querySelector('[data-testid=balance]')?.dataset.balance);
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  lose = true;
  await till.topUp(id, 2);
  await till.topUp(id, 3);
  await phone.balanceIs(15);
  lose = false;
  await phone.isSure();
  assert.equal(lost.length, 2);
  assert(!(await phone.page.evaluate(() => [...globalThis.balances])).includes('1000'));
  await phone.tab(2);
  await phone.page.locator('[data-testid=entries] li').nth(2).waitFor();
});

await test('untouched for two minutes it hides the code, and a touch brings a good one back', async ({ open, context }) => {
  await context.addInitScript(() => {
    const RealDate = Date;
    globalThis.laterMs = 0;
    globalThis.Date = class extends RealDate {
      constructor(...args) {
        super(...(args.length === 0 ? [RealDate.now() + globalThis.laterMs] : args));
      }
      static now() {
        return RealDate.now() + globalThis.laterMs;
      }
    };
  });
  const { link } = await till.customer('Untouched');
  const phone = await open(base + link);
  await phone.isSure();
  await phone.code();
  await phone.page.evaluate(() => (globalThis.laterMs = 110_000));
  await phone.code();
  await phone.page.evaluate(() => (globalThis.laterMs = 121_000));
  const hidden = phone.page.locator('[data-testid=hidden]');
  await hidden.waitFor();
  await phone.page.screenshot({ path: join(shots, 'hidden.png') });
  assert.equal(await phone.page.locator('[data-testid=digits]').count(), 0);
  assert.equal(scan(await phone.page.screenshot()), null, 'nothing to scan');
  await hidden.click();
  await phone.isSure();
  await till.take((await phone.code()) ?? '');
  await phone.result();
});

await test('axe-core finds nothing on any screen', async ({ open }) => {
  const { link } = await till.customer('Axe');
  const phone = await open(base + link);
  await phone.isSure();
  const look = async (where) => {
    await phone.page.evaluate(AXE);
    const { violations } = await phone.page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
    const found = violations.map(({ id: rule, nodes }) => `${where}: ${rule} ${nodes.map(({ html }) => html).join(' ')}`);
    assert.deepEqual(found, []);
  };
  for (const colorScheme of ['light', 'dark']) {
    await phone.page.emulateMedia({ colorScheme });
    for (const [index, name] of ['code', 'history', 'more'].entries()) {
      await phone.tab(index + 1);
      await look(`${name} ${colorScheme}`);
    }
    await phone.tab(1);
    await till.take((await phone.code()) ?? '');
    await phone.page.locator('[data-testid=result]').waitFor();
    // The field of colour fades in.
    await phone.page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
    await look(`result ${colorScheme}`);
    await phone.page.click('[data-testid=result] button');
  }
  const stranger = await open(`http://till.local:${faults.port}/`);
  await stranger.notice('join');
  phone.page = stranger.page;
  await look('stranger');
  await stranger.page.click('[data-testid=recover]');
  await look('recover');
}, { bypassCSP: true });

await browser.close();
await till.stop();
faults.stop();
assert.match(till.run('verify'), /ok|right|hold|no error/i);
console.log(failed === 0 ? `phone: all ${ran} held` : `phone: ${failed} of ${ran} failed; pictures in ${shots}`);
process.exit(failed === 0 && ran > 0 ? 0 : 1);
