//! What a till says when its world is not in order, and how it gets out, on the real window: a second terminal that changes the
//! same customer, a server whose clock is set, a disk that is full, and the window closed in the middle of a request.
//! `npm run trouble`; needs TILLBEAM_BIN and TILLBEAM_SERVER_BIN. Pictures for a look go to TILLBEAM_SHOTS, or to a temporary
//! folder.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Faults } from './faults.mjs';
import { Spool } from './spool.mjs';
import { Till } from './till.mjs';
import { closeOn, endAll, openWindow, startDesktop, until, windowsOn } from './window.mjs';

const { TILLBEAM_BIN: binary, TILLBEAM_SERVER_BIN: serverBinary } = process.env;
assert(binary && serverBinary, 'set TILLBEAM_BIN and TILLBEAM_SERVER_BIN, or run `cargo xtask test`');

const HOUR_S = 3600;
/** A window that is closed does not keep its shop waiting. */
const CLOSE_LIMIT_MS = 8_000;

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-trouble-'));
const data = join(folder, 'data');
const spool = new Spool(folder);
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
for (const path of [shots, data]) mkdirSync(path, { recursive: true });
const shot = (name) => join(shots, `trouble-${name}.png`);
const step = (text) => console.log(`trouble: ${text}`);
const test = (id) => `[data-testid=${id}]`;

let ahead = 0;
function setClock(seconds) {
  ahead = seconds;
  shop.setClock(seconds);
}
const shop = await Till.open({ clock: true });
shop.run('provision', '--shop', 'Lotus Car Wash', '--unit', 'wash', '--customers', '1', '--balance', '10');
const customer = shop.made[1];
shop.terminal = shop.made[0].terminal;
const network = await new Faults().start(shop.port);
let last = 0;
/** A code of the customer's phone, by the server's clock, that was not shown yet. */
function code() {
  last = Math.max(Math.floor(Date.now() / 5000) + ahead / 5, last + 1);
  return execFileSync(serverBinary, ['code', '--credential', customer.credential, '--key', customer.key, '--at', String(last * 5)], { encoding: 'utf8' }).trim();
}
async function left() {
  const { accounts } = await shop.done('GET', `/customers/${customer.customer_id}`);
  return accounts.find(({ unit }) => unit === 'wash').balance;
}

/** A small disk at the till's data; false where none can be mounted. */
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=700', 'tmpfs', data]).status === 0;
const filler = join(data, 'filler');
function fill() {
  const file = openSync(filler, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(4096));
  } catch {
    // It is full.
  } finally {
    closeSync(file);
  }
}

let till;
const display = await startDesktop();
const args = ['--data', data, '--source', spool.path];
const more = { XDG_DATA_HOME: join(folder, 'home'), XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config') };
const open = async () => (till = await openWindow(binary, args, { more, display }));
const press = (id) => till.click(test(id));
const status = () => till.run("return document.querySelector('[data-testid=result]')?.dataset.status ?? ''");
const result = (what) => until(`the till: ${what}`, async () => (await status()) === what);
const said = () => till.text(test('result'));
const linked = (state) => until(`a till that is ${state}`, () => till.run("return document.querySelector('[data-testid=link]')?.dataset.state === arguments[0]", state));
async function recorded() {
  const before = await left();
  await spool.scan(code());
  await result('recorded');
  assert.equal(await left(), before - 1);
}

async function secondTerminal() {
  const shown = (washes) => until(`${washes} washes on the customer’s screen`, () => till.run("return document.querySelector('[data-testid=account][data-unit=wash]')?.dataset.balance === arguments[0]", String(washes)));
  await press('screen-customers');
  await press('found-customer');
  await shown(10);
  await shop.topUp(customer.customer_id, 5);
  await shown(15);
  const first = code();
  await shop.take(first);
  await shown(14);
  await spool.scan(first);
  await result('refused');
  await till.picture(shot('used-elsewhere'));
  step('what a second terminal does to the same customer is shown by itself, and a code that it took is not taken again');
}

async function clockSet() {
  setClock(HOUR_S);
  await recorded();
  setClock(0);
  await spool.scan(code());
  await result('in_doubt');
  await until('why', async () => (await said()).includes('时间'));
  await till.picture(shot('clock-zh'));
  await till.click('header button[lang]');
  await until('why, in English', async () => (await said()).includes('Set the clock'));
  await till.picture(shot('clock'));
  setClock(HOUR_S);
  // Sent once more, it is too old by an hour; on a slow machine it is not sent any more, and can be cancelled.
  await until('its end', async () => {
    await till.run("document.querySelector('[data-testid=cancel]')?.click()");
    return ['refused', 'cancelled'].includes(await status());
  });
  await recorded();
  step('a server whose clock is wrong is said to be, with what to do; with its clock right it goes on');
}

async function fullDisk() {
  fill();
  // What the journal's last block has room for goes on.
  let before, shown;
  do {
    before = await left();
    shown = code();
    await spool.scan(shown);
    await until('an end', async () => (await status()) === 'refused' || (await left()) < before);
  } while ((await status()) !== 'refused');
  const words = await said();
  assert(words.includes('disk') && words.includes('Make room'), words);
  await till.picture(shot('disk-full'));
  assert.equal(await left(), before);
  rmSync(filler);
  await spool.scan(shown);
  await result('recorded');
  assert.equal(await left(), before - 1);
  step('a full disk takes nothing, and says so; with room again the same code is taken');
}

/** Closed by its cross, while the answer is on its way and never comes. */
async function closedInTheMiddle() {
  network.mode = 'mute';
  const before = await left();
  await spool.scan(code());
  await until('it in the books', async () => (await left()) === before - 1);
  await result('checking');
  const [pid, begun] = [till.pid(), Date.now()];
  closeOn(display, windowsOn(display).find(({ title }) => title === 'Tillbeam'));
  await till.ended(pid);
  const ms = Date.now() - begun;
  assert(ms < CLOSE_LIMIT_MS, `it took ${ms} ms to close`);
  network.up();
  network.cut();
  spool.nobody();
  await open();
  await until('what became of it', () => till.run("return [...document.querySelectorAll('[data-testid=doubts] li')].some((line) => line.dataset.state === 'recorded')"));
  assert.equal(await status(), 'idle', 'nothing is shown as new');
  await till.picture(shot('closed'));
  await recorded();
  step(`closed in the middle of a request (${ms} ms): the next start says what became of it, before the next scan`);
}

try {
  spool.show(null);
  await open();
  await press('first-server');
  await till.type('#server-address', `http://127.0.0.1:${network.port}`);
  await till.type('#server-code', (await shop.done('POST', '/terminals/pairings', { name: 'Second' })).code);
  await press('connect-server');
  await linked('online');
  await secondTerminal();
  await clockSet();
  if (mounted) await fullDisk();
  else step('no small disk could be mounted here (that takes root): left out');
  await closedInTheMiddle();
  await till.close();
  await shop.stop();
  step(execFileSync(serverBinary, ['verify', '--data', shop.data], { encoding: 'utf8' }).trim());
  console.log(`trouble: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  await till?.picture(shot('failed')).catch(() => undefined);
  process.exitCode = 1;
} finally {
  network.stop();
  await shop.stop();
  endAll();
  if (mounted) spawnSync('umount', ['--lazy', data]);
}
