//! Lengths of time in words.

import type { Language } from '../shared/language';

/** A length of time in words, as exact as anybody cares. */
export function ago(seconds: number, language: Language): string {
  const [count, unit]: [number, 0 | 1 | 2] = seconds < 100 ? [seconds, 0] : seconds < 6000 ? [Math.round(seconds / 60), 1] : [Math.round(seconds / 3600), 2];
  return `${count} ${UNITS[language][unit]}`;
}

const UNITS = { en: ['s', 'min', 'h'], zh: ['秒', '分钟', '小时'] } as const;
