//! What people type into the settings' forms, as values; empty means none, and undefined that it is no value.

import { parseAmount, type Unit } from '../../shared/money';
import type { Language, Names } from '../../shared/wire/till';

/** An amount as a person would type it: "25.50". */
export function amountText(unit: Unit, amount: number | null | undefined): string {
  return amount == null ? '' : (amount / 10 ** unit.decimals).toFixed(unit.decimals);
}

export function readAmount(text: string, unit: Unit, least = 1): number | null | undefined {
  if (text.trim() === '') return null;
  const amount = parseAmount(text, unit);
  return amount === null || amount < least ? undefined : amount;
}

export function readWhole(text: string, least: number, most: number): number | null | undefined {
  if (text.trim() === '') return null;
  const number = /^\d{1,9}$/.test(text.trim()) ? Number(text) : NaN;
  return number >= least && number <= most ? number : undefined;
}

/** "7.5" percent as thousandths. */
export function readPerMille(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const match = /^(\d{1,4})(?:\.(\d))?$/.exec(text.trim());
  const perMille = match ? Number(match[1]) * 10 + Number(match[2] ?? 0) : NaN;
  return perMille <= 10_000 ? perMille : undefined;
}

/** Minutes after midnight, as a time field has them. */
export function timeText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

export function readTime(text: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)/.exec(text);
  return match ? Number(match[1]) * 60 + Number(match[2]) : undefined;
}

/** A name in the page's language, and in the other where one was given. */
export function namesOf(language: Language, own: string, other: string): Names {
  const [mine, theirs] = [own.trim(), other.trim() === '' ? own.trim() : other.trim()];
  return language === 'zh' ? { zh: mine, en: theirs } : { en: mine, zh: theirs };
}

/** What the other language's field shows: nothing where it would repeat the name. */
export function otherName(language: Language, names: Names): string {
  return names.en === names.zh ? '' : language === 'zh' ? names.en : names.zh;
}

/** The books' word for a new pass: its name in small letters, as far as it has any, and none that is taken. */
export function wordFor(name: string, taken: readonly string[]): string {
  const latin = name.toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, 28);
  const word = latin === '' ? 'visit' : latin;
  if (!taken.includes(word)) return word;
  for (let number = 2; ; number += 1) if (!taken.includes(`${word}_${number}`)) return `${word}_${number}`;
}
