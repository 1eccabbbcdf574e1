//! A report as points of a chart. Pure. A chart shows what no screen can show to the last digit, so its values are plain
//! numbers; the tables beside it have the sums themselves.

import type { Schemas } from '../asking';
import { heldOf, sumOf, takenOf, type Line } from './figures';

const DAY_MS = 86_400_000;
const HOURS = 24;

/** One column of a chart. */
export interface Point {
  /** An hour, or the first of the dates. */
  key: string;
  /** The last of the dates, where the column is more than one. */
  until: string;
  /** One for each series. */
  values: bigint[];
}

/** What was taken of a unit in each hour, from the first with an entry to the last, by the shop's own day. */
export function byHour(hours: readonly Schemas['HourLines'][], unit: string, dayStartMin: number): Point[] {
  const first = Math.floor(dayStartMin / 60);
  const place = (hour: number) => (hour - first + HOURS) % HOURS;
  const used = hours.filter(({ lines }) => lines.some((line) => line.unit === unit && isTaken(line))).map(({ hour }) => place(hour));
  if (used.length === 0) return [];
  // A few hours alone look like a block: a chart has at least a third of a day.
  let [from, to] = [Math.min(...used), Math.max(...used)];
  while (to - from < 8) [from, to] = [Math.max(0, from - 1), Math.min(HOURS - 1, to + 1)];
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const hour = (from + index + first) % HOURS;
    const lines = hours.find((one) => one.hour === hour)?.lines ?? [];
    return { key: String(hour), until: String(hour), values: [takenOf(lines, unit)] };
  });
}

function isTaken({ kind, of }: Line): boolean {
  return kind === 'redemption' || of === 'redemption';
}

export interface Trend {
  /** What was taken. */
  taken: Point[];
  /** What was topped up, with the bonus, against what was taken. */
  both: Point[];
  /** What is owed at the end of each. */
  owed: Point[];
}

/** How days are put together: so many, or those of a month. */
export type Step = number | 'month';

/** A unit's business days, those without entries too, put together; the last column may be the one that is not over. */
export function byDay({ from, to, opening, days }: Schemas['Chart'], unit: string, step: Step): Trend {
  const known = new Map(days.map((day) => [day.date, day]));
  const trend: Trend = { taken: [], both: [], owed: [] };
  let owed = heldOf(opening, unit);
  for (const some of columnsOf(datesOf(from, to), step)) {
    const lines = some.flatMap((date) => known.get(date)?.lines ?? []);
    for (const date of some) {
      const day = known.get(date);
      if (day !== undefined) owed = heldOf(day.closing, unit);
    }
    const [key, until] = [some[0] ?? from, some.at(-1) ?? to];
    const taken = takenOf(lines, unit);
    const added = sumOf(lines, unit, 'top_up').total + sumOf(lines, unit, 'bonus').total;
    trend.taken.push({ key, until, values: [taken] });
    trend.both.push({ key, until, values: [added, taken] });
    trend.owed.push({ key, until, values: [owed] });
  }
  return trend;
}

/** Months are the calendar's; of so many days the last column is whole, the first may be short. */
function columnsOf(dates: readonly string[], step: Step): string[][] {
  const columns = new Map<string, string[]>();
  dates.forEach((date, index) => {
    const column = step === 'month' ? date.slice(0, 7) : String(Math.floor((dates.length - 1 - index) / step));
    columns.set(column, [...(columns.get(column) ?? []), date]);
  });
  return [...columns.values()];
}

function datesOf(from: string, to: string): string[] {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const count = Math.max(0, Math.round((last - first) / DAY_MS) + 1);
  return Array.from({ length: count }, (_, index) => new Date(first + index * DAY_MS).toISOString().slice(0, 10));
}

/** The first date of a span that ends with another: so many days, or this month and the eleven before. */
export function startOf(span: Span, to: string): string {
  const last = new Date(Date.parse(to));
  if (span === 'year') return new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth() - 11, 1)).toISOString().slice(0, 10);
  return new Date(last.getTime() - (span - 1) * DAY_MS).toISOString().slice(0, 10);
}

/** What can be looked back at; a quarter is thirteen weeks. */
export const SPANS = [7, 30, 91, 'year'] as const;
export type Span = (typeof SPANS)[number];

/** How a span is drawn: its columns, and the fewer ones where two series stand beside each other. */
export const STEPS: Record<Span, { single: Step; both: Step }> = {
  7: { single: 1, both: 1 },
  30: { single: 1, both: 3 },
  91: { single: 7, both: 7 },
  year: { single: 'month', both: 'month' },
};

export function isEmpty(points: readonly Point[]): boolean {
  return points.every(({ values }) => values.every((value) => value === 0n));
}
