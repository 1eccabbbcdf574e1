//! A report's figures: its lines added up as a shopkeeper reads them. Pure. Sums have 128 bits, so they are `bigint`.

import type { Schemas } from '../asking';

export type Line = Schemas['Line'];
export type Held = Schemas['Held'];
export type Kind = Schemas['EntryKind'];
type Totals = Schemas['Totals'];

/** The kinds that a figure is about, in the order in which a report names them; reversals belong to what they undo. */
export const FIGURES = ['top_up', 'bonus', 'redemption', 'refund', 'transfer', 'adjustment', 'expiry'] as const;
export type Figure = (typeof FIGURES)[number];

/** Those that are told also where there was none. */
const ALWAYS: readonly Figure[] = ['top_up', 'redemption'];

export interface Sum {
  /** Entries, reversals left out. */
  count: number;
  /** What customers hold is so much more; less, where it is negative. */
  total: bigint;
}

/** The lines of a unit that belong to a figure. */
export function sumOf(lines: readonly Line[], unit: string, figure: Figure): Sum {
  let [count, total] = [0, 0n];
  for (const line of lines) {
    if (line.unit !== unit || (line.kind !== figure && line.of !== figure)) continue;
    const size = BigInt(line.principal) + BigInt(line.bonus);
    total += line.direction === 'in' ? size : -size;
    if (line.kind === figure) count += line.count;
  }
  return { count, total };
}

/** What was taken, less what was given back. */
export function takenOf(lines: readonly Line[], unit: string): bigint {
  return -sumOf(lines, unit, 'redemption').total;
}

export function heldOf(held: readonly Held[], unit: string): bigint {
  const one = held.find((each) => each.unit === unit);
  return one === undefined ? 0n : BigInt(one.principal) + BigInt(one.bonus);
}

/** The units that a report has anything to say of, in the shop's order; what the shop no longer lists comes last. */
export function unitsOf({ lines, opening, closing }: Pick<Totals, 'lines' | 'opening' | 'closing'>, order: readonly string[]): string[] {
  const said = new Set(lines.map(({ unit }) => unit));
  for (const unit of [...opening, ...closing].map((held) => held.unit)) {
    if (heldOf(opening, unit) !== 0n || heldOf(closing, unit) !== 0n) said.add(unit);
  }
  const rest = [...said].filter((unit) => !order.includes(unit)).sort();
  return [...order.filter((unit) => said.has(unit)), ...rest];
}

/** The figures that a table has a row for. */
export function figuresOf(lines: readonly Line[]): Figure[] {
  return FIGURES.filter((figure) => ALWAYS.includes(figure) || lines.some(({ kind, of }) => kind === figure || of === figure));
}
