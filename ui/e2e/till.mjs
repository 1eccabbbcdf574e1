//! The real server as a process, a terminal that speaks HTTP to it, and a browser: what the phone's tests stand on.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { until } from './window.mjs';

const { TILLBEAM_SERVER_BIN: SERVER, TILLBEAM_SCAN_BIN: SCANNER } = process.env;

export const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, locale: 'en-GB' };

export async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

export function openBrowser(...args) {
  const quiet = ['--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet, ...args],
  });
}

const LIBFAKETIME = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((place) => `/usr/lib/${place}/faketime/libfaketimeMT.so.1`).find((path) => existsSync(path));

/** A shop on a server of its own; `tls` as the server's flag has it, `args` more of its flags, `port` where it listens, `clock`
 * for one that can be set. */
export class Till {
  #process = null;
  #options;
  /** Where libfaketime reads what the clock is wrong by. */
  #shift = null;
  data = mkdtempSync(join(tmpdir(), 'tillbeam-phone-'));

  static async open(options = {}) {
    const till = new Till();
    till.#options = options;
    till.port = options.port ?? (await freePort());
    if (options.clock) till.setClock(0);
    till.run('provision', '--shop', 'Lotus Car Wash', '--unit', 'wash', '--unit', 'CNY', '--customers', '0', '--balance', '0');
    till.terminal = till.made[0].terminal;
    await till.start();
    return till;
  }

  /** One of the server's other commands. */
  run(command, ...args) {
    const text = execFileSync(SERVER, [command, ...args, '--data', this.data], { encoding: 'utf8' });
    if (command === 'provision') this.made = text.trim().split('\n').map((line) => JSON.parse(line));
    return text;
  }

  get url() {
    return `${(this.#options.tls ?? 'off') === 'off' ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  /** The server's clock on the wall alone, also while it runs; seconds ahead. */
  setClock(seconds) {
    assert(LIBFAKETIME, 'faketime is installed');
    this.#shift ??= `${this.data}-clock`;
    writeFileSync(this.#shift, `+${seconds}`);
  }

  #environment() {
    const environment = { ...process.env, TILLBEAM_LOG: 'error' };
    if (this.#shift === null) return environment;
    const steady = { FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
    return { ...environment, ...steady, LD_PRELOAD: LIBFAKETIME, FAKETIME_TIMESTAMP_FILE: this.#shift };
  }

  async start() {
    assert(this.#process === null);
    const args = ['serve', '--data', this.data, '--listen', `127.0.0.1:${this.port}`, '--tls', this.#options.tls ?? 'off', ...(this.#options.args ?? [])];
    this.#process = spawn(SERVER, args, { stdio: ['ignore', 'ignore', 'inherit'], env: this.#environment() });
    await until('the server', async () => (await this.call('GET', '/healthz', undefined, '')).status === 200);
  }

  /** Stopped, by SIGTERM, or killed. */
  async stop(signal = 'SIGTERM') {
    const ending = this.#process;
    this.#process = null;
    if (ending === null) return;
    const gone = new Promise((done) => ending.once('exit', done));
    ending.kill(signal);
    await gone;
  }

  async call(method, path, body, base = '/api/v1', token = this.terminal?.token) {
    const response = await fetch(`${this.url}${base}${path}`, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    const text = await response.text();
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  }

  async done(method, path, body, ...rest) {
    const { status, body: answer } = await this.call(method, path, body, ...rest);
    assert(status < 300, `${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /** A customer with some washes; `link` is what follows the address in their join link. */
  async customer(name, washes = 10, { token } = {}) {
    const asked = ['/api/v1', token ?? this.terminal.token];
    const { customer, join: made } = await this.done('POST', '/customers', { id: randomUUID(), name }, ...asked);
    if (washes > 0) await this.topUp(customer.id, washes, token);
    return { id: customer.id, link: made.url.slice(made.url.indexOf('/#')) };
  }

  topUp(customer, amount, token = this.terminal.token) {
    return this.done('POST', `/customers/${customer}/top-ups`, { id: randomUUID(), unit: 'wash', amount }, '/api/v1', token);
  }

  async anotherPhone(customer) {
    const { url } = await this.done('POST', `/customers/${customer}/joins`, {});
    return url.slice(url.indexOf('/#'));
  }

  redeem(code, amount = 1, token = this.terminal.token) {
    return this.call('POST', '/redemptions', { id: randomUUID(), code: code.replace(/\D/g, ''), amount }, '/api/v1', token);
  }

  /** Takes a code that must be good; the redemption's id. */
  async take(code, amount = 1, token = this.terminal.token) {
    const { status, body } = await this.redeem(code, amount, token);
    assert.equal(status, 201, JSON.stringify(body));
    return body.id;
  }

  async lamp(id) {
    return (await this.done('GET', `/redemptions/${id}`)).lamp;
  }
}

/** What the scanner reads in a picture of a screen (PNG bytes). */
export function scan(screen) {
  const file = join(mkdtempSync(join(tmpdir(), 'tillbeam-scan-')), 'screen.png');
  writeFileSync(file, screen);
  const { texts } = JSON.parse(execFileSync(SCANNER, ['--json', file], { encoding: 'utf8' }));
  return texts[0] ?? null;
}

/** One phone's page, by what people see of it. */
export class Screen {
  constructor(page) {
    this.page = page;
    this.problems = [];
    page.on('pageerror', (error) => this.problems.push(error.message));
  }

  static async open(context, address) {
    const screen = new Screen(await context.newPage());
    await screen.page.goto(address);
    return screen;
  }

  /** The digits of the code that is shown. */
  async code() {
    const digits = this.page.locator('[data-testid=digits]');
    await until('a code', async () => /^[\d ]{33}$/.test((await digits.textContent({ timeout: 1000 })) ?? ''));
    return digits.textContent();
  }

  async balanceIs(washes) {
    const balance = this.page.locator('[data-testid=balance]');
    await until(`${washes} washes on the phone`, async () => {
      // A result covers the balance for as long as nobody touches it.
      await this.page.evaluate(() => document.querySelector('[data-testid=result] button')?.click());
      return (await balance.getAttribute('data-balance', { timeout: 1000 })) === String(washes);
    });
  }

  /** Waits until it says how it is connected: sure of its balance, or not. */
  async isSure(sure = true) {
    await until(sure ? 'connection' : 'no connection', async () => {
      return (await this.page.locator('[data-testid=as-of]').count() === 0) === sure && (await this.page.locator('[data-testid=balance]').count()) > 0;
    });
  }

  /** Waits for a result over the whole screen, and goes back to the code. */
  async result(status = 'recorded') {
    const result = this.page.locator(`[data-testid=result][data-status=${status}]`);
    await result.waitFor();
    const text = await result.textContent();
    await result.locator('button').click();
    return text;
  }

  /** What a browser says when the network is back; the page would find out by itself, after its pause. */
  online() {
    return this.page.evaluate(() => dispatchEvent(new Event('online')));
  }

  tab(index) {
    return this.page.click(`nav button:nth-child(${index})`);
  }

  /** Waits for the word that its join link was used, is too old, or never was. */
  saysUsed() {
    return this.page.getByRole('heading', { name: 'This join code was used or is too old' }).waitFor();
  }

  notice(kind) {
    return this.page.locator(`[data-testid=notice]${kind ? `[data-kind=${kind}]` : ''}`).waitFor();
  }
}
