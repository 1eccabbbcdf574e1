//! The mini program over the stand-in for `wx` against the real server (TILLBEAM_SERVER_BIN), and its picture before the
//! real scanner (TILLBEAM_SCAN_BIN).

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { until } from '../../conformance/check.mjs';
import { Faults } from '../../../ui/e2e/faults.mjs';
import { Till } from '../../../ui/e2e/till.mjs';
import { openPage, Phone, startApp, textOf } from './simulator.mjs';
import { makeWx } from './wx.mjs';

const { TILLBEAM_SERVER_BIN: SERVER, TILLBEAM_SCAN_BIN: SCANNER } = process.env;
assert(SERVER && SCANNER, 'set TILLBEAM_SERVER_BIN and TILLBEAM_SCAN_BIN to the built programs');

const till = await Till.open();
const faults = await new Faults().start(till.port);
const base = `http://127.0.0.1:${faults.port}`;

after(async () => {
  await till.stop();
  faults.stop();
  assert.match(till.run('verify'), /ok|right|hold|no error/i);
});

/** A customer of ten washes with this mini program. */
async function member(t, name, { storage, washes = 10 } = {}) {
  const { id, link } = await till.customer(name, washes);
  const phone = new Phone(makeWx({ storage }));
  t.after(() => {
    phone.link?.stop();
    Object.assign(faults, { mode: 'pass', blocked: [] });
  });
  assert.deepEqual(await phone.join(base + link), { ok: true });
  await isSure(phone, washes);
  return { id, phone };
}

function washesOf(phone) {
  return phone.shown().book?.accounts.find(({ unit }) => unit === 'wash')?.balance ?? 0;
}

function isSure(phone, washes) {
  return until(`${washes} washes for sure`, () => phone.shown().sure && washesOf(phone) === washes, 20_000);
}

test('joins, its code is taken, the result comes by itself, and the lamp says seen', async (t) => {
  const { phone } = await member(t, 'Mei Lin');
  const first = phone.code().digits;
  const id = await till.take(first);
  await until('the result', () => phone.shown().result?.id === id);
  await isSure(phone, 9);
  await until('seen', async () => (await till.lamp(id)) === 'seen');
  assert.notEqual(phone.code().digits, first);
  await till.take(phone.code().digits);
  await isSure(phone, 8);
});

test('in the background received, in front again seen', async (t) => {
  const { phone } = await member(t, 'Behind');
  const code = phone.code().digits;
  phone.setVisible(false);
  const id = await till.take(code);
  await until('received', async () => (await till.lamp(id)) === 'received');
  phone.setVisible(true);
  await until('seen', async () => (await till.lamp(id)) === 'seen');
});

test('offline its code is taken, and after a crash of the server it hears what it missed, in order', async (t) => {
  const { id, phone } = await member(t, 'Replay');
  faults.down();
  await until('not sure', () => !phone.shown().sure);
  await till.take(phone.code().digits);
  await till.topUp(id, 5);
  await till.stop('SIGKILL');
  await till.start();
  faults.up();
  await isSure(phone, 14);
  assert.deepEqual(phone.shown().book.history.map(({ type }) => type), ['top_up', 'redemption', 'top_up']);
});

test('where sockets are blocked it polls', async (t) => {
  faults.blocked = ['GET /ws'];
  const { phone } = await member(t, 'Polls');
  const id = await till.take(phone.code().digits);
  await isSure(phone, 9);
  await until('seen', async () => (await till.lamp(id)) === 'seen');
});

test('frozen and refused it says so; revoked it has no code any more, also after a new start', async (t) => {
  const storage = mkdtempSync(join(tmpdir(), 'tillbeam-wx-'));
  const { id, phone } = await member(t, 'Frozen', { storage });
  await till.done('POST', `/customers/${id}/freeze`, {});
  await until('frozen', () => phone.shown().book.frozen);
  assert.equal((await till.redeem(phone.code().digits)).body.code, 'frozen');
  await until('the refusal', () => phone.shown().result?.code === 'frozen');
  await till.done('POST', `/customers/${id}/credentials/${phone.me.credential}/revoke`, {});
  await until('ended', () => phone.shown().status === 'ended');
  const again = new Phone(makeWx({ storage }));
  again.start();
  assert.deepEqual([again.shown().status, again.code()], ['ended', null]);
});

test('it takes a new master key by itself, and the books of a restored server', async (t) => {
  const { phone } = await member(t, 'Renewed');
  const { key } = phone.me;
  till.run('rotate-key');
  phone.setVisible(false);
  phone.setVisible(true);
  await until('another key', () => phone.me.key !== key);
  await till.take(phone.code().digits);
  await isSure(phone, 9);
  const backup = join(till.data, 'mini.backup');
  till.run('backup', backup);
  await till.take(phone.code().digits);
  await isSure(phone, 8);
  await till.stop();
  till.run('restore', backup, '--replace');
  await till.start();
  await isSure(phone, 9);
  await until('a code of after the restore', async () => (await till.redeem(phone.code().digits)).status === 201, 20_000);
  await isSure(phone, 8);
});

test('two shops are on one phone, each with codes and a balance of its own', async (t) => {
  till.run('provision', '--shop', 'Rose Garden', '--unit', 'wash', '--customers', '0', '--balance', '0');
  const { token } = till.made[0].terminal;
  const { phone } = await member(t, 'Both');
  const rose = await till.customer('Both', 3, { token });
  assert.deepEqual(await phone.join(base + rose.link), { ok: true });
  await isSure(phone, 3);
  await till.take(phone.code().digits, 1, token);
  await isSure(phone, 2);
  phone.use(phone.phones()[0].credential);
  await isSure(phone, 10);
  await till.take(phone.code().digits);
  await isSure(phone, 9);
});

test('the old system’s own page works, unchanged but for host and token', async (t) => {
  const { id, phone } = await member(t, 'Old');
  const wx = makeWx();
  const log = [];
  const console = { log: (text) => log.push(text) };
  // As the old page has it.
  const task = wx.connectSocket({
    url: `ws://127.0.0.1:${till.port}/webSocket/${id}/${phone.me.shop.id}?token=${phone.me.token}`,
    header: { 'content-type': 'application/json' },
    method: 'GET',
  });
  wx.onSocketOpen(() => console.log('open'));
  wx.onSocketError(() => console.log('error'));
  wx.onSocketMessage((res) => console.log(res.data));
  t.after(() => task.close());
  await until('the socket', () => log.includes('open'));
  await till.take(phone.code().digits);
  await until('the text', () => log.includes('0_扣费成功_剩余次数: 9'));
  assert.deepEqual(log, ['open', '0_扣费成功_剩余次数: 9']);
});

test('from the pasted link to the result on the pages, and the scanner reads the picture', async (t) => {
  const { link } = await till.customer('Pages');
  const app = startApp(makeWx({ reLaunch: () => undefined }));
  t.after(() => app.phone.link?.stop());
  const joinPage = openPage('join');
  joinPage.instance.typed({ detail: { value: base + link } });
  await joinPage.instance.useLink();
  const page = openPage('code');
  t.after(() => page.detach());
  await isSure(app.phone, 10);
  const read = scanned(page.data.symbol);
  assert.equal(read, page.data.digits.replaceAll(' ', ''));
  await till.take(read);
  await until('the result', () => /✓ Used.*−1 Wash.*9 left/.test(textOf(page)));
});

/** What the scanner reads in the rectangles that the page draws. */
function scanned({ runs, module, side }) {
  const scale = 3;
  const across = Math.round(side * scale);
  const pixels = Buffer.alloc(across * across, 255);
  for (const { left, top, width } of runs) {
    for (let y = Math.round(top * scale); y < Math.round((top + module) * scale); y += 1) {
      pixels.fill(0, y * across + Math.round(left * scale), y * across + Math.round((left + width) * scale));
    }
  }
  const file = join(mkdtempSync(join(tmpdir(), 'tillbeam-scan-')), 'screen.pgm');
  writeFileSync(file, Buffer.concat([Buffer.from(`P5\n${across} ${across}\n255\n`), pixels]));
  return JSON.parse(execFileSync(SCANNER, ['--json', file], { encoding: 'utf8' })).texts[0];
}
