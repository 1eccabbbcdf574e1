//! Which of the two languages a page speaks. Sentences themselves are in each page's `say`.

import type { Language } from './wire/till';

export type { Language };

export const LANGUAGES: readonly Language[] = ['en', 'zh'];

/** Chinese when it comes before English among what the browser prefers. */
export function preferredLanguage(preferences: readonly string[]): Language {
  for (const tag of preferences) {
    if (/^zh\b/i.test(tag)) return 'zh';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}

export function otherLanguage(language: Language): Language {
  return language === 'en' ? 'zh' : 'en';
}

/** The page's own language attribute: screen readers and fonts follow it. */
export function htmlLanguage(language: Language): string {
  return language === 'zh' ? 'zh-Hans' : 'en';
}
