//! The core by itself: values in, values out; and that the mini program is complete.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { vendored } from '../vendor.mjs';

const require = createRequire(import.meta.url);
const at = (path) => fileURLToPath(new URL(`../miniprogram/${path}`, import.meta.url));
const core = (name) => require(at(`core/${name}.js`));
const read = (path) => readFileSync(at(path), 'utf8');

const VECTORS = JSON.parse(readFileSync(new URL('../../../server/tests/code-vectors.json', import.meta.url), 'utf8'));
const { checkDigit, nextStep, phoneCode, stepAt } = core('code');
const books = core('book');
const hear = core('hear');
const { answered } = core('http');
const { backoffMs } = core('link');
const { readLink } = core('phone');
const { en, refusal, sayIn, zh } = core('say');
const { formatAmount, historyOf, standing, tell } = core('screen');
const { symbolOf } = core('symbol');

const ACCOUNT = { unit: 'wash', kind: 'pass', decimals: 0, names: { en: 'Wash', zh: '洗车' }, balance: 10, expires_at: null };
const BOOK = { epoch: 'e', seq: 0, accounts: [ACCOUNT], units: {}, history: [], frozen: false, asOfMs: 0 };
const EVENT = { type: 'redemption', seq: 1, id: 'r', at: '2026-11-22T18:40:00.123Z', unit: 'wash', kind: 'pass', decimals: 0, amount: 1, balance: 9, mark: '47 🐳' };

test('every published vector is made, also the one of 1970', () => {
  for (const { key, credential, unix, phone_code: code } of VECTORS) assert.equal(phoneCode(key, credential, stepAt(unix * 1000)), code);
  assert.equal(checkDigit('572'), '4');
});

test('the next step is max(now, last used + 1)', () => {
  assert.deepEqual([nextStep(1_000_000, 0), nextStep(1_000_000, 200), nextStep(1_000_000, 150)], [200, 201, 200]);
});

test('a join link is the till’s, or none', () => {
  assert.deepEqual(readLink(' http://192.168.1.5:8787/#join=pPq3vXo8cS1mZ0tYw2RkLA\n'), { server: 'http://192.168.1.5:8787', code: 'pPq3vXo8cS1mZ0tYw2RkLA' });
  assert.equal(readLink('https://shop.example.org/#join=a').server, 'https://shop.example.org');
  for (const none of ['', 'join=abc', 'http://shop/#join=', 'http://shop/x#join=a', 'javascript:alert(1)//#join=a', 'http://shop/#join=a b']) {
    assert.equal(readLink(none), null, none);
  }
});

test('an answer of something in between disconnects nobody, and a later server’s code is what its status says', () => {
  const code = (status, data) => answered(status, data, () => null).code;
  assert.deepEqual([200, 401, 404, 502].map((status) => code(status, '<h1>Please log in</h1>')), Array(4).fill('offline'));
  assert.deepEqual([code(401, { error: 'login' }), code(429, ''), code(200, {})], ['offline', 'too_many_attempts', 'internal']);
  assert.deepEqual([code(410, { code: 'invite_expired' }), code(401, { code: 'later' }), code(418, { code: 'later' })], ['invite_expired', 'token_invalid', 'internal']);
});

test('rubbish is no message, and what is new is let through', () => {
  for (const rubbish of ['', 'null', '[]', '7', '{', '{"type":7}', '{"type":"hello"}', '{"type":"top_up","seq":0}']) {
    assert.equal(hear.message(rubbish), null, rubbish);
  }
  assert.deepEqual(hear.message('{"type":"weather"}'), { type: 'unknown' });
  assert.equal(hear.message(JSON.stringify({ ...EVENT, type: 'raffle', colour: 'blue' })).colour, 'blue');
  const unread = { type: 'redemption', seq: 1, id: 'r', at: EVENT.at, unread: true };
  assert.deepEqual(hear.message(JSON.stringify({ ...EVENT, balance: -1 })), unread, 'a number and no sense: counted, and nothing of it believed');
  assert.deepEqual(hear.page({ epoch: 'e', events: [EVENT, { ...EVENT, seq: 2, id: 7 }] }).events[1], { ...unread, seq: 2, id: '' });
  assert.equal(tell(unread, BOOK, en).title, 'Changed');
});

test('events move balances, dates and the freezing, each account by itself', () => {
  const after = books.enter(BOOK, EVENT, 5);
  assert.deepEqual([after.seq, after.accounts[0].balance, after.asOfMs, after.history.length], [1, 9, 5, 1]);
  const topped = books.enter(after, { ...EVENT, seq: 2, type: 'top_up', unit: 'CNY', kind: 'money', decimals: 2, amount: 1250, balance: 1250 }, 6);
  assert.deepEqual(topped.accounts.map(({ unit, balance }) => [unit, balance]), [['wash', 9], ['CNY', 1250]]);
  const frozen = books.enter(topped, { type: 'status', status: 'frozen', seq: 3, id: 's', at: EVENT.at }, 7);
  assert.equal(frozen.frozen, true);
  const dated = books.enter(frozen, { type: 'status', status: 'expires_at', unit: 'wash', expires_at: EVENT.at, seq: 4, id: 's', at: EVENT.at }, 8);
  assert.deepEqual([dated.frozen, dated.accounts[0].expires_at], [true, EVENT.at]);
  const refused = books.enter(dated, { ...EVENT, type: 'refusal', code: 'insufficient_balance', seq: 5, unit: 'wax', balance: 0 }, 9);
  assert.equal(refused.accounts.length, 2, 'a refusal makes no account');
});

test('the history is filled from before, each event once, and no longer than it may be', () => {
  const past = Array.from({ length: 150 }, (_, index) => ({ ...EVENT, seq: index + 1 }));
  const book = { ...BOOK, seq: 150, history: [past[149]] };
  assert.equal(books.lacksPast(book, 50), true);
  const filled = books.withPast(book, past);
  assert.deepEqual([filled.history.length, filled.history[0].seq, filled.history[99].seq], [100, 150, 51]);
  assert.equal(books.lacksPast(filled, 50), false);
});

test('a step is used up by what the server took or refused, but not by an expired code', () => {
  const used = (change) => books.usedStep({ ...EVENT, credential: '0000000042', step: 7, ...change }, '0000000042');
  assert.deepEqual([used({}), used({ credential: '1' }), used({ step: null }), used({ type: 'refusal', code: 'frozen' })], [7, 0, 0, 7]);
  assert.equal(used({ type: 'refusal', code: 'code_expired' }), 0);
});

test('pauses double from half a second to half a minute, with jitter', () => {
  assert.deepEqual([backoffMs(1, 0), backoffMs(1, 0.999), backoffMs(3, 0), backoffMs(50, 0)], [250, 500, 1_000, 15_000]);
  assert(backoffMs(50, 0.9999) <= 30_000);
});

test('amounts are written without Intl', () => {
  const cny = { unit: 'CNY', kind: 'money', decimals: 2 };
  assert.deepEqual(
    [formatAmount(cny, 1250), formatAmount(cny, 5, '−'), formatAmount(cny, 123_456_789), formatAmount({ unit: 'KWD', kind: 'money', decimals: 3 }, 1)],
    ['¥12.50', '−¥0.05', '¥1,234,567.89', 'KWD 0.001'],
  );
  assert.deepEqual([formatAmount(ACCOUNT, 9, '−'), formatAmount({ unit: 'JPY', kind: 'money', decimals: 0 }, 1200)], ['−9', '¥1,200']);
});

test('an event is told in both languages', () => {
  const told = (event, say) => tell({ ...EVENT, ...event }, BOOK, say);
  assert.deepEqual(told({}, en), { tone: 'recorded', title: 'Used', amount: '−1 Wash', left: '9 left', todo: '', mark: '47 🐳' });
  assert.deepEqual([told({}, zh).title, told({}, zh).amount, told({}, zh).left], ['已核销', '−1 洗车', '剩 9 次']);
  const short = told({ type: 'refusal', code: 'insufficient_balance', balance: 0, mark: undefined }, en);
  assert.deepEqual([short.tone, short.left, short.todo], ['refused', 'Not enough left: 0 Wash', 'Top up at the till?']);
  assert.equal(told({ type: 'refusal', code: 'out_of_foam' }, zh).left, '收银台没有收下这个码');
  assert.equal(told({ type: 'raffle' }, en).title, 'Changed');
  const undone = (change) => told({ type: 'reversal', ...change }, en).amount;
  assert.deepEqual([undone({ of_type: 'top_up', gain: false }), undone({ of_type: 'redemption', gain: true })], ['−1 Wash', '+1 Wash']);
  // Where the event does not say it goes by what was undone.
  assert.deepEqual(['top_up', 'bonus', 'redemption', 'refund'].map((of_type) => undone({ of_type })), ['−1 Wash', '−1 Wash', '+1 Wash', '+1 Wash']);
  const soon = told({ type: 'status', status: 'expires_soon', expires_at: '2027-01-05T12:00:00.000Z' }, en);
  assert.deepEqual([soon.tone, soon.title], ['news', 'Wash: runs out on 5 Jan 2027']);
  assert.equal(historyOf({ ...BOOK, history: [EVENT] }, 'Lotus', zh)[0].seq, 1);
});

test('a balance that may be old says from when it is', () => {
  assert.equal(standing({ sure: true, at: 'live', book: BOOK }, en), '');
  assert.match(standing({ sure: false, at: 'resting', book: BOOK }, en), /^No connection.* balance of \d\d:\d\d$/);
});

test('both languages have every sentence, and WeChat’s languages lead to them', () => {
  assert.deepEqual([sayIn('zh_CN'), sayIn('zh_TW'), sayIn('en'), sayIn('fr')], [zh, zh, en, en]);
  const names = (say) => [say, say.kinds, say.statuses, say.refusals].map((words) => Object.keys(words).sort());
  assert.deepEqual(names(zh), names(en));
  for (const code of Object.keys(en.refusals)) assert(refusal(zh, code, '').what.length > 0);
});

test('the picture of a code is 21 modules with four light ones around, in whole device pixels', () => {
  const { runs, module, side } = symbolOf(VECTORS[0].phone_code, 390, 3);
  assert.equal(module * 3, 40);
  assert.equal(side, 29 * module);
  assert(runs.every(({ left, top, width }) => left >= 4 * module && top >= 4 * module && left + width <= side - 4 * module + 1e-9));
  assert.equal(new Set(runs.map(({ key }) => key)).size, runs.length);
});

test('what is packed is what `npm run vendor` makes, and asks for nothing that older phones lack', async () => {
  for (const [name, text] of Object.entries(await vendored())) {
    assert.equal(read(`vendor/${name}`), text, `vendor/${name} is stale: npm run vendor`);
    assert.doesNotMatch(text, /BigInt|\d+n\b|\?\?|\?\./, `vendor/${name}`);
  }
});

test('every page of the app is complete, and no file of it is Node’s or a browser’s', () => {
  const app = JSON.parse(read('app.json'));
  for (const page of app.pages) for (const end of ['js', 'json', 'wxml', 'wxss']) assert(existsSync(at(`${page}.${end}`)), `${page}.${end}`);
  for (const file of [app.sitemapLocation, app.themeLocation, ...app.pages.map((page) => `${page}.json`)]) JSON.parse(read(file));
  const project = JSON.parse(readFileSync(at('../project.config.json'), 'utf8'));
  assert(existsSync(at(`../${project.miniprogramRoot}app.js`)));
  for (const name of readdirSync(at('core'))) assert.doesNotMatch(read(`core/${name}`).replace(/\/\/.*/g, ''), /\b(window|document|process|localStorage|fetch\(|Intl\.|BigInt)\b/, name);
});
