//! Tells a keyboard-wedge scanner from a person typing: it watches keys and says what to do with each. Pure;
//! `keys.ts` carries it out.

import { CODE_LENGTH } from '../shared/code';

/** Keys of a scanner come faster than this, in milliseconds. */
const BURST_GAP_MS = 60;
/** So many quick digits in a row are a scanner, also inside a field. */
const BURST_KEYS = 6;
/** A person who types a code outside any field may pause this long. */
const TYPING_GAP_MS = 3_000;
/** After this long without a key a scanner that sends no closing one has ended. */
export const PAUSE_MS = 80;
/** A closing key that comes later is a person's. */
const CLOSING_MS = 250;

export interface Key {
  /** What the layout makes of it: `1`, `１`, or `&` where the digits need Shift. */
  key: string;
  /** Where it lies: `Digit1`, `Numpad1`. */
  code: string;
  /** Of any steady clock. */
  atMs: number;
  /** It goes to a text field. */
  inField: boolean;
}

export interface Wedge {
  digits: string;
  lastMs: number;
  /** Quick keys in a row. */
  quick: number;
}

export type Verdict =
  /** Not for us. `first`: if a scanner is typing, this is where it began. */
  | { kind: 'let'; first: boolean }
  /** Ours; nobody else may get it. */
  | { kind: 'swallow' }
  /** A digit only if more follow at once: else it is what the layout makes of it. */
  | { kind: 'hold' }
  /** Now it is clear that a scanner is typing: the field is to be as it was before it began. */
  | { kind: 'take_back' }
  | { kind: 'code'; digits: string };

const LET: Verdict = { kind: 'let', first: false };
const SWALLOW: Verdict = { kind: 'swallow' };

export function newWedge(): Wedge {
  return { digits: '', lastMs: -Infinity, quick: 0 };
}

/** By what is printed on the key, or else by where it lies: a scanner presses an English keyboard's keys. */
function digitOf(key: string, code: string): { digit: string; sure: boolean } | null {
  const printed = key.normalize('NFKC');
  if (/^[0-9]$/.test(printed)) return { digit: printed, sure: true };
  const lies = /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
  return lies === undefined ? null : { digit: lies, sure: false };
}

export function onKey(wedge: Wedge, { key, code, atMs, inField }: Key): [Wedge, Verdict] {
  const gap = atMs - wedge.lastMs;
  const burst = wedge.quick >= BURST_KEYS;
  if (key === 'Enter' || key === 'Tab') return onEnd(wedge, gap, inField);
  const found = digitOf(key, code);
  if (found === null) return [newWedge(), LET];
  const { digit, sure } = found;
  const goesOn = gap <= (inField || burst || !sure ? BURST_GAP_MS : TYPING_GAP_MS);
  const digits = ((goesOn ? wedge.digits : '') + digit).slice(-2 * CODE_LENGTH);
  const quick = goesOn && gap <= BURST_GAP_MS ? wedge.quick + 1 : 1;
  const next = { digits, lastMs: atMs, quick };
  if (!inField) return [next, sure || quick > 1 ? SWALLOW : { kind: 'hold' }];
  if (quick < BURST_KEYS) return [next, { kind: 'let', first: quick === 1 }];
  return [next, quick === BURST_KEYS ? { kind: 'take_back' } : SWALLOW];
}

/** Without what somebody typed just before the scanner did, an amount perhaps: that was slow. */
function scannedOf({ digits, quick }: Wedge): string {
  return digits.length > CODE_LENGTH && quick === CODE_LENGTH ? digits.slice(-CODE_LENGTH) : digits;
}

/** A scanner's closing key must press no button and send no form. */
function onEnd(wedge: Wedge, gap: number, inField: boolean): [Wedge, Verdict] {
  const digits = scannedOf(wedge);
  // A whole code outside every field is one, however slowly it came: some scanners are set to pause between keys.
  const ours = wedge.quick >= BURST_KEYS || (!inField && digits.length === CODE_LENGTH);
  if (!ours || gap > CLOSING_MS) return [newWedge(), LET];
  return [newWedge(), digits.length >= BURST_KEYS ? { kind: 'code', digits } : SWALLOW];
}

/** No key came for `PAUSE_MS`: the digits, if a scanner or a person has come to an end with them. */
export function onPause(wedge: Wedge): [Wedge, string | null] {
  const whole = wedge.digits.length === CODE_LENGTH || wedge.quick >= BURST_KEYS;
  return whole ? [{ ...wedge, digits: '' }, scannedOf(wedge)] : [wedge, null];
}
