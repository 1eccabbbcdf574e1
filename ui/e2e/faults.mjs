//! A proxy on loopback that spoils a network: it delays, cuts, swallows, refuses, talks rubbish, or lets no sockets or streams through.
//! It looks at the beginning of a connection and nothing else, so a page that is to meet it comes by plain http.

import { connect, createServer } from 'node:net';

export class Faults {
  /** Milliseconds that every piece of data takes, each way. */
  delayMs = 0;
  /** 'pass', 'refuse' (closed at once), 'swallow' (accepted, and nothing goes either way) or 'mute' (what is asked arrives, no answer comes back). */
  mode = 'pass';
  /** Beginnings of requests that are cut, like 'GET /ws'. */
  blocked = [];
  /** Beginnings of requests that are never answered. */
  hanging = [];
  /** What is said in place of the server: beginnings of requests, each with the bytes that answer it before the connection ends. */
  answers = [];
  /** Where it leads. */
  target;
  #pairs = new Set();
  #server = createServer((near) => this.#carry(near));

  async start(target) {
    this.target = target;
    await new Promise((done) => this.#server.listen(0, '127.0.0.1', done));
    this.port = this.#server.address().port;
    return this;
  }

  /** Ends what is open; the other ends are told at once. */
  cut() {
    for (const { near, far } of this.#pairs) {
      near.destroy();
      far.destroy();
    }
  }

  /** What is open stays open and carries nothing more, either way; neither end hears of it. What begins after this is carried. */
  strand() {
    for (const pair of this.#pairs) pair.stranded = true;
  }

  /** No network: what is open ends, and nothing new begins. */
  down() {
    this.mode = 'refuse';
    this.cut();
  }

  up() {
    this.mode = 'pass';
  }

  /** Nothing is spoilt any more. */
  heal() {
    Object.assign(this, { delayMs: 0, mode: 'pass', blocked: [], hanging: [], answers: [] });
  }

  stop() {
    this.cut();
    this.#server.close();
  }

  #carry(near) {
    near.on('error', () => undefined);
    if (this.mode === 'refuse') return near.destroy();
    const far = connect(this.target, '127.0.0.1');
    const pair = { near, far, stranded: false };
    this.#pairs.add(pair);
    const end = () => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const side of [near, far]) side.on('error', end).on('close', end);
    near.on('data', (data) => {
      const begins = (list) => list.some((beginning) => data.toString('latin1', 0, 200).startsWith(beginning));
      if (begins(this.blocked)) return end();
      if (begins(this.hanging)) return undefined;
      const said = this.answers.find(([beginning]) => begins([beginning]));
      if (said) return void near.end(said[1]);
      if (this.mode === 'mute') far.write(data);
      else this.#send(pair, far, data);
    });
    far.on('data', (data) => this.#send(pair, near, data));
  }

  #send(pair, to, data) {
    if (pair.stranded || this.mode === 'swallow' || this.mode === 'mute') return;
    if (this.delayMs === 0) return void to.write(data);
    setTimeout(() => to.writable && to.write(data), this.delayMs);
  }
}
