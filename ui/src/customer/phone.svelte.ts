//! The customer's page as one state: who this phone is, the code it shows, what was just taken. It keeps the book by what
//! its `line` tells. Components only draw `state` and call its methods.

import { tick } from 'svelte';
import { otherLanguage, preferredLanguage, type Language } from '../shared/language';
import { Speaker } from '../shared/sound';
import type { CustomerEvent, Me } from '../shared/wire';
import { Acks } from './acks';
import { bookOf, enter, isRightAt, type Book } from './book';
import { CodeMaker } from './code-maker';
import { Deeds } from './deeds';
import { Entrance } from './entrance';
import { isKnownType } from './heard';
import { Install } from './install.svelte';
import { inviteOf, recallInvite } from './invite';
import * as keep from './keep';
import { findLacks, hasTrustPage, type Lack } from './lacks';
import { Line } from './line';
import type { Own } from './own';
import { Reading } from './reading';
import { Renewal } from './renewal';
import { usedStep } from './rotation';
import { ServerClock } from './server-clock';
import { MAKING, opened, type Member, type PhoneState, type ShownCode } from './state';
import { Tabs, type Beside } from './tabs';
import { Wake } from './wake';
import { isVisible, watchPage } from './watch';

export const RESULT_MS = 10_000;
/** Untouched for so long, the page hides its code. */
export const HIDE_MS = 2 * 60_000;
/** An event older than this is told in the history, not over the whole screen. */
const FRESH_MS = 90_000;

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
  #renewal = new Renewal();
  #own: Own = {
    channel: this.#line.channel,
    clock: this.#clock,
    member: () => (this.state.status === 'member' ? this.state : null),
    update: (change) => this.#update(change),
    setBook: (book) => this.#setBook(book),
  };
  #reading = new Reading(this.#own);
  #deeds = new Deeds(this.#own, this.#reading);
  #inside = this.#beside();
  #entrance = new Entrance(this.#inside);
  #tabs = new Tabs(this.#inside, this.#deeds);
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
    await this.#entrance.enter(inviteOf(fragment) ?? recallInvite());
    await this.#findLacks();
  }

  /** The phone as those who come in and the other tabs see it. */
  #beside(): Beside {
    const phone = this;
    return {
      clock: this.#clock,
      get state() {
        return phone.state;
      },
      set state(state) {
        phone.state = state;
      },
      get credential() {
        return phone.#credential;
      },
      set credential(credential) {
        phone.#credential = credential;
      },
      begin: (credential) => this.#begin(credential),
      update: (change) => this.#update(change),
      stop: () => this.#line.stop(),
      draw: () => void this.#draw(),
      speak: () => (this.language = keep.keptLanguage() ?? this.language),
      front: () => this.#line.front(),
      get ended() {
        return phone.#line.ended;
      },
    };
  }

  async #findLacks(): Promise<void> {
    this.lacks = await findLacks();
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
    if (await this.#deeds.pause(paused)) this.touch();
  }

  makeRecovery(): Promise<void> {
    return this.#deeds.makeRecovery();
  }

  /** Whether it is still the phone of this credential that somebody looks at. */
  #isShown(number: string): boolean {
    return this.state.status === 'member' && this.state.credential === number;
  }

  retryJoin(): Promise<void> {
    return this.#entrance.retryJoin();
  }

  startRecovery(): void {
    this.#entrance.startRecovery();
  }

  leaveRecovery(): void {
    void this.#entrance.enter(null);
  }

  recover(word: string, others: boolean): Promise<void> {
    return this.#entrance.recover(word, others);
  }

  freeze(word: string): Promise<void> {
    return this.#entrance.freeze(word);
  }

  closeAside(): void {
    this.#update({ aside: null });
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
    if (book !== null) void this.#reading.refresh();
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
    void this.#reading.past();
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
    if (book.unsure) void this.#reading.refresh();
    void this.#draw();
  }

  async #renew(): Promise<void> {
    const renewed = await this.#renewal.ask(() => this.#credential, this.#line.channel, this.#clock);
    if (renewed === null) return;
    this.#credential = renewed;
    keep.writeSmall('joined', `${renewed.number} ${this.#clock.now()}`);
    await this.#draw();
  }

  #takeMe(me: Me): void {
    if (this.state.status !== 'member' || this.#credential === null) return;
    const book = bookOf(me, this.state.book, this.#clock.now());
    this.#update({ shop: me.shop.name, customer: me.customer.name });
    this.#setBook(book);
    void this.#reading.past();
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
      otherTab: (name) => this.#tabs.wrote(name),
      invited: (invite) => void this.#entrance.join(invite),
    });
  }

  #update(change: Partial<Member>): void {
    if (this.state.status === 'member') this.state = { ...this.state, ...change };
  }
}
