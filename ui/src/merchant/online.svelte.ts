//! Whose phones are connected now. Components draw `state`.

import type { Customer } from '../shared/wire/till';
import { reasonOf, type Bridge } from './bridge';
import type { Reason } from './reason';

export type OnlineState =
  | { status: 'closed' }
  | { status: 'asking' }
  | { status: 'failed'; reason: Reason }
  /** `more`: the server named as many as it names at once. */
  | { status: 'shown'; customers: Customer[]; more: boolean };

export class Online {
  state: OnlineState = $state.raw({ status: 'closed' });

  #bridge: Bridge | null;
  #asked = 0;

  constructor(bridge: Bridge | null) {
    this.#bridge = bridge;
  }

  get isOpen(): boolean {
    return this.state.status !== 'closed';
  }

  async open(): Promise<void> {
    if (this.#bridge === null) return;
    const asked = (this.#asked += 1);
    if (!this.isOpen) this.state = { status: 'asking' };
    const state = await this.#bridge.ask('GET /online').then(
      ({ customers, more }): OnlineState => ({ status: 'shown', customers, more }),
      (failure): OnlineState => ({ status: 'failed', reason: reasonOf(failure) }),
    );
    if (asked === this.#asked) this.state = state;
  }

  /** Somebody came or went. */
  changed(): void {
    if (this.isOpen) void this.open();
  }

  close(): void {
    this.#asked += 1;
    this.state = { status: 'closed' };
  }
}
