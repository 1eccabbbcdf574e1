//! Tells a keyboard-wedge scanner from a person typing: it watches keys and says what to do with each. Pure;
//! the window's listener carries it out.

import { CODE_LENGTH } from '../shared/code';

/** Keys of a scanner come faster than this, in milliseconds. */
const BURST_GAP_MS = 40;
/** So many quick digits in a row are a scanner, also inside a field. */
const BURST_KEYS = 6;
/** A person who types a code outside any field may pause this long. */
const TYPING_GAP_MS = 3_000;

export interface Wedge {
  digits: string;
  lastMs: number;
  /** Quick keys in a row. */
  quick: number;
}

export type Verdict =
  /** Not for us. */
  | { kind: 'let' }
  /** Ours; the field must not get it. */
  | { kind: 'swallow' }
  /** Now it is clear that a scanner is typing: take back what the field got of it. */
  | { kind: 'take_back'; keys: number }
  | { kind: 'code'; digits: string };

export function newWedge(): Wedge {
  return { digits: '', lastMs: -Infinity, quick: 0 };
}

/** `inField`: the key goes to a text field. `atMs` is any steady clock. */
export function onKey(wedge: Wedge, key: string, atMs: number, inField: boolean): [Wedge, Verdict] {
  const gap = atMs - wedge.lastMs;
  const burst = wedge.quick >= BURST_KEYS;
  if (key === 'Enter' || key === 'Tab') return onEnd(wedge, key, gap, burst);
  if (!/^\d$/.test(key)) return [newWedge(), { kind: 'let' }];
  const goesOn = gap <= (inField || burst ? BURST_GAP_MS : TYPING_GAP_MS);
  const digits = (goesOn ? wedge.digits : '') + key;
  const quick = goesOn && gap <= BURST_GAP_MS ? wedge.quick + 1 : 1;
  const next = { digits: digits.slice(-2 * CODE_LENGTH), lastMs: atMs, quick };
  if (digits.length === CODE_LENGTH && (!inField || quick >= BURST_KEYS)) {
    return [{ ...next, digits: '' }, { kind: 'code', digits }];
  }
  if (!inField) return [next, { kind: 'swallow' }];
  if (quick < BURST_KEYS) return [next, { kind: 'let' }];
  return [next, quick === BURST_KEYS ? { kind: 'take_back', keys: BURST_KEYS - 1 } : { kind: 'swallow' }];
}

/** A scanner's closing key must press no button and send no form. */
function onEnd(wedge: Wedge, key: string, gap: number, burst: boolean): [Wedge, Verdict] {
  if (!burst || gap > 4 * BURST_GAP_MS) return [newWedge(), { kind: 'let' }];
  const digits = wedge.digits;
  return [newWedge(), key === 'Enter' && digits.length >= BURST_KEYS ? { kind: 'code', digits } : { kind: 'swallow' }];
}
