//! The full circle, nothing faked between its ends: the customer's page in a browser shows a code, a picture of it
//! goes to the camera of the real window, the server takes the value off, the page shows it over wss and acks, and
//! the window's lamp says seen. The same code shown again takes nothing. `npm run circle`; needs TILLBEAM_BIN and
//! TILLBEAM_SERVER_BIN. Pictures for a look go to TILLBEAM_SHOTS, or to a temporary folder.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { seenByCamera } from './camera.mjs';
import { endAll, openWindow, until } from './window.mjs';

const { TILLBEAM_BIN: binary, TILLBEAM_SERVER_BIN: serverBinary } = process.env;
assert(binary && serverBinary, 'set TILLBEAM_BIN and TILLBEAM_SERVER_BIN, or run `cargo xtask test`');

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-circle-'));
const [data, spool] = [join(folder, 'data'), join(folder, 'camera')];
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
for (const path of [spool, shots]) mkdirSync(path, { recursive: true });
const shot = (name) => join(shots, `${name}.png`);
const step = (text) => console.log(`circle: ${text}`);

/** Longer than what the scanner takes for a hand that shakes. */
const GONE_MS = 2000;

let frames = 0;
/** The camera's next frame; it stays in view until the one after. A rename, so that nobody reads half of it. */
function show(jpeg) {
  const name = `${String((frames += 1)).padStart(4, '0')}.jpg`;
  writeFileSync(join(folder, name), jpeg);
  renameSync(join(folder, name), join(spool, name));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'en-GB', ignoreHTTPSErrors: true });

try {
  const nothing = await seenByCamera(context, null);
  show(nothing);
  const till = await openWindow(binary, ['--practice', '--data', data, '--listen', '127.0.0.1:0', '--tls', 'own-ca', '--source', spool]);
  const status = () => till.run("return document.querySelector('[data-testid=result]')?.dataset.status ?? ''");
  await until('the till at rest', async () => (await status()) === 'idle');
  await till.picture(shot('window-idle-en'));
  step('the window is open');

  await till.click('[data-testid=new-customer]');
  await till.type('#customer-name', 'Mei Lin');
  await till.run("document.querySelector('input[name=unit][value=wash]').click()");
  await till.type('.amount input', '5');
  await till.click('form .main-button');
  await until('her join code', async () => (await till.text('[data-testid=join] .name')) === 'Mei Lin');
  const link = await till.text('[data-testid=join-link]');
  assert.match(link, /^https:\/\/.+#join=[\w-]{22}$/);
  await till.picture(shot('window-join-en'));
  step('a customer with five washes has a join link');

  const phone = await context.newPage();
  const problems = [];
  phone.on('pageerror', (error) => problems.push(error.message));
  await phone.goto(link);
  const code = phone.locator('[data-testid=code]');
  await code.locator('svg, canvas').first().waitFor();
  const balance = async () => phone.locator('[data-testid=balance]').getAttribute('data-balance');
  await until('five washes on the phone', async () => (await balance()) === '5');
  await phone.screenshot({ path: shot('phone-code-en') });
  assert(!phone.url().includes('join='), 'the join code left the address');
  step('the phone joined over https and shows its code');

  const picture = await seenByCamera(context, await code.screenshot());
  writeFileSync(join(shots, 'camera.jpg'), picture);
  const shown = Date.now();
  show(picture);
  await until('the result in the window', async () => (await status()) === 'recorded');
  const result = phone.locator('[data-testid=result]');
  await result.waitFor();
  assert.equal(await result.getAttribute('data-status'), 'recorded');
  await until('the lamp', async () => till.run("return document.querySelector('[data-testid=lamp-seen]')?.dataset.on === 'true'"));
  step(`picture → recorded → on the phone → seen: ${Date.now() - shown} ms with all polling of this test`);
  await till.picture(shot('window-recorded-en'));
  await phone.screenshot({ path: shot('phone-recorded-en') });
  const marks = [await till.run("return document.querySelector('[data-testid=result]').textContent"), await result.textContent()];
  const digits = /\b\d\d(?=\s*(?:\D|$))/;
  assert(marks.every((text) => digits.test(text)), 'both screens show the mark');

  show(nothing);
  await result.click();
  await until('four washes on the phone', async () => (await balance()) === '4');
  // The phone is taken away: for less than the scanner's 1.5 s it would be the same scan still.
  await new Promise((done) => setTimeout(done, GONE_MS));
  show(picture);
  await until('the repeated result', async () => (await status()) === 'repeated');
  await till.picture(shot('window-repeated-en'));
  assert.equal(await balance(), '4');
  step('the same code shown again took nothing');

  await till.click('[data-testid=change-amount]');
  await till.type('[data-testid=amount]', '9');
  await till.click('[data-testid=set-amount]');
  show(nothing);
  await new Promise((done) => setTimeout(done, GONE_MS));
  show(await seenByCamera(context, await code.screenshot(), { turn: -0.1, size: 0.5 }));
  await until('the refusal in the window', async () => (await status()) === 'refused');
  await until('the refusal on the phone', async () => (await result.getAttribute('data-status')) === 'refused');
  await till.picture(shot('window-refused-en'));
  await phone.screenshot({ path: shot('phone-refused-en') });
  await till.click('header button[lang]');
  await until('the window in Chinese', async () => /[\u4e00-\u9fff]/.test(await till.text('[data-testid=result]')));
  await till.picture(shot('window-refused-zh'));
  await result.click();
  assert.equal(await balance(), '4');
  step('more than there is was refused on both screens, and nothing taken');

  await phone.locator('[data-testid=code] svg, [data-testid=code] canvas').first().waitFor();
  await till.close();
  await until('offline on the phone', async () => (await phone.locator('.offline').count()) > 0);
  await phone.screenshot({ path: shot('phone-offline-en') });
  assert.equal(await code.locator('svg, canvas').count() > 0, true, 'the code stays without the server');
  step('with the server gone the phone keeps its code and says from when its balance is');

  assert.deepEqual(problems, []);
  step(execFileSync(serverBinary, ['verify', '--data', data], { encoding: 'utf8' }).trim());
  console.log(`circle: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  for (const [index, page] of context.pages().entries()) await page.screenshot({ path: shot(`failed-${index}`) });
  process.exitCode = 1;
} finally {
  await browser.close();
  endAll();
}
