//! The customer's page as one state: who this phone is, the code it shows, what was just taken. It keeps the book by what
//! its `line` tells. Components only draw `state` and call its methods.

import { tick } from 'svelte';
import { call } from '../shared/api';
import { otherLanguage, preferredLanguage, type Language } from '../shared/language';
import { Speaker } from '../shared/sound';
import type { CustomerEvent, Me, Renewed } from '../shared/wire';
import { Acks } from './acks';
import { bookOf, enter, fillHistory, isRightAt, lacksPast, refresh, type Book } from './book';
import { CodeMaker } from './code-maker';
import { isKnownType, readRenewed, readWord } from './heard';
import { Install } from './install.svelte';
import { inviteOf, recallInvite } from './invite';
import { currentCredential, isFound, joinBy, recoverBy, rejoin } from './joining';
import { importKey, isSameKey } from './key';
import * as keep from './keep';
import { findLacks, hasTrustPage, type Lack } from './lacks';
import { Line } from './line';
import { usedStep } from './rotation';
import { ServerClock } from './server-clock';
import { MAKING, opened, shopsOf, type Member, type PhoneState, type ShownCode } from './state';
import { Wake } from './wake';
import { isVisible, watchPage } from './watch';

export const RESULT_MS = 10_000;
/** Untouched for so long, the page hides its code. */
export const HIDE_MS = 2 * 60_000;
/** An event older than this is told in the history, not over the whole screen. */
const FRESH_MS = 90_000;
/** A new key is asked for at most this often. */
const RENEW_MS = 10 * 60_000;
/** Past events asked for when a phone is new. */
const PAST_EVENTS = 50;
/** A member is kept from their code by a link's join for so long. */
const JOIN_MS = 2000;

export class Phone {
  state: PhoneState = $state.raw({ status: 'opening' });
  language: Language = $state('en');
  /** Unix milliseconds by the server's clock, moved on four times a second. */
  nowMs: number = $state(0);
  /** What this browser or connection cannot give. */
  lacks: Lack[] = $state.raw([]);
  /** Whether the server has a page that checks this phone. */
  checkable = $state(false);
  readonly install = new Install();

  #credential: keep.Credential | null = null;
  #line = new Line({
    take: (event) => this.#take(event),
    takeMe: (me) => this.#takeMe(me),
    revoked: () => void this.#revoked(),
    link: (link) => this.#update({ link }),
    heardAll: (anew) => this.#heardAll(anew),
    time: (time) => this.#clock.hear(time),
    renew: () => void this.#renew(),
    newer: () => this.#update({ newer: true }),
  });
  #speaker = new Speaker();
  #wake = new Wake();
  #clock = new ServerClock();
  #acks = new Acks(async (credential, epoch, ack) => {
    if (this.#credential?.number === credential && !this.#line.ended) await this.#line.channel.ack(epoch, ack);
  });
  #codes = new CodeMaker();
  /** Of which credential the account or the past is being read. */
  #refreshing: string | null = null;
  #renewedAtMs = Number.NEGATIVE_INFINITY;
  #readingPast: string | null = null;
  #begun = 0;
  #touchedMs = Date.now();

  constructor() {
    this.language = keep.keptLanguage() ?? preferredLanguage(navigator.languages ?? [navigator.language]);
    this.nowMs = this.#clock.now();
    keep.onRefused(() => void this.#findLacks());
  }

  /** Call once. `fragment` is the address's part behind `#`. */
  async start(fragment: string): Promise<void> {
    this.#watchPage();
    this.install.watch();
    setInterval(() => this.#tick(), 250);
    await this.#enter(inviteOf(fragment) ?? recallInvite());
    await this.#findLacks();
  }

  async #findLacks(): Promise<void> {
    this.lacks = await findLacks();
  }

  async #enter(invite: string | null): Promise<void> {
    this.#credential = await currentCredential();
    if (invite !== null) await this.#join(invite);
    else if (this.#credential) await this.#begin(this.#credential);
    else await this.#rejoin();
  }

  async retryJoin(): Promise<void> {
    // At once, so that nobody taps twice.
    this.state = { status: 'joining' };
    await this.#enter(recallInvite());
  }

  show(name: 'code' | 'history' | 'more' | 'shops'): void {
    this.#speaker.unlock();
    this.touch();
    this.#update({ view: { name } });
    if (name === 'more') void hasTrustPage().then((has) => (this.checkable = has));
  }

  toggleLanguage(): void {
    this.language = otherLanguage(this.language);
    keep.writeSmall('language', this.language);
  }

  /** Somebody is there: a hidden code comes back. */
  touch(): void {
    this.#touchedMs = Date.now();
    if (this.state.status !== 'member' || this.state.code.at !== 'hidden') return;
    this.#update({ code: MAKING });
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
    const number = this.state.credential;
    this.#update({ pausing: { at: 'asking' } });
    const answer = await this.#line.channel.call('POST', paused ? '/api/v1/me/pause' : '/api/v1/me/resume', { body: {}, read: () => true });
    // Other tabs take it from there.
    if (answer.ok) keep.writeSmall(`paused.${number}`, `${paused} ${this.#clock.now()}`);
    if (!this.#isShown(number)) return;
    this.#update({ pausing: { at: answer.ok ? 'idle' : 'failed' } });
    if (answer.ok) this.#takePaused(paused);
    // The server may have done it all the same.
    else void this.#refresh();
    this.touch();
  }

  #takePaused(paused: boolean): void {
    this.#line.channel.changed();
    if (this.state.status === 'member' && this.state.book !== null) this.#setBook({ ...this.state.book, paused });
  }

  /** Whether it is still the phone of this credential that somebody looks at. */
  #isShown(number: string): boolean {
    return this.state.status === 'member' && this.state.credential === number;
  }

  async makeRecovery(): Promise<void> {
    if (this.state.status !== 'member') return;
    const number = this.state.credential;
    this.#update({ recovery: { at: 'asking' } });
    const answer = await this.#line.channel.call('POST', '/api/v1/me/recovery', { body: {}, read: readWord });
    if (!this.#isShown(number)) return;
    this.#update({ recovery: answer.ok ? { at: 'made', word: answer.value } : { at: 'failed' } });
  }

  startRecovery(): void {
    this.#line.stop();
    this.state = { status: 'recovering', step: { at: 'typing' } };
  }

  leaveRecovery(): void {
    void this.#enter(null);
  }

  /** A phone of another address, or a new one. */
  async recover(word: string, others: boolean): Promise<void> {
    this.state = { status: 'recovering', step: { at: 'asking' } };
    const found = await recoverBy(word, others, this.#clock);
    if (isFound(found)) await this.#joined(found);
    else this.state = { status: 'recovering', step: { at: 'refused', reason: found } };
  }

  async freeze(word: string): Promise<void> {
    this.state = { status: 'recovering', step: { at: 'asking' } };
    const answer = await call('POST', '/api/v1/freeze', { body: { word }, read: () => true });
    this.state = { status: 'recovering', step: answer.ok ? { at: 'frozen' } : { at: 'refused', reason: answer.reason } };
  }

  async #join(invite: string): Promise<void> {
    const kept = this.#credential;
    this.state = { status: 'joining' };
    this.#line.stop();
    const joining = joinBy(invite, this.#clock);
    // A phone that has a shop goes on with it, whatever becomes of the link.
    const goOn = async () => {
      if (kept !== null && this.state.status === 'joining') await this.#begin(kept);
    };
    const patience = setTimeout(() => void goOn(), JOIN_MS);
    const found = await joining;
    clearTimeout(patience);
    if (isFound(found)) return this.#joined(found);
    await goOn();
    if (kept === null) this.state = { status: 'join_failed', reason: found };
    else this.#update({ aside: { what: 'not_added', reason: found } });
  }

  closeAside(): void {
    this.#update({ aside: null });
  }

  async #joined(credential: keep.Credential): Promise<void> {
    await this.#begin(credential);
    // Other tabs take what is kept.
    keep.writeSmall('joined', `${credential.number} ${this.#clock.now()}`);
  }

  async #rejoin(): Promise<void> {
    const found = await rejoin(this.#clock);
    if (isFound(found)) await this.#begin(found);
    else if (found === 'token_invalid') this.state = { status: 'stranger' };
    else this.state = { status: 'join_failed', reason: found };
  }

  async #begin(credential: keep.Credential): Promise<void> {
    const begun = (this.#begun += 1);
    // The code with the rest, so that all is drawn at once.
    const [book, all, code] = await Promise.all([keep.book(credential.number), keep.credentials(), this.#firstCode(credential)]);
    if (begun !== this.#begun) return;
    this.#credential = credential;
    this.#touchedMs = Date.now();
    this.state = opened(credential, all, book, code);
    await tick();
    if (begun !== this.#begun || !this.#isShown(credential.number)) return;
    keep.writeSmall('current', credential.number);
    this.#line.start(credential.number, book === null ? null : { epoch: book.epoch, seq: book.seq });
    if (book !== null) void this.#refresh();
    await this.#draw();
    this.#wake.hold();
  }

  async #firstCode(credential: keep.Credential): Promise<ShownCode> {
    const code = await this.#codes.next(() => credential, MAKING, () => this.#clock.now());
    return code ?? MAKING;
  }

  /** Nothing is missing at this moment: the balances are right. */
  #heardAll(anew: boolean): void {
    if (anew) this.#acks.forget();
    if (this.state.status !== 'member' || this.state.book === null) return;
    this.#setBook(isRightAt(this.state.book, this.#clock.now()));
    void this.#readPast(this.state.book);
  }

  async #revoked(): Promise<void> {
    this.#wake.release();
    const lost = this.#credential;
    // Another tab may have a newer credential of the same customer already.
    const others = (await keep.credentials()).filter(({ number }) => number !== lost?.number);
    if (lost === null || this.#credential !== lost) return;
    const newer = others.find(({ customer }) => customer.id === lost.customer.id);
    if (newer) return this.#begin(newer);
    const [other] = others;
    if (other === undefined) {
      this.state = { status: 'revoked', shop: lost.shop.name };
      return;
    }
    await keep.forgetCredential(lost.number);
    await this.#begin(other);
    this.#update({ aside: { what: 'disconnected', shop: lost.shop.name } });
  }

  #take(event: CustomerEvent): void {
    if (this.state.status !== 'member' || this.state.book === null) return;
    const book = enter(this.state.book, event, this.#clock.now());
    const { number } = this.#credential ?? {};
    if (number !== undefined) keep.markUsed(number, usedStep(event, number));
    this.#setBook(book);
    if (!isKnownType(event)) this.#update({ newer: true });
    else if (this.#clock.now() - Date.parse(event.at) < FRESH_MS) this.#tell(event);
    if (event.status === 'renew') void this.#renew();
    if (book.unsure) void this.#refresh();
    void this.#draw();
  }

  /** Names, dates and what else no event says. */
  async #refresh(): Promise<void> {
    const { number } = this.#credential ?? {};
    if (number === undefined || this.#refreshing === number) return;
    this.#refreshing = number;
    const answer = await this.#line.channel.readMe();
    if (this.#refreshing === number) this.#refreshing = null;
    if (!answer.ok || this.state.status !== 'member' || this.state.book === null || this.state.credential !== number) return;
    this.#update({ shop: answer.value.shop.name, customer: answer.value.customer.name });
    this.#setBook(refresh(this.state.book, answer.value, this.#clock.now()));
  }

  /** Both keys work until a code of the new one is taken, so the server goes on saying that there is one. */
  async #renew(): Promise<void> {
    const askedAtMs = Date.now();
    if (this.#credential === null || askedAtMs - this.#renewedAtMs < RENEW_MS) return;
    this.#renewedAtMs = askedAtMs;
    const answer = await this.#line.channel.call<Renewed>('POST', '/api/v1/me/renew', { body: {}, read: readRenewed });
    const old = this.#credential;
    if (!answer.ok || answer.value.credential !== old.number) return;
    this.#clock.hear(answer.value.time);
    const credential: keep.Credential = { ...old, key: await importKey(answer.value.key) };
    // Asked again, the server answers with the same one.
    if (await isSameKey(old.key, credential.key)) return;
    // Kept before it is shown: a code of it ends the old key.
    await keep.saveCredential(credential);
    if (this.#credential !== old) return;
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
    const { number } = this.#credential ?? {};
    if (number === undefined || this.#readingPast === number || !lacksPast(book, PAST_EVENTS)) return;
    const { epoch, seq } = book;
    this.#readingPast = number;
    const answer = await this.#line.channel.past(epoch, Math.max(0, seq - PAST_EVENTS));
    if (this.#readingPast === number) this.#readingPast = null;
    // All shops of a server are of one epoch: this may be another shop's book by now.
    if (!answer.ok || this.state.status !== 'member' || this.state.credential !== number || this.state.book?.epoch !== epoch) return;
    this.#setBook(fillHistory(this.state.book, answer.value.events.filter(({ at }) => at !== '')));
  }

  /** `received` is told only of what is stored, `seen` only of what is before somebody's eyes. */
  #setBook(book: Book): void {
    this.#update({ book });
    const number = this.#credential?.number;
    if (number === undefined) return;
    this.#acks.store(number, book, isVisible());
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
    if (this.#clock.jumped()) this.#line.front();
    if (state.status !== 'member' || !isVisible()) return;
    if (state.view.name === 'result' && this.nowMs >= state.view.untilMs) this.#update({ view: { name: 'code' } });
    if (state.code.at !== 'hidden' && Date.now() - this.#touchedMs > HIDE_MS) this.#hide();
    else void this.#draw();
    this.#line.check(state.code.at === 'shown' && state.view.name === 'code');
  }

  #hide(): void {
    this.#update({ code: { at: 'hidden' } });
    this.#wake.release();
  }

  async #draw(): Promise<void> {
    if (this.state.status !== 'member') return;
    const code = await this.#codes.next(() => this.#credential, this.state.code, () => this.#clock.now());
    if (code !== null && this.state.code.at !== 'hidden') this.#update({ code });
  }

  #toFront(): void {
    if (this.state.status !== 'member') return;
    this.nowMs = this.#clock.now();
    this.#clock.jumped();
    this.touch();
    this.#line.front();
    const { code, book, view } = this.state;
    // A new code whenever the page comes to the front.
    if (code.at === 'shown') this.#update({ code: MAKING });
    void this.#draw();
    this.#wake.hold();
    if (view.name === 'result') this.#update({ view: { ...view, untilMs: this.#clock.now() + RESULT_MS } });
    const number = this.#credential?.number;
    if (book !== null && number !== undefined) this.#acks.seen(number, book);
  }

  #watchPage(): void {
    watchPage({
      toFront: () => this.#toFront(),
      online: () => this.#line.front(),
      offline: () => this.#line.lost(),
      touched: () => {
        this.#speaker.unlock();
        this.#touchedMs = Date.now();
      },
      otherTab: (name) => this.#otherTab(name),
      invited: (invite) => void this.#join(invite),
    });
  }

  #otherTab(key: string | null): void {
    const number = this.#credential?.number ?? '';
    switch (key?.replace(keep.SMALL_PREFIX, '')) {
      case `used.${number}`:
        return void this.#draw();
      case `paused.${number}`:
        return this.#takePaused(keep.readSmall(`paused.${number}`)?.startsWith('true') === true);
      case 'language':
        this.language = keep.keptLanguage() ?? this.language;
        return;
      case 'joined':
        return void this.#takeKept(keep.readSmall('joined')?.split(' ')[0] ?? '');
    }
  }

  /** Another tab joined a shop as this credential, or has a new key for it. */
  async #takeKept(joined: string): Promise<void> {
    const { status } = this.state;
    // Nobody is disturbed in what they type.
    if (status === 'recovering' || status === 'joining') return;
    const all = await keep.credentials();
    const before = this.#credential;
    const mine = all.find(({ number }) => number === before?.number);
    if (mine !== undefined && this.#isShown(mine.number)) {
      this.#credential = mine;
      this.#update({ shops: shopsOf(all) });
      // Who joins once more by the same link gets a new token, and what was opened with the old one is ended.
      if (joined === mine.number && this.#line.ended) return this.#begin(mine);
      if (joined === mine.number) this.#line.front();
      return this.#draw();
    }
    const newer = all.find(({ number, customer }) => customer.id === before?.customer.id && number !== before.number);
    const next = newer ?? (await currentCredential());
    if (next !== null && (next.number !== mine?.number || next.number === joined)) await this.#begin(next);
  }

  #update(change: Partial<Member>): void {
    if (this.state.status === 'member') this.state = { ...this.state, ...change };
  }
}
