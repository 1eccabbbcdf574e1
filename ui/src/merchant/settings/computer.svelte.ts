//! What of the till belongs to this computer: opening at login, the customers' window.

import type { Computer } from '../../shared/wire/till';
import { reasonOf, type Bridge } from '../bridge';
import type { Reason } from '../reason';

export class ThisComputer {
  /** Null until the program has told it. */
  known: Computer | null = $state.raw(null);
  failed: Reason | null = $state(null);

  #bridge: Bridge | null;

  constructor(bridge: Bridge | null) {
    this.#bridge = bridge;
  }

  load(): Promise<void> {
    return this.#do((bridge) => bridge.computer());
  }

  setAutostart(on: boolean): Promise<void> {
    return this.#do((bridge) => bridge.setAutostart(on));
  }

  setCustomers(open: boolean): Promise<void> {
    return this.#do((bridge) => bridge.setCustomers(open));
  }

  async #do(act: (bridge: Bridge) => Promise<Computer>): Promise<void> {
    if (this.#bridge === null) return;
    this.failed = null;
    try {
      this.known = await act(this.#bridge);
    } catch (failure) {
      this.failed = reasonOf(failure);
      // What is shown is what is so, not what was wished.
      this.known = this.known && { ...this.known };
    }
  }
}
