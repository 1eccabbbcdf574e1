//! What lies over the till's screen, and what it sends: a new customer, a search, an entry that is reversed. The keypad
//! and a customer's PIN are panels, too; what they are for is the till's own.

import type { About, Customer, Entry, Preset, Redemption } from '../shared/wire/till';
import { reasonOf, type Bridge } from './bridge';
import type { Work } from './customers/customers.svelte';
import { FormId } from './form-id';
import type { Reason } from './reason';
import type { Till } from './till.svelte';
import { topUpAfter } from './top-up';

export type Panel =
  | { name: 'none' }
  | { name: 'amount'; unit: string }
  /** `sending` under the id that was drawn when it opened. */
  | { name: 'new_customer'; sending: boolean; failed: Reason | null }
  | { name: 'find'; found: Customer[] | null; failed: Reason | null }
  | { name: 'entry'; entry: Entry; work: Work }
  /** The customer's, for the scan `of` that was refused without it. */
  | { name: 'pin'; of: string };

export class Sheets {
  /** A new customer was topped up. */
  onToppedUp: (moved: Redemption) => void = () => undefined;

  #bridge: Bridge | null;
  #till: Pick<Till, 'desk' | 'panel' | 'join' | 'closePanel' | 'withConsent'>;
  #form = new FormId();

  constructor(bridge: Bridge | null, till: Pick<Till, 'desk' | 'panel' | 'join' | 'closePanel' | 'withConsent'>) {
    this.#bridge = bridge;
    this.#till = till;
  }

  openNewCustomer(): void {
    this.#form.renew();
    this.#till.panel = { name: 'new_customer', sending: false, failed: null };
  }

  /** Whether somebody was made: their join code is then in the light. */
  async newCustomer(name: string, phone: string, preset: Preset): Promise<boolean> {
    const bridge = this.#bridge;
    if (bridge === null || name.trim() === '') return false;
    this.#till.panel = { name: 'new_customer', sending: true, failed: null };
    try {
      const person = { name: name.trim(), phone: phone.trim() === '' ? null : phone.trim() };
      const made = await this.#form.send((id) => bridge.newCustomer(id, person, preset.unit, preset.amount));
      this.#till.join.show(made.customer, made.join, topUpAfter(made.top_up_failed, made.customer.id, preset, this.#till.desk.doubts));
      if (made.top_up !== null) this.onToppedUp(made.top_up);
      return true;
    } catch (failure) {
      const reason = reasonOf(failure);
      this.#till.panel = { name: 'new_customer', sending: false, failed: reason === 'id_mismatch' ? 'made_before' : reason };
      return false;
    }
  }

  openFind(): void {
    this.#till.panel = { name: 'find', found: null, failed: null };
    void this.find('');
  }

  async find(query: string): Promise<void> {
    if (this.#bridge === null) return;
    try {
      const found = await this.#bridge.findCustomers(query.trim());
      if (this.#till.panel.name === 'find') this.#till.panel = { name: 'find', found, failed: null };
    } catch (failure) {
      if (this.#till.panel.name === 'find') this.#till.panel = { name: 'find', found: null, failed: reasonOf(failure) };
    }
  }

  openEntry(entry: Entry): void {
    this.#form.renew();
    this.#till.panel = { name: 'entry', entry, work: { status: 'rest' } };
  }

  async reverseEntry(about: About, preset: Preset): Promise<void> {
    const { panel } = this.#till;
    if (panel.name !== 'entry' || panel.work.status === 'busy') return;
    this.#till.panel = { ...panel, work: { status: 'busy' } };
    try {
      await this.#till.withConsent((approval) => this.#form.send(async (id) => this.#bridge?.moveValue(id, about, preset, approval)));
      this.#till.closePanel();
    } catch (failure) {
      const reason = reasonOf(failure);
      // The list has it, and says how it ends; a sheet that is still filled would only be sent twice.
      if (reason === 'in_doubt') this.#till.closePanel();
      else this.#till.panel = { ...panel, work: { status: 'failed', reason } };
    }
  }
}
