//! Where the real window keeps its token of a server on another computer: in the session's keyring (GNOME's, on a bus of the
//! test's own), and in a file for the owner alone where the keyring does not open; and what it says of a keyring that has the
//! token and does not answer. `npm run keyring`; needs TILLBEAM_BIN and TILLBEAM_SERVER_BIN.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from './spool.mjs';
import { Till } from './till.mjs';
import { endAll, openWindow, startDisplay, until } from './window.mjs';

const { TILLBEAM_BIN: binary, TILLBEAM_SERVER_BIN: serverBinary } = process.env;
assert(binary && serverBinary, 'set TILLBEAM_BIN and TILLBEAM_SERVER_BIN, or run `cargo xtask test`');

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-keyring-'));
const [data, home] = [join(folder, 'data'), join(folder, 'home')];
const spool = new Spool(folder);
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
for (const path of [home, shots]) mkdirSync(path, { recursive: true });
const shot = (name) => join(shots, `keyring-${name}.png`);
const step = (text) => console.log(`keyring: ${text}`);
const test = (id) => `[data-testid=${id}]`;
const token = join(data, 'till/remote.token');

/** Everything of this user is the test's. */
const own = { HOME: home, XDG_DATA_HOME: join(home, 'data'), XDG_CACHE_HOME: join(home, 'cache'), XDG_CONFIG_HOME: join(home, 'config') };
const session = { ...process.env, ...own, XDG_RUNTIME_DIR: mkdtempSync(join(folder, 'run-')) };
const helpers = [];
function helper(program, args, options) {
  const child = spawn(program, args, { env: session, ...options });
  helpers.push(child);
  return child;
}

/** A session bus; its address. */
async function startBus() {
  const bus = helper('dbus-daemon', ['--session', '--nofork', '--print-address'], { stdio: ['ignore', 'pipe', 'ignore'] });
  return String(await new Promise((done) => bus.stdout.once('data', done))).trim();
}

/** A keyring that is unlocked from the start. */
async function startKeyring(bus) {
  const env = { ...session, DBUS_SESSION_BUS_ADDRESS: bus };
  const keyring = helper('gnome-keyring-daemon', ['--unlock', '--foreground', '--components=secrets'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
  keyring.stdin.end('password');
  const asked = (to, ...what) => execFileSync('dbus-send', ['--session', '--print-reply', `--dest=${to}`, ...what], { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  await until('the keyring on the bus', async () => asked('org.freedesktop.DBus', '/', 'org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets').includes('true'));
  await until('a keyring that is open', async () => asked('org.freedesktop.secrets', '/org/freedesktop/secrets', 'org.freedesktop.Secret.Service.ReadAlias', 'string:default').includes('/login'));
  return keyring;
}

const shop = await Till.open();
const display = await startDisplay();
let till;
const open = async (bus) => (till = await openWindow(binary, ['--data', data, '--source', spool.path], { more: own, display, bus }));
const linked = (state) => until(`a till that is ${state}`, () => till.run("return document.querySelector('[data-testid=link]')?.dataset.state === arguments[0]", state));
/** Until the next start finds the data directory free. */
async function close() {
  const pid = till.pid();
  await till.close();
  await until('the end of the program', async () => !existsSync(`/proc/${pid}`));
}
const failed = () => until('why the shop is not open', () => till.run("return document.querySelector('[data-testid=sheet-failed]:not([hidden])')?.textContent"));
async function pair() {
  await till.click(test('first-server'));
  await till.type('#server-address', shop.url);
  await till.type('#server-code', (await shop.done('POST', '/terminals/pairings', { name: 'Second' })).code);
  await till.click(test('connect-server'));
  await linked('online');
}

try {
  spool.show(null);
  const bus = await startBus();
  const keyring = await startKeyring(bus);
  await open(bus);
  await pair();
  assert(!existsSync(token), 'the token is in a file beside the keyring');
  await close();
  await open(bus);
  await linked('online');
  await close();
  step('paired: the keyring has the token, no file has it, and the next start finds it');

  await open(undefined);
  assert.match(await failed(), /钥|key/);
  await till.picture(shot('gone'));
  await close();
  step('in a session without a bus it says that the token cannot be read, and opens');

  keyring.kill('SIGSTOP');
  await open(bus);
  await failed();
  await pair();
  assert.equal(statSync(token).mode & 0o777, 0o600);
  assert(readFileSync(token, 'utf8').length > 20);
  await close();
  await open(bus);
  await linked('online');
  keyring.kill('SIGCONT');
  await close();
  step('a keyring that does not answer holds nothing up: paired anew, the token is in a file for its owner alone');
  console.log(`keyring: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  await till?.picture(shot('failed')).catch(() => undefined);
  process.exitCode = 1;
} finally {
  await shop.stop();
  for (const child of helpers.reverse()) {
    child.kill('SIGCONT');
    child.kill('SIGTERM');
  }
  endAll();
}
