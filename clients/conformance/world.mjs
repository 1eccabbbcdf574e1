//! A server and its shop, played for one client: what the protocol says a server does, and what networks do to it.
//! Its clock stands still until a scenario moves it.

import { once } from 'node:events';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { Books } from './books.mjs';

const PROTOCOL = 'tillbeam.v1';

export class World {
  /** Unix milliseconds. */
  nowMs = Date.parse('2026-11-22T18:40:00.000Z');
  books = new Books(() => this.nowMs);
  /** What the client asked: `{at, what, query}`, `what` like `GET /ws`. */
  asked = [];
  /** What it acked, in order: `{epoch, received, seen}`; the epoch is null on a socket. */
  acks = [];
  /** Every open socket of the client: `{socket, after, epoch}`. */
  sockets = new Set();
  /** 'up', 'down' (nothing is answered), 'no sockets', 'polls alone', or the status with which something in between answers
   * everything by a page of its own. */
  net = 'up';
  /** Sockets and streams are open and say nothing more: what the phone sends is lost too, and no end of them is told. */
  dead = new Set();
  /** What calls of events are answered in place of the truth: `[status, body]`. */
  answer = null;
  /** False: the phone was taken back. */
  valid = true;
  #server = createServer((request, response) => this.#answer(request, response));
  #upgrades = new WebSocketServer({ noServer: true, handleProtocols: (offered) => offered.has(PROTOCOL) && PROTOCOL });
  #streams = new Set();
  #open = new Set();
  #news = new Set();

  /** `phone` is `{token, credential, key}`. */
  constructor(phone) {
    this.phone = phone;
    this.#server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
      socket.on('error', () => undefined);
      if (this.net !== 'down') return;
      this.asked.push({ at: Date.now(), what: 'a connection', query: {} });
      socket.destroy();
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  async start() {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${this.#server.address().port}`;
  }

  stop() {
    this.cut();
    this.#server.close();
  }

  get step() {
    return Math.floor(this.nowMs / 5000);
  }

  /** No network from now on. */
  down() {
    this.net = 'down';
    this.cut();
  }

  up() {
    this.net = 'up';
  }

  /** Ends every connection without a goodbye. */
  cut() {
    for (const socket of this.#open) socket.destroy();
    this.sockets.clear();
  }

  /** Closes every socket with a code. */
  close(code) {
    for (const { socket } of this.sockets) socket.close(code);
  }

  /** Tells what happened to whoever listens. */
  tell(event) {
    this.say(JSON.stringify(event));
    for (const wake of this.#news) wake();
  }

  /** Whatever is open goes dead without a word. */
  deaden() {
    for (const { socket } of this.sockets) this.dead.add(socket);
    this.sockets.clear();
  }

  /** A raw frame to every socket and stream. */
  say(text) {
    for (const { socket } of this.sockets) socket.send(text);
    for (const stream of this.#streams) stream.write(`data: ${text}\n\n`);
  }

  /** How often something was asked since a moment. */
  count(what, since = 0) {
    return this.asked.filter((one) => what.test(one.what) && one.at >= since).length;
  }

  /** The highest number that was acked as `received` or `seen`. */
  acked(kind) {
    return Math.max(0, ...this.acks.map((ack) => ack[kind] ?? 0));
  }

  #note(request) {
    const url = new URL(request.url, this.url);
    const query = Object.fromEntries(url.searchParams);
    this.asked.push({ at: Date.now(), what: `${request.method} ${url.pathname}`, query });
    return { path: url.pathname, query };
  }

  #knows({ headers }) {
    const { token } = this.phone;
    const shown = [
      headers.authorization?.replace(/^Bearer /, ''),
      headers['sec-websocket-protocol']?.split(/, ?/).find((one) => one.startsWith('bearer.'))?.slice(7),
      ...(headers.cookie ?? '').split(/; ?/).map((pair) => pair.split('=')[1]),
    ];
    return this.valid && shown.includes(token);
  }

  #upgrade(request, socket, head) {
    const { query, path } = this.#note(request);
    if (this.net !== 'up' || path !== '/ws') return socket.destroy();
    this.#upgrades.handleUpgrade(request, socket, head, (opened) => {
      if (!this.#knows(request)) return opened.close(4001);
      const one = { socket: opened, after: query.after, epoch: query.epoch };
      this.sockets.add(one);
      opened.on('close', () => this.sockets.delete(one));
      opened.on('error', () => undefined);
      opened.on('message', (data) => this.dead.has(opened) || this.#acked(null, JSON.parse(String(data))));
      for (const message of this.books.from(query)) opened.send(JSON.stringify(message));
    });
  }

  #acked(epoch, { received, seen }) {
    this.acks.push({ epoch, received, seen });
  }

  async #answer(request, response) {
    const { path, query } = this.#note(request);
    const body = await read(request);
    if (this.net === 'down') return request.socket.destroy();
    if (typeof this.net === 'number') return response.writeHead(this.net, { 'content-type': 'text/html' }).end('<h1>Please log in</h1>');
    const json = (status, value, headers = {}) => {
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, { 'content-type': type, ...headers }).end(JSON.stringify(value));
    };
    if (`${request.method} ${path}` === 'POST /api/v1/join') return this.#join(body, json);
    if (!this.#knows(request)) return json(401, { title: 'Unauthorized', status: 401, code: 'token_invalid' });
    switch (`${request.method} ${path}`) {
      case 'GET /api/v1/me':
        return json(200, this.books.me());
      case 'GET /api/v1/me/events':
        if (this.answer !== null) return json(...this.answer);
        return this.#poll(query, response, json);
      case 'GET /api/v1/me/stream':
        return this.#stream(query, response);
      case 'POST /api/v1/me/acks':
        if (body.epoch === this.books.epoch) this.#acked(body.epoch, body);
        return response.writeHead(204).end();
      default:
        return json(404, { title: 'Not Found', status: 404, code: 'not_found' });
    }
  }

  #join({ code, device }, json) {
    if (!/^[0-9a-f]{32}$/i.test(device)) return json(400, { title: 'Bad Request', status: 400, code: 'malformed' });
    if (code !== 'good') return json(410, { title: 'Gone', status: 410, code: 'invite_expired' });
    const { token, credential } = this.phone;
    const { customer, shop, epoch, seq, time } = this.books.me();
    const cookie = `tillbeam-${credential}=${token}; Path=/; HttpOnly; SameSite=Strict`;
    return json(201, { ...this.phone, customer, shop, epoch, seq, time }, { 'set-cookie': cookie });
  }

  async #poll(query, response, json) {
    const look = () => this.books.page(query);
    if (look().events.length === 0 && look().reset === undefined) await this.#newsWithin(Number(query.wait ?? 0) * 1000, response);
    json(200, look());
  }

  /** Resolves when there is something to tell, after so many milliseconds, or when the client has gone. */
  #newsWithin(ms, response) {
    return new Promise((done) => {
      const wake = () => {
        clearTimeout(timer);
        this.#news.delete(wake);
        done();
      };
      const timer = setTimeout(wake, ms);
      this.#news.add(wake);
      response.once('close', wake);
    });
  }

  #stream(query, response) {
    if (this.net === 'polls alone') return response.socket.destroy();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    this.#streams.add(response);
    response.on('close', () => this.#streams.delete(response));
    for (const message of this.books.from(query)) response.write(`data: ${JSON.stringify(message)}\n\n`);
  }
}

async function read(request) {
  let text = '';
  for await (const piece of request) text += piece;
  return text === '' ? {} : JSON.parse(text);
}
