//! How the real window behaves when people and devices are not careful: hand scanners that type wherever the focus is,
//! pictures and rubbish dropped on it or pasted into it, double clicks, a second start; and what its pages may not do.
//! `npm run manners`; needs TILLBEAM_BIN and TILLBEAM_SERVER_BIN. Pictures
//! for a look go to TILLBEAM_SHOTS, or to a temporary folder.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seenByCamera } from './camera.mjs';
import { PHONE, Screen, openBrowser } from './till.mjs';
import { endAll, openWindow, until } from './window.mjs';

const { TILLBEAM_BIN: binary, TILLBEAM_SERVER_BIN: serverBinary } = process.env;
assert(binary && serverBinary, 'set TILLBEAM_BIN and TILLBEAM_SERVER_BIN, or run `cargo xtask test`');

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-manners-'));
const [data, camera] = [join(folder, 'data'), join(folder, 'camera')];
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
for (const path of [camera, shots]) mkdirSync(path, { recursive: true });
const shot = (name) => join(shots, `manners-${name}.png`);
const step = (text) => console.log(`manners: ${text}`);
const test = (id) => `[data-testid=${id}]`;
const args = ['--practice', '--data', data, '--listen', '127.0.0.1:0', '--source', camera];
// What is set for this user in the test stays in the test.
const more = { XDG_CONFIG_HOME: join(folder, 'config') };
const ENTER = '\uE007';
const ESCAPE = '\uE00C';

const browser = await openBrowser();
const context = await browser.newContext(PHONE);
let strangers = 0;
const stranger = createServer((_, response) => {
  strangers += 1;
  response.writeHead(200, { 'access-control-allow-origin': '*' }).end('x');
});
await new Promise((done) => stranger.listen(0, '127.0.0.1', done));
const elsewhere = `http://127.0.0.1:${stranger.address().port}`;

let till;
/** Washes that she has left. */
let left = 10;
/** Keys farther apart are a person's. */
const A_PERSON_MS = 200;

const value = (script) => till.run(`return ${script}`);
const status = () => value("document.querySelector('[data-testid=result]')?.dataset.status ?? ''");

/** Does something that takes one wash, and waits until both sides say so. */
async function takes(what, phone, act) {
  left -= 1;
  const digits = (await phone.code()).replace(/\D/g, '');
  await act(digits);
  await until(what, async () => (await value("document.querySelector('[data-testid=result]')?.textContent ?? ''")).includes(`${left} left`) && (await status()) === 'recorded');
  await phone.balanceIs(left);
  step(what);
}

/**
 * What a hand scanner types, with its closing key; what nobody keeps for himself does what it does: a digit is typed, Enter
 * presses. The keys are made here, all at once, because real ones come as slowly as a busy machine lets them, and how fast they
 * come is what tells a scanner from a person. What the field with the focus has then comes back.
 */
const burst = (digits, closing) =>
  till.run(
    `const [digits, closing] = arguments;
    const at = document.activeElement ?? document.body;
    const press = (key, code) => at.dispatchEvent(new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }));
    for (const digit of digits) if (press(digit, 'Digit' + digit)) document.execCommand('insertText', false, digit);
    if (closing === 'Enter' && press('Enter', 'Enter')) at.click();
    if (closing === 'Tab') press('Tab', 'Tab');
    return at.value ?? null;`,
    digits,
    closing,
  );

/** A scanner types while the focus is in a field that has this text: it gets none of it, and the code is taken. */
async function intoField(phone, css, text, closing, after = text) {
  await till.type(css, text);
  // The driver types like a scanner; somebody who had typed this by hand would have needed longer.
  await new Promise((done) => setTimeout(done, A_PERSON_MS));
  await takes(`a scanner’s digits and ${closing ?? 'no closing key'} into ${css}: it gets none`, phone, async (digits) => {
    await till.run('document.querySelector(arguments[0]).focus()', css);
    assert.equal(await burst(digits, closing), after, `${css} got what a scanner typed`);
  });
}

async function hands(phone) {
  await till.click(test('screen-till'));
  await takes('real keys, a hand scanner’s digits and Enter, typed nowhere in particular, are a scan', phone, (digits) => till.press([...digits, ENTER]));
  await takes('with Tab in the end, too', phone, (digits) => burst(digits, 'Tab'));
  // What was typed there is not wanted any more once a code was taken.
  await intoField(phone, '#typed-code', '12', 'Enter', '');
  await till.click(test('screen-customers'));
  await intoField(phone, test('find'), 'Me', 'Enter');
  await till.click(test('screen-till'));
  await till.click(test('new-customer'));
  await intoField(phone, '#customer-name', 'Ann', undefined);
  await till.run("document.querySelector('dialog button').focus()");
  await takes('over an open dialog, with the focus on its button: nothing is pressed', phone, (digits) => burst(digits, 'Enter'));
  assert(await value("document.querySelector('#customer-name')?.value === 'Ann'"), 'the dialog was closed, or changed');
  await until('the result in the dialog', async () => (await value("document.querySelector('dialog [data-testid=meanwhile]')?.textContent ?? ''")).includes(`${left} left`));
  await till.picture(shot('over-a-form'));
  await till.press([ESCAPE]);
  await closed('the form');
}

const closed = (what) => until(`${what} closed by Escape`, async () => !(await value("Boolean(document.querySelector('dialog'))")));

async function escape() {
  await till.find(test('find-customer'));
  await till.run("document.querySelector('[data-testid=find-customer]').focus()");
  await till.press([ENTER]);
  await till.find(`dialog ${test('find')}`);
  await till.press([ESCAPE]);
  await closed('the dialog, from its search field,');
  await until('the focus on what opened it', async () => (await value('document.activeElement?.dataset?.testid')) === 'find-customer');
  step('Escape closes a search dialog, and the focus goes back to its button');
}

/** A picture, as the system hands it over. The events are made here; the bytes go the whole way. */
const give = (kind, bytes) =>
  till.run(
    `const [kind, text] = arguments;
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], 'code.jpg', { type: 'image/jpeg' }));
    const init = { bubbles: true, cancelable: true };
    if (kind === 'paste') return document.body.dispatchEvent(new ClipboardEvent('paste', { ...init, clipboardData: transfer }));
    document.body.dispatchEvent(new DragEvent(kind, { ...init, dataTransfer: transfer }));`,
    kind,
    bytes.toString('base64'),
  );

async function pictures(phone) {
  const picture = async () => seenByCamera(context, await phone.page.locator(test('code')).screenshot());
  await till.click(test('screen-till'));
  await takes('a picture dropped on the window is a scan, and the window says where to drop it', phone, async () => {
    const bytes = await picture();
    await give('dragover', bytes);
    await until('“drop here”', () => till.find(test('dropping')));
    await till.picture(shot('drop-here'));
    await give('drop', bytes);
    await until('the end of “drop here”', async () => !(await value("Boolean(document.querySelector('[data-testid=dropping]'))")));
  });
  const pasted = await picture();
  await takes('a picture pasted into it, too', phone, () => give('paste', pasted));
  await give('paste', pasted);
  await until('the first result', async () => (await status()) === 'repeated');
  await give('paste', Buffer.from('no picture'));
  await until('a word about what is no picture', async () => (await value("document.querySelector('.notice, [role=alert]')?.textContent ?? document.body.textContent")).includes('picture'));
  await phone.balanceIs(left);
  step('the same picture once more, and what is none, take nothing');
}

async function twice() {
  await till.click(test('screen-till'));
  await till.click(test('new-customer'));
  await till.type('#customer-name', 'Twice');
  await till.run("const button = document.querySelector('form .main-button'); button.click(); button.click(); button.form.requestSubmit()");
  await until('the customer', async () => (await till.text(`${test('join')} .name`)) === 'Twice');
  await till.click(test('screen-customers'));
  await till.type(test('find'), 'Twice');
  await until('one of that name', async () => (await value("document.querySelectorAll('[data-testid=found-customer]').length")) === 1);
  step('two clicks make one customer');
}

async function guards() {
  const tried = await till.runAsync(
    `const [elsewhere] = arguments;
    const says = async (act) => { try { await act(); return 'done'; } catch (error) { return error.name || String(error.code ?? error); } };
    const loads = (element, at, name) => new Promise((done) => { element.onload = () => done('done'); element.onerror = () => done('refused'); element[name] = at; document.head.append(element); });
    const tauri = window.__TAURI_INTERNALS__;
    return {
      eval: await says(() => (0, eval)('1')),
      function: await says(() => new Function('return 1')()),
      inline: await says(() => { const script = document.createElement('script'); script.textContent = 'window.ranInline = true'; document.head.append(script); if (!window.ranInline) throw new Error('refused'); }),
      style: getComputedStyle(document.body).fontSize === (() => { const style = document.createElement('style'); style.textContent = 'body { font-size: 3px }'; document.head.append(style); return getComputedStyle(document.body).fontSize; })() ? 'refused' : 'done',
      fetch: await says(() => fetch(elsewhere)),
      own: await says(() => fetch('http://ipc.localhost/plugin%3Afs%7Cread_file', { method: 'POST' }).then((answer) => { if (!answer.ok) throw new Error('refused'); })),
      socket: await new Promise((done) => { try { const socket = new WebSocket(elsewhere.replace('http', 'ws')); socket.onopen = () => done('done'); socket.onerror = () => done('refused'); } catch { done('refused'); } }),
      image: await loads(document.createElement('img'), elsewhere, 'src'),
      script: await loads(document.createElement('script'), elsewhere, 'src'),
      camera: await says(() => navigator.mediaDevices.getUserMedia({ video: true })),
      microphone: await says(() => navigator.mediaDevices.getUserMedia({ audio: true })),
      window: window.open(elsewhere) === null ? 'refused' : 'done',
      others: await says(() => tauri.invoke('watch', { told: '__CHANNEL__:1' })),
      plugin: await says(() => tauri.invoke('plugin:window|close', {})),
      global: typeof window.__TAURI__ === 'undefined' ? 'refused' : 'done',
    };`,
    elsewhere,
  );
  for (const [what, answer] of Object.entries(tried)) assert.notEqual(answer, 'done', `${what} is not kept from the page`);
  assert.equal(strangers, 0, 'something reached another server');
  step('no eval, no inline script, nothing from elsewhere, no camera, no other window, no command that is not its own');
}

/** Last, because after it the driver runs no more scripts in the page. */
async function goesNowhere() {
  await till.run(`location.href = ${JSON.stringify(elsewhere)}`).catch(() => undefined);
  await until('the till still there', () => till.find(test('screen-till')));
  assert.equal(strangers, 0, 'the window went elsewhere');
  step('it goes to no other page');
}

/** Starts the program once more; its exit code and what it said. */
function again(env) {
  const begun = Date.now();
  const child = spawn(binary, args, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said += bytes));
  return new Promise((done) => child.once('close', (code) => done({ code, said, ms: Date.now() - begun })));
}

async function secondStart() {
  const { code, said, ms } = await again({ ...till.env, TAURI_WEBVIEW_AUTOMATION: undefined });
  assert.equal(code, 0, said);
  assert.match(said, /in front now/);
  step(`a second start without a session bus shows the first window and ends (${ms} ms)`);
}

try {
  till = await openWindow(binary, args, { more });
  await until('the till at rest', async () => (await status()) === 'idle');
  await till.click(test('new-customer'));
  await till.type('#customer-name', 'Mei Lin');
  await till.run("document.querySelector('input[name=unit][value=wash]').click()");
  await till.type('.amount input', '10');
  await till.click('form .main-button');
  await until('her join code', async () => (await till.text(`${test('join')} .name`)) === 'Mei Lin');
  const phone = await Screen.open(context, await till.text(test('join-link')));
  await phone.balanceIs(10);
  await secondStart();
  assert.equal(statSync(join(data, 'till/instance.json')).mode & 0o777, 0o600);
  await pictures(phone);
  await hands(phone);
  await escape();
  await twice();
  await guards();
  await goesNowhere();
  await till.close();
  step(execFileSync(serverBinary, ['verify', '--data', data], { encoding: 'utf8' }).trim());
  console.log(`manners: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  await till?.picture(shot('failed')).catch(() => undefined);
  process.exitCode = 1;
} finally {
  await browser.close();
  stranger.close();
  endAll();
}
