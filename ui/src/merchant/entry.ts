//! A ledger entry as words. Pure.

import { formatNamed, type Sign } from '../shared/money';
import type { Entry } from '../shared/wire/till';
import { unitOf, type Desk } from './desk';
import { sayIn } from './say';

/** For the customer: what they gained has a plus. */
export function signOf({ kind, gain, of_kind }: Entry): Sign {
  if (gain !== null && gain !== undefined) return gain ? '+' : '−';
  if (kind === 'top_up' || kind === 'bonus') return '+';
  if (kind === 'reversal') return of_kind === 'top_up' ? '−' : '+';
  return kind === 'redemption' || kind === 'refund' || kind === 'expiry' ? '−' : '';
}

/** "−1 Wash". */
export function entryWords(desk: Desk, entry: Entry): string {
  return formatNamed(unitOf(desk, entry.unit), entry.amount, desk.language, signOf(entry));
}

/** The kind; a redemption has its own word here, because a list of others needs one. */
export function kindWords(desk: Desk, { kind }: Entry): string {
  const say = sayIn(desk.language);
  if (kind === 'redemption') return say.takenTitle.pass;
  return kind in say.kinds ? say.kinds[kind as keyof typeof say.kinds] : say.kinds.other;
}

/** What a reversal can undo. */
export function isReversible({ kind }: Entry): boolean {
  return kind === 'redemption' || kind === 'top_up';
}
