//! The merchant's screen as one state, and every thing that can be done on it. Components draw `state` and call
//! the methods; the program behind `bridge` does the work.

import { otherLanguage, preferredLanguage } from '../shared/language';
import { Speaker } from '../shared/sound';
import { Voice } from '../shared/voice.svelte';
import type { Approval, Customer, FirstStart, Habits, Language, Preset, Shown, TillEvent } from '../shared/wire/till';
import { Refused, reasonOf, type Bridge } from './bridge';
import { isOpen } from './doubt';
import { moved, newDesk, resultId, unitOf, withPreset, type Desk, type TakeButton } from './desk';
import { PICTURE_BYTES, listen, type Given } from './given';
import { JoinCode } from './join-code.svelte';
import { Keys } from './keys';
import { Painter } from './painter';
import { asReason, asTillsOwn, type Reason } from './reason';
import { sayIn } from './say';
import { Sheets, type Panel } from './sheets.svelte';
import { spokenAloud } from './telling';
import { TypedCode } from './typed-code.svelte';
import { Undo } from './undo.svelte';

/** Does something; where the server asks for a manager's consent, gets it and does it once more, unless what it was about is `gone`. */
export type WithConsent = <T>(act: (approval: Approval | null) => Promise<T>, gone?: AbortSignal) => Promise<T>;

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
  /** A picture is held over the window. */
  dropping: boolean = $state(false);
  nowMs: number = $state(Date.now());
  /** A clock that nobody sets, for what lasts so long from when it was seen here. */
  steadyMs: number = $state(performance.now());
  /** Whether this screen is the one in front, so that its shortcuts are meant. */
  isInFront: () => boolean = () => true;
  withConsent: WithConsent = (act) => act(null);
  readonly painter: Painter;
  readonly voice = new Voice();
  readonly typedCode = new TypedCode((code) => this.#sendCode(code));
  readonly join: JoinCode;
  readonly sheets: Sheets;
  readonly undo: Undo;

  #bridge: Bridge | null;
  #panel: Panel = $state.raw({ name: 'none' });
  /** Aborted when another result takes the place of the one in the light. */
  #light = new AbortController();
  #speaker = new Speaker();
  #keys = new Keys({ code: (digits) => this.typedCode.send(digits), key: (event, inField) => this.#shortcut(event, inField) });
  /** Which start the events are of. */
  #start = 0;
  #passOn: (event: TillEvent, before: Shown) => void;

  constructor(bridge: Bridge | null, passOn: (event: TillEvent, before: Shown) => void = () => undefined) {
    this.#bridge = bridge;
    this.#passOn = passOn;
    this.join = new JoinCode(bridge, this);
    this.sheets = new Sheets(bridge, this);
    this.undo = new Undo(bridge, this);
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
    this.notice = null;
    this.join.forget();
    this.undo.forget();
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

  /** Call once: the page's clock and keys. */
  watch(): void {
    setInterval(() => this.#tick(), 500);
    addEventListener('keydown', (event) => this.#key(event), { capture: true });
    addEventListener('pointerdown', () => this.#speaker.unlock());
    listen((given) => void this.give(given), (isOver) => (this.dropping = isOver));
  }

  take(event: TillEvent): void {
    // Many a second, and nobody else's: nothing but the picture is drawn anew.
    if (event.type === 'found') return this.painter.outline(event.corners);
    if (event.type === 'camera') this.painter.outline(null);
    this.#look();
    const before = this.desk;
    this.desk = moved(before, event, this.steadyMs);
    // Two in one millisecond are two; the same one with a lamp more is none.
    const shinesAnew = this.desk.resultMs !== before.resultMs || this.desk.result.status !== before.result.status || resultId(this.desk.result) !== resultId(before.result);
    if (event.type !== 'result' || shinesAnew) this.#passOn(event, before.result);
    // A server on another computer may be off: the till is open, and says so.
    if (event.type === 'shop' || (event.type === 'link' && (event.state === 'offline' || event.state === 'revoked'))) this.state = { status: 'open' };
    if (event.type === 'doubts') for (const one of [this.undo, this.join]) one.follow(event.doubts);
    if (resultId(this.desk.result) !== resultId(before.result)) this.#light.abort();
    if (event.type === 'result') this.#takeResult();
    if (event.type === 'result' && shinesAnew) this.#sound();
    if (event.type === 'shop' || event.type === 'link') void this.join.offerPractice();
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
    const choice = this.desk.choice + 1;
    this.desk = { ...withPreset(this.desk, preset), choice };
    // Not by `panel`: what waited for the amount must not be taken before the amount is there.
    this.#panel = { name: 'none' };
    void this.#do(async (bridge) => {
      try {
        await bridge.setPreset(preset, choice);
      } catch (failure) {
        if (this.desk.choice === choice) this.desk = withPreset(this.desk, this.desk.presetTold);
        throw failure;
      }
    });
  }

  stepAmount(by: 1 | -1): void {
    const { unit, amount } = this.desk.preset;
    if (unitOf(this.desk, unit).kind === 'pass') this.setPreset({ unit, amount: amount + by });
  }

  openAmount(unit: string): void {
    this.panel = { name: 'amount', unit };
  }

  closePanel(): void {
    this.panel = { name: 'none' };
  }

  async joinFor(customer: Customer): Promise<void> {
    await this.#do(async (bridge) => this.join.show(customer, await bridge.join(customer.id)));
  }

  #takeResult(): void {
    const { result } = this.desk;
    if (result.status === 'recorded') this.undo.arrived(result.redemption.id);
    // The PIN is one customer's: whoever comes next is not asked with it.
    if (this.panel.name === 'pin' && (result.status !== 'refused' || result.id !== this.panel.of)) this.closePanel();
    if (result.status === 'recorded') this.join.scanned(result.redemption);
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
        }, this.lightGone),
      asTillsOwn,
    );
  }

  /** Says when the result that is in the light now is another's. */
  get lightGone(): AbortSignal {
    if (this.#light.signal.aborted) this.#light = new AbortController();
    return this.#light.signal;
  }

  cancelForSure(id: string): void {
    void this.#do((bridge) => bridge.cancel(id), asTillsOwn);
  }

  /** Something was dropped on the window or pasted into it. */
  async give(given: Given): Promise<void> {
    if (this.state.status !== 'open' || given.kind === 'nothing') return;
    if (given.kind === 'text') return this.typedCode.send(given.text);
    await this.#do(async (bridge) => {
      if (given.file.size > PICTURE_BYTES) throw new Refused('no_picture');
      await bridge.readPicture(new Uint8Array(await given.file.arrayBuffer()));
    }, asTillsOwn);
  }

  #sendCode(code: string): void {
    // What is half typed in a dialog stays; it says what became of the scan. The keypad's amount is what a scan waits for.
    if (this.panel.name === 'pin') this.closePanel();
    void this.#do((bridge) => bridge.typeCode(code), asTillsOwn);
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
    else if (key === 'F3') this.sheets.openNewCustomer();
    else if (key === 'F4') this.sheets.openFind();
    else if (!inField && (key === '+' || key === '-')) this.stepAmount(key === '+' ? 1 : -1);
    else return;
    event.preventDefault();
  }
}
