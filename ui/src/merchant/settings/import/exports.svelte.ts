//! Taking the shop's customers, or all of it, out as a file. Components draw `state`.

import { reasonOf, type Bridge } from '../../bridge';
import type { Reason } from '../../reason';

export type ExportState = { status: 'rest' } | { status: 'busy' } | { status: 'saved'; path: string } | { status: 'failed'; reason: Reason };

export class Exports {
  state: ExportState = $state.raw({ status: 'rest' });

  #bridge: Bridge | null;

  constructor(bridge: Bridge | null) {
    this.#bridge = bridge;
  }

  get busy(): boolean {
    return this.state.status === 'busy';
  }

  /** Name, phone and what they hold, in the form in which they are brought in. */
  async customers(): Promise<void> {
    await this.#save((bridge) => bridge.save('GET /exports/customers', { query: { format: 'csv' } }, `customers-${today()}.csv`));
  }

  /** Customers, entries, closings and settings; without secrets. */
  async shop(): Promise<void> {
    await this.#save((bridge) => bridge.save('GET /exports/shop', {}, `shop-${today()}.json`));
  }

  async #save(send: (bridge: Bridge) => Promise<{ path: string }>): Promise<void> {
    if (this.#bridge === null || this.busy) return;
    this.state = { status: 'busy' };
    try {
      const { path } = await send(this.#bridge);
      this.state = { status: 'saved', path };
    } catch (failure) {
      this.state = { status: 'failed', reason: reasonOf(failure) };
    }
  }
}

function today(): string {
  const now = new Date();
  return [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => String(part).padStart(2, '0')).join('-');
}
