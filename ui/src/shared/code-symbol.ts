//! The QR symbol of 27 digits: numeric mode, version 1, level Q, as the contract has it (ISO/IEC 18004). That one symbol alone, so
//! that a phone has its first code soon; `qr.ts` draws links by a library, which the tests hold this file to. A row is an integer
//! whose bit `x` is the module of column `x`.

import type { Digits27 } from './code';

const SIZE = 21;
const ALL = 2 ** SIZE - 1;
const DATA_BYTES = 13;
const CHECK_BYTES = 13;
/** x^8 + x^4 + x^3 + x^2 + 1, of the field that the check bytes are reckoned in. */
const FIELD = 0x11d;

/** 21 rows of 21 modules; true is dark. */
export function codeSymbol(digits: Digits27): boolean[][] {
  const { fixed, masks } = (symbol ??= makeSymbol());
  const drawn = [...fixed];
  const bytes = withCheck(dataOf(digits));
  eachFree((x, y, index) => {
    if ((bytes[index >> 3]! >> (7 - (index & 7))) & 1) drawn[y]! |= 1 << x;
  });
  let best: { penalty: number; mask: number; rows: number[] } | null = null;
  masks.forEach((flips, mask) => {
    const rows = drawn.map((row, y) => row ^ flips[y]!);
    const penalty = penaltyOf(rows);
    if (best === null || penalty < best.penalty) best = { penalty, mask, rows };
  });
  const { mask, rows } = best!;
  drawFormat(rows, mask);
  return rows.map((row) => Array.from({ length: SIZE }, (_, x) => ((row >> x) & 1) === 1));
}

/** Mode, count and digits fill the symbol's data to the last bit. */
function dataOf(digits: string): number[] {
  let bits = '0001' + binary(digits.length, 10);
  for (let at = 0; at < digits.length; at += 3) bits += binary(Number(digits.slice(at, at + 3)), 10);
  return Array.from({ length: DATA_BYTES }, (_, index) => Number.parseInt(bits.slice(8 * index, 8 * index + 8), 2));
}

function binary(value: number, width: number): string {
  return value.toString(2).padStart(width, '0');
}

/** Followed by the remainder of its division by (x − 1)(x − 2)(x − 4)… */
function withCheck(data: readonly number[]): number[] {
  let divisor = [1];
  for (let root = 1, index = 0; index < CHECK_BYTES; index += 1, root = times(root, 2)) {
    const shifted = [...divisor, 0];
    divisor = shifted.map((one, place) => one ^ (place === 0 ? 0 : times(divisor[place - 1]!, root)));
  }
  const rest = [...data, ...divisor.slice(1).fill(0)];
  for (let index = 0; index < data.length; index += 1) {
    const factor = rest[index]!;
    divisor.forEach((one, place) => (rest[index + place]! ^= times(one, factor)));
  }
  return [...data, ...rest.slice(data.length)];
}

function times(one: number, other: number): number {
  let product = 0;
  for (let bit = 128; bit > 0; bit >>= 1) {
    product = (product << 1) ^ (product & 128 ? FIELD : 0);
    if (other & bit) product ^= one;
  }
  return product;
}

/** Finders with their borders, the format's place beside them, and the two lines that alternate. */
function isFixed(x: number, y: number): boolean {
  return (x < 9 && y < 9) || (x > 12 && y < 9) || (x < 9 && y > 12) || x === 6 || y === 6;
}

/** The modules that carry data, in their order: up and down in pairs of columns, from the right. */
function eachFree(visit: (x: number, y: number, index: number) => void): void {
  let index = 0;
  for (let pair = 0; pair < 10; pair += 1) {
    // The alternating line in column 6 is in no pair.
    const right = SIZE - 1 - 2 * pair - (pair > 6 ? 1 : 0);
    for (let step = 0; step < SIZE; step += 1) {
      const y = pair % 2 === 0 ? SIZE - 1 - step : step;
      for (const x of [right, right - 1]) if (!isFixed(x, y)) visit(x, y, index++);
    }
  }
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => ((y >> 1) + Math.trunc(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** What is the same in every code: the fixed modules without the format, and the rows that each mask flips. */
let symbol: { fixed: number[]; masks: number[][] } | undefined;

function makeSymbol(): { fixed: number[]; masks: number[][] } {
  const fixed = Array.from({ length: SIZE }, () => 0);
  for (const [left, top] of [[0, 0], [SIZE - 7, 0], [0, SIZE - 7]] as const) {
    [0x7f, 0x41, 0x5d, 0x5d, 0x5d, 0x41, 0x7f].forEach((row, y) => (fixed[top + y]! |= row << left));
  }
  for (let at = 8; at < SIZE - 8; at += 2) {
    fixed[6]! |= 1 << at;
    fixed[at]! |= 1 << 6;
  }
  const masks = MASKS.map(() => fixed.map(() => 0));
  eachFree((x, y) => MASKS.forEach((flips, mask) => (masks[mask]![y]! |= flips(x, y) ? 1 << x : 0)));
  return { fixed, masks };
}

/** The level and the mask, twice, with their check bits. */
function drawFormat(rows: number[], mask: number): void {
  const value = (0b11 << 3) | mask;
  let rest = value << 10;
  for (let bit = 14; bit >= 10; bit -= 1) if ((rest >> bit) & 1) rest ^= 0x537 << (bit - 10);
  const format = ((value << 10) | rest) ^ 0x5412;
  const set = (x: number, y: number, index: number) => (rows[y]! |= ((format >> index) & 1) << x);
  for (let index = 0; index < 15; index += 1) {
    if (index < 8) set(8, index < 6 ? index : index + 1, index);
    else set(index === 8 ? 7 : 14 - index, 8, index);
    if (index < 8) set(SIZE - 1 - index, 8, index);
    else set(8, SIZE - 15 + index, index);
  }
  rows[SIZE - 8]! |= 1 << 8;
}

/** How hard a masked symbol is to read: the lowest is taken. */
function penaltyOf(rows: readonly number[]): number {
  const columns = Array.from({ length: SIZE }, (_, x) => rows.reduce((column, row, y) => column | (((row >> x) & 1) << y), 0));
  let penalty = [...rows, ...columns].reduce((sum, line) => sum + linePenalty(line), 0);
  let dark = 0;
  rows.forEach((row, y) => {
    dark += ones(row);
    const next = rows[y + 1];
    if (next === undefined) return;
    // Blocks of two by two of one colour.
    const same = ~(row ^ next) & ~(row ^ (row >> 1)) & ~(next ^ (next >> 1));
    penalty += 3 * ones(same & (ALL >> 1));
  });
  const uneven = Math.abs(100 * dark - 50 * SIZE * SIZE) / (5 * SIZE * SIZE) - 1;
  return penalty + 10 * Math.ceil(Math.max(0, uneven));
}

/** Runs of five and more, and what looks like a finder. */
function linePenalty(line: number): number {
  let penalty = 0;
  let run = 0;
  for (let at = 0; at < SIZE; at += 1) {
    run = at > 0 && ((line >> at) & 1) === ((line >> (at - 1)) & 1) ? run + 1 : 1;
    if (run === 5) penalty += 3;
    else if (run > 5) penalty += 1;
    const eleven = (line >> at) & 0x7ff;
    if (at <= SIZE - 11 && (eleven === 0x05d || eleven === 0x5d0)) penalty += 40;
  }
  return penalty;
}

function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count += 1;
  return count;
}
