//! The first start: which shop to open, or the few answers that make one. Components draw `step`, `answers`, `work`.

import type { Begin, FirstStart, Language } from '../../shared/wire/till';
import { reasonOf, type Bridge } from '../bridge';
import type { Reason } from '../reason';
import { sayFirst } from '../say/first';
import type { Reach } from '../server/reach.svelte';
import type { Restoring } from '../settings/restoring.svelte';
import type { Till } from '../till.svelte';
import { likelyCurrency } from './currency';

export const STEPS = ['welcome', 'shop', 'sold', 'owner'] as const;
/** `server` and `restore` stand beside the questions: the shop is there already, or was. */
export type Step = (typeof STEPS)[number] | 'server' | 'restore';

export interface Answers {
  name: string;
  currency: string;
  visits: boolean;
  /** What a visit is called. */
  pass: string;
  money: boolean;
  pin: string;
}

export type Opening = { status: 'rest' } | { status: 'busy' } | { status: 'failed'; reason: Reason };

export class First {
  step: Step = $state('welcome');
  answers: Answers = $state({ name: '', currency: '', visits: true, pass: '', money: true, pin: '' });
  work: Opening = $state.raw({ status: 'rest' });

  #bridge: Bridge | null;
  #till: Till;
  #opened: () => void;

  readonly reach: Reach;
  readonly restoring: Restoring;

  constructor(bridge: Bridge | null, till: Till, reach: Reach, restoring: Restoring, opened: () => void) {
    this.reach = reach;
    this.restoring = restoring;
    this.#bridge = bridge;
    this.#till = till;
    this.#opened = opened;
  }

  get shops(): FirstStart['shops'] {
    return this.#till.state.status === 'first' ? this.#till.state.shops : [];
  }

  /** The server that this till was paired with. */
  get remote(): FirstStart['remote'] {
    return this.#till.state.status === 'first' ? this.#till.state.remote : null;
  }

  /** Why there is no shop on the screen: the last try's reason, or the start's. */
  get failed(): Reason | null {
    if (this.work.status === 'failed') return this.work.reason;
    return this.step === 'welcome' && this.work.status === 'rest' && this.#till.state.status === 'first' ? this.#till.state.failed : null;
  }

  get language(): Language {
    return this.#till.desk.language;
  }

  setLanguage(language: Language): void {
    this.#till.desk = { ...this.#till.desk, language };
  }

  /** The owner sets up a shop of their own. */
  setUp(): void {
    const tags = navigator.languages ?? [navigator.language];
    if (this.answers.currency === '') this.answers.currency = likelyCurrency(tags, this.language);
    if (this.answers.pass === '') this.answers.pass = sayFirst(this.language).passExample;
    this.step = 'shop';
  }

  /** The shop has a server on another computer; at `address`, if that is known. */
  reachServer(address = ''): void {
    this.reach.begin(address);
    this.step = 'server';
  }

  /** The shop's books are in a backup. */
  restore(): void {
    this.restoring.begin();
    this.step = 'restore';
  }

  /** Whether the step's answers are whole. */
  get ready(): boolean {
    const { name, visits, pass, money, pin } = this.answers;
    if (this.work.status === 'busy') return false;
    if (this.step === 'shop') return name.trim() !== '';
    if (this.step === 'sold') return (visits || money) && (!visits || pass.trim() !== '');
    if (this.step === 'owner') return pin === '' || /^\d{4,12}$/.test(pin);
    return true;
  }

  back(): void {
    if (this.work.status === 'busy' || this.reach.busy || this.restoring.busy) return;
    this.work = { status: 'rest' };
    this.step = STEPS[Math.max(0, (STEPS as readonly Step[]).indexOf(this.step) - 1)] ?? 'welcome';
  }

  async next(): Promise<void> {
    if (!this.ready) return;
    if (this.step === 'server' || this.step === 'restore') return;
    if (this.step !== 'owner') {
      this.step = STEPS[(STEPS as readonly Step[]).indexOf(this.step) + 1] ?? 'owner';
      return;
    }
    const { name, currency, visits, pass, money, pin } = this.answers;
    const words = sayFirst(this.language);
    const owner = pin === '' ? null : { name: words.owner, pin };
    await this.#begin({ kind: 'new', language: this.language, name: name.trim(), currency, pass: visits ? pass.trim() : null, money, owner, customer: words.you });
  }

  async practise(): Promise<void> {
    await this.#begin({ kind: 'practice' });
  }

  async openShop(id: number): Promise<void> {
    await this.#begin({ kind: 'shop', id });
  }

  async openRemote(): Promise<void> {
    await this.#begin({ kind: 'remote' });
  }

  async #begin(how: Begin): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null || this.work.status === 'busy') return;
    this.work = { status: 'busy' };
    const language = this.language;
    try {
      const made = await bridge.begin(how, false);
      await this.#till.start();
      this.#opened();
      if (how.kind === 'practice' || how.kind === 'new') await bridge.setLanguage(language);
      if (made !== null) this.#till.join.show(made.customer, made.join);
      this.work = { status: 'rest' };
      this.step = 'welcome';
      this.answers.pin = '';
    } catch (failure) {
      this.work = { status: 'failed', reason: reasonOf(failure) };
    }
  }
}
