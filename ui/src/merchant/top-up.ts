//! What became of a new customer's first top-up where it did not simply succeed. The customer stands either way.
//! Values in, values out.

import type { Doubt, Preset } from '../shared/wire/till';
import { asReason, asTillsOwn, type Reason } from './reason';

export type TopUp = { preset: Preset } & (
  | { state: 'refused'; reason: Reason }
  /** In doubt, under this id. */
  | { state: 'unknown'; id: string }
  | { state: 'recorded' }
  | { state: 'cancelled' }
);

/** `failed` is the program's answer; what it could not find out in time is in the list of those in doubt. */
export function topUpAfter(failed: string | null, customer: number, preset: Preset, doubts: readonly Doubt[]): TopUp | null {
  if (failed === null) return null;
  const reason = asTillsOwn(asReason(failed));
  const doubt = doubts.find((one) => one.kind === 'top_up' && one.customer === customer);
  return reason === 'in_doubt' ? { preset, state: 'unknown', id: doubt?.id ?? '' } : { preset, state: 'refused', reason };
}

/** The list tells how a doubt ended, and later forgets it. */
export function topUpNow(topUp: TopUp, doubts: readonly Doubt[]): TopUp {
  if (topUp.state !== 'unknown') return topUp;
  const { preset, id } = topUp;
  switch (doubts.find((doubt) => doubt.id === id)?.state) {
    case 'recorded':
      return { preset, state: 'recorded' };
    case 'refused':
    case 'cancelled':
    case 'gone':
      return { preset, state: 'cancelled' };
    case 'asking':
    case 'unreachable':
    case 'can_cancel':
    case 'cancelling':
    case undefined:
      return topUp;
  }
}
