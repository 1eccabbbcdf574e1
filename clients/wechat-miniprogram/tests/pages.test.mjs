//! The pages, drawn by `miniprogram-simulate`, against a played server: what somebody sees and taps.

import assert from 'node:assert/strict';
import test from 'node:test';
import { until } from '../../conformance/check.mjs';
import { codeOf, VECTORS } from '../../conformance/code.mjs';
import { World } from '../../conformance/world.mjs';
import { openPage, startApp, textOf } from './simulator.mjs';
import { makeWx } from './wx.mjs';

/** A shop, and a phone in this language; `taken` notes what the pages ask of WeChat. */
async function begin(t, { language = 'en', join = true } = {}) {
  const { credential, key } = VECTORS[0];
  const world = new World({ token: 'a-token-that-holds', credential, key });
  world.nowMs = Date.now();
  await world.start();
  const asked = { went: [], lit: null, shaken: 0 };
  const wx = makeWx({
    language,
    navigateTo: ({ url }) => asked.went.push(url),
    reLaunch: ({ url }) => asked.went.push(url),
    setKeepScreenOn: ({ keepScreenOn }) => (asked.lit = keepScreenOn),
    vibrateShort: () => (asked.shaken += 1),
  });
  const app = startApp(wx);
  const pages = [];
  t.after(() => {
    for (const page of pages) page.detach();
    app.phone.link?.stop();
    world.stop();
  });
  const open = (name) => {
    pages.push(openPage(name));
    return pages.at(-1);
  };
  if (join) {
    assert.deepEqual(await app.phone.join(`${world.url}/#join=good`), { ok: true });
    await until('sure', () => app.phone.shown().sure);
  }
  return { world, app, wx, asked, open };
}

test('a stranger is told how to join, and joins by the scanned code', async (t) => {
  const { world, app, wx, asked, open } = await begin(t, { join: false });
  const code = open('code');
  assert.match(textOf(code), /Not connected yet/);
  code.querySelector('.plain').dispatchEvent('tap');
  await until('the join page', () => asked.went[0] === '/pages/join/join');
  const join = open('join');
  wx.scanCode = ({ success }) => success({ result: 'https://example.org/menu' });
  join.querySelector('.plain').dispatchEvent('tap');
  await until('why not', () => textOf(join).includes('That is no join code of a shop'));
  wx.scanCode = ({ success }) => success({ result: `${world.url}/#join=used` });
  join.querySelector('.plain').dispatchEvent('tap');
  await until('why not', () => textOf(join).includes('This join code was used or is too old'));
  wx.scanCode = ({ success }) => success({ result: `${world.url}/#join=good` });
  join.querySelector('.plain').dispatchEvent('tap');
  await until('back to the code', () => asked.went.at(-1) === '/pages/code/code');
  await until('a code', () => /\d{4} \d{4}/.test(textOf(code)));
  assert.equal(app.phone.phones().length, 1);
});

test('a pasted link does as well', async (t) => {
  const { world, app, open } = await begin(t, { join: false });
  const join = open('join');
  join.instance.typed({ detail: { value: `${world.url}/#join=good` } });
  await join.instance.useLink();
  assert.equal(app.phone.shown().status, 'member');
});

test('the code page shows the code as digits and picture, the balance, and lights the screen', async (t) => {
  const { world, app, asked, open } = await begin(t);
  const page = open('code');
  const digits = textOf(page).match(/(\d{4} ){6}\d{3}/)[0].replaceAll(' ', '');
  assert([-1, 0, 1].some((away) => codeOf(world.phone, Math.floor(app.phone.now() / 5000) + away) === digits));
  assert.match(textOf(page), /10 ?Wash left/);
  assert.match(textOf(page), /Lotus.*Mei Lin/);
  const runs = page.querySelectorAll('.run');
  assert(runs.length > 60 && runs.length < 231, `${runs.length} runs`);
  page.instance.tick();
  assert.equal(asked.lit, true);
});

test('a result fills the screen, shakes the phone, and goes by a tap', async (t) => {
  const { world, asked, open } = await begin(t);
  const page = open('code');
  const before = page.data.digits;
  world.tell(world.books.redeem({ credential: world.phone.credential, step: world.step }));
  await until('the result', () => page.querySelector('.result'));
  assert.match(textOf(page), /✓ Used.*−1 Wash.*9 left.*47 🐳/);
  assert.equal(asked.shaken, 1);
  assert.notEqual(page.data.digits, before, 'a new code at once');
  page.querySelector('.result').dispatchEvent('tap');
  await until('the code again', () => page.querySelector('.result') === undefined);
  world.tell(world.books.refuse('pass_expired', { credential: world.phone.credential, step: world.step + 1 }));
  await until('the refusal', () => page.querySelector('.refused'));
  assert.match(textOf(page), /✕ Nothing was taken.*Your pass has run out.*Ask at the till/);
  page.instance.resultMs -= 60_000;
  page.instance.tick();
  assert.equal(page.querySelector('.result'), undefined, 'it goes by itself');
});

test('in Chinese everything is Chinese, the history too', async (t) => {
  const { world, open } = await begin(t, { language: 'zh_CN' });
  world.tell(world.books.redeem({ credential: world.phone.credential, step: world.step }));
  const page = open('code');
  await until('the result', () => /已核销.*−1 洗车.*剩 9 次/.test(textOf(page)));
  const history = open('history');
  assert.match(textOf(history), /已核销.*−1 洗车.*月\d+日 \d\d:\d\d · Lotus.*剩 9 次/);
  for (const text of [textOf(page), textOf(history)]) assert.doesNotMatch(text.replaceAll('Lotus', '').replaceAll('Mei Lin', ''), /[A-Za-z]{2}/);
});

test('untouched for two minutes the code is hidden, and a touch brings it back', async (t) => {
  const { asked, open } = await begin(t);
  const page = open('code');
  page.instance.touchedMs -= 121_000;
  page.instance.tick();
  assert.match(textOf(page), /The code is hidden/);
  assert.equal(page.querySelector('.symbol'), undefined);
  assert.equal(asked.lit, false);
  page.querySelector('.hidden .plain').dispatchEvent('tap');
  await until('the code', () => page.querySelector('.symbol'));
});

test('without a network the code stays and the balance says from when it is; revoked there is no code', async (t) => {
  const { world, open } = await begin(t);
  const page = open('code');
  world.down();
  await until('no connection', () => /No connection. The code still works. balance of \d\d:\d\d/.test(textOf(page)));
  assert(page.querySelector('.symbol'));
  world.valid = false;
  world.up();
  await until('disconnected', () => textOf(page).includes('This phone was disconnected'), 20_000);
  assert.equal(page.querySelector('.symbol'), undefined);
});

test('what is new to it is said, and a freezing too', async (t) => {
  const { world, open } = await begin(t);
  const page = open('code');
  world.tell(world.books.other({ type: 'raffle' }));
  world.tell(world.books.other({ type: 'status', status: 'frozen' }));
  await until('both', () => /Your account is frozen.*too old to understand/.test(textOf(page)));
});
