//! The real window with its server on another computer: paired by address and code at the first start, through a
//! network that is spoilt on purpose. A power cut in the middle of a redemption (SIGKILL) is settled at the next start
//! before the first scan, whether the request had arrived or not; a till that was taken back says so and is paired
//! again; another shop is opened and left without losing anything. `npm run remote`; needs TILLBEAM_BIN and
//! TILLBEAM_SERVER_BIN. Pictures for a look go to TILLBEAM_SHOTS, or to a temporary folder.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Faults } from './faults.mjs';
import { Spool } from './spool.mjs';
import { Till } from './till.mjs';
import { endAll, openWindow, until } from './window.mjs';

const { TILLBEAM_BIN: binary, TILLBEAM_SERVER_BIN: serverBinary } = process.env;
assert(binary && serverBinary, 'set TILLBEAM_BIN and TILLBEAM_SERVER_BIN, or run `cargo xtask test`');
// This script's own calls to the server, on loopback, by a CA that nobody knows; the window's are what is tested.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-remote-'));
const data = join(folder, 'data');
const spool = new Spool(folder);
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
mkdirSync(shots, { recursive: true });
const shot = (name) => join(shots, `remote-${name}.png`);
const step = (text) => console.log(`remote: ${text}`);
const test = (id) => `[data-testid=${id}]`;

const shop = await Till.open({ tls: 'own-ca' });
const network = await new Faults().start(shop.port);
shop.run('provision', '--shop', 'Lotus Car Wash', '--unit', 'wash', '--customers', '1', '--balance', '10');
const customer = shop.made[1];
shop.terminal = shop.made[0].terminal;
let last = 0;
/** A code of the customer's phone that was not shown yet. */
function code() {
  last = Math.max(Math.floor(Date.now() / 5000), last + 1);
  return execFileSync(serverBinary, ['code', '--credential', customer.credential, '--key', customer.key, '--at', String(last * 5)], { encoding: 'utf8' }).trim();
}
async function left() {
  const { accounts } = await shop.done('GET', `/customers/${customer.customer_id}`);
  return accounts.find(({ unit }) => unit === 'wash').balance;
}
const pairing = () => shop.done('POST', '/terminals/pairings', { name: 'Second' });

let till;
const open = async () => (till = await openWindow(binary, ['--data', data, '--source', spool.path]));
const press = (id) => till.click(test(id));
const status = () => till.run("return document.querySelector('[data-testid=result]')?.dataset.status ?? ''");
const recorded = (balance) => until(`${balance} left`, async () => (await status()) === 'recorded' && (await left()) === balance);
const linked = (state) => until(`a till that is ${state}`, async () => (await till.run("return document.querySelector('[data-testid=link]')?.dataset.state")) === state);
const reached = (what) => until(what, () => till.run("const { status, reason } = document.querySelector('[data-testid=reached]').dataset; return (reason ?? status) === arguments[0]", what));
const doubt = (state) => until(`a doubt that is ${state}`, () => till.run("return [...document.querySelectorAll('[data-testid=doubts] li')].some((line) => line.dataset.state === arguments[0])", state));
async function retype(css, text) {
  await till.run("const field = document.querySelector(arguments[0]); field.value = ''; field.dispatchEvent(new Event('input'))", css);
  await till.type(css, text);
}
async function pair(address) {
  if (address !== null) await retype('#server-address', address);
  await retype('#server-code', (await pairing()).code);
  await press('connect-server');
  await linked('online');
}
/** The power is gone for the window: its own process, which the driver started. */
async function powerCut() {
  process.kill(till.pid(), 'SIGKILL');
  spool.nobody();
  await till.close().catch(() => undefined);
}

try {
  const address = `127.0.0.1:${network.port}`;
  spool.show(null);
  await open();
  await press('first-server');
  await till.type('#server-address', '127.0.0.1:9');
  await press('test-server');
  await reached('connection_refused');
  const { code: good } = await pairing();
  assert.match(good, /^(\w{4}-){7}\w{4}$/, 'the code carries the fingerprint');
  await retype('#server-address', address);
  await press('test-server');
  await reached('certificate_unknown');
  await till.type('#server-code', good.replace(/.$/, (last) => (last === '7' ? '8' : '7')));
  await press('test-server');
  await reached('pairing_wrong');
  await till.picture(shot('wrong-code'));
  await retype('#server-code', good);
  await press('test-server');
  await reached('found');
  await till.picture(shot('found'));
  await press('connect-server');
  await linked('online');
  step('each fault was named, and the till is paired with the server of the code');

  await spool.scan(code());
  await recorded(9);
  await till.picture(shot('recorded'));
  step('a scan at the remote server');

  network.mode = 'mute';
  await spool.scan(code());
  await until('it in the books', async () => (await left()) === 8);
  await until('checking', async () => (await status()) === 'checking');
  await powerCut();
  network.up();
  await open();
  await doubt('recorded');
  assert.equal(await left(), 8);
  assert.equal(await status(), 'idle', 'nothing is shown as new');
  await till.picture(shot('settled-recorded'));
  await spool.scan(code());
  await recorded(7);
  step('a power cut after the request had arrived: it is known as taken before the next scan');

  network.mode = 'swallow';
  const lost = code();
  await spool.scan(lost);
  await until('checking', async () => (await status()) === 'checking');
  await powerCut();
  network.up();
  network.cut();
  await open();
  await doubt('cancelled');
  await till.picture(shot('settled-cancelled'));
  assert.equal(await left(), 7);
  await spool.scan(lost);
  await recorded(6);
  step('a power cut before the request had arrived: it never will, and the same code is still good');

  network.mode = 'mute';
  await spool.scan(code());
  await until('checking', async () => (await status()) === 'checking');
  await press('screen-settings');
  await press('section-server');
  await press('leave-shop');
  await until('why it is not left', () => till.run("return document.querySelector('[data-testid=sheet-failed]:not([hidden])') !== null"));
  await till.picture(shot('unsettled'));
  network.up();
  network.cut();
  // What is taken is seen: the till comes to the front by itself.
  await recorded(5);
  await press('screen-settings');
  await press('section-server');
  await press('test-server');
  await reached('found');
  await till.picture(shot('settings'));
  await press('leave-shop');
  await till.find(test('first-open-remote'));
  await till.picture(shot('doors'));
  spool.nobody();
  await press('first-practise');
  await till.find(test('practice'));
  await press('own-shop');
  spool.nobody();
  await press('first-open-remote');
  await linked('online');
  await spool.scan(code());
  await recorded(4);
  step('it is not left while something is in doubt; practice and back, and nothing is lost');

  const { terminals } = await shop.done('GET', '/terminals');
  await shop.done('POST', `/terminals/${terminals.at(-1).id}/revoke`, {});
  await till.find(test('revoked'));
  await till.picture(shot('revoked'));
  spool.nobody();
  await press('pair-again');
  await till.find('#server-address');
  await pair(null);
  await spool.scan(code());
  await recorded(3);
  step('a till that was taken back says so, and is paired again');

  network.down();
  await linked('offline');
  await till.picture(shot('offline'));
  await till.close();
  await shop.stop();
  step(execFileSync(serverBinary, ['verify', '--data', shop.data], { encoding: 'utf8' }).trim());
  console.log(`remote: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  await till?.picture(shot('failed')).catch(() => undefined);
  process.exitCode = 1;
} finally {
  network.stop();
  await shop.stop();
  endAll();
}
