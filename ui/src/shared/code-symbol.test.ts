import { encodeQR } from 'qr';
import { expect, it } from 'vitest';
import type { Digits27 } from './code';
import { codeSymbol } from './code-symbol';

/** Two thousand symbols take two seconds of a machine of one's own. */
const BUSY_MS = 60_000;

/** The audited encoder of the same symbol. */
function byLibrary(digits: string): boolean[][] {
  const bordered = encodeQR(digits, 'raw', { ecc: 'quartile', encoding: 'numeric', version: 1, border: 1 });
  return bordered.slice(1, -1).map((row) => row.slice(1, -1));
}

/** 27 digits, other ones for every `seed`. */
function digitsOf(seed: number): string {
  let state = seed * 2654435761 + 1;
  return Array.from({ length: 27 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return String(Math.floor(state / 429496730));
  }).join('');
}

it('is the symbol that a library draws, module by module', () => {
  const masks = new Set<string>();
  const all = ['0', '1', '9'].map((digit) => digit.repeat(27)).concat(Array.from({ length: 2000 }, (_, seed) => digitsOf(seed)));
  for (const digits of all) {
    const drawn = codeSymbol(digits as Digits27);
    expect(drawn, digits).toEqual(byLibrary(digits));
    masks.add([2, 3, 4].map((x) => Number(drawn[8]![x])).join(''));
  }
  // Each of the eight masks was the best of some.
  expect(masks.size).toBe(8);
}, BUSY_MS);
