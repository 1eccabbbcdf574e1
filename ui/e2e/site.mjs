//! The pages with the fake till, built and served under the server's own security policy, and a browser for them.

import { createReadStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { build } from 'vite';

const FILES = "script-src 'self'; style-src 'self'";
/** As the server has it; the customer's page has its scripts and its style inside. */
const policy = (within) =>
  `default-src 'none'; ${within}; img-src 'self' data: blob:; connect-src 'self' ws: wss:; ` +
  "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

/** Builds into `out`, serves it; `base` is its address. */
export async function openSite(out) {
  const site = join(out, 'site');
  mkdirSync(out, { recursive: true });
  await build({ mode: 'looks', logLevel: 'error', build: { outDir: site } });
  const server = createServer((request, response) => {
    const path = new URL(request.url, 'http://x').pathname;
    const file = join(site, path === '/' ? 'customer.html' : path);
    if (!file.startsWith(site) || !existsSync(file)) return response.writeHead(404).end();
    const within = file.endsWith('customer.html') ? readFileSync(join(site, 'customer.csp'), 'utf8') : FILES;
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'text/plain', 'content-security-policy': policy(within) });
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  const close = async () => {
    await browser.close();
    server.close();
  };
  return { base: `http://127.0.0.1:${server.address().port}`, browser, close };
}
