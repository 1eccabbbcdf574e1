//! The customers' screen: finding one, what they hold and carry, what happened, and everything that is done to them.
//! Components draw `list`, `one`, `sheet` and `work`.

import type { About, Approval, Entry, Listed, Preset, Redemption, RequestKind } from '../../shared/wire/till';
import type { Account, FoundCustomer, Person, Schemas } from '../asking';
import { bonusOf } from './bonus';
import { reasonOf, type Bridge } from '../bridge';
import { FormId } from '../form-id';
import type { Reason } from '../reason';
import type { Staff } from '../staff.svelte';
import type { Till } from '../till.svelte';

export type Act = 'top_up' | 'take' | 'refund' | 'transfer' | 'adjustment';

export type List =
  | { status: 'loading' }
  | { status: 'found'; query: string; customers: FoundCustomer[] }
  | { status: 'failed'; reason: Reason };

export type One =
  | { status: 'none' }
  | { status: 'loading'; id: number }
  | { status: 'failed'; id: number; reason: Reason }
  /** `old`: the server could not be asked again; as it was when it was asked last. */
  | { status: 'shown'; person: Person; entries: Entry[]; older: boolean; old: boolean };

/** What lies over the screen. */
export type Sheet =
  | { name: 'none' }
  | { name: 'move'; act: Act; unit: string }
  | { name: 'edit' }
  | { name: 'pin' }
  | { name: 'expiry'; account: Account }
  | { name: 'erase' }
  | { name: 'card'; code: string; credential: string }
  | { name: 'entry'; entry: Entry };

/** What became of the last thing that was done. */
export type Work =
  | { status: 'rest' }
  | { status: 'busy' }
  | { status: 'moved'; about: About; redemption: Redemption }
  | { status: 'done'; path: string | null }
  | { status: 'failed'; reason: Reason };

/** Entries of one page. */
const PAGE = 20;

export class Customers {
  list: List = $state.raw({ status: 'loading' });
  one: One = $state.raw({ status: 'none' });
  sheet: Sheet = $state.raw({ name: 'none' });
  work: Work = $state.raw({ status: 'rest' });
  /** Something was moved: a receipt is wanted, perhaps. */
  onMoved: (kind: RequestKind, moved: Redemption) => void = () => undefined;
  readonly staff: Staff;
  readonly till: Till;

  #bridge: Bridge | null;
  #query = '';
  /** Counts who stood here. */
  #standing = 0;
  #form = new FormId();
  #rules: Record<string, Schemas['BonusRule'][]> = $state.raw({});

  constructor(bridge: Bridge | null, staff: Staff, till: Till) {
    this.#bridge = bridge;
    this.staff = staff;
    this.till = till;
  }

  /** Whether something is half done that a scan must not push away. */
  get isBusy(): boolean {
    return this.sheet.name !== 'none' || this.work.status === 'busy';
  }

  get person(): Person | null {
    return this.one.status === 'shown' ? this.one.person : null;
  }

  open(): void {
    this.work = { status: 'rest' };
    void this.find(this.#query);
    void this.#learnRules();
    if (this.one.status === 'shown') void this.choose(this.one.person.id);
  }

  async find(query: string): Promise<void> {
    if (this.#bridge === null) return;
    this.#query = query.trim();
    const asked = this.#query;
    try {
      const { customers } = await this.#bridge.ask('GET /customers', { query: { query: asked } });
      if (asked === this.#query) this.list = { status: 'found', query: asked, customers };
    } catch (failure) {
      if (asked === this.#query) this.list = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  /** For a sheet that needs another customer. */
  async others(query: string): Promise<FoundCustomer[]> {
    if (this.#bridge === null) return [];
    const { customers } = await this.#bridge.ask('GET /customers', { query: { query: query.trim() } });
    return customers.filter(({ id }) => id !== this.person?.id);
  }

  async choose(id: number): Promise<void> {
    if (this.#bridge === null) return;
    if (this.person?.id !== id) {
      this.one = { status: 'loading', id };
      this.work = { status: 'rest' };
    }
    try {
      const [person, { entries }] = await Promise.all([
        this.#bridge.ask('GET /customers/{id}', { path: { id } }),
        this.#bridge.ask('GET /customers/{id}/entries', { path: { id }, query: { limit: PAGE } }),
      ]);
      if (this.#isStill(id)) this.one = { status: 'shown', person, entries: asEntries(entries), older: entries.length === PAGE, old: false };
    } catch (failure) {
      if (this.#isStill(id)) this.#missed(id, reasonOf(failure));
    }
  }

  /** Without a server the customer stays as they were, with what is half typed in their sheet. */
  #missed(id: number, reason: Reason): void {
    if (this.one.status === 'shown' && reason === 'offline') {
      this.one = { ...this.one, old: true };
      return;
    }
    this.one = { status: 'failed', id, reason };
    this.sheet = { name: 'none' };
  }

  /** The server can be reached again: what could not be shown is. */
  linked(): void {
    const { list, one } = this;
    if (list.status === 'failed') void this.find(this.#query);
    if (one.status === 'failed') void this.choose(one.id);
    if (one.status === 'shown' && one.old) void this.choose(one.person.id);
  }

  /** The till's last entries: what another till did to the customer who is shown is seen at once. */
  heard(entries: readonly Listed[]): void {
    if (this.one.status !== 'shown' || this.work.status === 'busy') return;
    const { person, entries: known } = this.one;
    const newest = known[0]?.number ?? 0;
    const isNews = (entry: Listed) => 'number' in entry && entry.customer.id === person.id && entry.number > newest;
    if (entries.some(isNews)) void this.choose(person.id);
  }

  async older(): Promise<void> {
    if (this.#bridge === null || this.one.status !== 'shown') return;
    const { person, entries } = this.one;
    const before = entries.at(-1)?.number;
    if (before === undefined) return;
    try {
      const page = await this.#bridge.ask('GET /customers/{id}/entries', { path: { id: person.id }, query: { before, limit: PAGE } });
      const more = asEntries(page.entries);
      if (this.one.status === 'shown' && this.one.person.id === person.id) {
        this.one = { ...this.one, entries: [...entries, ...more], older: more.length === PAGE };
      }
    } catch (failure) {
      this.work = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  /** What the shop's rules give on top; the server has the last word. */
  bonusFor(unit: string, amount: number): number {
    return bonusOf(this.#rules[unit] ?? [], amount);
  }

  show(sheet: Sheet): void {
    this.work = { status: 'rest' };
    this.#form.renew();
    this.sheet = sheet;
  }

  closeSheet(): void {
    if (this.work.status === 'busy') return;
    this.sheet = { name: 'none' };
    if (this.work.status === 'failed') this.work = { status: 'rest' };
  }

  /** Somebody else stands here: what was open is closed, and what is still on its way opens nothing. */
  forget(): void {
    this.#standing += 1;
    this.sheet = { name: 'none' };
    if (this.work.status !== 'busy') this.work = { status: 'rest' };
  }

  /** Value moves: through the journal, once, with a manager's consent where it takes one. */
  async move(about: About, preset: Preset): Promise<void> {
    await this.#work(async (bridge) => {
      const redemption = await this.staff.withConsent((approval) => this.#form.send((id) => bridge.moveValue(id, about, preset, approval)));
      this.onMoved(about.kind === 'named' ? 'redemption' : about.kind, redemption);
      return { status: 'moved', about, redemption };
    });
  }

  async setFrozen(frozen: boolean): Promise<void> {
    await this.#about((bridge, path, approval) =>
      frozen ? bridge.ask('POST /customers/{id}/freeze', { path, body: { approval } }) : bridge.ask('POST /customers/{id}/unfreeze', { path, body: { approval } }),
    );
  }

  async edit(name: string, phone: string): Promise<void> {
    await this.#about((bridge, path, approval) => bridge.ask('PATCH /customers/{id}', { path, body: { name, phone, approval } }));
    void this.find(this.#query);
  }

  /** Null takes it away. */
  async setPin(pin: string | null): Promise<void> {
    await this.#about((bridge, path, approval) => bridge.ask('POST /customers/{id}/pin', { path, body: { pin, approval } }));
  }

  async setExpiry(unit: string, expires_at: string | null): Promise<void> {
    await this.#about((bridge, path, approval) => bridge.ask('PUT /customers/{id}/expiry', { path, body: { unit, expires_at, approval } }));
  }

  async erase(force: boolean): Promise<void> {
    await this.#about((bridge, path, approval) => bridge.ask('POST /customers/{id}/erase', { path, body: { force, approval } }));
    void this.find(this.#query);
  }

  /** The join code is shown where customers look: on the till. */
  async joinPhone(): Promise<boolean> {
    return this.#about(async (bridge, path, approval) => {
      const join = await bridge.ask('POST /customers/{id}/joins', { path, body: { approval } });
      if (this.person) this.till.join.show(this.person, join);
    });
  }

  async makeCard(): Promise<void> {
    const by = this.#standing;
    let made: Sheet | null = null;
    await this.#about(async (bridge, path, approval) => {
      made = { name: 'card', ...(await bridge.ask('POST /customers/{id}/cards', { path, body: { approval } })) };
    });
    if (made !== null && by === this.#standing) this.sheet = made;
  }

  /** A lost phone or card: taken back at once, and another in its place. */
  async replace(credential: string): Promise<'join' | 'card' | 'nothing'> {
    const by = this.#standing;
    let made: 'join' | 'card' | 'nothing' = 'nothing';
    let card: Sheet | null = null;
    await this.#about(async (bridge, path, approval) => {
      const answer = await bridge.ask('POST /customers/{id}/credentials/{credential}/replace', { path: { ...path, credential }, body: { approval } });
      if (answer.join && this.person) {
        this.till.join.show(this.person, answer.join);
        made = 'join';
      }
      if (answer.card) {
        card = { name: 'card', ...answer.card };
        made = 'card';
      }
    });
    if (card !== null && by === this.#standing) this.sheet = card;
    return made;
  }

  async exportData(): Promise<void> {
    const { person } = this;
    if (person === null) return;
    await this.#work(async (bridge) => {
      const { path } = await bridge.save('GET /customers/{id}/export', { path: { id: person.id } }, `customer-${person.id}.json`);
      return { status: 'done', path };
    });
  }

  async print(): Promise<void> {
    await this.#bridge?.print().catch((failure: unknown) => (this.work = { status: 'failed', reason: reasonOf(failure) }));
  }

  async #learnRules(): Promise<void> {
    try {
      const shop = await this.#bridge?.ask('GET /shop');
      this.#rules = Object.fromEntries((shop?.units ?? []).map(({ unit, bonus_rules }) => [unit, bonus_rules]));
    } catch {
      // Only the hint in the field is missing then.
    }
  }

  async #about(act: (bridge: Bridge, path: { id: number }, approval: Approval | null) => Promise<unknown>): Promise<boolean> {
    const { person } = this;
    if (person === null) return false;
    return this.#work(async (bridge) => {
      await this.staff.withConsent((approval) => act(bridge, { id: person.id }, approval));
      return { status: 'done', path: null };
    });
  }

  /** One thing at a time; afterwards the customer is looked at anew. */
  async #work(act: (bridge: Bridge) => Promise<Work>): Promise<boolean> {
    if (this.#bridge === null || this.work.status === 'busy') return false;
    this.work = { status: 'busy' };
    try {
      this.work = await act(this.#bridge);
      this.sheet = { name: 'none' };
      return true;
    } catch (failure) {
      this.#notDone(reasonOf(failure));
      return false;
    } finally {
      if (this.person !== null) void this.choose(this.person.id);
    }
  }

  /** What is in doubt is followed on the list; a sheet that is still filled would only be sent twice. */
  #notDone(reason: Reason): void {
    const inDoubt = reason === 'in_doubt';
    if (inDoubt) this.sheet = { name: 'none' };
    this.work = inDoubt ? { status: 'rest' } : { status: 'failed', reason };
  }

  #isStill(id: number): boolean {
    return this.one.status === 'shown' ? this.one.person.id === id : this.one.status !== 'none' && this.one.id === id;
  }
}

/** The document leaves entries open; they are as the terminal's socket tells them. */
function asEntries(entries: readonly unknown[]): Entry[] {
  return entries as Entry[];
}
