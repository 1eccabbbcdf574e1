//! Taking the last result back by its key, for five minutes. Later its entry is reversed, with a reason.

import type { Doubt } from '../shared/wire/till';
import { reasonOf, type Bridge } from './bridge';
import { isOpen } from './doubt';
import { FormId } from './form-id';
import type { Reason } from './reason';
import { sayIn } from './say';
import type { Till } from './till.svelte';

/** For so long a result is taken back by one key. */
export const UNDO_MS = 5 * 60_000;

/** What became of it. */
export type Undoing =
  | { status: 'none' }
  | { status: 'busy'; id: string }
  | { status: 'done'; id: string }
  | { status: 'failed'; id: string; reason: Reason };

export class Undo {
  state: Undoing = $state.raw({ status: 'none' });

  #bridge: Bridge | null;
  #till: Pick<Till, 'desk' | 'steadyMs' | 'withConsent' | 'lightGone'>;
  /** When the last result came. */
  #arrived = $state.raw({ id: '', ms: 0 });
  #form = new FormId();

  constructor(bridge: Bridge | null, till: Pick<Till, 'desk' | 'steadyMs' | 'withConsent' | 'lightGone'>) {
    this.#bridge = bridge;
    this.#till = till;
  }

  forget(): void {
    this.state = { status: 'none' };
  }

  /** A result came; the same one with a lamp more changes nothing. */
  arrived(id: string): void {
    if (id === this.#arrived.id) return;
    this.#arrived = { id, ms: this.#till.steadyMs };
    this.#form.renew();
  }

  /** For how long the last result can still be taken back; 0: it cannot. */
  get leftMs(): number {
    const { result } = this.#till.desk;
    if (result.status !== 'recorded' || result.redemption.repeated || result.redemption.reversed > 0) return 0;
    if (this.state.status === 'done' && this.state.id === result.redemption.id) return 0;
    return Math.max(0, this.#arrived.ms + UNDO_MS - this.#till.steadyMs);
  }

  async now(): Promise<void> {
    const bridge = this.#bridge;
    const { result, language } = this.#till.desk;
    if (bridge === null || result.status !== 'recorded' || this.leftMs === 0 || this.state.status === 'busy') return;
    const { id, unit, amount } = result.redemption;
    this.state = { status: 'busy', id };
    try {
      const about = { kind: 'reversal', of: id, of_kind: 'redemption', whole: true, reason: sayIn(language).undoReason } as const;
      await this.#till.withConsent((approval) => this.#form.send((request) => bridge.moveValue(request, about, { unit, amount }, approval)), this.#till.lightGone);
      this.state = { status: 'done', id };
    } catch (failure) {
      this.state = { status: 'failed', id, reason: reasonOf(failure) };
    }
  }

  /** What could not be taken back in time may have been all the same: the list tells. */
  follow(doubts: readonly Doubt[]): void {
    const { state } = this;
    if (state.status !== 'failed' || state.reason !== 'in_doubt') return;
    const ended = doubts.find((doubt) => doubt.of === state.id && !isOpen(doubt.state));
    if (ended !== undefined) this.state = ended.state === 'recorded' ? { status: 'done', id: state.id } : { status: 'none' };
  }
}
