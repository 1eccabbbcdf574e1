//! Times as people read them. `time_zone` is the shop's at the till; a phone shows its own.

import type { Language } from './language';
import { locale } from './money';

const formats = new Map<string, Intl.DateTimeFormat>();

export type ClockStyle = 'minute' | 'second' | 'day' | 'date' | 'month';

const STYLES: Record<ClockStyle, Intl.DateTimeFormatOptions> = {
  minute: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  second: { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
  day: { month: 'short', day: 'numeric' },
  month: { month: 'short' },
  date: { year: 'numeric', month: 'short', day: 'numeric' },
};

/** `at` in RFC 3339 or Unix milliseconds; an unreadable one is shown as nothing rather than "Invalid Date". */
export function formatTime(at: string | number, language: Language, style: ClockStyle, timeZone?: string): string {
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) return '';
  const key = `${language} ${style} ${timeZone ?? ''}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale(language), { ...STYLES[style], ...(timeZone ? { timeZone } : {}) });
    formats.set(key, format);
  }
  return format.format(moment);
}

/** Minutes and seconds left, "14:59"; never below zero. */
export function formatCountdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
