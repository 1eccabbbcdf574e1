//! The merchant's screen as one state, and every thing that can be done on it. Components draw `state` and call
//! the methods; the program behind `bridge` does the work.

import { CODE_LENGTH, isCode, parseCode } from '../shared/code';
import { otherLanguage, preferredLanguage } from '../shared/language';
import { Speaker } from '../shared/sound';
import { Voice } from '../shared/voice.svelte';
import type { About, Approval, Customer, Doubt, Entry, FirstStart, Habits, Join, Language, Preset, Redemption, Shown, TillEvent } from '../shared/wire/till';
import { Refused, reasonOf, type Bridge } from './bridge';
import type { Work } from './customers/customers.svelte';
import { isOpen } from './doubt';
import { FormId } from './form-id';
import { moved, newDesk, resultId, unitOf, withPreset, type Desk, type TakeButton } from './desk';
import { PICTURE_BYTES, listen, type Given } from './given';
import { Keys } from './keys';
import { Painter } from './painter';
import { asReason, asTillsOwn, type Reason } from './reason';
import { sayIn } from './say';
import { spokenAloud } from './telling';
import { topUpAfter, topUpNow, type TopUp } from './top-up';

export type TypedFault = 'short' | 'long' | 'not_digits' | 'misread';

/** What lies over the screen. */
export type Panel =
  | { name: 'none' }
  | { name: 'amount'; unit: string }
  /** `sending` under the id that was drawn when it opened. */
  | { name: 'new_customer'; sending: boolean; failed: Reason | null }
  | { name: 'find'; found: Customer[] | null; failed: Reason | null }
  | { name: 'entry'; entry: Entry; work: Work }
  /** The customer's, for the scan `of` that was refused without it. */
  | { name: 'pin'; of: string };

/** What became of taking the last result back by its key. */
export type Undo =
  | { status: 'none' }
  | { status: 'busy'; id: string }
  | { status: 'done'; id: string }
  | { status: 'failed'; id: string; reason: Reason };

/** How long a join link holds from when it is made. */
const JOIN_MS = 15 * 60_000;

/** For so long a result is taken back by one key; later its entry is reversed, with a reason. */
export const UNDO_MS = 5 * 60_000;

/** Does something; where the server asks for a manager's consent, gets it and does it once more. */
export type WithConsent = <T>(act: (approval: Approval | null) => Promise<T>) => Promise<T>;

export interface OpenJoin {
  customer: Customer;
  url: string;
  /** When it is over, on the till's own steady clock: the server's may tell another time. */
  endsMs: number;
  /** What became of a new customer's top-up, unless it simply succeeded. */
  topUp: TopUp | null;
}

export type TillState =
  | { status: 'opening' }
  | { status: 'no_window' }
  | { status: 'failed'; reason: Reason }
  /** Which shop is to be opened? */
  | { status: 'first'; shops: FirstStart['shops']; remote: FirstStart['remote']; failed: Reason | null }
  | { status: 'open' };

/** The context in which dialogs find the till. */
export const TILL = Symbol('till');

export class Till {
  state: TillState = $state.raw({ status: 'opening' });
  desk: Desk = $state.raw(newDesk('en'));
  /** Why the last command came to nothing; until the next one. */
  notice: Reason | null = $state(null);
  /** Why the shop was not closed. */
  notLeft: Reason | null = $state(null);
  typed: string = $state('');
  typedFault: TypedFault | null = $state(null);
  /** A picture is held over the window. */
  dropping: boolean = $state(false);
  undoing: Undo = $state.raw({ status: 'none' });
  nowMs: number = $state(Date.now());
  /** A clock that nobody sets, for what lasts so long from when it was seen here. */
  steadyMs: number = $state(performance.now());
  /** Whether this screen is the one in front, so that its shortcuts are meant. */
  isInFront: () => boolean = () => true;
  withConsent: WithConsent = (act) => act(null);
  /** A new customer was topped up. */
  onToppedUp: (moved: Redemption) => void = () => undefined;
  readonly painter: Painter;
  readonly voice = new Voice();

  #bridge: Bridge | null;
  #panel: Panel = $state.raw({ name: 'none' });
  #join: OpenJoin | null = $state.raw(null);
  /** When the last result came. */
  #arrived = $state.raw({ id: '', ms: 0 });
  /** Of the sheet that lies over the screen. */
  #form = new FormId();
  /** Of taking the last result back. */
  #undoForm = new FormId();
  #speaker = new Speaker();
  #keys = new Keys({ code: (digits) => this.#sendCode(digits), key: (event, inField) => this.#shortcut(event, inField) });
  #practiceOffered = false;
  /** Which start the events are of. */
  #start = 0;
  #passOn: (event: TillEvent, before: Shown) => void;

  constructor(bridge: Bridge | null, passOn: (event: TillEvent, before: Shown) => void = () => undefined) {
    this.#bridge = bridge;
    this.#passOn = passOn;
    this.painter = new Painter((frame) => bridge?.previewDrawn(frame));
    this.desk = newDesk(preferredLanguage(navigator.languages ?? [navigator.language]));
  }

  async start(): Promise<void> {
    if (this.#bridge === null) {
      this.state = { status: 'no_window' };
      return;
    }
    this.state = { status: 'opening' };
    this.#forget();
    const start = (this.#start += 1);
    try {
      // What the till before this one still says is not about this one.
      const first = await this.#bridge.open((event) => start === this.#start && this.take(event));
      if (first !== null) {
        this.state = { status: 'first', shops: first.shops, remote: first.remote, failed: first.failed === null ? null : asReason(first.failed) };
        return;
      }
      await this.#bridge.preview((bytes) => this.painter.take(bytes));
    } catch (failure) {
      this.state = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  /** Closes the till; the page asks which shop to open. `allTheSame`: also where something is in doubt. */
  async leave(allTheSame = false): Promise<void> {
    this.notLeft = null;
    try {
      await this.#bridge?.leave(allTheSame);
    } catch (failure) {
      this.notLeft = reasonOf(failure);
      return;
    }
    await this.start();
  }

  #forget(): void {
    this.desk = newDesk(this.desk.language);
    this.#panel = { name: 'none' };
    this.join = null;
    this.notice = null;
    this.undoing = { status: 'none' };
    this.#practiceOffered = false;
  }

  /** A dialog is open; the keypad is none. */
  get isCovered(): boolean {
    return this.panel.name !== 'none' && this.panel.name !== 'amount';
  }

  get panel(): Panel {
    return this.#panel;
  }

  /** While an amount is typed nothing is taken; what waited for it is taken once its panel is gone. */
  set panel(panel: Panel) {
    const [before, after] = [this.#panel.name === 'amount', panel.name === 'amount'];
    this.#panel = panel;
    if (before !== after) void this.#bridge?.typeAmount(after).catch(() => undefined);
  }

  /** A customer's join code in the light, and on the customers' window. */
  get join(): OpenJoin | null {
    return this.#join;
  }

  set join(join: OpenJoin | null) {
    const isNews = join?.url !== this.#join?.url;
    this.#join = join;
    if (!isNews) return;
    const shown = join && { url: join.url, expires_at: new Date(Date.now() + join.endsMs - performance.now()).toISOString() };
    // The till works without the customers' window.
    void this.#bridge?.showJoin(shown).catch(() => undefined);
  }

  /** Call once: the page's clock and keys. */
  watch(): void {
    setInterval(() => this.#tick(), 500);
    addEventListener('keydown', (event) => this.#key(event), { capture: true });
    addEventListener('pointerdown', () => this.#speaker.unlock());
    listen((given) => void this.give(given), (isOver) => (this.dropping = isOver));
    requestAnimationFrame(() => requestAnimationFrame(() => this.#bridge?.firstPaint()));
  }

  take(event: TillEvent): void {
    this.#look();
    const before = this.desk;
    this.desk = moved(before, event, this.steadyMs);
    // Two in one millisecond are two; the same one with a lamp more is none.
    const shinesAnew = this.desk.resultMs !== before.resultMs || this.desk.result.status !== before.result.status || resultId(this.desk.result) !== resultId(before.result);
    if (event.type !== 'result' || shinesAnew) this.#passOn(event, before.result);
    // A server on another computer may be off: the till is open, and says so.
    if (event.type === 'shop' || (event.type === 'link' && (event.state === 'offline' || event.state === 'revoked'))) this.state = { status: 'open' };
    if (event.type === 'doubts') this.#followUndo(event.doubts);
    if (event.type === 'doubts' && this.join?.topUp) this.join = { ...this.join, topUp: topUpNow(this.join.topUp, event.doubts) };
    if (event.type === 'result') this.#takeResult();
    if (event.type === 'result' && shinesAnew) this.#sound();
    if (event.type === 'shop' || event.type === 'link') void this.#offerPractice();
  }

  toggleLanguage(): void {
    this.setLanguage(otherLanguage(this.desk.language));
  }

  setLanguage(language: Language): void {
    this.desk = { ...this.desk, language };
    void this.#do((bridge) => bridge.setLanguage(language));
  }

  setHabits(change: Partial<Habits>): void {
    const habits = { ...this.desk.habits, ...change };
    this.desk = { ...this.desk, habits };
    void this.#do((bridge) => bridge.setHabits(habits));
  }

  knowDamage(): void {
    void this.#do((bridge) => bridge.knowDamage());
  }

  knowAddress(): void {
    void this.#do((bridge) => bridge.knowAddress());
  }

  /** A sound, to hear whether there is one. */
  trySound(): void {
    this.#speaker.unlock();
    this.#speaker.play('recorded');
  }

  /** The same, for the voice. */
  tryVoice(): void {
    this.voice.say(sayIn(this.desk.language).takenTitle.pass, this.desk.language);
  }

  chooseCamera(id: string): void {
    void this.#do((bridge) => bridge.chooseCamera(id));
  }

  /** A button of what the next scan takes; money that has no amount yet asks for it. */
  press({ unit, amount }: Pick<TakeButton, 'unit' | 'amount'>): void {
    if (amount === null) this.openAmount(unit.unit);
    else this.setPreset({ unit: unit.unit, amount });
  }

  setPreset(preset: Preset): void {
    if (preset.amount < 1) return;
    this.desk = withPreset(this.desk, preset);
    // Not by `panel`: what waited for the amount must not be taken before the amount is there.
    this.#panel = { name: 'none' };
    void this.#do((bridge) => bridge.setPreset(preset));
  }

  stepAmount(by: 1 | -1): void {
    const { unit, amount } = this.desk.preset;
    if (unitOf(this.desk, unit).kind === 'pass') this.setPreset({ unit, amount: amount + by });
  }

  openAmount(unit: string): void {
    this.panel = { name: 'amount', unit };
  }

  openNewCustomer(): void {
    this.#form.renew();
    this.panel = { name: 'new_customer', sending: false, failed: null };
  }

  openFind(): void {
    this.panel = { name: 'find', found: null, failed: null };
    void this.find('');
  }

  closePanel(): void {
    this.panel = { name: 'none' };
  }

  /** Whether somebody was made: their join code is then in the light. */
  async newCustomer(name: string, phone: string, preset: Preset): Promise<boolean> {
    if (this.#bridge === null || name.trim() === '') return false;
    this.panel = { name: 'new_customer', sending: true, failed: null };
    try {
      const bridge = this.#bridge;
      const person = { name: name.trim(), phone: phone.trim() === '' ? null : phone.trim() };
      const made = await this.#form.send((id) => bridge.newCustomer(id, person, preset.unit, preset.amount));
      this.#showJoin(made.customer, made.join, topUpAfter(made.top_up_failed, made.customer.id, preset, this.desk.doubts));
      if (made.top_up !== null) this.onToppedUp(made.top_up);
      return true;
    } catch (failure) {
      const reason = reasonOf(failure);
      this.panel = { name: 'new_customer', sending: false, failed: reason === 'id_mismatch' ? 'made_before' : reason };
      return false;
    }
  }

  async find(query: string): Promise<void> {
    if (this.#bridge === null) return;
    try {
      const found = await this.#bridge.findCustomers(query.trim());
      if (this.panel.name === 'find') this.panel = { name: 'find', found, failed: null };
    } catch (failure) {
      if (this.panel.name === 'find') this.panel = { name: 'find', found: null, failed: reasonOf(failure) };
    }
  }

  /** A join code that was made elsewhere. */
  showJoin(customer: Customer, join: Join): void {
    this.#showJoin(customer, join);
  }

  async joinFor(customer: Customer): Promise<void> {
    await this.#do(async (bridge) => this.#showJoin(customer, await bridge.join(customer.id)));
  }

  #takeResult(): void {
    const { result } = this.desk;
    if (result.status === 'recorded' && result.redemption.id !== this.#arrived.id) {
      this.#arrived = { id: result.redemption.id, ms: this.steadyMs };
      this.#undoForm.renew();
    }
    // The PIN is one customer's: whoever comes next is not asked with it.
    if (this.panel.name === 'pin' && (result.status !== 'refused' || result.id !== this.panel.of)) this.closePanel();
    this.#closeUsedJoin();
  }

  /** Whose code was read has a phone. In practice the demo camera shows it by itself, and the offer stays. */
  #closeUsedJoin(): void {
    const { result, shop } = this.desk;
    if (result.status === 'recorded' && shop?.practice !== true && this.join?.customer.id === result.redemption.customer.id) this.join = null;
  }

  closeJoin(): void {
    this.join = null;
  }

  /** The last result, while it can still be taken back by its key; how long that is. */
  get undoLeftMs(): number {
    const { result } = this.desk;
    if (result.status !== 'recorded' || result.redemption.repeated || result.redemption.reversed > 0) return 0;
    if (this.undoing.status === 'done' && this.undoing.id === result.redemption.id) return 0;
    return Math.max(0, this.#arrived.ms + UNDO_MS - this.steadyMs);
  }

  async undo(): Promise<void> {
    const { result } = this.desk;
    if (this.#bridge === null || result.status !== 'recorded' || this.undoLeftMs === 0 || this.undoing.status === 'busy') return;
    const { id, unit, amount } = result.redemption;
    this.undoing = { status: 'busy', id };
    try {
      await this.#reverse(this.#undoForm, { kind: 'reversal', of: id, of_kind: 'redemption', whole: true, reason: sayIn(this.desk.language).undoReason }, { unit, amount });
      this.undoing = { status: 'done', id };
    } catch (failure) {
      this.undoing = { status: 'failed', id, reason: reasonOf(failure) };
    }
  }

  /** What could not be taken back in time may have been all the same: the list tells. */
  #followUndo(doubts: readonly Doubt[]): void {
    const { undoing } = this;
    if (undoing.status !== 'failed' || undoing.reason !== 'in_doubt') return;
    const ended = doubts.find(({ of, state }) => of === undoing.id && !isOpen(state));
    if (ended !== undefined) this.undoing = ended.state === 'recorded' ? { status: 'done', id: undoing.id } : { status: 'none' };
  }

  openEntry(entry: Entry): void {
    this.#form.renew();
    this.panel = { name: 'entry', entry, work: { status: 'rest' } };
  }

  async reverseEntry(about: About, preset: Preset): Promise<void> {
    const { panel } = this;
    if (panel.name !== 'entry' || panel.work.status === 'busy') return;
    this.panel = { ...panel, work: { status: 'busy' } };
    try {
      await this.#reverse(this.#form, about, preset);
      this.closePanel();
    } catch (failure) {
      const reason = reasonOf(failure);
      // The list has it, and says how it ends; a sheet that is still filled would only be sent twice.
      if (reason === 'in_doubt') this.closePanel();
      else this.panel = { ...panel, work: { status: 'failed', reason } };
    }
  }

  #reverse(form: FormId, about: About, preset: Preset): Promise<unknown> {
    return this.withConsent((approval) => form.send(async (id) => this.#bridge?.moveValue(id, about, preset, approval)));
  }

  /** Somebody has seen how what was in doubt ended. */
  dismissDoubts(): void {
    const ended = this.desk.doubts.filter(({ state }) => !isOpen(state)).map(({ id }) => id);
    void this.#do((bridge) => bridge.dismiss(ended));
  }

  openPin(of: string): void {
    this.panel = { name: 'pin', of };
  }

  /** The refused scan once more, under a new id, with the customer's PIN. */
  async againWithPin(pin: string): Promise<void> {
    if (this.panel.name !== 'pin') return;
    const { of } = this.panel;
    this.closePanel();
    await this.#do((bridge) => bridge.again(of, pin, null), asTillsOwn);
  }

  /** The refused scan once more, with a manager's consent. */
  async againWithConsent(of: string): Promise<void> {
    await this.#do(
      (bridge) =>
        this.withConsent(async (approval) => {
          if (approval === null) throw new Refused('approval_required');
          await bridge.again(of, null, approval);
        }),
      asTillsOwn,
    );
  }

  cancelForSure(id: string): void {
    void this.#do((bridge) => bridge.cancel(id), asTillsOwn);
  }

  typing(text: string): void {
    this.typed = text;
    const parsed = parseCode(text);
    this.typedFault = isCode(parsed) || parsed === 'short' ? null : parsed;
  }

  sendTyped(): void {
    this.#sendCode(this.typed);
  }

  /** Something was dropped on the window or pasted into it. */
  async give(given: Given): Promise<void> {
    if (this.state.status !== 'open' || given.kind === 'nothing') return;
    if (given.kind === 'text') return this.#sendCode(given.text);
    await this.#do(async (bridge) => {
      if (given.file.size > PICTURE_BYTES) throw new Refused('no_picture');
      await bridge.readPicture(new Uint8Array(await given.file.arrayBuffer()));
    }, asTillsOwn);
  }

  #sendCode(text: string): void {
    const parsed = parseCode(text);
    if (!isCode(parsed)) {
      this.typed = text;
      this.typedFault = parsed;
      return;
    }
    this.typed = '';
    this.typedFault = null;
    // What is half typed in a dialog stays; it says what became of the scan. The keypad's amount is what a scan waits for.
    if (this.panel.name === 'pin') this.closePanel();
    void this.#do((bridge) => bridge.typeCode(parsed), asTillsOwn);
  }

  #showJoin(customer: Customer, { url }: Join, topUp: TopUp | null = null): void {
    this.join = { customer, url, endsMs: performance.now() + JOIN_MS, topUp };
    this.closePanel();
    // The merchant asked for it: a settled result no longer needs the light.
    const { status } = this.desk.result;
    if (status !== 'checking' && status !== 'in_doubt') this.desk = { ...this.desk, resultMs: -Infinity };
  }

  /** In the practice shop somebody new should see a phone page with one look: its customer's join code. */
  async #offerPractice(): Promise<void> {
    const { shop, link } = this.desk;
    if (this.#practiceOffered || this.#bridge === null || shop?.practice !== true || link !== 'online') return;
    this.#practiceOffered = true;
    try {
      const [customer] = await this.#bridge.findCustomers('');
      if (customer && this.join === null) {
        const { url } = await this.#bridge.join(customer.id);
        this.join = { customer, url, endsMs: performance.now() + JOIN_MS, topUp: null };
      }
    } catch {
      this.#practiceOffered = false;
    }
  }

  async #do(command: (bridge: Bridge) => Promise<void>, read: (reason: Reason) => Reason = (reason) => reason): Promise<void> {
    if (this.#bridge === null) return;
    this.notice = null;
    try {
      await command(this.#bridge);
    } catch (failure) {
      this.notice = read(reasonOf(failure));
    }
  }

  #sound(): void {
    const { result, habits } = this.desk;
    if (habits.spoken) this.voice.say(spokenAloud(this.desk), this.desk.language);
    if (!habits.sounds) return;
    if (result.status === 'recorded') this.#speaker.play(result.redemption.repeated ? 'refused' : 'recorded');
    if (result.status === 'refused') this.#speaker.play('refused');
  }

  #look(): void {
    this.nowMs = Date.now();
    this.steadyMs = performance.now();
  }

  #tick(): void {
    const seconds = Math.floor(this.nowMs / 1000);
    this.#look();
    const nextSecond = Math.floor(this.nowMs / 1000) !== seconds;
    if (nextSecond && this.desk.habits.sounds && this.desk.result.status === 'checking') this.#speaker.play('tick');
  }

  #key(event: KeyboardEvent): void {
    this.#speaker.unlock();
    if (this.state.status === 'open') this.#keys.take(event);
  }

  #shortcut(event: KeyboardEvent, inField: boolean): void {
    if (this.panel.name !== 'none' || !this.isInFront()) return;
    const { key } = event;
    if (key === 'F2') this.openAmount(this.desk.preset.unit);
    else if (key === 'F3') this.openNewCustomer();
    else if (key === 'F4') this.openFind();
    else if (!inField && (key === '+' || key === '-')) this.stepAmount(key === '+' ? 1 : -1);
    else return;
    event.preventDefault();
  }
}

/** How many digits of a code stand in the field. */
export function typedCount(text: string): number {
  return Math.min(CODE_LENGTH, text.replace(/\D/g, '').length);
}
