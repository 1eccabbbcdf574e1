//! The trust page in a real browser against a server with its own CA: the certificate comes by plain http, the browser is made to
//! trust it as its user would, and then the page finds everything by https and wss: `npm run trust`. Needs TILLBEAM_SERVER_BIN and
//! certutil. Pictures go to TILLBEAM_SHOTS.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, openBrowser, PHONE } from './till.mjs';
import { until } from './window.mjs';

const shots = process.env.TILLBEAM_SHOTS ?? mkdtempSync(join(tmpdir(), 'tillbeam-shots-'));
mkdirSync(shots, { recursive: true });
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Over https nothing is missing. */
const SANE = { secure: 'good', socket: 'good', clock: 'good', storage: 'good', key: 'good', offline: 'good', wake: 'good' };

// A browser keeps what it trusts in its user's home.
const home = mkdtempSync(join(tmpdir(), 'tillbeam-home-'));
process.env.HOME = home;
const store = join(home, '.pki', 'nssdb');
mkdirSync(store, { recursive: true });
execFileSync('certutil', ['-N', '--empty-password', '-d', `sql:${store}`]);

async function serve(tls) {
  const port = await freePort();
  const data = mkdtempSync(join(tmpdir(), 'tillbeam-trust-'));
  const args = ['serve', '--data', data, '--listen', `127.0.0.1:${port}`, '--tls', tls];
  const server = spawn(process.env.TILLBEAM_SERVER_BIN, args, { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, TILLBEAM_LOG: 'error' } });
  const plain = `http://127.0.0.1:${port}`;
  await until('the server', async () => (await fetch(`${plain}/trust`).catch(() => ({}))).ok === true);
  return { port, data, plain, stop: () => new Promise((done) => void server.once('exit', done) || server.kill('SIGTERM')) };
}

const found = (page) =>
  page.locator('[data-check]').evaluateAll((all) => Object.fromEntries(all.map(({ dataset }) => [dataset.check, dataset.is])));
const checked = (page) => page.locator('[data-testid=checks][data-ended=true]').waitFor();

async function look(page, name) {
  await page.screenshot({ path: join(shots, `trust-${name}.png`), fullPage: true });
  await page.addScriptTag({ content: AXE }).catch(() => page.evaluate(AXE));
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({ id }) => id), [], name);
}

const own = await serve('own-ca');
const off = await serve('off');
const browser = await openBrowser('--host-resolver-rules=MAP till.local 127.0.0.1');
try {
  // axe comes in past the page's own policy, which allows no script but its own.
  const open = async (address, options = {}) => {
    const page = await (await browser.newContext({ ...PHONE, bypassCSP: true, ...options })).newPage();
    await page.goto(address);
    return page;
  };

  const first = await open(`${own.plain}/trust`);
  const shown = (await first.getByTestId('fingerprint').textContent()).replace(/\s/g, '').toLowerCase();
  const openssl = execFileSync('openssl', ['x509', '-in', join(own.data, 'ca.pem'), '-noout', '-fingerprint', '-sha256'], { encoding: 'utf8' });
  assert.equal(shown, openssl.split('=')[1].trim().replaceAll(':', '').toLowerCase(), 'the fingerprint that openssl prints');
  const there = await first.getByRole('link', { name: 'Check by https' }).getAttribute('href');
  assert.equal(there, `https://127.0.0.1:${own.port}/trust`);
  await look(first, 'steps-en');
  await first.getByRole('button', { name: '中文' }).click();
  await look(first, 'steps-zh');
  const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1';
  const apple = await open(`${own.plain}/trust`, { userAgent: IPHONE, viewport: { width: 320, height: 640 } });
  assert.equal(await apple.getByRole('link', { name: 'Load the profile' }).getAttribute('href'), '/ca.mobileconfig');
  assert(await apple.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'nothing sticks out at 320 px');
  await look(apple, 'iphone-en');
  await assert.rejects(open(there), /ERR_CERT_AUTHORITY_INVALID/, 'nobody trusts a CA by itself');

  const certificate = join(home, 'ca.crt');
  writeFileSync(certificate, Buffer.from(await (await fetch(`${own.plain}/ca.crt`)).arrayBuffer()));
  execFileSync('certutil', ['-A', '-d', `sql:${store}`, '-t', 'C,,', '-n', 'Tillbeam shop CA', '-i', certificate]);
  const profile = await (await fetch(`${own.plain}/ca.mobileconfig`)).text();
  const inside = profile.match(/<data>(.+)<\/data>/)?.[1] ?? '';
  assert(Buffer.from(inside, 'base64').equals(readFileSync(certificate)), 'the profile has the same certificate');

  const trusting = await openBrowser();
  const secure = await (await trusting.newContext({ ...PHONE, bypassCSP: true })).newPage();
  await secure.goto(there);
  await checked(secure);
  assert.deepEqual(await found(secure), SANE);
  await look(secure, 'checked-en');
  await trusting.close();

  const plain = await open(`http://till.local:${off.port}/trust`, { locale: 'zh-CN', colorScheme: 'dark' });
  await checked(plain);
  const lacks = { secure: 'lacking', key: 'lacking', offline: 'lacking', wake: 'lacking' };
  assert.deepEqual(await found(plain), { ...SANE, ...lacks }, 'what plain http cannot give is named');
  await look(plain, 'plain-zh');
  console.log('trust: by plain http to a CA that the browser trusts, and everything found');
} finally {
  await browser.close();
  await Promise.all([own.stop(), off.stop()]);
}
