//! What customers see: the real window of their own, on a desktop of two screens. It opens on the other screen and fills it,
//! shows the join code, the amount, the result with its mark, and what was not taken; nothing of anybody else; it follows the
//! till's language, and closes with the till; and the desktop opens the till at login. `npm run customers`; needs TILLBEAM_BIN.
//! Pictures for a look go to TILLBEAM_SHOTS, or to a temporary folder.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PHONE, Screen, openBrowser } from './till.mjs';
import { closeOn, endAll, openWindow, startDesktop, until, windowsOn } from './window.mjs';

const { TILLBEAM_BIN: binary } = process.env;
assert(binary, 'set TILLBEAM_BIN, or run `cargo xtask test`');

const SCREEN = { width: 1280, height: 800 };
const folder = mkdtempSync(join(tmpdir(), 'tillbeam-customers-'));
// As people name folders.
const [data, camera] = [join(folder, 'the “$till” data'), join(folder, 'camera')];
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
for (const path of [camera, shots]) mkdirSync(path, { recursive: true });
const shot = (name) => join(shots, `customers-${name}.png`);
const step = (text) => console.log(`customers: ${text}`);
const test = (id) => `[data-testid=${id}]`;
const args = ['--practice', '--data', data, '--listen', '127.0.0.1:0', '--source', camera];
// What is set for this user in the test stays in the test.
const more = { XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'home'), XDG_CACHE_HOME: join(folder, 'cache') };

const browser = await openBrowser();
const display = await startDesktop();
let till;
/** The driver's names of the two windows. */
let own, theirs;

async function open(theme = {}) {
  till = await openWindow(binary, args, { more: { ...more, ...theme }, display });
  await until('the till at rest', () => till.run("return document.querySelector('[data-testid=result]')?.dataset.status === 'idle'"));
  // Both may be there by now, in any order.
  own = await till.window();
}

/** Does something in the customers’ window, and comes back. */
async function there(look) {
  await till.into(theirs);
  try {
    return await look();
  } finally {
    await till.into(own);
  }
}
const text = () => there(() => till.run("return document.querySelector('.display').textContent"));
const shows = (what, status = '') =>
  until(`${what} ${status} on the customers’ window`, () => there(() => till.run("const { shows, status } = document.querySelector('[data-testid=display]').dataset; return shows === arguments[0] && status === arguments[1]", what, status)));
const look = (name) => there(() => till.picture(shot(name)));
const onDesktop = () => windowsOn(display).find(({ title }) => title.includes('顾客屏'));

/** It is on the other screen, and all of it. */
const fills = () =>
  until('the customers’ window all over the other screen', async () => {
    const { x, y, width, height } = onDesktop();
    return x === SCREEN.width && y === 0 && width === SCREEN.width && height === SCREEN.height;
  });

/** Of a setting of this computer. By what it stands for: “on” is what a radio has without the attribute, too. */
const choice = (name, value, then) => until(`${name} ${value}`, () => till.run(`const one = [...document.querySelectorAll('input[name=' + arguments[0] + ']')].find((one) => one.value === arguments[1]); ${then}`, name, value));

async function switchOn() {
  await till.click(test('screen-settings'));
  await choice('set-customers', 'on', 'one?.click(); return one !== undefined');
  theirs = await until('a second window', async () => (await till.windows()).find((one) => one !== own));
  await until('its page', () => there(() => till.run("return document.querySelector('[data-testid=display]') !== null")));
}

async function scan(phone) {
  const digits = (await phone.code()).replace(/\D/g, '');
  await till.press([...digits]);
}
const result = (status) => until(`the till: ${status}`, () => till.run("return document.querySelector('[data-testid=result]')?.dataset.status === arguments[0]", status));

try {
  await open();
  await till.click(test('new-customer'));
  await till.type('#customer-name', 'Mei Lin');
  await till.run("document.querySelector('input[name=unit][value=wash]').click()");
  await till.type('.amount input', '3');
  await till.click('form .main-button');
  await until('her join code', async () => (await till.text(`${test('join')} .name`)) === 'Mei Lin');
  const link = await till.text(test('join-link'));

  await switchOn();
  await fills();
  await shows('join');
  const shop = await till.run("return document.querySelector('header h1, header .shop')?.textContent ?? ''");
  assert((await text()).includes(shop));
  await look('join');
  step('it opens on the other screen and fills it, with the shop’s name and the join code');

  const phone = await Screen.open(await browser.newContext(PHONE), link);
  await phone.balanceIs(3);
  await till.click(test('screen-till'));
  await until('the join code put away', () => till.run("const done = [...document.querySelectorAll('[data-testid=join] button')].at(-1); done?.click(); return document.querySelector('[data-testid=join]') === null"));
  await shows('amount');
  await look('amount');
  await scan(phone);
  await shows('result', 'recorded');
  const marks = await till.run("return document.querySelector('[data-testid=result] [role=img]').getAttribute('aria-label')");
  assert.equal(await there(() => till.run("return document.querySelector('main [role=img]').getAttribute('aria-label')")), marks, 'the same mark on both windows');
  const seen = await text();
  assert(seen.includes('2 left') && !seen.includes('Mei Lin'), seen);
  await look('recorded');
  step('the amount before; the result, what is left and the till’s mark after; no name');

  const refused = await there(() => till.runAsync("const says = async (command, parts) => { try { await window.__TAURI_INTERNALS__.invoke(command, parts); return 'done'; } catch { return 'refused'; } }; return [await says('type_code', { code: '1' }), await says('find_customers', { query: '' }), await says('ask', { ask: { what: 'shop' } }), await says('open', { events: '__CHANNEL__:9' }), await says('computer'), await says('show_join', { join: null }), await says('plugin:window|close', {})];"));
  assert.deepEqual(refused, Array(7).fill('refused'), 'the customers’ window may do what is the till’s');
  await till.click(`${test('undo')} button`);
  await until('given back', async () => (await text()).includes('Given back'));
  await look('given-back');
  step('what is given back is said; it may do nothing that is the till’s');

  await till.click('header button[lang]');
  await until('Chinese', async () => (await there(() => till.run('return document.documentElement.lang'))).startsWith('zh'));
  await till.run("document.querySelector('[data-testid=preset][data-unit=wash]').click()");
  for (let more = 0; more < 4; more += 1) await till.run("document.querySelector('[data-testid=more]').click()");
  await until('five', async () => (await text()).includes('5'));
  await look('amount-zh');
  await scan(phone);
  await result('refused');
  await shows('result', 'refused');
  const words = await text();
  assert(words.includes('未扣款') && !words.includes('余额不足') && !words.includes('Mei'), words);
  await look('refused-zh');
  step('what was not taken, in Chinese, and to those who wait no reason');

  await shows('amount');
  const rest = await text();
  for (const gone of [marks, 'Mei', '未扣款']) assert(!rest.includes(gone), `${gone} is still there: ${rest}`);
  step('then nothing of that customer remains');

  closeOn(display, onDesktop());
  await until('one window', async () => (await till.windows()).length === 1);
  await till.click(test('screen-till'));
  await till.click(test('screen-settings'));
  await choice('set-customers', 'off', 'return one?.checked === true');
  await switchOn();
  await fills();
  const pid = till.pid();
  closeOn(display, windowsOn(display).find(({ title }) => title === 'Tillbeam'));
  await till.ended(pid);
  assert.deepEqual(windowsOn(display), []);
  step('closed by hand it stays closed; with the till’s window it goes, too');

  await open({ GTK_THEME: 'Adwaita:dark' });
  theirs = await until('both windows', async () => (await till.windows()).find((one) => one !== own));
  await fills();
  await shows('join');
  assert(await there(() => till.run("return matchMedia('(prefers-color-scheme: dark)').matches")), 'not dark');
  await look('join-dark-zh');
  await till.click(test('screen-settings'));
  await choice('set-autostart', 'on', 'one?.click(); return one !== undefined');
  const entries = join(more.XDG_CONFIG_HOME, 'autostart');
  const [entry] = await until('the entry of what opens at login', async () => readdirSync(entries).filter((name) => name.endsWith('.desktop')));
  await till.close();
  step('the next start brings both back to where they were, dark in a dark session');

  await until('the end of both windows', async () => windowsOn(display).length === 0);
  // As the desktop does at login.
  execFileSync('gio', ['launch', join(entries, entry)], { env: { ...till.env, TAURI_WEBVIEW_AUTOMATION: undefined, ...more }, stdio: 'ignore' });
  await until('the till and the customers’ window', async () => windowsOn(display).length === 2);
  closeOn(display, windowsOn(display).find(({ title }) => title === 'Tillbeam'));
  await until('their end', async () => windowsOn(display).length === 0);
  step('at login the desktop opens the till of this folder');
  console.log(`customers: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  await till?.picture(shot('failed')).catch(() => undefined);
  process.exitCode = 1;
} finally {
  await browser.close();
  endAll();
}
