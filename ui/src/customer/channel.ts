//! The page's ways to the server, as `stream` orders them: one socket, one poll, one timer at a time. Decides
//! nothing; what an older generation still says is dropped by `stream`.

import { call } from '../shared/api';
import type { CustomerEvent, Epoch, Me } from '../shared/wire';
import { POLL_SECONDS, type Cursor, type Input } from './stream';

/** An empty poll takes at least this long. */
const EMPTY_POLL_MS = 1000;

interface Polled {
  epoch: Epoch;
  events: CustomerEvent[];
  reset?: boolean;
  /** The server has a new master key, and this phone's key is of an older one. */
  renew?: boolean;
}

export class Channel {
  #feed: (input: Input) => void;
  #renew: () => void;
  #socket: WebSocket | null = null;
  #polling: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `renew` is called whenever the server says that this phone's key is an old one. */
  constructor(feed: (input: Input) => void, renew: () => void) {
    this.#feed = feed;
    this.#renew = renew;
  }

  open(generation: number, { epoch, seq }: Cursor, hearTime: (time: string) => void): void {
    const url = new URL(`/ws?after=${seq}&epoch=${encodeURIComponent(epoch)}`, location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => {
      const message = parse(data);
      if (message === null) return;
      if (message.type === 'hello') {
        if (typeof message.time === 'string') hearTime(message.time);
        this.#feed({ kind: 'hello', generation, epoch: message.epoch, seq: message.seq, reset: message.reset === true });
      } else if (typeof message.seq === 'number') {
        this.#feed({ kind: 'event', generation, event: message as unknown as CustomerEvent });
      }
    };
    socket.onclose = ({ code }) => this.#feed({ kind: 'closed', generation, code, random: Math.random() });
  }

  /** Ends whatever is under way, without a word to `stream`. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#polling?.abort();
    this.#polling = null;
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  poll(generation: number, cursor: Cursor, waitSeconds: number): void {
    const polling = new AbortController();
    this.#polling = polling;
    const asked = Date.now();
    void this.#ask(cursor, waitSeconds, polling.signal).then((answer) => {
      if (!answer.ok) {
        this.#feed({ kind: 'poll_failed', generation, reason: answer.reason, random: Math.random() });
        return;
      }
      const { epoch, events, reset } = answer.value;
      const polled: Input = { kind: 'polled', generation, epoch, events: events ?? [], reset: reset === true };
      // Something in between that answers at once with nothing must not make the page ask without a pause.
      const early = EMPTY_POLL_MS - (Date.now() - asked);
      if (polled.events.length > 0 || polled.reset || early <= 0) this.#feed(polled);
      else this.#timer = setTimeout(() => this.#feed(polled), early);
    });
  }

  me(generation: number): void {
    void call<Me>('GET', '/api/v1/me').then((answer) => {
      if (answer.ok && answer.value.renew === true) this.#renew();
      if (answer.ok) this.#feed({ kind: 'me', generation, me: answer.value });
      else this.#feed({ kind: 'me_failed', generation, reason: answer.reason, random: Math.random() });
    });
  }

  timer(generation: number, ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#feed({ kind: 'timer', generation, random: Math.random() }), ms);
  }

  /** Asks beside an open socket whether it has kept anything back. */
  async check(generation: number, cursor: Cursor): Promise<void> {
    const answer = await this.#ask(cursor, 0);
    if (answer.ok) {
      for (const event of answer.value.events ?? []) this.#feed({ kind: 'event', generation, event });
    } else if (answer.reason === 'offline') {
      this.#feed({ kind: 'closed', generation, code: 1006, random: Math.random() });
    } else if (answer.reason === 'token_invalid') {
      this.#feed({ kind: 'closed', generation, code: 4001, random: Math.random() });
    }
  }

  async ack(epoch: Epoch, ack: { received: number } | { seen: number }): Promise<void> {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(ack));
    else await call('POST', '/api/v1/me/acks', { body: { epoch, ...ack } });
  }

  async #ask({ epoch, seq }: Cursor, waitSeconds: number, signal?: AbortSignal) {
    const path = `/api/v1/me/events?after=${seq}&epoch=${encodeURIComponent(epoch)}&wait=${waitSeconds}`;
    const timeoutMs = Math.min(waitSeconds, POLL_SECONDS) * 1000 + 10_000;
    const answer = await call<Polled>('GET', path, signal ? { timeoutMs, signal } : { timeoutMs });
    if (answer.ok && answer.value.renew === true) this.#renew();
    return answer;
  }
}

interface Message {
  type: string;
  epoch: Epoch;
  seq: number;
  time?: unknown;
  reset?: unknown;
}

function parse(data: unknown): Message | null {
  if (typeof data !== 'string') return null;
  try {
    const message: unknown = JSON.parse(data);
    return typeof message === 'object' && message !== null && 'type' in message ? (message as Message) : null;
  } catch {
    return null;
  }
}
