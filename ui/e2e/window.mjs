//! The real merchant window, without a screen: Xvfb, WebKitWebDriver, and the program itself.
//! WebKitWebDriver starts the program and ends it with the session.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CALL_TIMEOUT_MS = 30_000;
const WAIT_MS = 30_000;
const LOOK_MS = 50;

const children = [];

function start(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit'], ...options });
  child.on('error', (error) => {
    throw new Error(`${program} cannot be started: ${error.message}`);
  });
  children.push(child);
  return child;
}

/** Ends everything that was started here, by its process id. */
export function endAll() {
  for (const child of children.splice(0).reverse()) child.kill('SIGTERM');
}

/** The display that a server has picked for itself. */
async function displayOf(program, args, options = {}) {
  const child = start(program, ['-displayfd', '3', '-nolisten', 'tcp', ...args], { ...options, stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((done, fail) => {
    child.stdio[3].once('data', (data) => done(String(data).trim()));
    child.once('exit', () => fail(new Error(`${program} ended by itself`)));
  });
  return `:${number}`;
}

/** A free display, without anything else on it. */
export function startDisplay() {
  return displayOf('Xvfb', ['-noreset', '-screen', '0', '1280x800x24']);
}

/** Screens of nothing, as many as are asked for; Xvfb has one alone. */
const DUMMY = `Section "Device"
  Identifier "dummy"
  Driver "dummy"
  VideoRam 64000
EndSection
Section "Screen"
  Identifier "screen"
  Device "dummy"
  DefaultDepth 24
EndSection
Section "ServerFlags"
  Option "AutoAddDevices" "false"
  Option "AutoEnableDevices" "false"
  Option "DontVTSwitch" "true"
EndSection
`;

/** A desktop as a shop has it: two screens of 1280 × 800 side by side, and a window manager, which fills screens and closes windows. */
export async function startDesktop() {
  const folder = mkdtempSync(join(tmpdir(), 'tillbeam-desktop-'));
  const config = join(folder, 'xorg.conf');
  writeFileSync(config, DUMMY);
  const display = await displayOf('Xorg', ['-noreset', '-novtswitch', '-sharevts', '-config', config, '-logfile', join(folder, 'xorg.log')]);
  const env = { ...process.env, DISPLAY: display };
  const screens = (...args) => execFileSync('xrandr', args, { env, stdio: 'ignore' });
  screens('--newmode', 'till', '83.5', '1280', '1352', '1480', '1680', '800', '803', '809', '831');
  for (const output of ['DUMMY0', 'DUMMY1']) screens('--addmode', output, 'till');
  screens('--output', 'DUMMY0', '--mode', 'till', '--pos', '0x0', '--output', 'DUMMY1', '--mode', 'till', '--pos', '1280x0');
  // Only when it is asked again, the second one is said to be plugged in.
  screens();
  start('openbox', ['--sm-disable'], { env, stdio: 'ignore' });
  await until('the window manager', async () => desktop(display, '-m').includes('Openbox'));
  return display;
}

/** What `wmctrl` says. */
function desktop(display, ...args) {
  return execFileSync('wmctrl', args, { env: { ...process.env, DISPLAY: display }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

/** The windows on a desktop: how the window manager names them, and where they are. */
export function windowsOn(display) {
  const lines = desktop(display, '-l', '-G').trim().split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [id, , x, y, width, height, , ...title] = line.split(/\s+/);
    return { id, x: Number(x), y: Number(y), width: Number(width), height: Number(height), title: title.join(' ') };
  });
}

/** Closes a window as somebody does who clicks its cross. */
export function closeOn(display, { id }) {
  desktop(display, '-i', '-c', id);
}

/** A pixel that changes until it is taken away. */
const POINT = `
  const point = document.createElement('i');
  point.id = 'drawn-anew';
  point.style.cssText = 'position: fixed; left: 0; top: 0; width: 1px; height: 1px;';
  document.body.append(point);
  let on = false;
  const timer = setInterval(() => {
    if (!point.isConnected) clearInterval(timer);
    point.style.background = (on = !on) ? '#808080' : '#909090';
  }, 40);`;

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

async function call(base, method, path, body) {
  const response = await fetch(base + path, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(value)}`);
  return value;
}

/** Waits until `look` gives something; `what` names it in the failure. */
export async function until(what, look) {
  const end = Date.now() + WAIT_MS;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${WAIT_MS / 1000} s for ${what}`);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
}

function keysOf(keys, pause) {
  const each = (value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }];
  return keys.flatMap((key) => (pause === 0 ? each(key) : [...each(key), { type: 'pause', duration: pause }]));
}

/** The process of `binary` that the driver started; undefined once it has ended. */
function startedBy(driver, binary) {
  const children = readFileSync(`/proc/${driver}/task/${driver}/children`, 'utf8').split(' ').filter((pid) => pid !== '');
  return children.map(Number).find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(binary));
}

/** Opens the window of `binary`; what comes back finds, clicks, types and takes pictures. `stderr` takes its log, `display` is
 * one that is there, `bus` the address of the session's bus; without it the session has none; `cwd` is the folder it works in. */
export async function openWindow(binary, args, { more = {}, stderr = 'inherit', display: given, bus, cwd } = {}) {
  const display = given ?? (await startDisplay());
  const port = await freePort();
  const runtime = mkdtempSync(join(tmpdir(), 'tillbeam-run-'));
  // Without its own variable the program would start, paint, and never answer the driver.
  const env = { ...process.env, ...more, DISPLAY: display, XDG_RUNTIME_DIR: runtime, TAURI_WEBVIEW_AUTOMATION: 'true' };
  delete env.DBUS_SESSION_BUS_ADDRESS;
  if (bus !== undefined) env.DBUS_SESSION_BUS_ADDRESS = bus;
  delete env.WAYLAND_DISPLAY;
  const driver = start('WebKitWebDriver', [`--port=${port}`], { env, cwd, stdio: ['ignore', 'inherit', stderr] });
  const base = `http://127.0.0.1:${port}`;
  await until('WebKitWebDriver', async () => (await call(base, 'GET', '/status')).ready);
  const options = { 'webkitgtk:browserOptions': { binary, args } };
  const { sessionId } = await call(base, 'POST', '/session', { capabilities: { alwaysMatch: options } });
  const session = `/session/${sessionId}`;
  const runAsync = (script, ...args) =>
    call(base, 'POST', `${session}/execute/async`, { script: `const done = arguments[arguments.length - 1]; (async () => { ${script} })().then(done, (error) => done({ error: String(error) }));`, args });
  const find = (css) =>
    until(css, async () => Object.values(await call(base, 'POST', `${session}/element`, { using: 'css selector', value: css }))[0]);
  return {
    display,
    driver: driver.pid,
    env,
    find,
    click: async (css) => call(base, 'POST', `${session}/element/${await find(css)}/click`, {}),
    type: async (css, text) => call(base, 'POST', `${session}/element/${await find(css)}/value`, { text }),
    text: async (css) => call(base, 'GET', `${session}/element/${await find(css)}/text`),
    /** What is drawn as typed by somebody, or something, fast. */
    press: (keys, pause = 0) => call(base, 'POST', `${session}/actions`, { actions: [{ type: 'key', id: 'keys', actions: keysOf(keys, pause) }] }),
    /** The script may `await`; what it returns comes back, or `{ error }`. */
    runAsync,
    windows: () => call(base, 'GET', `${session}/window/handles`),
    /** The one that is driven now. */
    window: () => call(base, 'GET', `${session}/window`),
    into: (handle) => call(base, 'POST', `${session}/window`, { handle }),
    size: (width, height) => call(base, 'POST', `${session}/window/rect`, { width, height }),
    run: (script, ...args) => call(base, 'POST', `${session}/execute/sync`, { script, args }),
    /** Of what is on the page now: what was drawn last may be older. The driver waits for the next time that something
     * is drawn, so a point in a corner changes meanwhile. */
    picture: async (file) => {
      await runAsync('await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));');
      await call(base, 'POST', `${session}/execute/sync`, { script: POINT, args: [] });
      writeFileSync(file, Buffer.from(await call(base, 'GET', `${session}/screenshot`), 'base64'));
      await call(base, 'POST', `${session}/execute/sync`, { script: "document.querySelector('#drawn-anew')?.remove();", args: [] });
    },
    close: () => call(base, 'DELETE', session),
    pid: () => startedBy(driver.pid, binary),
    /** Waits until its process has ended by itself, and leaves the driver. */
    ended: async (pid) => {
      await until('the end of the program', async () => !existsSync(`/proc/${pid}`));
      driver.kill('SIGTERM');
    },
  };
}
