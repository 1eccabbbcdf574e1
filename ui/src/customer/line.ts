//! The phone's line to the server: what happens goes into `stream`, and what that decides is carried out by `channel` or
//! told to the phone. Knows no book and no screen.

import { Channel } from './channel';
import type { CustomerEvent, Me } from '../shared/wire';
import { advance, newStream, type Action, type Cursor, type Input, type LinkState, type Stream } from './stream';

/** After how much silence an open socket is checked from outside: a phone cannot see that its peer is gone. In milliseconds. */
const CHECK_MS = 30_000;
/** The same while a code is held out to be scanned: somebody waits for what comes of it. */
const CHECK_SHOWN_MS = 5_000;

/** What the line tells the phone. */
export interface LineEars {
  take(event: CustomerEvent): void;
  takeMe(me: Me): void;
  revoked(): void;
  link(link: LinkState): void;
  /** Nothing is missing at this moment; `anew` when it was not so just before. */
  heardAll(anew: boolean): void;
  /** The server's time, RFC 3339. */
  time(time: string): void;
  /** This phone's key is an old one. */
  renew(): void;
  /** The server says what only a later version of this page knows. */
  newer(): void;
}

export class Line {
  /** Calls and acks as this phone. */
  readonly channel: Channel;
  #ears: LineEars;
  #stream: Stream = newStream();
  #heardMs = Date.now();
  #link: LinkState = 'connecting';

  constructor(ears: LineEars) {
    this.#ears = ears;
    this.channel = new Channel({
      feed: (input) => this.#feed(input),
      time: (time) => ears.time(time),
      heard: () => (this.#heardMs = Date.now()),
      renew: () => ears.renew(),
      newer: () => ears.newer(),
    });
  }

  /** The server wants to hear nothing of this phone any more. */
  get ended(): boolean {
    return this.#stream.phase.at === 'ended';
  }

  /** As one of this browser's phones, from what it knows; null for nothing. */
  start(credential: string, cursor: Cursor | null): void {
    this.channel.speakAs(credential);
    this.#link = 'connecting';
    this.#feed({ kind: 'start', cursor });
  }

  /** The page came to the front, or the network came back: whatever was open may be dead. */
  front(): void {
    this.#feed({ kind: 'front' });
  }

  /** The network went. */
  lost(): void {
    this.#feed({ kind: 'closed', generation: this.#stream.generation, code: 1006, random: Math.random() });
  }

  /** Hears nothing from now on. */
  stop(): void {
    this.#feed({ kind: 'stop' });
  }

  /** To be called now and then: asks beside a socket that has been silent for long. `shown`: there is a code on the screen. */
  check(shown: boolean): void {
    const { generation, cursor, phase } = this.#stream;
    const longMs = shown ? CHECK_SHOWN_MS : CHECK_MS;
    if (phase.at !== 'live' || cursor === null || Date.now() - this.#heardMs <= longMs) return;
    this.#heardMs = Date.now();
    void this.channel.check(generation, cursor);
  }

  #feed(input: Input): void {
    const [stream, actions] = advance(this.#stream, input);
    this.#stream = stream;
    for (const action of actions) this.#carryOut(action);
    const before = this.#link;
    this.#link = stream.link;
    this.#ears.link(stream.link);
    const told = input.kind === 'polled' || input.kind === 'checked';
    if (stream.link === 'online' && (before !== 'online' || told)) this.#ears.heardAll(before !== 'online');
  }

  #carryOut(action: Action): void {
    switch (action.do) {
      case 'open':
        return this.channel.open(action.generation, action.way, action.cursor);
      case 'drop':
        return this.channel.drop();
      case 'poll':
        return this.channel.poll(action.generation, action.cursor, action.waitSeconds);
      case 'peek':
        return void this.channel.peek(action.generation, action.cursor);
      case 'me':
        return this.channel.me(action.generation);
      case 'timer':
        return this.channel.timer(action.generation, action.ms);
      case 'take':
        return this.#ears.take(action.event);
      case 'take_me':
        return this.#ears.takeMe(action.me);
      case 'revoked':
        return this.#ears.revoked();
    }
  }
}
