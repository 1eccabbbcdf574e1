//! What the shop's rules give on top of a top-up: the server's own arithmetic, to show it before. Pure.

import type { Schemas } from '../asking';

/** Of several rules the one with the highest `from_amount` that is reached. */
export function bonusOf(rules: readonly Schemas['BonusRule'][], amount: number): number {
  const reached = rules.filter(({ from_amount }) => from_amount <= amount).sort((one, other) => other.from_amount - one.from_amount)[0];
  return reached === undefined ? 0 : (reached.bonus ?? 0) + Math.floor((amount * (reached.per_mille ?? 0)) / 1000);
}
