//! A newcomer's path on the real window: the first start's questions, one's own phone, a top-up, a scan, taken back, a
//! product, the day closed and taken out as CSV, who did what, a backup into a folder of one's own, and then practice, whose books
//! are not the shop's. `npm run newcomer`; needs TILLBEAM_BIN and TILLBEAM_SERVER_BIN. Pictures for a look go to TILLBEAM_SHOTS, or to
//! a temporary folder.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { seenByCamera } from './camera.mjs';
import { printed } from './print.mjs';
import { endAll, openWindow, until } from './window.mjs';

const { TILLBEAM_BIN: binary, TILLBEAM_SERVER_BIN: serverBinary } = process.env;
assert(binary && serverBinary, 'set TILLBEAM_BIN and TILLBEAM_SERVER_BIN, or run `cargo xtask test`');

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-newcomer-'));
const [data, spool] = [join(folder, 'data'), join(folder, 'camera')];
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
const [config, downloads, stick] = [join(folder, 'config'), join(folder, 'downloads'), join(folder, 'stick')];
for (const path of [spool, shots, config, downloads]) mkdirSync(path, { recursive: true });
writeFileSync(join(config, 'user-dirs.dirs'), `XDG_DOWNLOAD_DIR="${downloads}"\n`);
const shot = (name) => join(shots, `newcomer-${name}.png`);
const step = (text) => console.log(`newcomer: ${text}`);
const PIN = '2468';

let frames = 0;
/** The camera's next frame, by a rename, so that nobody reads half of it. */
function show(jpeg) {
  const name = `${String((frames += 1)).padStart(4, '0')}.jpg`;
  writeFileSync(join(folder, name), jpeg);
  renameSync(join(folder, name), join(spool, name));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, locale: 'en-GB' });

try {
  const nothing = await seenByCamera(context, null);
  show(nothing);
  const till = await openWindow(binary, ['--data', data, '--listen', '127.0.0.1:0', '--source', spool], { more: { XDG_CONFIG_HOME: config }, cwd: downloads });
  const test = (id) => `[data-testid=${id}]`;
  const press = (id) => till.click(test(id));
  const status = () => till.run("return document.querySelector('[data-testid=result]')?.dataset.status ?? ''");

  const unlock = async () => {
    await press('operator');
    await till.type(test('pin'), PIN);
    await press('send-pin');
    await until('the till unlocked', () => till.run("return !document.querySelector('[data-testid=screen-till]').disabled"));
  };

  await press('first-set-up');
  await till.picture(shot('shop'));
  await till.type('#first-name', 'Lotus');
  await press('first-next');
  await press('first-next');
  await till.type('#first-pin', PIN);
  await till.picture(shot('owner'));
  await press('first-next');
  const link = await until('the join code of one’s own phone', () => till.text(test('join-link')));
  await till.picture(shot('till'));
  step('five answers end on the till, with a join code');

  const phone = await context.newPage();
  await phone.goto(link);
  const code = phone.locator(test('code'));
  await code.locator('svg, canvas').first().waitFor();
  step('one’s own phone shows its code');

  await press('screen-customers');
  await press('found-customer');
  await press('act-top_up');
  await till.type(test('move-amount'), '10');
  await press('move');
  await until('the top-up', async () => (await till.run("return document.querySelector('[data-testid=told]')?.dataset.status")) === 'moved');
  await press('screen-till');
  show(await seenByCamera(context, await code.screenshot()));
  await until('the scan', async () => (await status()) === 'recorded');
  await until('nine on the phone', async () => (await phone.locator(test('balance')).getAttribute('data-balance')) === '9');
  await till.picture(shot('recorded'));
  show(nothing);
  await till.click(`${test('undo')} button`);
  await until('ten on the phone again', async () => (await phone.locator(test('balance')).getAttribute('data-balance')) === '10');
  step('a top-up, a scan, and the scan taken back');

  await press('screen-settings');
  await press('section-products');
  await press('add-product');
  await till.type('#set-name', 'Family wash');
  await till.type('#set-amount', '3');
  await press('save-settings');
  await until('the new button in the list', () => till.run("return [...document.querySelectorAll('[data-testid=product]')].some((row) => row.textContent.includes('Family wash'))"));
  await till.picture(shot('products'));
  await press('screen-till');
  await till.click(`${test('preset')}[data-amount='3']`);
  await until('three as what the next scan takes', () => till.run("return document.querySelector('[data-testid=preset][aria-checked=true]')?.dataset.amount === '3'"));
  step('a product of three washes is a button of the till');

  await press('screen-day');
  await until('the open day', async () => /10/.test(await till.text(`${test('day')}[data-status=report] ${test('figures')}`)));
  await press('close-day');
  await press('close-for-good');
  await until('the Z report', async () => (await till.run("return document.querySelector('[data-testid=day-told]').dataset.status")) === 'closed');
  assert.equal(await till.run("return document.querySelectorAll('[data-testid=day-z]').length"), 1);
  await till.click(test('day-z'));
  await until('the Z report’s figures', async () => /10/.test(await till.text(`${test('day')}[data-status=report] ${test('figures')}`)));
  await till.picture(shot('z-report'));
  step('the day is closed, with its Z report');

  await till.click(`${test('figure')}[data-figure=redemption]`);
  const behind = await until('the entries behind a figure', async () => (await till.run("return document.querySelectorAll('[data-testid=behind] button').length")) || undefined);
  assert.equal(behind, 2, 'the wash and its reversal');
  await press('behind-back');
  await press('save-entries');
  await until('the file', async () => (await till.run("return document.querySelector('[data-testid=day-told]').dataset.status")) === 'saved');
  const [csv] = readdirSync(downloads);
  const [head, ...lines] = readFileSync(join(downloads, csv), 'utf8').trim().split(/\r?\n/);
  assert.equal(csv, 'entries-z1.csv');
  assert(head.includes('change') && lines.length === 3, `top-up, wash and its reversal: ${head} ${lines.join(' ')}`);
  const { words } = await printed(till, downloads, () => press('print-report'));
  assert(words.includes('Lotus') && /Topped up\s+.*\+10/.test(words) && /Taken/.test(words), words);
  step('what is behind a figure, the day’s entries as CSV, and its report as a PDF');

  await press('screen-settings');
  await press('section-deeds');
  await until('who did what', () => till.find(`${test('deed')}[data-act=products_changed]`));
  await till.picture(shot('deeds'));
  await press('section-backup');
  await till.run("document.querySelector('input[name=backup-place][value=other]').click()");
  await till.type('#backup-folder', join(folder, 'gone', 'stick'));
  await press('save-backups');
  await until('a folder that is not there', () => till.find('.said.wrong'));
  await till.run("const field = document.querySelector('#backup-folder'); field.value = arguments[0]; field.dispatchEvent(new Event('input'))", stick);
  await press('save-backups');
  await until('the till with another folder for backups', () => till.find(test('operator')));
  await unlock();
  await press('screen-settings');
  await press('section-backup');
  await until('the folder', async () => (await till.text('.facts dd')) === stick);
  step('who did what, and a folder of one’s own for backups');
  await press('back-up');
  // One may be there already, by the clock.
  await until('the backup', async () => (await till.run("return document.querySelector('[data-testid=settings-told]').dataset.status")) === 'done');
  await until('a backup that was verified', async () => /\.backup/.test(await till.text(test('last-backup'))));
  await till.picture(shot('backup'));
  step('a backup');
  const file = await till.run("const [dir] = document.querySelectorAll('.facts dd'); return `${dir.textContent}/${document.querySelector('[data-testid=last-backup]').textContent.split(' · ').at(-1)}`");
  await press('section-shop');
  await press('leave-shop');
  await until('the question which shop', () => till.find(test('first-open')));
  await till.picture(shot('left'));
  await press('first-restore');
  await till.type('#restore-file', file);
  await press('look-at-backup');
  assert.match(await till.text(test('restore-holds')), /Lotus/);
  await till.picture(shot('restore'));
  await press('restore-go');
  await until('the restored shop', () => till.find(test('first-open')));
  assert(readdirSync(data).some((name) => name.startsWith('before-restore-')), 'the books of before are put aside');
  step('the shop is left, and its books restored from the backup');
  await press('first-practise');
  await until('practice, in its own colour', () => till.find(test('practice')));
  await till.picture(shot('practice'));
  await press('own-shop');
  await press('first-open');
  await until('the lock of one’s own shop', () => till.find(test('operator')));
  step('practice, and back: one’s own shop is there, and locked');

  await till.close();
  step(execFileSync(serverBinary, ['verify', '--data', data], { encoding: 'utf8' }).trim());
  console.log(`newcomer: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  for (const [index, page] of context.pages().entries()) await page.screenshot({ path: shot(`failed-${index}`) });
  process.exitCode = 1;
} finally {
  await browser.close();
  endAll();
}
