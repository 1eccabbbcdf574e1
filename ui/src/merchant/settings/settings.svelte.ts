//! The settings' screen: its sections by role, and what is changed there. Components draw `section`, `state`, `sheet`,
//! `work`. What belongs to this till alone (sounds, camera, address) is the till's own.

import type { Approval, BackupPlan, Role, Way } from '../../shared/wire/till';
import type { Answer, Parts, Schemas } from '../asking';
import { reasonOf, Refused, type Bridge } from '../bridge';
import type { Reason } from '../reason';
import { Exports } from './import/exports.svelte';
import { Imports } from './import/imports.svelte';
import type { Staff } from '../staff.svelte';
import { ThisComputer } from './computer.svelte';
import { Deeds } from './deeds.svelte';

export type Operator = Schemas['ShownOperator'];
export type Terminal = Schemas['ListedTerminal'];
export type ShopUnit = Schemas['ShownUnit'];
export type Product = Schemas['Product'];
export type BonusRule = Schemas['BonusRule'];

/** Every part of the screen, in its order; the owner sees all of them. */
export const SECTIONS = ['till', 'shop', 'products', 'units', 'operators', 'deeds', 'import', 'terminals', 'server', 'phones', 'receipts', 'backup', 'about'] as const;
export type Section = (typeof SECTIONS)[number];
/** What concerns whoever stands at the till. */
const FOR_ALL: readonly Section[] = ['till', 'receipts', 'about'];
const FOR_MANAGERS: readonly Section[] = ['till', 'deeds', 'receipts', 'about'];

/** How often it is looked whether a backup is made, and how many times. */
const BACKUP_LOOK_MS = 400;
const BACKUP_LOOKS = 50;

export interface Known {
  shop: Answer<'GET /shop'>;
  operators: Operator[];
  terminals: Terminal[];
  /** Null for whom the server does not tell. */
  backups: Schemas['BackupsAnswer'] | null;
}

export type State = { status: 'loading' } | { status: 'failed'; reason: Reason } | { status: 'shown'; known: Known };

export type Sheet =
  | { name: 'none' }
  | { name: 'shop' }
  | { name: 'unit'; unit: ShopUnit | null }
  | { name: 'bonus'; unit: ShopUnit }
  /** Where in the list; null: a new one. */
  | { name: 'product'; index: number | null }
  | { name: 'operator'; operator: Operator | null; id: string }
  | { name: 'terminal' }
  | { name: 'pairing'; pairing: Schemas['PairingCode'] };

export type Work = { status: 'rest' } | { status: 'busy' } | { status: 'done' } | { status: 'failed'; reason: Reason };

type ShopChange = Omit<NonNullable<Parts<'PATCH /shop/settings'>['body']>, 'approval'>;
type UnitChange = Omit<NonNullable<Parts<'POST /units'>['body']>, 'approval'>;

export class Settings {
  section: Section = $state('till');
  state: State = $state.raw({ status: 'loading' });
  sheet: Sheet = $state.raw({ name: 'none' });
  work: Work = $state.raw({ status: 'rest' });
  readonly staff: Staff;
  readonly imports: Imports;
  readonly exports: Exports;
  readonly computer: ThisComputer;
  readonly deeds: Deeds;

  #bridge: Bridge | null;
  /** Counts who stood here. */
  #standing = 0;

  constructor(bridge: Bridge | null, staff: Staff) {
    this.#bridge = bridge;
    this.staff = staff;
    this.imports = new Imports(bridge);
    this.exports = new Exports(bridge);
    this.computer = new ThisComputer(bridge);
    this.deeds = new Deeds(bridge);
  }

  get isBusy(): boolean {
    return this.sheet.name !== 'none' || this.work.status === 'busy' || this.imports.busy;
  }

  /** Nobody sees what they may not change. */
  get sections(): readonly Section[] {
    if (this.staff.may('owner')) return SECTIONS;
    return this.staff.may('manager') ? FOR_MANAGERS : FOR_ALL;
  }

  open(): void {
    this.work = { status: 'rest' };
    if (!this.sections.includes(this.section)) this.section = 'till';
    void this.load();
    void this.computer.load();
    if (this.section === 'deeds') void this.deeds.load();
  }

  /** Somebody else stands here: what was open and shown is gone, and what is still on its way is not shown. */
  forget(): void {
    this.#standing += 1;
    this.section = 'till';
    this.state = { status: 'loading' };
    this.sheet = { name: 'none' };
    this.work = { status: 'rest' };
    this.imports.forget();
    this.deeds.forget();
  }

  choose(section: Section): void {
    this.section = section;
    if (section === 'deeds') void this.deeds.load();
    if (this.work.status !== 'busy') this.work = { status: 'rest' };
  }

  async load(): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null) return;
    const by = this.#standing;
    const settle = (state: State) => {
      if (by === this.#standing) this.state = state;
    };
    try {
      const [shop, { operators }, { terminals }, backups] = await Promise.all([
        bridge.ask('GET /shop'),
        bridge.ask('GET /operators'),
        bridge.ask('GET /terminals'),
        bridge.ask('GET /backups').catch((failure: unknown) => {
          if (failure instanceof Refused && failure.reason === 'approval_required') return null;
          throw failure;
        }),
      ]);
      settle({ status: 'shown', known: { shop, operators, terminals, backups } });
    } catch (failure) {
      settle({ status: 'failed', reason: reasonOf(failure) });
    }
  }

  show(sheet: Sheet): void {
    this.work = { status: 'rest' };
    this.sheet = sheet;
  }

  /** One id for each time that the form is opened: sent twice, it makes one operator. */
  showOperator(operator: Operator | null): void {
    this.show({ name: 'operator', operator, id: crypto.randomUUID() });
  }

  closeSheet(): void {
    if (this.work.status === 'busy') return;
    this.sheet = { name: 'none' };
    if (this.work.status === 'failed') this.work = { status: 'rest' };
  }

  async setShop(change: ShopChange): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('PATCH /shop/settings', { body: { ...change, approval } }));
  }

  async saveUnit(change: UnitChange): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('POST /units', { body: { ...change, approval } }));
  }

  async setBonus(unit: string, rules: BonusRule[]): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('PUT /bonus-rules', { body: { unit, rules, approval } }));
  }

  get products(): Product[] {
    return this.state.status === 'shown' ? this.state.known.shop.products : [];
  }

  /** In the place of the one at `index`, or at the end. */
  async saveProduct(index: number | null, product: Product): Promise<void> {
    const before = index === null ? null : this.products[index];
    await this.#setProducts((now) => {
      if (before == null) return [...now, product];
      const place = placeOf(now, before);
      return place === -1 ? null : now.map((one, at) => (at === place ? product : one));
    });
  }

  async removeProduct(index: number): Promise<void> {
    const before = this.products[index];
    if (before === undefined) return;
    await this.#setProducts((now) => {
      const place = placeOf(now, before);
      return place === -1 ? null : now.filter((_, at) => at !== place);
    });
  }

  /** Towards the beginning or the end. */
  async moveProduct(index: number, by: 1 | -1): Promise<void> {
    const before = this.products;
    const products = [...before];
    const [moved] = products.splice(index, 1);
    if (moved === undefined || index + by < 0 || index + by > products.length) return;
    products.splice(index + by, 0, moved);
    await this.#setProducts((now) => (same(now, before) ? products : null));
  }

  /** The list is sent as a whole, so what another till changed meanwhile is looked at first: `change` of the list as it is
   * now, or null where it is no longer what was changed here. */
  async #setProducts(change: (now: Product[]) => Product[] | null): Promise<void> {
    await this.#work(async (bridge, approval) => {
      const products = change((await bridge.ask('GET /shop')).products);
      if (products === null) throw new Refused('changed_elsewhere');
      await bridge.ask('PUT /products', { body: { products, approval } });
    });
    // Its place in the list may be another one now.
    if (this.work.status === 'failed' && this.work.reason === 'changed_elsewhere') this.sheet = { name: 'none' };
  }

  async addOperator(id: string, name: string, role: Role, pin: string): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('POST /operators', { body: { id, name, role, pin, approval } }));
  }

  /** An empty PIN stays as it is. */
  async changeOperator(id: number, name: string, role: Role, pin: string): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('PATCH /operators/{id}', { path: { id }, body: { name, role, pin: pin === '' ? null : pin, approval } }));
  }

  async setDisabled(id: number, disabled: boolean): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('PATCH /operators/{id}', { path: { id }, body: { disabled, approval } }));
  }

  async pair(name: string): Promise<void> {
    const by = this.#standing;
    let pairing: Schemas['PairingCode'] | null = null;
    await this.#work(async (bridge, approval) => {
      pairing = await bridge.ask('POST /terminals/pairings', { body: { name, approval } });
    });
    if (pairing !== null && by === this.#standing) this.sheet = { name: 'pairing', pairing };
  }

  async revoke(id: number): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('POST /terminals/{id}/revoke', { path: { id }, body: { itself: false, approval } }));
  }

  /** Until it is made, or so long that it is better looked at again later. */
  async backUp(): Promise<void> {
    await this.#work(async (bridge, approval) => {
      await bridge.ask('POST /backups', { body: { approval } });
      for (let looks = 0; looks < BACKUP_LOOKS; looks += 1) {
        await new Promise((done) => setTimeout(done, BACKUP_LOOK_MS));
        if ((await bridge.ask('GET /backups')).backups?.running !== true) return;
      }
    });
  }

  /** After a change with which the till opens anew: the one behind the page is another one, or none. */
  get hasReopened(): boolean {
    return this.work.status === 'done' || (this.work.status === 'failed' && this.work.reason === 'not_opened');
  }

  /** Where and how often from now on; the till opens anew. */
  async setBackups(plan: BackupPlan): Promise<void> {
    await this.#work((bridge) => bridge.setBackups(plan));
    await this.computer.load();
  }

  /** Another way or address for phones, or null for the computer's own; the till opens anew. */
  async setAddress(url: string | null, way: Way): Promise<void> {
    await this.#work((bridge) => bridge.setAddress(url, way));
  }

  /** One thing at a time; afterwards everything is looked at anew. */
  async #work(act: (bridge: Bridge, approval: Approval | null) => Promise<unknown>): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null || this.work.status === 'busy') return;
    this.work = { status: 'busy' };
    const by = this.#standing;
    let ended: Work = { status: 'done' };
    try {
      await this.staff.withConsent((approval) => act(bridge, approval));
    } catch (failure) {
      ended = { status: 'failed', reason: reasonOf(failure) };
    }
    if (by !== this.#standing) return;
    this.work = ended;
    if (ended.status === 'done') this.sheet = { name: 'none' };
    await this.load();
  }
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function placeOf(products: readonly Product[], product: Product): number {
  return products.findIndex((one) => same(one, product));
}
