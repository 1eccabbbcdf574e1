//! The four ways to https for phones, each with the phone's page in a real browser that trusts what it is shown, over wss, to a
//! live result: the server's own CA, the owner's certificate, a public authority's (Debian's pebble), and nginx in front with
//! the very configuration of the documentation. Then sslyze looks at each, if TILLBEAM_SSLYZE names it: `npm run fronts`.
//! Needs TILLBEAM_SERVER_BIN, nginx, pebble, certutil and openssl.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certify, Pebble, trustingHome } from './authority.mjs';
import { freePort, openBrowser, PHONE, Screen, Till } from './till.mjs';
import { until } from './window.mjs';

const NAME = 'pay.example.org';
const CONFIGURATION = readFileSync(new URL('../../docs/nginx.conf', import.meta.url), 'utf8');
// The test's own calls go without certificates; the browser's do not.
process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
process.removeAllListeners('warning').on('warning', () => undefined);

const made = certify(NAME);

/** nginx with the documented configuration on free ports, before the server on `server`. */
async function nginx(server) {
  const folder = mkdtempSync(join(tmpdir(), 'tillbeam-nginx-'));
  const [plain, port] = [await freePort(), await freePort()];
  let text = CONFIGURATION;
  for (const [documented, ours] of [
    ['listen 80;', `listen 127.0.0.1:${plain};`],
    ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
    ['server 127.0.0.1:8787;', `server 127.0.0.1:${server};`],
    ['/etc/ssl/certs/pay.example.org.pem', made.cert],
    ['/etc/ssl/private/pay.example.org.key', made.key],
    ['/var/log/nginx/', `${folder}/`],
  ]) {
    assert(text.includes(documented), documented);
    text = text.replaceAll(documented, ours);
  }
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(' ');
  writeFileSync(join(folder, 'nginx.conf'), `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/start.log; events {} http { ${places}\n${text}\n}`);
  const running = spawn('nginx', ['-c', join(folder, 'nginx.conf'), '-e', join(folder, 'start.log')], { stdio: 'ignore' });
  process.once('exit', () => void running.kill());
  const at = `https://127.0.0.1:${port}/healthz`;
  await until('nginx', async () => (await fetch(at, { headers: { host: NAME } }).catch(() => ({}))).status !== undefined);
  return { port, stop: () => void running.kill(), log: () => readFileSync(join(folder, 'tillbeam.log'), 'utf8') };
}

const own = await Till.open({ tls: 'own-ca', args: ['--public-url', `https://${NAME}`] });
const files = await Till.open({ tls: `${made.cert},${made.key}`, args: ['--public-url', `https://${NAME}`] });
const certified = await freePort();
const pebble = await Pebble.start(certified, made);
const acme = await Till.open({ port: certified, tls: `acme:${NAME}`, args: ['--acme-directory', pebble.directory, '--acme-root', made.root] });
const behind = await Till.open({ args: ['--public-url', `https://${NAME}`, '--trusted-proxy', '127.0.0.1'] });
const proxy = await nginx(behind.port);

const fronts = [
  { name: 'own CA', till: own, port: own.port },
  { name: 'owner’s certificate', till: files, port: files.port },
  { name: 'ACME', till: acme, port: acme.port },
  { name: 'nginx', till: behind, port: proxy.port },
];
const roots = [join(own.data, 'ca.pem'), made.root, pebble.root];
process.env.HOME = trustingHome(roots);
let failed = 0;

/** Joins, shows a code, hears the result by wss, opens again without network. */
async function tried({ name, till, port }) {
  const browser = await openBrowser(`--host-resolver-rules=MAP ${NAME}:443 127.0.0.1:${port}`);
  const context = await browser.newContext(PHONE);
  try {
    const page = await context.newPage();
    const sockets = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    const { link } = await till.customer(name);
    // The first certificate may still be on its way.
    await until('the certificate', () => page.goto(`https://${NAME}/healthz`).then((answer) => answer.ok(), () => false));
    await page.goto(`https://${NAME}${link}`);
    const phone = new Screen(page);
    await phone.balanceIs(10);
    await phone.isSure();
    assert.equal(await page.evaluate(() => isSecureContext), true);
    const id = await till.take((await phone.code()) ?? '');
    await phone.result();
    await until('seen', async () => (await till.lamp(id)) === 'seen');
    assert(sockets.length > 0 && sockets.every((url) => url.startsWith(`wss://${NAME}/ws?`)), `${sockets}`);
    const cookies = await context.cookies();
    assert(cookies.length === 1 && cookies.every(({ secure, httpOnly, sameSite }) => secure && httpOnly && sameSite === 'Strict'));
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    // Only a CA of the server's own is anybody's to trust.
    const probed = page.waitForResponse((answer) => answer.url().endsWith('/ca.crt'));
    await phone.tab(3);
    assert.equal((await probed).ok(), till === own);
    const check = page.locator('[data-testid=check]');
    if (till === own) await check.waitFor();
    else assert.equal(await check.count(), 0);
    assert.deepEqual(phone.problems, []);
    console.log(`fronts: ${name}: joined, code taken, result live by wss, seen`);
  } catch (error) {
    failed += 1;
    console.error(`fronts: FAILED ${name}`, error);
  } finally {
    await browser.close();
  }
}

for (const front of fronts) await tried(front);
assert(!/join=|token=|bearer/i.test(proxy.log()), 'nginx logs no secret');

const { TILLBEAM_SSLYZE: sslyze } = process.env;
if (sslyze) {
  const trusted = join(made.folder, 'roots.pem');
  writeFileSync(trusted, roots.map((root) => readFileSync(root, 'utf8')).join('\n'));
  const args = ['--mozilla_config', 'intermediate', '--certinfo_ca_file', trusted, '--sni', NAME, ...fronts.map(({ port }) => `127.0.0.1:${port}`)];
  const { status, stdout } = spawnSync(sslyze, args, { encoding: 'utf8' });
  const compliant = stdout.match(/OK - Compliant/g)?.length ?? 0;
  // It ends with 0, too, if it could reach nobody.
  if (status === 0 && compliant === fronts.length) console.log(`fronts: sslyze finds nothing to complain about in ${compliant} of ${fronts.length}`);
  else {
    failed += 1;
    console.error(`fronts: FAILED sslyze (${status})\n${stdout}`);
  }
} else console.log('fronts: left out: sslyze, which TILLBEAM_SSLYZE would name');

proxy.stop();
for (const { till } of fronts) {
  await till.stop();
  assert.match(till.run('verify'), /ok|right|hold|no error/i);
}
pebble.stop();
process.exit(failed === 0 ? 0 : 1);
