//! How long the window takes to be there, beside a bare Tauri window's: `npm run start-up -- [ROUNDS]`, with the programs
//! in TILLBEAM_BIN and BARE_BIN, release builds without automation.
//!
//! Both in turns, without a screen (Xvfb), each with nothing of the other around: seconds from the start of the process
//! until the page is painted (two animation frames, and a command that reached the program), until the demo camera's
//! code is read, and the memory of the process and all that it started (PSS, shared pages counted once) 5 s later.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endAll, startDisplay } from './window.mjs';

const { TILLBEAM_BIN: ours, BARE_BIN: bare } = process.env;
const ROUNDS = Number(process.argv[2] ?? 7);
const GOAL_RATIO = 1.2;
const GOAL_SCAN_S = 1.5;
const SETTLED_MS = 5_000;
const LIMIT_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'tillbeam-start-'));
const rest = (ms) => new Promise((done) => setTimeout(done, ms));
const median = (numbers) => [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)];

/** Bytes of everything that was started by `parent`, and its own. */
function memory(parent) {
  const parents = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const isOf = (pid) => pid === parent || (parents.has(pid) && parents.get(pid) > 1 && isOf(parents.get(pid)));
  return [...parents.keys()].filter(isOf).reduce((sum, pid) => {
    try {
      return sum + Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1]) * 1024;
    } catch {
      return sum;
    }
  }, 0);
}

/** Starts a program and waits until it has said all of `words`; seconds from the start to each, and its memory. */
async function measure(binary, args, words, display) {
  const runtime = mkdtempSync(join(folder, 'run-'));
  const env = { ...process.env, DISPLAY: display, XDG_RUNTIME_DIR: runtime, XDG_DATA_HOME: join(folder, 'home'), XDG_CACHE_HOME: join(folder, 'home'), TILLBEAM_LOG: 'tillbeam=debug', NO_COLOR: '1' };
  for (const name of ['DBUS_SESSION_BUS_ADDRESS', 'WAYLAND_DISPLAY', 'TAURI_WEBVIEW_AUTOMATION']) delete env[name];
  const begun = performance.now();
  const child = spawn(binary, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = new Promise((done) => child.once('exit', done));
  const times = new Map();
  let log = '';
  child.stderr.on('data', (data) => {
    log += data;
    for (const word of words) if (!times.has(word) && log.includes(word)) times.set(word, (performance.now() - begun) / 1000);
  });
  try {
    while (times.size < words.length) {
      if (performance.now() - begun > LIMIT_MS || child.exitCode !== null) throw new Error(`${binary} did not say ${words}:\n${log}`);
      await rest(20);
    }
    await rest(SETTLED_MS);
    return { times: words.map((word) => times.get(word)), bytes: memory(child.pid) };
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
}

try {
  const refused = spawnSync(ours, ['--data', join(folder, 'refused')], { env: { ...process.env, TAURI_WEBVIEW_AUTOMATION: 'true' }, encoding: 'utf8', timeout: LIMIT_MS });
  assert.equal(refused.status, 1, `a release build lets itself be driven: ${refused.stderr}`);
  const display = await startDisplay();
  const args = ['--practice', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--source', 'demo'];
  const [PAINTED, READ] = ['the page is painted', 'a code is read'];
  // The first start makes the books, and both programs' files come into memory.
  await measure(ours, args, [PAINTED, READ], display);
  await measure(bare, [], [PAINTED], display);
  const [our, their] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    their.push(await measure(bare, [], [PAINTED], display));
    our.push(await measure(ours, args, [PAINTED, READ], display));
  }
  const painted = (all) => all.map(({ times: [first] }) => first);
  const ratios = our.map((one, round) => one.times[0] / their[round].times[0]);
  const shown = (numbers, digits = 2) => `${median(numbers).toFixed(digits)} (${Math.min(...numbers).toFixed(digits)}–${Math.max(...numbers).toFixed(digits)})`;
  const scans = our.map(({ times: [, read] }) => read);
  const mib = (all) => all.map(({ bytes }) => bytes / 2 ** 20);
  const size = (binary) => (statSync(binary).size / 2 ** 20).toFixed(1);
  console.log(`| median (lowest–highest) of ${ROUNDS} | ours | a bare window | goal |\n| --- | --- | --- | --- |`);
  console.log(`| first paint, s | ${shown(painted(our))} | ${shown(painted(their))} | |`);
  console.log(`| first paint, ratio within a round | ${shown(ratios)} | 1 | ≤ ${GOAL_RATIO} |`);
  console.log(`| first code read, s | ${shown(scans)} | | ≤ ${GOAL_SCAN_S} |`);
  console.log(`| memory, MiB of PSS | ${shown(mib(our), 0)} | ${shown(mib(their), 0)} | |`);
  console.log(`| program, MiB | ${size(ours)} | ${size(bare)} | |`);
} finally {
  endAll();
  rmSync(folder, { recursive: true, force: true });
}
