//! The ways by which phones come, chosen in the settings of the real window with its server in it: what is wrong is said and
//! changes nothing; what is right is what the server speaks from then on, after a restart too; by a public name, whose certificate
//! Debian's `pebble` gives, a phone's page comes in. `npm run ways`; needs TILLBEAM_BIN, openssl, pebble, certutil and
//! libnss-wrapper. Pictures for a look go to TILLBEAM_SHOTS, or to a temporary folder.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get as getSafe } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certify, Pebble, trustingHome } from './authority.mjs';
import { freePort, openBrowser, PHONE, Screen } from './till.mjs';
import { endAll, openWindow, until } from './window.mjs';

const { TILLBEAM_BIN: binary } = process.env;
assert(binary, 'set TILLBEAM_BIN, or run `cargo xtask test`');

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-ways-'));
const [data, spool] = [join(folder, 'data'), join(folder, 'camera')];
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
for (const path of [spool, shots]) mkdirSync(path, { recursive: true });
const step = (text) => console.log(`ways: ${text}`);
const port = await freePort();
const NAME = 'pay.example.org';
const [mine, other] = [certify(NAME), certify(NAME)];
const pebble = await Pebble.start(port, other);
/** For the window alone the name is this machine. */
const hosts = join(folder, 'hosts');
writeFileSync(hosts, `127.0.0.1 ${NAME}\n`);
const more = { LD_PRELOAD: 'libnss_wrapper.so', NSS_WRAPPER_HOSTS: hosts };

/** The status of a page by http; by https with a CA, or nothing where its certificate is not believed. */
const asked = (get, options) =>
  new Promise((done) => {
    const asking = get({ host: '127.0.0.1', port, path: '/healthz', agent: false, ...options }, (answer) => done(answer.resume().statusCode));
    asking.on('error', () => done(null));
  });
const plain = () => asked(getPlain, {});
const trusting = (file) => asked(getSafe, { ca: readFileSync(file) });

let till;
const test = (id) => `[data-testid=${id}]`;
const press = (id) => till.click(test(id));
const at = () => till.run("return document.querySelector('[data-testid=phone-url]')?.textContent ?? ''");
const reason = () => till.run("return document.querySelector('[data-testid=sheet-failed]')?.dataset.reason ?? ''");
const choose = (kind) => till.run("document.querySelector(arguments[0]).click()", test(`way-${kind}`));
const open = async () => {
  const authority = ['--acme-directory', pebble.directory, '--acme-root', other.root];
  till = await openWindow(binary, ['--data', data, '--listen', `127.0.0.1:${port}`, '--source', spool, ...authority], { more });
};
/** The session's end is not yet the program's, which has the data directory until then. */
async function shut() {
  const pid = till.pid();
  await till.close();
  await till.ended(pid);
}
async function phones() {
  await press('screen-settings');
  await press('section-phones');
  await until('where phones come', at);
}
async function fill(fields) {
  for (const [id, text] of Object.entries(fields)) {
    await till.run("const field = document.querySelector(arguments[0]); field.value = ''; field.dispatchEvent(new Event('input'))", `#set-${id}`);
    await till.type(`#set-${id}`, text);
  }
}
async function refused(why) {
  await press('save-address');
  await until(`${why}`, async () => (await reason()) === why);
}
const url = `https://127.0.0.1:${port}`;

try {
  await open();
  await press('first-set-up');
  await till.type('#first-name', 'Lotus');
  for (let question = 0; question < 3; question += 1) await press('first-next');
  await until('the till', () => till.find(test('join-link')));
  const link = await till.text(test('join-link'));
  await phones();
  assert.equal(await at(), `http://127.0.0.1:${port}`);
  assert.equal(await plain(), 200);
  step('a new shop is reached by plain http');

  await choose('public');
  await fill({ name: 'till.local' });
  await refused('no_public_name');
  await choose('files');
  await fill({ cert: mine.cert, key: other.key, url });
  await refused('key_other');
  await fill({ key: join(folder, 'none.key') });
  await refused('no_certificate');
  await fill({ key: mine.key, url: 'https://127.0.0.2' });
  await refused('certificate_other');
  await till.picture(join(shots, 'ways-refused.png'));
  assert.equal(await plain(), 200);
  step('what cannot be gone is said, and nothing changes');

  await fill({ url });
  await press('save-address');
  await until('the owner’s certificate', async () => (await trusting(mine.root)) === 200);
  await until('what is said of it', () => till.find(`${test('certificate')}[data-standing=unvouched]`));
  assert.equal(await at(), url);
  assert.equal(await plain(), 308);
  await till.picture(join(shots, 'ways-files.png'));
  step('the owner’s certificate is shown, and plain requests are sent on');

  await shut();
  await open();
  await until('the till again', () => till.find(test('screen-settings')));
  assert.equal(await trusting(mine.root), 200);
  await shut();
  renameSync(mine.cert, `${mine.cert}.gone`);
  await open();
  await until('the band', () => till.find(test('certificate-band')));
  assert.equal(await trusting(mine.root), null);
  assert.equal(await trusting(join(data, 'ca.pem')), 200);
  await till.picture(join(shots, 'ways-gone.png'));
  step('after a restart too; without its file the till opens all the same, and says so');

  await phones();
  await choose('own_ca');
  await press('save-address');
  await until('the own CA alone', async () => (await trusting(join(data, 'ca.pem'))) === 200 && (await till.run("return document.querySelector('[data-testid=certificate-band]') === null")));
  await choose('plain');
  await press('save-address');
  await until('plain http again', async () => (await plain()) === 200);
  step('the own CA, and plain http again');

  // What was saved last fills the form once more.
  await until('the address of before', async () => (await at()) === `http://127.0.0.1:${port}`);
  await choose('public');
  await till.find('#set-name');
  await fill({ name: NAME, contact: 'owner@example.org' });
  await press('save-address');
  await until('the certificate', () => till.find(`${test('certificate')}[data-standing=held]`));
  assert.equal(await at(), `https://${NAME}`);
  assert.equal(await asked(getSafe, { ca: readFileSync(pebble.root), servername: NAME }), 200);
  await till.picture(join(shots, 'ways-public.png'));
  process.env.HOME = trustingHome([pebble.root]);
  const browser = await openBrowser(`--host-resolver-rules=MAP ${NAME}:443 127.0.0.1:${port}`);
  const phone = await Screen.open(await browser.newContext(PHONE), `https://${NAME}/${link.slice(link.indexOf('#'))}`);
  await phone.code();
  await phone.page.locator('[data-testid=connected]').waitFor();
  assert.equal(await phone.page.evaluate(() => isSecureContext), true);
  assert.deepEqual(phone.problems, []);
  await browser.close();
  step('a public name, whose certificate comes by itself, and a phone that joins there');

  await till.close();
  console.log(`ways: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  await till?.picture(join(shots, 'ways-failed.png')).catch(() => undefined);
  process.exitCode = 1;
} finally {
  pebble.stop();
  endAll();
}
