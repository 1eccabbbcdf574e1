//! Pictures of every state of both pages, in both languages, light and dark, to be looked at:
//! `npm run looks -- [FOLDER] [FILTER]`. Builds with the fake till, serves it under the server's own security policy,
//! and stands in for the server by intercepting the customer page's calls. Holds each against axe-core's rules; prints what is wrong, and exits 1 on any.

import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { faultsOf } from './held.mjs';
import { openSite } from './site.mjs';

const out = resolve(process.argv[2] ?? join(tmpdir(), 'tillbeam-looks'));
const filter = new RegExp(process.argv[3] ?? '');
const { base, browser, close } = await openSite(out);
let errors = 0;
let pictures = 0;

async function withPage(name, options, draw) {
  if (!filter.test(name)) return;
  const context = await browser.newContext({ bypassCSP: true, ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => ((errors += 1), console.error(`${name}: ${error.message}`)));
  page.on('console', (message) => {
    // Chromium itself reports answers that a state under test wants to fail.
    if (message.type() !== 'error' || message.text().startsWith('Failed to load resource')) return;
    errors += 1;
    console.error(`${name}: ${message.text()}`);
  });
  try {
    await draw(page, context);
    await page.waitForTimeout(250);
    await page.screenshot({ path: join(out, `${name}.png`) });
    for (const text of await faultsOf(page)) ((errors += 1), console.error(`${name}: ${text}`));
    pictures += 1;
  } catch (error) {
    errors += 1;
    console.error(`${name}: ${error.message}`);
  }
  await context.close();
}

// -- The merchant's window --

const TILL = [
  'idle', 'empty', 'demo', 'checking', 'recorded', 'seen', 'money', 'huge', 'rtl', 'repeated', 'refused', 'expired', 'invalid',
  'doubt', 'unreachable', 'cancelling', 'unpaired', 'parked', 'restart', 'restored', 'full_disk', 'no_server', 'cancelled', 'given_back', 'offline', 'no_camera', 'busy', 'denied', 'gone', 'no_frames',
  'frozen', 'unsupported', 'other', 'cameras', 'not_ours', 'misread', 'two_codes', 'wait', 'dark', 'far', 'blurred', 'glare', 'opening', 'broken',
];

async function till(fake, lang, scheme, extra = {}) {
  const { suffix = '', query = '', viewport = { width: 1280, height: 800 }, then } = extra;
  await withPage(`till-${fake}${suffix}-${lang}-${scheme}`, { viewport, colorScheme: scheme, locale: lang === 'zh' ? 'zh-CN' : 'en-GB' }, async (page) => {
    await page.goto(`${base}/merchant.html?fake=${fake}&lang=${lang}${query}`);
    await page.waitForSelector('[data-testid=result], [data-testid=notice]');
    await then?.(page);
  });
}

for (const fake of TILL) {
  for (const scheme of ['light', 'dark']) for (const lang of ['en', 'zh']) await till(fake, lang, scheme);
}
const rested = { suffix: '-rested', then: (page) => page.waitForTimeout(8700) };
await till('recorded', 'en', 'light', rested);
await till('refused', 'zh', 'dark', rested);
await till('idle', 'en', 'light', { suffix: '-practice', query: '&practice', then: (page) => page.waitForSelector('[data-testid=join]') });
await till('idle', 'zh', 'dark', { suffix: '-practice', query: '&practice', then: (page) => page.waitForSelector('[data-testid=join]') });
for (const [lang, scheme] of [['en', 'light'], ['zh', 'dark']]) {
  await till('idle', lang, scheme, {
    suffix: '-amount',
    then: async (page) => {
      await page.click('[data-testid=preset][data-unit=CNY]:not([data-amount])');
      await page.keyboard.type('25.5', { delay: 60 });
    },
  });
  await till('idle', lang, scheme, {
    suffix: '-new',
    then: async (page) => {
      await page.keyboard.press('F3');
      await page.keyboard.type('Mei');
      await page.check('input[value=CNY]', { force: true });
    },
  });
  await till('idle', lang, scheme, { suffix: '-find', then: (page) => page.keyboard.press('F4') });
}
await till('idle', 'en', 'light', {
  suffix: '-joined',
  then: async (page) => {
    await page.keyboard.press('F3');
    await page.keyboard.type('Alexandrina Konstantinopoulou');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-testid=join]');
  },
});
for (const [fake, lang, scheme] of [['top_up_refused', 'en', 'light'], ['top_up_refused', 'zh', 'light'], ['top_up_unknown', 'en', 'dark'], ['top_up_unknown', 'zh', 'light']]) {
  await till(fake, lang, scheme, {
    then: async (page) => {
      await page.keyboard.press('F3');
      await page.keyboard.type(lang === 'zh' ? '王芳' : 'Mei');
      await page.check('input[value=wash]', { force: true });
      await page.fill('.amount input', '10');
      await page.keyboard.press('Enter');
      await page.waitForSelector('[data-testid=top-up]');
    },
  });
}
await till('idle', 'en', 'light', {
  suffix: '-typed',
  then: async (page) => {
    await page.fill('[data-testid=typed-code]', '1123456789060587269342267');
    await page.keyboard.press('Enter');
  },
});
await till('idle', 'en', 'light', { suffix: '-wedge', then: (page) => page.keyboard.type('112345678906058726934226722', { delay: 3 }) });
for (const viewport of [{ width: 1024, height: 700 }, { width: 1920, height: 1080 }]) {
  await till('recorded', 'en', 'light', { suffix: `-${viewport.width}`, viewport });
  await till('huge', 'zh', 'light', { suffix: `-${viewport.width}`, viewport });
  await till('doubt', 'zh', 'light', { suffix: `-${viewport.width}`, viewport });
}

// -- The customer's page --

const shop = { id: 1, name: 'Lotus Car Wash' };
const LONG = { id: 1, name: 'The Extraordinarily Long-Named Lotus Flower Car Wash & Detailing' };
const pass = (change = {}) => ({ unit: 'wash', kind: 'pass', balance: 9, principal: 9, bonus: 0, expires_at: null, names: { en: 'Wash', zh: '洗车' }, ...change });
const money = (change = {}) => ({ unit: 'CNY', kind: 'money', decimals: 2, balance: 12850, principal: 10000, bonus: 2850, expires_at: null, ...change });

function event(seq, change = {}) {
  return {
    type: 'redemption', seq, id: `0190f6a2-7c11-7e3a-9b1e-${String(seq).padStart(12, '0')}`, shop, unit: 'wash', kind: 'pass', decimals: 0,
    amount: 1, balance: 9, at: new Date(Date.now() - 1000).toISOString(), mark: '47 🐳',
    credential: '1234567890', step: 0, ...change,
  };
}

const past = (now) => [
  event(1, { type: 'top_up', amount: 10, balance: 10, at: new Date(now - 86_400_000 * 3).toISOString(), mark: undefined }),
  event(2, { at: new Date(now - 86_400_000).toISOString(), mark: '12 🎸' }),
  event(3, { type: 'refusal', code: 'insufficient_balance', balance: 0, at: new Date(now - 7_200_000).toISOString(), mark: undefined }),
  event(4, { unit: 'CNY', kind: 'money', decimals: 2, amount: 2500, balance: 12850, at: new Date(now - 3_600_000).toISOString(), mark: '93 🍉' }),
];

/** Stands in for the server: one customer, whose socket says hello and then `events`. */
async function fakeServer(page, { accounts = [pass(), money()], history = true, socket = 'open', join = 201, events = [], named = shop, refuseWord = false } = {}) {
  const time = () => new Date().toISOString();
  const older = history ? past(Date.now()) : [];
  const seq = older.length;
  const json = (route, status, body) => route.fulfill({ status, contentType: status < 400 ? 'application/json' : 'application/problem+json', body: JSON.stringify(body) });
  const state = { socket, close: () => undefined, tell: () => undefined };
  await page.route('**/api/v1/join', (route) =>
    join === 201
      ? json(route, 201, { token: 't', credential: '1234567890', key: '878cd166a064c45c7de72769a477037c8ec98b54b50f614ec19428f1aca83c93', customer: { id: 7, name: 'Li Wei' }, shop: named, epoch: 'e1', seq, time: time() })
      : join === 0 ? route.abort() : json(route, join, { code: 'invite_expired', status: join }),
  );
  await page.route('**/api/v1/me?*', (route) =>
    state.socket === 'down' ? route.abort() : json(route, 200, { customer: { id: 7, name: 'Li Wei' }, shop: named, accounts, epoch: 'e1', seq, time: time() }),
  );
  await page.route('**/api/v1/me/acks?*', (route) => (state.socket === 'down' ? route.abort() : route.fulfill({ status: 204 })));
  await page.route('**/api/v1/me/stream?*', (route) => route.abort());
  await page.route('**/api/v1/me/rejoin', (route) => json(route, 401, { code: 'token_invalid' }));
  await page.route('**/api/v1/me/{pause,resume}?*', (route) => route.fulfill({ status: 204 }));
  await page.route('**/api/v1/me/recovery?*', (route) => json(route, 201, { word: 'K7QP-2M9D-XX4T' }));
  await page.route('**/api/v1/{recover,freeze}', (route) => (refuseWord ? json(route, 404, { code: 'not_found' }) : route.fulfill({ status: 204 })));
  await page.route('**/api/v1/me/events**', (route) => {
    if (state.socket === 'down') return route.abort();
    const after = Number(new URL(route.request().url()).searchParams.get('after'));
    return json(route, 200, { epoch: 'e1', events: older.filter((one) => one.seq > after) });
  });
  await page.routeWebSocket('**/ws**', (socketRoute) => {
    if (state.socket === 'down') return socketRoute.close({ code: 1011 });
    if (state.socket === 'revoked') return socketRoute.close({ code: 4001 });
    state.close = () => socketRoute.close({ code: 1011 });
    state.tell = (one) => socketRoute.send(JSON.stringify({ ...one, seq: seq + 1, at: time() }));
    socketRoute.send(JSON.stringify({ type: 'hello', epoch: 'e1', seq, time: time() }));
    for (const [index, one] of events.entries()) socketRoute.send(JSON.stringify({ ...one, seq: seq + 1 + index, at: time() }));
  });
  return state;
}

const PHONE = { width: 390, height: 844 };

async function phone(name, lang, scheme, { viewport = PHONE, server: fake = {}, then, fragment = '#join=pPq3vXo8cS1mZ0tYw2RkLA', large = false } = {}) {
  const options = { viewport, colorScheme: scheme, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', deviceScaleFactor: 2, hasTouch: true };
  await withPage(`phone-${name}-${lang}-${scheme}`, options, async (page, context) => {
    const state = await fakeServer(page, fake);
    await page.goto(`${base}/${fragment}`);
    if (large) await page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
    await page.waitForSelector('[data-testid=code] svg, [data-testid=notice]');
    await page.waitForTimeout(150);
    await then?.(page, state, context);
  });
}

const refusal = (code, change = {}) => event(0, { type: 'refusal', code, balance: undefined, mark: undefined, ...change });
const HUGE = { unit: 'CNY', kind: 'money', decimals: 2, amount: 1234567890, balance: 998765432109 };
const PHONES = {
  code: {},
  'one-pass': { server: { accounts: [pass({ expires_at: '2027-03-31T00:00:00.000Z' })], history: false } },
  empty: { server: { accounts: [], history: false } },
  huge: { server: { accounts: [money({ balance: 998765432109, bonus: 120000 }), pass()], named: LONG, history: false } },
  'result-pass': { server: { events: [event(0)] } },
  'result-money': { server: { events: [event(0, { unit: 'CNY', kind: 'money', decimals: 2, amount: 2500, balance: 10350, mark: '93 🍉' })] } },
  'result-top-up': { server: { events: [event(0, { type: 'top_up', amount: 10, balance: 19, mark: '08 🦩' })] } },
  'result-reversal': { server: { events: [event(0, { type: 'reversal', of_type: 'redemption', amount: 1, balance: 10, mark: '21 ⛵' })] } },
  'result-huge': { server: { events: [event(0, { ...HUGE, shop: LONG })] } },
  'refused-balance': { server: { events: [refusal('insufficient_balance', { balance: 0 })] } },
  'refused-used': { server: { events: [refusal('code_used')] } },
  history: { then: (page) => page.click('nav button:nth-child(2)') },
  'history-empty': { server: { history: false }, then: (page) => page.click('nav button:nth-child(2)') },
  more: { then: (page) => page.click('nav button:nth-child(3)') },
  offline: {
    then: async (page, state) => {
      state.socket = 'down';
      state.close();
      await page.waitForTimeout(2600);
    },
  },
  reloaded: {
    then: async (page) => {
      await page.reload();
      await page.waitForSelector('[data-testid=code] svg');
    },
  },
  revoked: { server: { socket: 'revoked' }, then: (page) => page.waitForSelector('[data-testid=notice][data-kind=revoked]') },
  stranger: { fragment: '' },
  paused: {
    then: async (page) => {
      await page.click('nav button:nth-child(3)');
      await page.click('[data-testid=pause]');
      await page.click('nav button:nth-child(1)');
      await page.waitForSelector('[data-testid=paused]');
    },
  },
  hidden: {
    then: async (page) => {
      // Two minutes later, by the page's clock.
      await page.evaluate(() => {
        const now = Date.now;
        Date.now = () => now() + 125_000;
      });
      await page.waitForSelector('[data-testid=hidden]');
    },
  },
  frozen: { server: { events: [{ ...event(0), type: 'status', status: 'frozen', unit: undefined, amount: undefined, balance: undefined, mark: undefined }] } },
  newer: { server: { events: [event(0, { type: 'gift' })] } },
  word: {
    then: async (page) => {
      await page.click('nav button:nth-child(3)');
      await page.click('[data-testid=make-word]');
      await page.locator('[data-testid=word]').scrollIntoViewIfNeeded();
    },
  },
  shops: {
    then: async (page, _, context) => {
      await page.goto('about:blank');
      const other = await context.newPage();
      await fakeServer(other, { named: LONG });
      await other.route('**/api/v1/join', (route) =>
        route.fulfill({ status: 201, contentType: 'application/json', body: JSON.stringify({ token: 't', credential: '2234567890', key: '878cd166a064c45c7de72769a477037c8ec98b54b50f614ec19428f1aca83c93', customer: { id: 8, name: 'Li Wei' }, shop: { ...LONG, id: 2 }, epoch: 'e1', seq: 0, time: new Date().toISOString() }) }),
      );
      await other.goto(`${base}/#join=pPq3vXo8cS1mZ0tYw2RkLB`);
      await other.waitForSelector('header button');
      await other.close();
      await page.goto(base);
      await page.click('header button');
      await page.waitForSelector('[data-testid=shops]');
    },
  },
  recover: { fragment: '', then: (page) => page.click('[data-testid=recover]') },
  'recover-refused': {
    fragment: '',
    server: { refuseWord: true },
    then: async (page) => {
      await page.click('[data-testid=recover]');
      await page.fill('[name=word]', 'K7QP-2M9D-XX4T');
      await page.click('[name=connect]');
      await page.waitForSelector('[data-step=refused]');
    },
  },
  'recover-frozen': {
    fragment: '',
    then: async (page) => {
      await page.click('[data-testid=recover]');
      await page.fill('[name=word]', 'K7QP-2M9D-XX4T');
      await page.click('[name=freeze]');
      await page.waitForSelector('[data-step=frozen]');
    },
  },
  'join-expired': { server: { join: 410 } },
  'join-offline': { server: { join: 0 } },
};

for (const [name, setting] of Object.entries(PHONES)) {
  await phone(name, 'en', 'light', setting);
  await phone(name, 'zh', 'light', setting);
  await phone(name, 'en', 'dark', setting);
}
// Two tabs of one browser: the code is used up for both, though only one of them is told.
await phone('tabs', 'zh', 'light', {
  server: { history: false },
  then: async (page, state, context) => {
    const other = await context.newPage();
    await fakeServer(other, { history: false });
    await other.goto(`${base}/`);
    await other.waitForSelector('[data-testid=code] svg');
    const digits = (tab) => tab.textContent('.digits');
    const before = await Promise.all([page, other].map(digits));
    const since = Date.now();
    state.tell(event(0, { step: Math.floor(since / 5000) }));
    await page.click('[data-testid=result] button');
    for (const [index, tab] of [page, other].entries()) {
      await tab.waitForFunction((old) => document.querySelector('.digits')?.textContent !== old, before[index], { timeout: 3000 });
    }
    console.log(`both tabs moved on within ${Date.now() - since} ms`);
    await other.close();
  },
});
const SIZES = { '320': { width: 320, height: 568 }, land: { width: 844, height: 390 }, small: { width: 375, height: 667 }, tablet: { width: 820, height: 1180 } };
for (const [size, viewport] of Object.entries(SIZES)) {
  for (const name of ['code', 'huge', 'result-pass', 'result-huge', 'refused-balance', 'history', 'more', 'offline', 'paused', 'frozen', 'recover']) {
    await phone(`${name}-${size}`, name === 'history' ? 'zh' : 'en', 'light', { ...PHONES[name], viewport });
  }
}
for (const name of ['code', 'huge', 'result-pass', 'result-huge', 'refused-balance', 'history', 'stranger']) {
  await phone(`${name}-large`, 'en', 'light', { ...PHONES[name], large: true });
  await phone(`${name}-large320`, 'en', 'light', { ...PHONES[name], large: true, viewport: SIZES['320'] });
}

await close();
console.log(`${pictures} pictures in ${out}, ${errors} errors`);
process.exit(errors === 0 ? 0 : 1);
