//! What a report calls its units, operators, tills, hours and dates. Pure.

import { formatTime } from '../../shared/clock';
import type { Language } from '../../shared/language';
import { currencySign, unitName } from '../../shared/money';
import { unitOf, type Desk } from '../desk';
import { sayDay } from '../say/day';
import type { Report } from './day.svelte';
import type { Point } from './series';

/** A unit, also one that has no name but its sign. */
export function unitWords(desk: Desk, unit: string): string {
  const known = unitOf(desk, unit);
  const { names } = known;
  const named = known.kind === 'money' ? (names?.[desk.language] ?? '') : unitName(known, desk.language);
  if (known.kind !== 'money') return named;
  return named === '' ? currencySign(known, desk.language) : `${named} ${currencySign(known, desk.language)}`;
}

/** Null: nobody. */
export function operatorName({ operator_names }: Report, id: number | null | undefined, language: Language): string {
  return id == null ? sayDay(language).nobody : (operator_names.find((one) => one.id === id)?.name ?? String(id));
}

/** Null: the server itself. */
export function terminalName({ terminal_names }: Report, id: number | null | undefined, language: Language): string {
  return id == null ? sayDay(language).server : (terminal_names.find((one) => one.id === id)?.name ?? String(id));
}

const clock = (hour: number) => `${String(hour % 24).padStart(2, '0')}:00`;

export function hourWords(hour: number, language: Language): string {
  return sayDay(language).hourSpan(clock(hour), clock(hour + 1));
}

/** A date without a time is the same everywhere. */
export function dateWords(date: string, language: Language, style: 'month' | 'day' | 'date' = 'date'): string {
  return formatTime(`${date}T00:00:00Z`, language, style, 'UTC');
}

export function datesWords({ key, until }: Point, language: Language): string {
  const first = dateWords(key, language);
  return key === until ? first : sayDay(language).dateSpan(first, dateWords(until, language));
}

export function momentWords(at: string, language: Language, zone: string | undefined): string {
  return `${formatTime(at, language, 'date', zone)} ${formatTime(at, language, 'minute', zone)}`;
}

/** A file's name that any system takes. */
export function fileName(report: Report): string {
  const which = report.name === 'z' ? `z${report.number}` : report.name === 'day' ? report.date : `x${report.last_entry}`;
  return `entries-${which}.csv`;
}
