//! The customer's page as one state: who this phone is, the code it shows, what was just taken. It carries out
//! what `stream` decides, keeps the book, and rotates the code. Components only draw `state` and call its methods.

import { call } from '../shared/api';
import { phoneCode, type Digits27 } from '../shared/code';
import { otherLanguage, preferredLanguage, type Language } from '../shared/language';
import { Speaker } from '../shared/sound';
import type { CustomerEvent, Epoch, Joined, Me, Reason, Renewed } from '../shared/wire';
import { bookOf, enter, fillHistory, lacksNames, withNames, type Book } from './book';
import { Channel } from './channel';
import { importKey, signer } from './key';
import * as keep from './keep';
import { isOver, nextTurn, type Turn } from './rotation';
import { advance, newStream, type Action, type Input, type LinkState, type Stream } from './stream';
import { Wake } from './wake';

export type View =
  | { name: 'code' }
  | { name: 'history' }
  | { name: 'more' }
  /** Full screen, until this moment of the corrected clock. */
  | { name: 'result'; event: CustomerEvent; untilMs: number };

export interface ShownCode {
  digits: Digits27;
  turn: Turn;
}

export type PhoneState =
  | { status: 'opening' }
  | { status: 'stranger' }
  | { status: 'joining' }
  | { status: 'join_failed'; reason: Reason }
  | { status: 'revoked'; shop: string }
  | {
      status: 'member';
      shop: string;
      customer: string;
      code: ShownCode | null;
      /** Null until the first answer of the server. */
      book: Book | null;
      link: LinkState;
      view: View;
    };

export const RESULT_MS = 10_000;
/** An event older than this is told in the history, not over the whole screen. */
const FRESH_MS = 90_000;
/** How often an open socket is checked from outside: a phone cannot see that its peer is gone. */
const CHECK_MS = 30_000;
/** A new key is asked for at most this often. */
const RENEW_MS = 10 * 60_000;
/** Past events asked for when a phone is new. */
const PAST_EVENTS = 50;
/** An invitation not yet used survives a reload, until its outcome is known. */
const INVITE_KEY = 'tillbeam.invite';

export class Phone {
  state: PhoneState = $state.raw({ status: 'opening' });
  language: Language = $state('en');
  /** Unix milliseconds by the server's clock, moved on four times a second. */
  nowMs: number = $state(0);

  #credential: keep.Credential | null = null;
  #stream: Stream = newStream();
  #channel = new Channel(
    (input) => this.#feed(input),
    () => void this.#renew(),
  );
  #speaker = new Speaker();
  #wake = new Wake();
  #clockOffsetMs = keep.keptClockOffset();
  #storing: Promise<void> = Promise.resolve();
  #drawing = false;
  #learning = false;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #lastCheckMs = Date.now();

  constructor() {
    this.language = keep.keptLanguage() ?? preferredLanguage(navigator.languages ?? [navigator.language]);
    this.nowMs = this.#now();
  }

  /** Call once. `fragment` is the address's part behind `#`. */
  async start(fragment: string): Promise<void> {
    this.#watchPage();
    setInterval(() => this.#tick(), 250);
    const invite = /^#?join=([\w-]{1,64})$/.exec(fragment)?.[1] ?? recallInvite();
    this.#credential = await keep.load('credential');
    if (invite !== null && invite !== undefined) await this.#join(invite);
    else if (this.#credential) await this.#begin(this.#credential);
    else this.state = { status: 'stranger' };
  }

  async retryJoin(): Promise<void> {
    const invite = recallInvite();
    if (invite !== null) await this.#join(invite);
  }

  show(name: 'code' | 'history' | 'more'): void {
    this.#speaker.unlock();
    this.#update({ view: { name } });
  }

  toggleLanguage(): void {
    this.language = otherLanguage(this.language);
    keep.writeSmall('language', this.language);
  }

  async #join(invite: string): Promise<void> {
    this.state = { status: 'joining' };
    rememberInvite(invite);
    const answer = await call<Joined>('POST', '/api/v1/join', { body: { code: invite, device: keep.deviceId() } });
    if (!answer.ok) return this.#joinFailed(answer.reason);
    forgetInvite();
    const { credential: number, key, customer, shop, time } = answer.value;
    this.#hearTime(time);
    const credential: keep.Credential = { number, key: await importKey(key), customer, shop };
    await keep.save('credential', credential);
    keep.writeSmall('joined', `${number} ${this.#now()}`);
    this.#credential = credential;
    await this.#begin(credential, null);
  }

  async #joinFailed(reason: Reason): Promise<void> {
    const settled = reason !== 'offline' && reason !== 'busy' && reason !== 'too_many_attempts';
    if (settled) forgetInvite();
    // An old link opened again on a phone that has joined long ago changes nothing.
    if (settled && this.#credential) return this.#begin(this.#credential);
    this.state = { status: 'join_failed', reason };
  }

  async #begin(credential: keep.Credential, known?: null): Promise<void> {
    const book = known === null ? null : await keep.load('book');
    this.state = {
      status: 'member',
      shop: credential.shop.name,
      customer: credential.customer.name,
      code: null,
      book,
      link: 'connecting',
      view: { name: 'code' },
    };
    this.#feed({ kind: 'start', cursor: book === null ? null : { epoch: book.epoch, seq: book.seq } });
    await this.#draw();
    this.#wake.hold();
  }

  #feed(input: Input): void {
    const [stream, actions] = advance(this.#stream, input);
    this.#stream = stream;
    for (const action of actions) this.#carryOut(action);
    this.#update({ link: stream.link });
  }

  #carryOut(action: Action): void {
    switch (action.do) {
      case 'open':
        return this.#channel.open(action.generation, action.cursor, (time) => this.#hearTime(time));
      case 'drop':
        return this.#channel.drop();
      case 'poll':
        return this.#channel.poll(action.generation, action.cursor, action.waitSeconds);
      case 'me':
        return this.#channel.me(action.generation);
      case 'timer':
        return this.#channel.timer(action.generation, action.ms);
      case 'take':
        return this.#take(action.event);
      case 'take_me':
        return this.#takeMe(action.me);
      case 'revoked':
        this.state = { status: 'revoked', shop: this.#credential?.shop.name ?? '' };
        return this.#wake.release();
    }
  }

  #take(event: CustomerEvent): void {
    if (this.state.status !== 'member' || this.state.book === null) return;
    const book = enter(this.state.book, event, this.#now());
    if (event.credential === this.#credential?.number && typeof event.step === 'number') keep.markUsed(event.step);
    this.#update({ book });
    this.#store(book);
    if (this.#now() - Date.parse(event.at) < FRESH_MS) this.#tell(event);
    if (lacksNames(book)) void this.#learnNames();
    void this.#draw();
  }

  /** A first top-up opens an account that `/me` has not named yet. */
  async #learnNames(): Promise<void> {
    if (this.#learning) return;
    this.#learning = true;
    const answer = await call<Me>('GET', '/api/v1/me');
    this.#learning = false;
    if (!answer.ok || this.state.status !== 'member' || this.state.book === null) return;
    const book = withNames(this.state.book, answer.value.accounts);
    this.#update({ book });
    this.#store(book);
  }

  /** Both keys work until a code of the new one is taken, so the server goes on saying that there is one. */
  async #renew(): Promise<void> {
    const askedAtMs = Date.now();
    if (this.#credential === null || askedAtMs - this.#renewedAtMs < RENEW_MS) return;
    this.#renewedAtMs = askedAtMs;
    const answer = await call<Renewed>('POST', '/api/v1/me/renew', { body: {} });
    if (!answer.ok || answer.value.credential !== this.#credential.number) return;
    this.#hearTime(answer.value.time);
    const credential: keep.Credential = { ...this.#credential, key: await importKey(answer.value.key) };
    // Kept before it is shown: a code of it ends the old key.
    await keep.save('credential', credential);
    this.#credential = credential;
    // Other tabs take what is kept.
    keep.writeSmall('joined', `${credential.number} ${this.#now()}`);
    await this.#draw();
  }

  #takeMe(me: Me): void {
    if (this.state.status !== 'member' || this.#credential === null) return;
    this.#hearTime(me.time);
    const book = bookOf(me, this.state.book, this.#now());
    this.#update({ book, shop: me.shop.name, customer: me.customer.name });
    this.#store(book);
    if (book.history.length === 0 && book.seq > 0) void this.#readPast(me.epoch, book.seq);
  }

  async #readPast(epoch: Epoch, seq: number): Promise<void> {
    const after = Math.max(0, seq - PAST_EVENTS);
    const path = `/api/v1/me/events?after=${after}&epoch=${encodeURIComponent(epoch)}&wait=0`;
    const answer = await call<{ events: CustomerEvent[] }>('GET', path);
    if (!answer.ok || this.state.status !== 'member' || this.state.book === null) return;
    const book = fillHistory(this.state.book, answer.value.events);
    this.#update({ book });
    this.#store(book);
  }

  /** `received` is told only of what is stored, `seen` only of what is before somebody's eyes. */
  #store(book: Book): void {
    const { epoch, seq } = book;
    this.#storing = this.#storing
      .then(() => keep.save('book', book))
      .then(() => this.#channel.ack(epoch, isVisible() ? { seen: seq } : { received: seq }));
  }

  #tell(event: CustomerEvent): void {
    if (event.type === 'status' || event.type === 'bonus') return;
    this.#update({ view: { name: 'result', event, untilMs: this.#now() + RESULT_MS } });
    const refused = event.type === 'refusal';
    this.#speaker.play(refused ? 'refused' : 'recorded');
    // Only after a touch: before, the browser refuses and complains.
    if (navigator.userActivation?.hasBeenActive === true) navigator.vibrate?.(refused ? [60, 80, 60] : 80);
  }

  #tick(): void {
    this.nowMs = this.#now();
    const { state } = this;
    if (state.status !== 'member' || !isVisible()) return;
    if (state.view.name === 'result' && this.nowMs >= state.view.untilMs) this.#update({ view: { name: 'code' } });
    if (state.code === null || isOver(state.code.turn, this.nowMs, keep.lastUsed())) void this.#draw();
    if (this.#stream.phase.at === 'live' && this.nowMs - this.#lastCheckMs > CHECK_MS) this.#check();
  }

  async #draw(): Promise<void> {
    if (this.#credential === null || this.#drawing) return;
    this.#drawing = true;
    const { number, key } = this.#credential;
    try {
      const turn = nextTurn(this.#now(), keep.lastUsed());
      const digits = await phoneCode(signer(key), number, turn.step);
      this.#update({ code: { digits, turn } });
    } finally {
      this.#drawing = false;
    }
    // A new key may have come meanwhile.
    if (this.#credential.key !== key) await this.#draw();
  }

  #check(): void {
    this.#lastCheckMs = this.nowMs;
    const { generation, cursor } = this.#stream;
    if (cursor !== null) void this.#channel.check(generation, cursor);
  }

  #toFront(): void {
    if (this.state.status !== 'member') return;
    this.nowMs = this.#now();
    this.#feed({ kind: 'front' });
    void this.#draw();
    this.#wake.hold();
    const { book, view } = this.state;
    if (view.name === 'result') this.#update({ view: { ...view, untilMs: this.#now() + RESULT_MS } });
    if (book !== null) this.#storing = this.#storing.then(() => this.#channel.ack(book.epoch, { seen: book.seq }));
  }

  #watchPage(): void {
    document.addEventListener('visibilitychange', () => {
      if (isVisible()) this.#toFront();
    });
    addEventListener('pageshow', (event) => {
      if (event.persisted) this.#toFront();
    });
    addEventListener('online', () => this.#feed({ kind: 'front' }));
    addEventListener('offline', () => {
      this.#feed({ kind: 'closed', generation: this.#stream.generation, code: 1006, random: Math.random() });
    });
    addEventListener('pointerdown', () => this.#speaker.unlock());
    addEventListener('storage', ({ key }) => this.#otherTab(key));
    addEventListener('hashchange', () => {
      const invite = /^#join=([\w-]{1,64})$/.exec(location.hash)?.[1];
      if (invite === undefined) return;
      clearFragment();
      void this.#join(invite);
    });
  }

  #otherTab(key: string | null): void {
    if (key === keep.SMALL_PREFIX + 'used') void this.#draw();
    if (key === keep.SMALL_PREFIX + 'language') this.language = keep.keptLanguage() ?? this.language;
    if (key === keep.SMALL_PREFIX + 'joined') location.reload();
  }

  #update(change: Partial<Extract<PhoneState, { status: 'member' }>>): void {
    if (this.state.status === 'member') this.state = { ...this.state, ...change };
  }

  #hearTime(time: string): void {
    const heard = Date.parse(time);
    if (Number.isNaN(heard)) return;
    this.#clockOffsetMs = heard - Date.now();
    keep.writeSmall('clock', String(this.#clockOffsetMs));
  }

  #now(): number {
    return Date.now() + this.#clockOffsetMs;
  }
}

function isVisible(): boolean {
  return document.visibilityState === 'visible';
}

/** The invitation is nobody else's business: not in the address bar, the history or a bookmark. */
export function clearFragment(): void {
  history.replaceState(null, '', location.pathname + location.search);
}

function recallInvite(): string | null {
  try {
    return sessionStorage.getItem(INVITE_KEY);
  } catch {
    return null;
  }
}

function rememberInvite(invite: string): void {
  try {
    sessionStorage.setItem(INVITE_KEY, invite);
  } catch {
    // Then a reload needs the link again.
  }
}

function forgetInvite(): void {
  try {
    sessionStorage.removeItem(INVITE_KEY);
  } catch {
    // Nothing was kept either.
  }
}
