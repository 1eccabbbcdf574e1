//! The real merchant window, without a screen: Xvfb, WebKitWebDriver, and the program itself.
//! WebKitWebDriver starts the program and ends it with the session.

import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
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

/** A free display: Xvfb picks its number and says it. */
export async function startDisplay() {
  const child = start('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const number = await new Promise((done, fail) => {
    child.stdio[3].once('data', (data) => done(String(data).trim()));
    child.once('exit', () => fail(new Error('Xvfb ended by itself')));
  });
  return `:${number}`;
}

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

/** Opens the window of `binary`; what comes back finds, clicks, types and takes pictures. `stderr` takes its log. */
export async function openWindow(binary, args, { more = {}, stderr = 'inherit' } = {}) {
  const display = await startDisplay();
  const port = await freePort();
  const runtime = mkdtempSync(join(tmpdir(), 'tillbeam-run-'));
  // Without its own variable the program would start, paint, and never answer the driver.
  const env = { ...process.env, ...more, DISPLAY: display, XDG_RUNTIME_DIR: runtime, TAURI_WEBVIEW_AUTOMATION: 'true' };
  delete env.DBUS_SESSION_BUS_ADDRESS;
  delete env.WAYLAND_DISPLAY;
  const driver = start('WebKitWebDriver', [`--port=${port}`], { env, stdio: ['ignore', 'inherit', stderr] });
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
    into: (handle) => call(base, 'POST', `${session}/window`, { handle }),
    size: (width, height) => call(base, 'POST', `${session}/window/rect`, { width, height }),
    run: (script, ...args) => call(base, 'POST', `${session}/execute/sync`, { script, args }),
    picture: async (file) => writeFileSync(file, Buffer.from(await call(base, 'GET', `${session}/screenshot`), 'base64')),
    close: () => call(base, 'DELETE', session),
  };
}
