//! What the preview and the scan of a camera cost: `npm run preview`, with the program in `TILLBEAM_BIN`.
//!
//! The real window without a screen, on 1280 × 720 JPEG pictures, thirty a second, each of them decoded as those of a
//! webcam are. Prints pictures drawn a second, milliseconds from the frame to the page's answer that it is drawn, and
//! the parts of one core that each process and thread took.

import { linkSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { encodeQR } from 'qr';
import { seenByCamera } from './camera.mjs';
import { endAll, openWindow, until } from './window.mjs';

const CODE = '112345678906058726934226722';
const FPS = 30;
const PICTURES = 20;
const WARM_S = 6;
const SECONDS = 20;
const TICKS_A_SECOND = 100;

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-preview-'));
const frames = join(folder, 'frames');
const log = join(folder, 'log');
const rest = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

/** The same few pictures under many names, for longer than the measurement takes. */
async function takePictures() {
  mkdirSync(frames);
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  const context = await browser.newContext({ viewport: { width: 320, height: 320 } });
  const page = await context.newPage();
  await page.setContent(`<body style="margin:0;padding:24px;background:white">${encodeQR(CODE, 'svg', { ecc: 'quartile' })}</body>`);
  const screen = await page.screenshot();
  for (let number = 0; number < PICTURES; number += 1) {
    const turn = 0.12 * Math.sin((number / PICTURES) * 2 * Math.PI);
    writeFileSync(join(folder, `${number}.jpg`), await seenByCamera(context, screen, { turn }));
  }
  await browser.close();
  for (let number = 0; number < FPS * (WARM_S + SECONDS + 60); number += 1) {
    linkSync(join(folder, `${number % PICTURES}.jpg`), join(frames, `${String(number).padStart(6, '0')}.jpg`));
  }
}

/** Ticks of the processor that every thread below `parent` has taken, by process and thread. */
function ticks(parent) {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const about = new Map();
  for (const pid of processes) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      about.set(Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const isBelow = (pid) => pid !== undefined && pid !== 0 && (about.get(pid) === parent || isBelow(about.get(pid)));
  const taken = new Map();
  for (const pid of [...about.keys()].filter(isBelow)) {
    const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      const comm = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const key = name.startsWith('tillbeam') ? `${name} ${comm}` : name;
      taken.set(key, (taken.get(key) ?? 0) + Number(fields[11]) + Number(fields[12]));
    }
  }
  return taken;
}

const part = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

let window;
try {
  await takePictures();
  const args = ['--practice', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--source', `${frames}@${FPS}`];
  const more = { TILLBEAM_LOG: 'tillbeam::preview=trace', NO_COLOR: '1' };
  window = await openWindow(process.env.TILLBEAM_BIN, args, { more, stderr: openSync(log, 'w') });
  await window.find('[data-testid=preview][data-camera=pictures]');
  await until('the first picture', async () => statSync(log).size > 0);
  await rest(WARM_S);
  const [before, size, begun] = [ticks(window.driver), statSync(log).size, performance.now()];
  await rest(SECONDS);
  const [after, seconds] = [ticks(window.driver), (performance.now() - begun) / 1000];
  const lines = readFileSync(log, 'utf8').slice(size);
  const ms = [...lines.matchAll(/on the screen ms=([\d.]+)/g)].map(([, number]) => Number(number)).sort((one, other) => one - other);
  if (process.argv[2] !== undefined) await window.picture(process.argv[2]);
  const percent = (count) => ((count / TICKS_A_SECOND / seconds) * 100).toFixed(1).padStart(6);
  const costs = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)]).filter(([, count]) => count > 0);
  console.log(`pictures drawn a second  ${(ms.length / seconds).toFixed(1)}`);
  console.log(`ms from frame to drawn   p50 ${part(ms, 0.5)}, p95 ${part(ms, 0.95)}`);
  for (const [name, count] of costs.sort(([, one], [, other]) => other - one)) console.log(`${percent(count)} % of a core  ${name}`);
  console.log(`${percent(costs.reduce((sum, [, count]) => sum + count, 0))} % of a core  in all`);
} finally {
  await window?.close().catch(() => undefined);
  endAll();
  rmSync(folder, { recursive: true, force: true });
}
