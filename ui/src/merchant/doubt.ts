//! A line of the list of those in doubt: whether it is still open, and its words. Pure.

import type { Doubt, DoubtState } from '../shared/wire/till';
import type { Desk } from './desk';
import { sayIn } from './say';

/** What was settled stays listed for a while, or until somebody has seen it, but is no longer in doubt. */
export function isOpen(state: DoubtState): boolean {
  switch (state) {
    case 'asking':
    case 'unreachable':
    case 'can_cancel':
    case 'cancelling':
      return true;
    case 'recorded':
    case 'refused':
    case 'cancelled':
    case 'gone':
      return false;
  }
}

export function openDoubts(desk: Desk): number {
  return desk.doubts.filter(({ state }) => isOpen(state)).length;
}

export function doubtWords(desk: Desk, { kind, state }: Doubt): string {
  const { doubtOpen, doubtSettled } = sayIn(desk.language);
  switch (state) {
    case 'asking':
    case 'unreachable':
    case 'can_cancel':
    case 'cancelling':
      return doubtOpen[state];
    case 'recorded':
    case 'refused':
    case 'cancelled':
    case 'gone':
      return doubtSettled[kind][state];
  }
}

/** What the server is doing about the request in the field, where the list knows more than the field. */
export function isCancelling(desk: Desk, id: string): boolean {
  return desk.doubts.some((doubt) => doubt.id === id && doubt.state === 'cancelling');
}
