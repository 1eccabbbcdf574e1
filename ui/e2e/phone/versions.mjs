//! A new version of the page while an old one is kept on the phone by its service worker: a gate before the server makes another build
//! of what it serves.

import assert from 'node:assert/strict';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';
import { until } from '../window.mjs';

/** Passes everything on to the server; as `build` other than 'old', the document says so and the worker is another one. */
class Gate {
  build = 'old';
  /** Paths that cannot be had, of files. */
  missing = [];
  #sockets = new Set();

  async open(port) {
    this.server = createServer((asked, answer) => this.#pass(port, asked, answer));
    this.server.on('upgrade', ({ url, rawHeaders }, near, head) => this.#through(port, url, rawHeaders, near, head));
    await new Promise((done) => this.server.listen(0, '127.0.0.1', done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
    return this;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.server.closeAllConnections();
    this.server.close();
  }

  #pass(port, asked, answer) {
    const { 'accept-encoding': _, 'if-none-match': __, ...headers } = asked.headers;
    if (this.missing.includes(asked.url)) return answer.writeHead(502).end();
    const build = this.build;
    const there = request({ port, host: '127.0.0.1', method: asked.method, path: asked.url, headers }, async (said) => {
      const { 'content-length': ___, etag: ____, ...rest } = said.headers;
      const pieces = [];
      for await (const piece of said) pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      const page = () => bytes.toString().replace('<body>', `<body data-build="${build}">`);
      const text = { '/': page, '/kept.html': page, '/sw.js': () => bytes.toString().replace(/page [0-9a-f]{16}/, `$& ${build}`) };
      answer.writeHead(said.statusCode, rest).end(text[asked.url]?.() ?? bytes);
    });
    there.on('error', () => answer.destroy());
    asked.pipe(there);
  }

  #through(port, url, headers, near, head) {
    const far = connect(port, '127.0.0.1');
    for (const side of [near, far]) {
      this.#sockets.add(side);
      side.on('error', () => undefined).on('close', () => (near.destroy(), far.destroy(), this.#sockets.delete(side)));
    }
    const lines = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []));
    far.write(`GET ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    far.write(head);
    near.pipe(far).pipe(near);
  }
}

const buildOf = (phone) => phone.page.evaluate(() => document.body.dataset.build);
const kept = (phone) => phone.page.evaluate(async () => (await caches.keys()).map((name) => name.split(' ').at(-1)));
const worksFor = (phone) => phone.page.evaluate(() => navigator.serviceWorker.controller?.state);

/** The worker of a build answers for the page, and nothing of another is kept. */
async function isKept(phone, build) {
  await until(`${build} alone is kept`, async () => String(await kept(phone)) === build && (await worksFor(phone)) === 'activated');
}

export async function versions(world) {
  const { till, test } = world;

  const opened = async (name, open, gate) => {
    const { link } = await till.customer(name);
    const phone = await open(gate.url + link);
    await phone.balanceIs(10);
    await isKept(phone, 'old');
    const number = (await phone.code())?.slice(0, 13);
    return { phone, number };
  };

  /** Still the same phone, whose code is taken. */
  const isThatPhone = async ({ phone, number }, left) => {
    assert.equal((await phone.code())?.slice(0, 13), number);
    await till.take((await phone.code()) ?? '');
    await phone.balanceIs(left);
  };

  await test('a new version comes as a whole: the open page goes on, the next opening has it, and it is the same phone', async ({ open }) => {
    const gate = await new Gate().open(till.port);
    const one = await opened('Version', open, gate);
    gate.build = 'new';
    await one.phone.page.reload();
    assert.equal(await buildOf(one.phone), 'old', 'what is kept comes at once');
    await isKept(one.phone, 'new');
    // The worker under the open page is another one now.
    await isThatPhone(one, 9);
    assert.equal(await buildOf(one.phone), 'old');
    await one.phone.page.reload();
    assert.equal(await buildOf(one.phone), 'new');
    await isThatPhone(one, 8);
    gate.close();
  });

  await test('a new version that does not arrive as a whole changes nothing, and is taken when it does', async ({ open }) => {
    const gate = await new Gate().open(till.port);
    const one = await opened('Half a version', open, gate);
    Object.assign(gate, { build: 'new', missing: ['/icon-192.png'] });
    const refused = await one.phone.page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      await registration.update().catch(() => undefined);
      const worker = registration.installing;
      if (worker && worker.state !== 'redundant') await new Promise((done) => worker.addEventListener('statechange', () => worker.state === 'redundant' && done()));
      return registration.active.state;
    });
    assert.equal(refused, 'activated');
    await one.phone.page.reload();
    assert.equal(await buildOf(one.phone), 'old');
    await isThatPhone(one, 9);
    gate.missing = [];
    await one.phone.page.reload();
    await isKept(one.phone, 'new');
    await one.phone.page.reload();
    assert.equal(await buildOf(one.phone), 'new');
    await isThatPhone(one, 8);
    gate.close();
  });
}
