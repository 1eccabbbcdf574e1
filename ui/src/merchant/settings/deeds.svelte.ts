//! The record of what was done that moved no value: a page of it, by whom and on which day. Components draw `state`.

import type { Parts, Schemas } from '../asking';
import { reasonOf, type Bridge } from '../bridge';
import type { Reason } from '../reason';

export type Deed = Schemas['ShownAct'];

/** Deeds of one page, as the server answers them. */
const PAGE = 100;

/** Whose deeds: an operator's, those of nobody who said who they were, or everybody's. */
export type By = number | 'nobody' | 'everybody';

export interface Filter {
  by: By;
  /** A business day, "2026-11-26"; empty: any. */
  date: string;
}

export type DeedsState =
  | { status: 'loading' }
  | { status: 'failed'; reason: Reason }
  /** `older`: there may be more of them. */
  | { status: 'shown'; deeds: Deed[]; older: boolean; busy: boolean; failed: Reason | null };

export class Deeds {
  state: DeedsState = $state.raw({ status: 'loading' });
  filter: Filter = $state.raw({ by: 'everybody', date: '' });

  #bridge: Bridge | null;
  /** Counts what was asked for: an answer to an earlier question is not shown. */
  #asked = 0;

  constructor(bridge: Bridge | null) {
    this.#bridge = bridge;
  }

  forget(): void {
    this.#asked += 1;
    this.state = { status: 'loading' };
    this.filter = { by: 'everybody', date: '' };
  }

  choose(change: Partial<Filter>): Promise<void> {
    this.filter = { ...this.filter, ...change };
    return this.load();
  }

  async load(): Promise<void> {
    const asked = (this.#asked += 1);
    if (this.state.status === 'failed') this.state = { status: 'loading' };
    const state = await this.#page(null).then(
      (deeds): DeedsState => ({ status: 'shown', deeds, older: deeds.length === PAGE, busy: false, failed: null }),
      (failure): DeedsState => ({ status: 'failed', reason: reasonOf(failure) }),
    );
    if (asked === this.#asked) this.state = state;
  }

  async older(): Promise<void> {
    const { state } = this;
    const last = state.status === 'shown' ? state.deeds.at(-1) : undefined;
    if (state.status !== 'shown' || state.busy || last === undefined) return;
    const asked = (this.#asked += 1);
    this.state = { ...state, busy: true, failed: null };
    const next = await this.#page(last.number).then(
      (deeds): DeedsState => ({ ...state, deeds: [...state.deeds, ...deeds], older: deeds.length === PAGE, failed: null }),
      (failure): DeedsState => ({ ...state, failed: reasonOf(failure) }),
    );
    if (asked === this.#asked) this.state = next;
  }

  async #page(before: number | null): Promise<Deed[]> {
    if (this.#bridge === null) return [];
    const { by, date } = this.filter;
    const query: Parts<'GET /audit'>['query'] = {};
    if (before !== null) query['before'] = before;
    if (by !== 'everybody') query['by'] = by === 'nobody' ? 0 : by;
    if (date !== '') query['date'] = date;
    return (await this.#bridge.ask('GET /audit', { query })).acts;
  }
}
