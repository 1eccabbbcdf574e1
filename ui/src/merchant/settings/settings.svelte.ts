//! The settings' screen: the shop, what is sold, operators, tills, backups. Components draw `state`, `sheet`, `work`.

import type { Approval, Role } from '../../shared/wire/till';
import type { Answer, Schemas } from '../asking';
import { reasonOf, Refused, type Bridge } from '../bridge';
import type { Reason } from '../reason';
import type { Staff } from '../staff.svelte';

export type Operator = Schemas['ShownOperator'];
export type Terminal = Schemas['ListedTerminal'];
export type ShopUnit = Schemas['ShownUnit'];

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
  | { name: 'unit' }
  | { name: 'operator'; operator: Operator | null; id: string }
  | { name: 'terminal' }
  | { name: 'pairing'; pairing: Schemas['PairingCode'] };

export type Work = { status: 'rest' } | { status: 'busy' } | { status: 'done' } | { status: 'failed'; reason: Reason };

export class Settings {
  state: State = $state.raw({ status: 'loading' });
  sheet: Sheet = $state.raw({ name: 'none' });
  work: Work = $state.raw({ status: 'rest' });
  readonly staff: Staff;

  #bridge: Bridge | null;

  constructor(bridge: Bridge | null, staff: Staff) {
    this.#bridge = bridge;
    this.staff = staff;
  }

  get isBusy(): boolean {
    return this.sheet.name !== 'none' || this.work.status === 'busy';
  }

  open(): void {
    this.work = { status: 'rest' };
    void this.load();
  }

  async load(): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null) return;
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
      this.state = { status: 'shown', known: { shop, operators, terminals, backups } };
    } catch (failure) {
      this.state = { status: 'failed', reason: reasonOf(failure) };
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

  async setShop(name: string, cards: boolean): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('PATCH /shop/settings', { body: { name, cards, approval } }));
  }

  async addUnit(unit: string, en: string, zh: string): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('POST /units', { body: { unit, names: { en, zh }, approval } }));
  }

  async setRetired(unit: string, retired: boolean): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('POST /units', { body: { unit, retired, approval } }));
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
    let pairing: Schemas['PairingCode'] | null = null;
    await this.#work(async (bridge, approval) => {
      pairing = await bridge.ask('POST /terminals/pairings', { body: { name, approval } });
    });
    if (pairing !== null) this.sheet = { name: 'pairing', pairing };
  }

  async revoke(id: number): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('POST /terminals/{id}/revoke', { path: { id }, body: { itself: false, approval } }));
  }

  async backUp(): Promise<void> {
    await this.#work((bridge, approval) => bridge.ask('POST /backups', { body: { approval } }));
  }

  /** One thing at a time; afterwards everything is looked at anew. */
  async #work(act: (bridge: Bridge, approval: Approval | null) => Promise<unknown>): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null || this.work.status === 'busy') return;
    this.work = { status: 'busy' };
    try {
      await this.staff.withConsent((approval) => act(bridge, approval));
      this.work = { status: 'done' };
      this.sheet = { name: 'none' };
    } catch (failure) {
      this.work = { status: 'failed', reason: reasonOf(failure) };
    }
    await this.load();
  }
}
