//! The page's ways to the server, as `stream` orders them: one socket or event stream, one poll, one timer at a time.
//! Decides nothing; what an older generation still says is dropped by `stream`.

import { call, type Answer, type Options } from '../shared/api';
import type { Epoch, Me } from '../shared/wire';
import { readMe, readMessage, readPolled } from './heard';
import { HELLO_MS, POLL_SECONDS, type Cursor, type Input, type Way } from './stream';

/** An empty poll takes at least this long. */
const EMPTY_POLL_MS = 1000;

/** What the channel tells beside the machine's inputs. */
export interface Ears {
  feed(input: Input): void;
  /** The server's time, RFC 3339. */
  time(time: string): void;
  /** The server said something, whatever it was. */
  heard(): void;
  /** This phone's key is an old one. */
  renew(): void;
  /** The server says what only a later version of this page knows. */
  newer(): void;
}

export class Channel {
  #ears: Ears;
  #as = '';
  #changes = 0;
  #open: { close(): void } | null = null;
  #socket: WebSocket | null = null;
  #polling: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ears: Ears) {
    this.#ears = ears;
  }

  /** As which of this browser's phones it speaks from now on: a credential's number. */
  speakAs(credential: string): void {
    this.drop();
    this.#as = credential;
  }

  open(generation: number, way: Way, cursor: Cursor): void {
    if (way === 'socket') this.#openSocket(generation, cursor);
    else this.#openEvents(generation, cursor);
  }

  #openSocket(generation: number, cursor: Cursor): void {
    const url = new URL(this.#path('/ws', cursorQuery(cursor)), location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(generation, data);
    socket.onclose = ({ code }) => this.#closed(generation, code);
    this.#open = {
      close() {
        socket.onmessage = null;
        socket.onclose = null;
        socket.close();
      },
    };
  }

  #openEvents(generation: number, cursor: Cursor): void {
    const source = new EventSource(this.#path('/api/v1/me/stream', cursorQuery(cursor)));
    this.#open = source;
    source.onmessage = ({ data }) => this.#hear(generation, data);
    // It would come back by itself, but pauses and cursors are the machine's business.
    source.onerror = () => {
      source.close();
      this.#closed(generation, 1006);
    };
    source.addEventListener('close', ({ data }: MessageEvent<unknown>) => {
      source.close();
      this.#closed(generation, closeCode(data));
    });
  }

  #hear(generation: number, data: unknown): void {
    const message = readMessage(data);
    if (message === null) return;
    this.#ears.heard();
    switch (message.type) {
      case 'hello': {
        const { epoch, seq, reset, time, renew } = message;
        this.#ears.time(time);
        if (renew) this.#ears.renew();
        return this.#ears.feed({ kind: 'hello', generation, epoch, seq, reset });
      }
      case 'event':
        if (message.event.unread) this.#ears.newer();
        return this.#ears.feed({ kind: 'event', generation, event: message.event });
      case 'unknown':
        return this.#ears.newer();
    }
  }

  #closed(generation: number, code: number): void {
    this.#ears.feed({ kind: 'closed', generation, code, random: Math.random() });
  }

  /** Ends whatever is under way, without a word to `stream`. */
  drop(): void {
    clearTimeout(this.#timer);
    this.#polling?.abort();
    this.#polling = null;
    this.#socket = null;
    this.#open?.close();
    this.#open = null;
  }

  poll(generation: number, cursor: Cursor, waitSeconds: number): void {
    const polling = new AbortController();
    this.#polling = polling;
    const asked = Date.now();
    void this.#ask(cursor, waitSeconds, { signal: polling.signal }).then((answer) => {
      if (!answer.ok) {
        this.#ears.feed({ kind: 'poll_failed', generation, reason: answer.reason, random: Math.random() });
        return;
      }
      const { epoch, events, reset } = answer.value;
      const polled: Input = { kind: 'polled', generation, epoch, events, reset };
      // Something in between that answers at once with nothing must not make the page ask without a pause.
      const early = EMPTY_POLL_MS - (Date.now() - asked);
      if (polled.events.length > 0 || polled.reset || early <= 0 || waitSeconds === 0) this.#ears.feed(polled);
      else this.#timer = setTimeout(() => this.#ears.feed(polled), early);
    });
  }

  /** Once, beside what is being opened; a failure is that one's to notice. */
  async peek(generation: number, cursor: Cursor): Promise<void> {
    const answer = await this.#ask(cursor, 0);
    if (!answer.ok) return;
    const { epoch, events, reset } = answer.value;
    this.#ears.feed({ kind: 'polled', generation, epoch, events, reset });
  }

  me(generation: number): void {
    void this.readMe().then((answer) => {
      if (answer.ok) this.#ears.feed({ kind: 'me', generation, me: answer.value });
      else this.#ears.feed({ kind: 'me_failed', generation, reason: answer.reason, random: Math.random() });
    });
  }

  /** This phone has just changed something on the server: what is asked for already may say how it was before. */
  changed(): void {
    this.#changes += 1;
  }

  /** The whole account, beside whatever is open. */
  async readMe(): Promise<Answer<Me>> {
    const [before, as] = [this.#changes, this.#as];
    const answer = await this.call<Me>('GET', '/api/v1/me', { read: readMe });
    // Another of this browser's phones speaks now.
    if (as !== this.#as) return { ok: false, reason: 'offline', status: 0 };
    if (before !== this.#changes) return this.readMe();
    if (answer.ok) {
      this.#ears.heard();
      this.#ears.time(answer.value.time);
      if (answer.value.renew === true) this.#ears.renew();
      if (answer.value.unread) this.#ears.newer();
    }
    return answer;
  }

  timer(generation: number, ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ears.feed({ kind: 'timer', generation, random: Math.random() }), ms);
  }

  /** Asks beside an open socket whether it has kept anything back. */
  async check(generation: number, cursor: Cursor): Promise<void> {
    // What is as slow as a socket that is given up is no better.
    const answer = await this.#ask(cursor, 0, { timeoutMs: HELLO_MS });
    if (answer.ok) {
      const { epoch, events, reset } = answer.value;
      this.#ears.feed({ kind: 'checked', generation, epoch, events, reset });
    } else {
      this.#ears.feed({ kind: 'check_failed', generation, reason: answer.reason, random: Math.random() });
    }
  }

  async ack(epoch: Epoch, ack: { received: number } | { seen: number }): Promise<void> {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(ack));
    else await this.call('POST', '/api/v1/me/acks', { body: { epoch, ...ack }, read: () => true });
  }

  /** Events after a number, without waiting for any. */
  past(epoch: Epoch, seq: number) {
    return this.#ask({ epoch, seq }, 0);
  }

  /** A call as this phone. */
  call<T>(method: 'GET' | 'POST', path: string, options: Options<T>) {
    return call<T>(method, this.#path(path, {}), options);
  }

  async #ask(cursor: Cursor, waitSeconds: number, options: { signal?: AbortSignal; timeoutMs?: number } = {}) {
    const path = this.#path('/api/v1/me/events', { ...cursorQuery(cursor), wait: String(waitSeconds) });
    const timeoutMs = Math.min(waitSeconds, POLL_SECONDS) * 1000 + 10_000;
    const answer = await call('GET', path, { timeoutMs, read: readPolled, ...options });
    if (answer.ok) {
      this.#ears.heard();
      if (answer.value.renew) this.#ears.renew();
      if (answer.value.events.some(({ unread }) => unread)) this.#ears.newer();
    }
    return answer;
  }

  #path(path: string, query: Record<string, string>): string {
    return `${path}?${new URLSearchParams({ ...query, as: this.#as }).toString()}`;
  }
}

function cursorQuery({ epoch, seq }: Cursor): Record<string, string> {
  return { after: String(seq), epoch: String(epoch) };
}

function closeCode(data: unknown): number {
  try {
    const { code } = JSON.parse(String(data)) as { code?: unknown };
    return typeof code === 'number' ? code : 1006;
  } catch {
    return 1006;
  }
}
