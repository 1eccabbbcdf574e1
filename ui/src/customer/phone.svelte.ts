//! The customer's page as one state: who this phone is, the code it shows, what was just taken. It carries out
//! what `stream` decides, keeps the book, and rotates the code. Components only draw `state` and call its methods.

import { call } from '../shared/api';
import { phoneCode, type Digits27 } from '../shared/code';
import { otherLanguage, preferredLanguage, type Language } from '../shared/language';
import { Speaker } from '../shared/sound';
import type { CustomerEvent, Epoch, Joined, Me, Reason, Renewed } from '../shared/wire';
import { bookOf, enter, fillHistory, isRightAt, lacksPast, refresh, type Book } from './book';
import { Channel } from './channel';
import { isKnownType, readJoined, readRejoined, readRenewed, readWord } from './heard';
import { clearFragment, forgetInvite, inviteOf, recallInvite, rememberInvite } from './invite';
import { importKey, signer } from './key';
import * as keep from './keep';
import { findLacks, type Lack } from './lacks';
import { isOver, nextTurn, type Turn } from './rotation';
import { ServerClock } from './server-clock';
import { advance, newStream, type Action, type Input, type LinkState, type Stream } from './stream';
import { Wake } from './wake';

export type View =
  | { name: 'code' }
  | { name: 'history' }
  | { name: 'more' }
  | { name: 'shops' }
  /** Full screen, until this moment of the corrected clock. */
  | { name: 'result'; event: CustomerEvent; untilMs: number };

export type ShownCode =
  | { at: 'making' }
  | { at: 'shown'; digits: Digits27; turn: Turn }
  /** Nobody touched the phone for a while. */
  | { at: 'hidden' };

/** What became of a call that the customer asked for. */
export type Deed = { at: 'idle' } | { at: 'asking' } | { at: 'failed' };

export type Recovery = { at: 'none' } | { at: 'asking' } | { at: 'failed' } | { at: 'made'; word: string };

export type Recovering =
  | { at: 'typing' }
  | { at: 'asking' }
  | { at: 'refused'; reason: Reason }
  | { at: 'frozen' };

export type PhoneState =
  | { status: 'opening' }
  | { status: 'stranger' }
  | { status: 'joining' }
  | { status: 'join_failed'; reason: Reason }
  | { status: 'recovering'; step: Recovering }
  | { status: 'revoked'; shop: string }
  | {
      status: 'member';
      credential: string;
      shop: string;
      customer: string;
      /** Every shop of this phone, this one among them. */
      shops: { credential: string; name: string }[];
      code: ShownCode;
      /** Null until the first answer of the server. */
      book: Book | null;
      link: LinkState;
      view: View;
      pausing: Deed;
      recovery: Recovery;
      /** The server says what this page is too old for. */
      newer: boolean;
    };

type Member = Extract<PhoneState, { status: 'member' }>;

export const RESULT_MS = 10_000;
/** Untouched for so long, the page hides its code. */
export const HIDE_MS = 2 * 60_000;
/** An event older than this is told in the history, not over the whole screen. */
const FRESH_MS = 90_000;
/** How often an open socket is checked from outside: a phone cannot see that its peer is gone. */
const CHECK_MS = 30_000;
/** A new key is asked for at most this often. */
const RENEW_MS = 10 * 60_000;
/** Past events asked for when a phone is new. */
const PAST_EVENTS = 50;

export class Phone {
  state: PhoneState = $state.raw({ status: 'opening' });
  language: Language = $state('en');
  /** Unix milliseconds by the server's clock, moved on four times a second. */
  nowMs: number = $state(0);
  /** What this browser or connection cannot give. */
  lacks: Lack[] = $state.raw([]);

  #credential: keep.Credential | null = null;
  #stream: Stream = newStream();
  #channel = new Channel({
    feed: (input) => this.#feed(input),
    time: (time) => this.#clock.hear(time),
    heard: () => (this.#lastCheckMs = Date.now()),
    renew: () => void this.#renew(),
    newer: () => this.#update({ newer: true }),
  });
  #speaker = new Speaker();
  #wake = new Wake();
  #clock = new ServerClock();
  #storing: Promise<void> = Promise.resolve();
  #drawing = false;
  #refreshing = false;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #lastCheckMs = Date.now();
  /** What was told last, so that it is told once on a connection. */
  #acked = '';
  #readingPast = false;
  /** The key of the code that is shown. */
  #drawnBy: keep.Credential['key'] | null = null;
  #touchedMs = Date.now();

  constructor() {
    this.language = keep.keptLanguage() ?? preferredLanguage(navigator.languages ?? [navigator.language]);
    this.nowMs = this.#clock.now();
  }

  /** Call once. `fragment` is the address's part behind `#`. */
  async start(fragment: string): Promise<void> {
    this.#watchPage();
    setInterval(() => this.#tick(), 250);
    await this.#enter(inviteOf(fragment) ?? recallInvite());
    this.lacks = await findLacks();
  }

  async #enter(invite: string | null): Promise<void> {
    this.#credential = await currentCredential();
    if (invite !== null) await this.#join(invite);
    else if (this.#credential) await this.#begin(this.#credential);
    else await this.#rejoin();
  }

  async retryJoin(): Promise<void> {
    await this.#enter(recallInvite());
  }

  show(name: 'code' | 'history' | 'more' | 'shops'): void {
    this.#speaker.unlock();
    this.touch();
    this.#update({ view: { name } });
  }

  toggleLanguage(): void {
    this.language = otherLanguage(this.language);
    keep.writeSmall('language', this.language);
  }

  /** Somebody is there: a hidden code comes back. */
  touch(): void {
    this.#touchedMs = Date.now();
    if (this.state.status !== 'member' || this.state.code.at !== 'hidden') return;
    this.#update({ code: { at: 'making' } });
    this.#wake.hold();
    void this.#draw();
  }

  /** Another of this phone's shops. */
  async changeShop(number: string): Promise<void> {
    const credential = (await keep.credentials()).find((one) => one.number === number);
    if (credential) await this.#begin(credential);
  }

  async setPaused(paused: boolean): Promise<void> {
    if (this.state.status !== 'member' || this.state.pausing.at === 'asking') return;
    this.#update({ pausing: { at: 'asking' } });
    const answer = await this.#channel.call('POST', paused ? '/api/v1/me/pause' : '/api/v1/me/resume', { body: {}, read: () => true });
    this.#update({ pausing: { at: answer.ok ? 'idle' : 'failed' } });
    if (answer.ok && this.state.book !== null) this.#setBook({ ...this.state.book, paused });
    this.touch();
  }

  async makeRecovery(): Promise<void> {
    this.#update({ recovery: { at: 'asking' } });
    const answer = await this.#channel.call('POST', '/api/v1/me/recovery', { body: {}, read: readWord });
    this.#update({ recovery: answer.ok ? { at: 'made', word: answer.value } : { at: 'failed' } });
  }

  startRecovery(): void {
    this.state = { status: 'recovering', step: { at: 'typing' } };
  }

  leaveRecovery(): void {
    void this.#enter(null);
  }

  /** A phone of another address, or a new one. */
  async recover(word: string, others: boolean): Promise<void> {
    this.state = { status: 'recovering', step: { at: 'asking' } };
    const body = { word, others, device: keep.deviceId() };
    const answer = await call('POST', '/api/v1/recover', { body, read: readJoined });
    if (answer.ok) await this.#joined(answer.value);
    else this.state = { status: 'recovering', step: { at: 'refused', reason: answer.reason } };
  }

  async freeze(word: string): Promise<void> {
    this.state = { status: 'recovering', step: { at: 'asking' } };
    const answer = await call('POST', '/api/v1/freeze', { body: { word }, read: () => true });
    this.state = { status: 'recovering', step: answer.ok ? { at: 'frozen' } : { at: 'refused', reason: answer.reason } };
  }

  async #join(invite: string): Promise<void> {
    this.state = { status: 'joining' };
    this.#channel.drop();
    rememberInvite(invite);
    const body = { code: invite, device: keep.deviceId() };
    const answer = await call('POST', '/api/v1/join', { body, read: readJoined });
    if (!answer.ok) return this.#joinFailed(answer.reason);
    forgetInvite();
    await this.#joined(answer.value);
  }

  async #joined(joined: Joined): Promise<void> {
    await this.#begin(await this.#keepJoined(joined));
    // Other tabs take what is kept.
    keep.writeSmall('joined', `${joined.credential} ${this.#clock.now()}`);
  }

  async #keepJoined({ credential: number, key, customer, shop, time }: Joined): Promise<keep.Credential> {
    this.#clock.hear(time);
    const credential: keep.Credential = { number, key: await importKey(key), customer, shop };
    await keep.saveCredential(credential);
    // The same customer joined again: the newer phone takes the place of the older.
    for (const other of await keep.credentials()) {
      if (other.number !== number && other.customer.id === customer.id) await keep.forgetCredential(other.number);
    }
    return credential;
  }

  async #joinFailed(reason: Reason): Promise<void> {
    const settled = reason !== 'offline' && reason !== 'busy' && reason !== 'too_many_attempts';
    if (settled) forgetInvite();
    // An old link opened again on a phone that has joined long ago changes nothing.
    if (settled && this.#credential) return this.#begin(this.#credential);
    this.state = { status: 'join_failed', reason };
  }

  /** The browser threw away what was kept, but not its cookie: that gets the phone a new credential. */
  async #rejoin(): Promise<void> {
    const rejoin = async () => {
      const known = await currentCredential();
      if (known !== null) return known;
      const answer = await call('POST', '/api/v1/me/rejoin', { body: {}, read: readRejoined });
      if (!answer.ok) return answer.reason;
      const kept = await Promise.all(answer.value.map((joined) => this.#keepJoined(joined)));
      return kept[0] ?? 'token_invalid';
    };
    // Two tabs of one browser get one credential.
    const found = navigator.locks ? await navigator.locks.request('tillbeam.rejoin', rejoin) : await rejoin();
    if (typeof found !== 'string') await this.#begin(found);
    else if (found === 'token_invalid') this.state = { status: 'stranger' };
    else this.state = { status: 'join_failed', reason: found };
  }

  async #begin(credential: keep.Credential): Promise<void> {
    const [book, all] = await Promise.all([keep.book(credential.number), keep.credentials()]);
    this.#credential = credential;
    this.#channel.speakAs(credential.number);
    keep.writeSmall('current', credential.number);
    this.#touchedMs = Date.now();
    this.state = {
      status: 'member',
      credential: credential.number,
      shop: credential.shop.name,
      customer: credential.customer.name,
      shops: all.map(({ number, shop }) => ({ credential: number, name: shop.name })),
      code: { at: 'making' },
      book,
      link: 'connecting',
      view: { name: 'code' },
      pausing: { at: 'idle' },
      recovery: { at: 'none' },
      newer: false,
    };
    this.#feed({ kind: 'start', cursor: book === null ? null : { epoch: book.epoch, seq: book.seq } });
    if (book !== null) void this.#refresh();
    await this.#draw();
    this.#wake.hold();
  }

  #feed(input: Input): void {
    const [stream, actions] = advance(this.#stream, input);
    this.#stream = stream;
    for (const action of actions) this.#carryOut(action);
    const before = this.state.status === 'member' ? this.state.link : null;
    this.#update({ link: stream.link });
    if (stream.link === 'online' && before !== 'online') this.#acked = '';
    if (stream.link === 'online' && (before !== 'online' || input.kind === 'polled')) this.#heardAll();
  }

  /** Nothing is missing at this moment: the balances are right. */
  #heardAll(): void {
    if (this.state.status !== 'member' || this.state.book === null) return;
    this.#setBook(isRightAt(this.state.book, this.#clock.now()));
    void this.#readPast(this.state.book);
  }

  #carryOut(action: Action): void {
    switch (action.do) {
      case 'open':
        return this.#channel.open(action.generation, action.way, action.cursor);
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
        return void this.#revoked();
    }
  }

  async #revoked(): Promise<void> {
    this.#wake.release();
    const lost = this.#credential;
    // Another tab may have a newer credential of the same customer already.
    const kept = await keep.credentials();
    const newer = kept.find((one) => one.customer.id === lost?.customer.id && one.number !== lost.number);
    if (newer) return this.#begin(newer);
    this.state = { status: 'revoked', shop: lost?.shop.name ?? '' };
    if (lost && kept.length > 1) await keep.forgetCredential(lost.number);
  }

  #take(event: CustomerEvent): void {
    if (this.state.status !== 'member' || this.state.book === null) return;
    const book = enter(this.state.book, event, this.#clock.now());
    const { number } = this.#credential ?? {};
    if (number !== undefined && event.credential === number && typeof event.step === 'number') keep.markUsed(number, event.step);
    this.#setBook(book);
    if (!isKnownType(event)) this.#update({ newer: true });
    else if (this.#clock.now() - Date.parse(event.at) < FRESH_MS) this.#tell(event);
    if (event.status === 'renew') void this.#renew();
    if (book.unsure) void this.#refresh();
    void this.#draw();
  }

  /** Names, dates and what else no event says. */
  async #refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    const { number } = this.#credential ?? {};
    const answer = await this.#channel.readMe();
    this.#refreshing = false;
    if (!answer.ok || this.state.status !== 'member' || this.state.book === null || this.#credential?.number !== number) return;
    this.#update({ shop: answer.value.shop.name, customer: answer.value.customer.name });
    this.#setBook(refresh(this.state.book, answer.value, this.#clock.now()));
  }

  /** Both keys work until a code of the new one is taken, so the server goes on saying that there is one. */
  async #renew(): Promise<void> {
    const askedAtMs = Date.now();
    if (this.#credential === null || askedAtMs - this.#renewedAtMs < RENEW_MS) return;
    this.#renewedAtMs = askedAtMs;
    const answer = await this.#channel.call<Renewed>('POST', '/api/v1/me/renew', { body: {}, read: readRenewed });
    if (!answer.ok || answer.value.credential !== this.#credential.number) return;
    this.#clock.hear(answer.value.time);
    const credential: keep.Credential = { ...this.#credential, key: await importKey(answer.value.key) };
    // Kept before it is shown: a code of it ends the old key.
    await keep.saveCredential(credential);
    this.#credential = credential;
    keep.writeSmall('joined', `${credential.number} ${this.#clock.now()}`);
    await this.#draw();
  }

  #takeMe(me: Me): void {
    if (this.state.status !== 'member' || this.#credential === null) return;
    const book = bookOf(me, this.state.book, this.#clock.now());
    this.#update({ shop: me.shop.name, customer: me.customer.name });
    this.#setBook(book);
    void this.#readPast(book);
  }

  /** What the history lacks. The network may fail it: it is tried again whenever the phone is online again. */
  async #readPast(book: Book): Promise<void> {
    if (this.#readingPast || !lacksPast(book, PAST_EVENTS)) return;
    const { epoch, seq } = book;
    this.#readingPast = true;
    const answer = await this.#channel.past(epoch, Math.max(0, seq - PAST_EVENTS));
    this.#readingPast = false;
    if (!answer.ok || this.state.status !== 'member' || this.state.book?.epoch !== epoch) return;
    this.#setBook(fillHistory(this.state.book, answer.value.events));
  }

  /** `received` is told only of what is stored, `seen` only of what is before somebody's eyes. */
  #setBook(book: Book): void {
    this.#update({ book });
    const number = this.#credential?.number;
    if (number === undefined) return;
    const { epoch, seq } = book;
    const ack = isVisible() ? { seen: seq } : { received: seq };
    this.#storing = this.#storing.then(() => keep.saveBook(number, book)).then(() => this.#ack(number, epoch, ack));
  }

  async #ack(number: string, epoch: Epoch, ack: { received: number } | { seen: number }): Promise<void> {
    const key = JSON.stringify([number, epoch, ack]);
    if (this.#acked === key || this.#credential?.number !== number || this.#stream.phase.at === 'ended') return;
    this.#acked = key;
    await this.#channel.ack(epoch, ack);
  }

  #tell(event: CustomerEvent): void {
    if (event.type === 'status' || event.type === 'bonus') return;
    this.#touchedMs = Date.now();
    this.#update({ view: { name: 'result', event, untilMs: this.#clock.now() + RESULT_MS } });
    const refused = event.type === 'refusal';
    this.#speaker.play(refused ? 'refused' : 'recorded');
    // Only after a touch: before, the browser refuses and complains.
    if (navigator.userActivation?.hasBeenActive === true) navigator.vibrate?.(refused ? [60, 80, 60] : 80);
  }

  #tick(): void {
    this.nowMs = this.#clock.now();
    const { state } = this;
    // A clock that was set, or a sleep: the server says what time it is.
    if (this.#clock.jumped()) this.#feed({ kind: 'front' });
    if (state.status !== 'member' || !isVisible()) return;
    if (state.view.name === 'result' && this.nowMs >= state.view.untilMs) this.#update({ view: { name: 'code' } });
    if (state.code.at !== 'hidden' && Date.now() - this.#touchedMs > HIDE_MS) this.#hide();
    else void this.#draw();
    if (this.#stream.phase.at === 'live' && Date.now() - this.#lastCheckMs > CHECK_MS) void this.#check();
  }

  #hide(): void {
    this.#update({ code: { at: 'hidden' } });
    this.#wake.release();
  }

  async #draw(): Promise<void> {
    if (this.#credential === null || this.#drawing || this.state.status !== 'member') return;
    const { code } = this.state;
    const { number, key } = this.#credential;
    if (code.at === 'hidden') return;
    if (code.at === 'shown' && this.#drawnBy === key && !isOver(code.turn, this.#clock.now(), keep.lastUsed(number))) return;
    this.#drawing = true;
    try {
      const turn = nextTurn(this.#clock.now(), keep.lastUsed(number));
      const digits = await phoneCode(signer(key), number, turn.step);
      this.#drawnBy = key;
      if (this.#credential.key === key) this.#update({ code: { at: 'shown', digits, turn } });
    } finally {
      this.#drawing = false;
    }
    // A new key, or another shop, may have come meanwhile.
    if (this.#credential.key !== key) await this.#draw();
  }

  async #check(): Promise<void> {
    this.#lastCheckMs = Date.now();
    const { generation, cursor } = this.#stream;
    if (cursor === null) return;
    await this.#channel.check(generation, cursor);
    if (this.#stream.generation === generation && this.#stream.link === 'online') this.#heardAll();
  }

  #toFront(): void {
    if (this.state.status !== 'member') return;
    this.nowMs = this.#clock.now();
    this.#clock.jumped();
    this.touch();
    this.#feed({ kind: 'front' });
    const { code, book, view } = this.state;
    // A new code whenever the page comes to the front.
    if (code.at === 'shown') this.#update({ code: { at: 'making' } });
    void this.#draw();
    this.#wake.hold();
    if (view.name === 'result') this.#update({ view: { ...view, untilMs: this.#clock.now() + RESULT_MS } });
    const number = this.#credential?.number;
    if (book !== null && number !== undefined) {
      this.#storing = this.#storing.then(() => this.#ack(number, book.epoch, { seen: book.seq }));
    }
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
    for (const touch of ['pointerdown', 'keydown']) {
      addEventListener(touch, () => {
        this.#speaker.unlock();
        this.#touchedMs = Date.now();
      });
    }
    addEventListener('storage', ({ key }) => this.#otherTab(key));
    addEventListener('hashchange', () => {
      const invite = inviteOf(location.hash);
      if (invite === null) return;
      clearFragment();
      void this.#join(invite);
    });
  }

  #otherTab(key: string | null): void {
    if (key === `${keep.SMALL_PREFIX}used.${this.#credential?.number ?? ''}`) void this.#draw();
    if (key === keep.SMALL_PREFIX + 'language') this.language = keep.keptLanguage() ?? this.language;
    if (key === keep.SMALL_PREFIX + 'joined') location.reload();
  }

  #update(change: Partial<Member>): void {
    if (this.state.status === 'member') this.state = { ...this.state, ...change };
  }
}

function isVisible(): boolean {
  return document.visibilityState === 'visible';
}

/** The phone that was shown last. */
async function currentCredential(): Promise<keep.Credential | null> {
  const all = await keep.credentials();
  const current = keep.readSmall('current');
  return all.find(({ number }) => number === current) ?? all[0] ?? null;
}
