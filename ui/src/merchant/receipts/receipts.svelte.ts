//! Receipts: printed when somebody asks or always, one after another, and never in the way of the next scan. What a
//! printer did not take waits here until somebody tries again or leaves it.

import type { Entry, Receipts as Chosen, Redemption, RequestKind, TillEvent } from '../../shared/wire/till';
import { reasonOf, type Bridge } from '../bridge';
import type { Desk } from '../desk';
import type { Reason } from '../reason';
import { DRAWER_ALONE, drawn } from './draw';
import { copyOf, linesOf, receiptOf, testReceipt, type Receipt } from './receipt';

export type Printing = { status: 'rest' } | { status: 'printing' } | { status: 'printed' } | { status: 'failed'; reason: Reason };

/** What is sent to the printer. */
interface Job {
  /** Null: only the drawer. */
  receipt: Receipt | null;
  drawer: boolean;
}

/** Jobs that wait, printed or not; a receipt beyond is in the books and can be printed from there. */
const WAITING = 20;

export class Receipts {
  chosen: Chosen = $state.raw({ printer: { kind: 'none' }, always: false, drawer: false, paper: 'wide' });
  pluggedIn: string[] = $state.raw([]);
  now: Printing = $state.raw({ status: 'rest' });
  /** Not taken by the printer; the oldest first. */
  left: Job[] = $state.raw([]);

  #bridge: Bridge | null;
  #desk: () => Desk;
  #operator: () => string | null;
  #waiting: Job[] = [];

  constructor(bridge: Bridge | null, desk: () => Desk, operator: () => string | null) {
    this.#bridge = bridge;
    this.#desk = desk;
    this.#operator = operator;
  }

  /** Whether there is a printer at all. */
  get on(): boolean {
    return this.chosen.printer.kind !== 'none';
  }

  take(event: Extract<TillEvent, { type: 'receipts' }>): void {
    this.chosen = event.receipts;
    this.pluggedIn = event.plugged_in;
  }

  /** Something was moved just now. */
  after(kind: RequestKind, moved: Redemption): void {
    const receipt = receiptOf(this.#desk(), kind, moved, this.#operator());
    const drawer = this.chosen.drawer && receipt.cash;
    if (this.chosen.always) this.#add({ receipt, drawer });
    else if (drawer) this.#add({ receipt: null, drawer });
  }

  /** The result that is shown. */
  ofResult(moved: Redemption): void {
    this.#add({ receipt: receiptOf(this.#desk(), 'redemption', moved, this.#operator()), drawer: false });
  }

  again(entry: Entry): void {
    this.#add({ receipt: copyOf(this.#desk(), entry), drawer: false });
  }

  test(): void {
    this.#add({ receipt: testReceipt(this.#desk(), new Date().toISOString()), drawer: false });
  }

  openDrawer(): void {
    this.#add({ receipt: null, drawer: true });
  }

  /** The receipt that is on the page for it, by the system's dialog. */
  async asPdf(): Promise<void> {
    await this.#bridge?.print().catch((failure: unknown) => (this.now = { status: 'failed', reason: reasonOf(failure) }));
  }

  /** At the end of the line. */
  #add(job: Job): void {
    if (!this.on) return;
    this.#waiting = [...this.#waiting, job].slice(-WAITING);
    void this.#work();
  }

  /** What the printer did not take, once more. */
  tryAgain(): void {
    this.#waiting = [...this.left, ...this.#waiting].slice(-WAITING);
    this.left = [];
    this.now = { status: 'rest' };
    void this.#work();
  }

  leave(): void {
    this.left = [];
    this.now = { status: 'rest' };
  }

  /** How this computer prints from now on. */
  async choose(change: Partial<Chosen>): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null) return;
    try {
      await bridge.setReceipts({ ...this.chosen, ...change });
      this.now = { status: 'rest' };
    } catch (failure) {
      this.now = { status: 'failed', reason: reasonOf(failure) };
    }
  }

  /** One after another; after one that failed the others are not tried, or each would wait for a printer that is off. */
  async #work(): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null || this.now.status === 'printing') return;
    for (let job = this.#waiting[0]; job !== undefined; job = this.#waiting[0]) {
      this.now = { status: 'printing' };
      try {
        await bridge.printReceipt(await this.#drawn(job));
        this.#waiting = this.#waiting.slice(1);
        this.now = { status: 'printed' };
      } catch (failure) {
        this.left = [...this.left, ...this.#waiting].slice(-WAITING);
        this.#waiting = [];
        this.now = { status: 'failed', reason: reasonOf(failure) };
      }
    }
  }

  async #drawn({ receipt, drawer }: Job): Promise<Uint8Array<ArrayBuffer>> {
    return receipt === null ? DRAWER_ALONE : drawn(linesOf(this.#desk(), receipt), this.chosen.paper, drawer);
  }
}
