//! The day's screen: what happened since the last closing, closing it, earlier ones, business days, and the entries
//! behind a figure. Components draw `view`, `closed`, `sheet` and `work`.

import type { Entry } from '../../shared/wire/till';
import type { Answer, Call, Parts, Schemas } from '../asking';
import { reasonOf, type Bridge } from '../bridge';
import type { Reason } from '../reason';
import type { Staff } from '../staff.svelte';
import type { Figure } from './figures';
import { startOf, type Span } from './series';

/** What can be looked at. */
export type Page = { name: 'open' } | { name: 'trend'; span: Span } | { name: 'z'; id: string } | { name: 'day'; date: string };

type Shared = Schemas['Totals'] & { practice: boolean; operator_names: Schemas['OperatorName'][]; terminal_names: Schemas['TerminalName'][] };
export type Report = Shared &
  ({ name: 'open'; time: string } | { name: 'day'; date: string } | ({ name: 'z' } & Schemas['ZHead']));

/** Business days, and what is owed now. */
export interface Overview {
  days: Answer<'GET /reports/days'>;
  owed: Answer<'GET /reports/liability'>;
}

/** Which entries a figure is made of. */
export interface Behind {
  first: number;
  last: number;
  unit?: string;
  figure?: Figure;
  /** Null: nobody. */
  operator?: number | null;
  /** Null: the server itself. */
  terminal?: number | null;
  hour?: number;
}

export type View =
  | { status: 'loading'; page: Page }
  | { status: 'failed'; page: Page; reason: Reason }
  | { status: 'report'; page: Page; report: Report }
  | { status: 'trend'; page: Page; overview: Overview }
  | { status: 'behind'; page: Page; back: View; behind: Behind; report: Report; entries: Entry[]; older: boolean };

/** The Z reports. */
export type Closed =
  | { status: 'loading' }
  | { status: 'failed'; reason: Reason }
  | { status: 'shown'; reports: Schemas['ZRange'][]; older: boolean };

/** The id makes one report of it, however often it is sent. */
export type Sheet = { name: 'none' } | { name: 'close'; id: string };

export type Work =
  | { status: 'rest' }
  | { status: 'busy' }
  | { status: 'closed'; number: number }
  | { status: 'saved'; path: string }
  | { status: 'failed'; reason: Reason };

/** Z reports of one page, as the server has it. */
const Z_PAGE = 50;
/** Entries of one page. */
const PAGE = 50;

export class Day {
  view: View = $state.raw({ status: 'loading', page: { name: 'open' } });
  closed: Closed = $state.raw({ status: 'loading' });
  sheet: Sheet = $state.raw({ name: 'none' });
  work: Work = $state.raw({ status: 'rest' });
  /** Where the shop's day starts, in minutes after midnight. */
  dayStartMin = $state(0);
  readonly staff: Staff;

  #bridge: Bridge | null;
  /** Only the newest question's answer is shown. */
  #asked = 0;

  constructor(bridge: Bridge | null, staff: Staff) {
    this.#bridge = bridge;
    this.staff = staff;
  }

  /** Whether something is half done that a scan must not push away. */
  get isBusy(): boolean {
    return this.sheet.name !== 'none' || this.work.status === 'busy';
  }

  /** Earlier reports, entries and what is owed are a manager's to see. */
  get seesAll(): boolean {
    return this.staff.may('manager');
  }

  /** Somebody else stands here: what was open and shown is gone, and what is still on its way is not shown. */
  forget(): void {
    this.#asked += 1;
    this.work = { status: 'rest' };
    this.sheet = { name: 'none' };
    this.view = { status: 'loading', page: { name: 'open' } };
    this.closed = { status: 'loading' };
  }

  open(): void {
    this.work = { status: 'rest' };
    this.sheet = { name: 'none' };
    void this.show({ name: 'open' });
    void this.#learnStart();
    if (this.seesAll) void this.#loadClosed();
  }

  async show(page: Page): Promise<void> {
    this.work = { status: 'rest' };
    await this.#load(page);
  }

  async #load(page: Page): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null) return;
    const turn = ++this.#asked;
    const settle = (view: View) => {
      if (turn === this.#asked) this.view = view;
    };
    this.view = { status: 'loading', page };
    try {
      settle(await this.#look(bridge, page));
    } catch (failure) {
      settle({ status: 'failed', page, reason: reasonOf(failure) });
    }
  }

  async #look(bridge: Bridge, page: Page): Promise<View> {
    switch (page.name) {
      case 'open':
        return { status: 'report', page, report: { name: 'open', ...(await bridge.ask('GET /reports/x')) } };
      case 'z':
        return { status: 'report', page, report: { name: 'z', ...(await bridge.ask('GET /reports/z/{id}', { path: { id: page.id } })) } };
      case 'day':
        return { status: 'report', page, report: { name: 'day', ...(await bridge.ask('GET /reports/day', { query: { date: page.date } })) } };
      case 'trend': {
        // The last day is the server's to say: the first answer is of the usual days, and often the only one.
        const [usual, owed] = await Promise.all([bridge.ask('GET /reports/days'), bridge.ask('GET /reports/liability')]);
        const from = startOf(page.span, usual.to);
        const days = from === usual.from ? usual : await bridge.ask('GET /reports/days', { query: { from, to: usual.to } });
        return { status: 'trend', page, overview: { days, owed } };
      }
    }
  }

  /** The entries behind a figure of the report that is shown. */
  async look(behind: Behind): Promise<void> {
    const bridge = this.#bridge;
    const back = this.view;
    if (bridge === null || back.status !== 'report' || !this.seesAll) return;
    this.work = { status: 'rest' };
    const turn = ++this.#asked;
    try {
      const entries = await this.#entries(bridge, behind, null);
      if (turn === this.#asked) this.view = { status: 'behind', page: back.page, back, behind, report: back.report, entries, older: entries.length === PAGE };
    } catch (failure) {
      this.work = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  async older(): Promise<void> {
    const bridge = this.#bridge;
    const { view } = this;
    if (bridge === null || view.status !== 'behind') return;
    const before = view.entries.at(-1)?.number ?? null;
    try {
      const more = await this.#entries(bridge, view.behind, before);
      if (this.view === view) this.view = { ...view, entries: [...view.entries, ...more], older: more.length === PAGE };
    } catch (failure) {
      this.work = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  back(): void {
    if (this.view.status === 'behind') this.view = this.view.back;
  }

  async #entries(bridge: Bridge, behind: Behind, before: number | null): Promise<Entry[]> {
    const { first, last, unit, figure, operator, terminal, hour } = behind;
    const query: Record<string, string | number> = { from: first, to: last, limit: PAGE };
    if (unit !== undefined) query['unit'] = unit;
    if (figure !== undefined) query['kind'] = figure;
    if (operator !== undefined) query['by'] = operator ?? 0;
    if (terminal !== undefined) query['at'] = terminal ?? 0;
    if (hour !== undefined) query['hour'] = hour;
    if (before !== null) query['before'] = before;
    const { entries } = await bridge.ask('GET /reports/entries', { query });
    // The document leaves entries open; they are as the terminal's socket tells them.
    return entries as unknown as Entry[];
  }

  async #loadClosed(): Promise<void> {
    if (this.closed.status !== 'shown') this.closed = { status: 'loading' };
    try {
      const reports = (await this.#bridge?.ask('GET /reports/z'))?.reports ?? [];
      this.closed = { status: 'shown', reports, older: reports.length === Z_PAGE };
    } catch (failure) {
      this.closed = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  async olderClosed(): Promise<void> {
    const { closed } = this;
    const before = closed.status === 'shown' ? closed.reports.at(-1)?.number : undefined;
    if (this.#bridge === null || closed.status !== 'shown' || before === undefined) return;
    try {
      const { reports } = await this.#bridge.ask('GET /reports/z', { query: { before } });
      if (this.closed === closed) this.closed = { status: 'shown', reports: [...closed.reports, ...reports], older: reports.length === Z_PAGE };
    } catch (failure) {
      this.work = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  askToClose(): void {
    if (this.work.status === 'busy') return;
    this.work = { status: 'rest' };
    this.sheet = { name: 'close', id: crypto.randomUUID() };
  }

  closeSheet(): void {
    if (this.work.status === 'busy') return;
    this.sheet = { name: 'none' };
    if (this.work.status === 'failed') this.work = { status: 'rest' };
  }

  /** Once for each time that it was asked for: an answer that was lost is had by the same id. */
  async closeDay(): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null || this.sheet.name !== 'close' || this.work.status === 'busy') return;
    const { id } = this.sheet;
    const { standing } = this.staff.told;
    this.work = { status: 'busy' };
    try {
      const z = await this.staff.withConsent((approval) => bridge.ask('POST /reports/z', { body: { id, approval } }));
      if (standing !== this.staff.told.standing) return;
      this.sheet = { name: 'none' };
      this.work = { status: 'closed', number: z.number };
      ++this.#asked;
      this.view = { status: 'report', page: { name: 'z', id: z.id }, report: { name: 'z', ...z } };
      if (this.seesAll) void this.#loadClosed();
    } catch (failure) {
      if (standing === this.staff.told.standing) this.work = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  /** The entries of the report that is shown, for a spreadsheet. */
  async saveEntries(first: number, last: number, name: string): Promise<void> {
    const call: Call = 'GET /entries';
    const parts: Parts<typeof call> = { query: { from: first, to: last, format: 'csv' } };
    const bridge = this.#bridge;
    if (bridge === null || this.work.status === 'busy') return;
    this.work = { status: 'busy' };
    try {
      const { path } = await bridge.save(call, parts, name);
      this.work = { status: 'saved', path };
    } catch (failure) {
      this.work = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  async print(): Promise<void> {
    await this.#bridge?.print().catch((failure: unknown) => (this.work = { status: 'failed', reason: reasonOf(failure) }));
  }

  async #learnStart(): Promise<void> {
    try {
      this.dayStartMin = (await this.#bridge?.ask('GET /shop'))?.shop.day_start_min ?? 0;
    } catch {
      // Only the order of the hours is the calendar's then.
    }
  }
}
