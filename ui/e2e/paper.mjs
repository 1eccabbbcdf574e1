//! What the real window puts on paper and takes from a file: receipts, whose dots arrive at a socket and at a pipe in a
//! printer's place (and are put together to a picture again), a printer that is off, a receipt and a card by the system's dialog,
//! and customers out of a CSV file. `npm run paper`; needs TILLBEAM_BIN, TILLBEAM_SERVER_BIN and TILLBEAM_SCAN_BIN. Pictures for a look go to TILLBEAM_SHOTS.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { printed } from './print.mjs';
import { endAll, openWindow, until } from './window.mjs';

const { TILLBEAM_BIN: binary, TILLBEAM_SERVER_BIN: serverBinary, TILLBEAM_SCAN_BIN: scanner } = process.env;
assert(binary && serverBinary && scanner, 'set TILLBEAM_BIN, TILLBEAM_SERVER_BIN and TILLBEAM_SCAN_BIN, or run `cargo xtask test`');

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-paper-'));
const shots = process.env.TILLBEAM_SHOTS ?? join(folder, 'shots');
for (const path of [shots, join(folder, 'camera')]) mkdirSync(path, { recursive: true });
const shot = (name) => join(shots, `paper-${name}`);
const step = (text) => console.log(`paper: ${text}`);
const test = (id) => `[data-testid=${id}]`;

/** A printer in the network that keeps what it is sent, a job a connection. */
const jobs = [];
const printer = createServer((socket) => {
  const parts = [];
  socket.on('data', (data) => parts.push(data)).on('end', () => jobs.push(Buffer.concat(parts))).on('error', () => undefined);
});
await new Promise((done) => printer.listen(0, '127.0.0.1', done));
const address = `127.0.0.1:${printer.address().port}`;

/** The picture in a job: its bands below each other. */
function picture(job) {
  const rows = [];
  let width = 0;
  for (let at = job.indexOf('\x1dv0\0'); at >= 0; at = job.indexOf('\x1dv0\0', at)) {
    width = job.readUInt16LE(at + 4);
    const length = width * job.readUInt16LE(at + 6);
    rows.push(job.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  const dots = Buffer.concat(rows);
  return { width: width * 8, height: dots.length / width, dots, ink: dots.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0) };
}
function keep(name, { width, height, dots }) {
  writeFileSync(shot(`${name}.pbm`), Buffer.concat([Buffer.from(`P4\n${width} ${height}\n`), dots]));
}
/** The first page of a PDF as a picture, as a printer would put it on paper. */
function paper(name, pdf) {
  execFileSync('pdftoppm', ['-png', '-r', '200', '-f', '1', '-singlefile', pdf, shot(name)]);
  return shot(`${name}.png`);
}
const arrived = (count) => until(`${count} jobs at the printer`, async () => jobs.length >= count);

try {
  const till = await openWindow(binary, ['--practice', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--source', join(folder, 'camera')], { cwd: folder });
  const press = (id) => till.click(test(id));
  const wait = (what, script, ...args) => until(what, () => till.run(script, ...args));
  const told = (id, status) => wait(`${id}: ${status}`, 'return document.querySelector(`[data-testid=${arguments[0]}]`)?.dataset.status === arguments[1]', id, status);
  const choose = (name, value) => till.run('document.querySelector(`input[name=${arguments[0]}][value=${arguments[1]}]`).click()', name, value);
  const section = async (name) => {
    await press('screen-settings');
    await press(`section-${name}`);
  };

  await till.find(test('join'));
  await section('receipts');
  await choose('receipt-printer', 'network');
  await till.type('#printer-address', address);
  await press('save-printer');
  await press('test-print');
  await arrived(1);
  await told('printing', 'printed');
  const first = picture(jobs[0]);
  keep('test', first);
  assert.equal(first.width, 576);
  assert(first.height > 300 && first.ink > 5_000, `${first.height} rows, ${first.ink} dots`);
  await till.picture(shot('settings.png'));
  await press('open-drawer');
  await arrived(2);
  assert.deepEqual([...jobs[1]], [0x1b, 0x40, 0x1b, 0x70, 0, 25, 250]);
  step('a test receipt is a picture of 576 dots across, and the drawer opens by itself');

  await choose('receipt-when', 'always');
  await press('screen-customers');
  await press('found-customer');
  await press('act-top_up');
  await till.type(test('move-amount'), '10');
  await press('move');
  await arrived(3);
  keep('top-up', picture(jobs[2]));
  await section('receipts');
  await choose('receipt-paper', 'narrow');
  await till.click('header button[lang]');
  await wait('the window in Chinese', "return document.documentElement.lang.startsWith('zh')");
  await press('screen-till');
  await till.click(`${test('entries')} button.name`);
  await press('print-copy');
  await arrived(4);
  const copy = picture(jobs[3]);
  assert.equal(copy.width, 384);
  keep('copy-zh', copy);
  step('a top-up prints by itself, and once more from the entries, in Chinese on narrow paper');

  printer.close();
  await press('print-copy');
  await till.find(test('receipt-left'));
  await till.run("document.querySelector('dialog button')?.click()");
  await till.picture(shot('off.png'));
  await press('receipt-leave');
  step('a printer that is off is said to be, and nothing waits for it');

  await press('screen-till');
  await till.click(`${test('entries')} button.name`);
  const receipt = await printed(till, folder, () => press('receipt-pdf'));
  paper('receipt', receipt.pdf);
  assert(receipt.words.includes('Lotus Car Wash') && receipt.words.includes('充值'), receipt.words);
  await till.run("document.querySelector('dialog button')?.click()");
  await press('screen-customers');
  await press('found-customer');
  await press('make-card');
  await till.find(test('card'));
  const card = await printed(till, folder, () => till.click('dialog .main-button'));
  const digits = (await till.text(`${test('card')} .digits`)).replaceAll(/\s/g, '');
  assert.match(digits, /^9\d{26}$/);
  assert(execFileSync(scanner, [paper('card', card.pdf)], { encoding: 'utf8' }).includes(digits), 'the card cannot be read');
  await till.run("document.querySelector('dialog button')?.click()");
  step('a receipt and a card as a PDF, the card with a code that our own scanner reads');

  const pipe = join(folder, 'lp0');
  execFileSync('mkfifo', [pipe]);
  const reading = readFile(pipe);
  await section('receipts');
  await choose('receipt-printer', 'usb');
  await till.type('#printer-path', pipe);
  await press('save-printer');
  await press('test-print');
  assert(picture(await reading).ink > 5_000);
  step('the same by a cable, with a pipe in its place');

  await section('import');
  const give = (name, text) =>
    till.run(
      `const input = document.querySelector('[data-testid=import-file]');
       const files = new DataTransfer();
       files.items.add(new File([arguments[1]], arguments[0], { type: 'text/csv' }));
       input.files = files.files;
       input.dispatchEvent(new Event('change', { bubbles: true }));`,
      name,
      text,
    );
  await give('wrong.csv', 'name,wash,phone\nLi Wei,ten,\n,1,x\n');
  await told('import', 'wrong');
  await till.picture(shot('import-wrong.png'));
  await give('customers.csv', 'name,external_id,wash\n李伟,A-1,10\n"Zoë ""Z""",A-2,3\n');
  await told('import', 'would');
  await press('import-go');
  await told('import', 'done');
  await till.picture(shot('import-done.png'));
  await press('screen-customers');
  await till.type(test('find'), '李伟');
  await wait('who was brought in', "return [...document.querySelectorAll('[data-testid=found-customer]')].some((row) => row.textContent.includes('李伟'))");
  step('customers out of a file: nobody while a cell is wrong, then all of them');

  await till.close();
  step(execFileSync(serverBinary, ['verify', '--data', join(folder, 'data')], { encoding: 'utf8' }).trim());
  console.log(`paper: all of it held; pictures in ${shots}`);
} catch (error) {
  console.error(error);
  endAll();
  // A pipe that nobody writes to would be read for ever.
  process.exit(1);
} finally {
  printer.close();
  endAll();
}
