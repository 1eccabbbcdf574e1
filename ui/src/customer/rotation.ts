//! Which step the phone's code is made for, and until when it is shown. Values in, values out.

import { CODE_SECONDS, stepAt } from '../shared/code';
import type { CustomerEvent } from '../shared/wire';

/** The contract's rule: max(now, last used + 1). */
export function nextStep(nowMs: number, lastUsed: number): number {
  return Math.max(stepAt(nowMs), lastUsed + 1);
}

/** The step of a credential's that an event used up; 0 for none. A `code_expired` used up nothing, and its step may lie an
 *  hour ahead, where counting on from it would make codes that no server takes. */
export function usedStep(event: CustomerEvent, credential: string): number {
  const counts = event.credential === credential && typeof event.step === 'number' && event.code !== 'code_expired';
  return counts ? (event.step ?? 0) : 0;
}

export interface Turn {
  step: number;
  /** Unix milliseconds by the corrected clock. */
  fromMs: number;
  untilMs: number;
}

export function nextTurn(nowMs: number, lastUsed: number): Turn {
  return { step: nextStep(nowMs, lastUsed), fromMs: nowMs, untilMs: nowMs + CODE_SECONDS * 1000 };
}

/** A clock that was set back leaves a turn in the far future; that one is over too. */
export function isOver(turn: Turn, nowMs: number, lastUsed: number): boolean {
  return nowMs >= turn.untilMs || nowMs < turn.fromMs - 1000 || turn.step <= lastUsed;
}

/** Share of the turn that is left, 0 … 1. */
export function shareLeft(turn: Turn, nowMs: number): number {
  const share = (turn.untilMs - nowMs) / (turn.untilMs - turn.fromMs);
  return Math.min(1, Math.max(0, share));
}

/** Whole seconds of the turn that are left; `nowMs` may be of a moment before it. */
export function secondsLeft(turn: Turn, nowMs: number): number {
  return Math.max(0, Math.ceil((turn.untilMs - Math.max(nowMs, turn.fromMs)) / 1000));
}
