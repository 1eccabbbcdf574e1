//! A customer's join code in the light, and on the customers' window.

import type { Customer, Doubt, Join, Redemption } from '../shared/wire/till';
import type { Bridge } from './bridge';
import type { Till } from './till.svelte';
import { topUpNow, type TopUp } from './top-up';

/** How long a join link holds from when it is made. */
const JOIN_MS = 15 * 60_000;

export interface OpenJoin {
  customer: Customer;
  url: string;
  /** When it is over, on the till's own steady clock: the server's may tell another time. */
  endsMs: number;
  /** What became of a new customer's top-up, unless it simply succeeded. */
  topUp: TopUp | null;
}

export class JoinCode {
  #bridge: Bridge | null;
  #till: Pick<Till, 'desk' | 'closePanel'>;
  #open: OpenJoin | null = $state.raw(null);
  #practiceOffered = false;

  constructor(bridge: Bridge | null, till: Pick<Till, 'desk' | 'closePanel'>) {
    this.#bridge = bridge;
    this.#till = till;
  }

  get open(): OpenJoin | null {
    return this.#open;
  }

  set open(join: OpenJoin | null) {
    const isNews = join?.url !== this.#open?.url;
    this.#open = join;
    if (!isNews) return;
    const shown = join && { url: join.url, expires_at: new Date(Date.now() + join.endsMs - performance.now()).toISOString() };
    // The till works without the customers' window.
    void this.#bridge?.showJoin(shown).catch(() => undefined);
  }

  forget(): void {
    this.open = null;
    this.#practiceOffered = false;
  }

  show(customer: Customer, { url }: Join, topUp: TopUp | null = null): void {
    this.open = { customer, url, endsMs: performance.now() + JOIN_MS, topUp };
    this.#till.closePanel();
    // The merchant asked for it: a settled result no longer needs the light.
    const { desk } = this.#till;
    const { status } = desk.result;
    if (status !== 'checking' && status !== 'in_doubt') this.#till.desk = { ...desk, resultMs: -Infinity };
  }

  close(): void {
    this.open = null;
  }

  /** Whose code was read has a phone. In practice the demo camera shows it by itself, and the offer stays. */
  scanned({ customer }: Redemption): void {
    if (this.#till.desk.shop?.practice !== true && this.open?.customer.id === customer.id) this.close();
  }

  /** The list tells how a first top-up ended. */
  follow(doubts: readonly Doubt[]): void {
    if (this.open?.topUp) this.open = { ...this.open, topUp: topUpNow(this.open.topUp, doubts) };
  }

  /** In the practice shop somebody new should see a phone page with one look: its customer's join code. */
  async offerPractice(): Promise<void> {
    const { shop, link } = this.#till.desk;
    if (this.#practiceOffered || this.#bridge === null || shop?.practice !== true || link !== 'online') return;
    this.#practiceOffered = true;
    try {
      const [customer] = await this.#bridge.findCustomers('');
      if (customer && this.open === null) {
        const { url } = await this.#bridge.join(customer.id);
        this.open = { customer, url, endsMs: performance.now() + JOIN_MS, topUp: null };
      }
    } catch {
      this.#practiceOffered = false;
    }
  }
}
