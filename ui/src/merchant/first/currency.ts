//! The currencies to choose from, by their names in the page's language, and the likeliest first.

import { locale } from '../../shared/money';
import type { Language } from '../../shared/wire/till';

/** Of the regions whose tag a browser is likely to name. */
const BY_REGION: Record<string, string> = {
  CN: 'CNY', HK: 'HKD', MO: 'MOP', TW: 'TWD', SG: 'SGD', MY: 'MYR', JP: 'JPY', KR: 'KRW', TH: 'THB', VN: 'VND', PH: 'PHP', ID: 'IDR', IN: 'INR',
  US: 'USD', CA: 'CAD', AU: 'AUD', NZ: 'NZD', GB: 'GBP', IE: 'EUR', DE: 'EUR', AT: 'EUR', FR: 'EUR', ES: 'EUR', IT: 'EUR', NL: 'EUR', CH: 'CHF', SE: 'SEK', ZA: 'ZAR', KE: 'KES', NG: 'NGN',
};

/** Where nothing else is known. */
const FALLBACK: Record<Language, string> = { zh: 'CNY', en: 'USD' };

/** By the first of the browser's languages that names a region we know. */
export function likelyCurrency(tags: readonly string[], language: Language): string {
  for (const tag of tags) {
    const region = /[-_]([A-Z]{2})\b/.exec(tag)?.[1];
    if (region !== undefined && BY_REGION[region] !== undefined && (language === 'en' || /^zh/i.test(tag))) return BY_REGION[region];
  }
  return FALLBACK[language];
}

export interface Currency {
  code: string;
  name: string;
}

/** All that the browser knows, by name; without a list, those of the regions above. */
export function currencies(language: Language): Currency[] {
  const codes = 'supportedValuesOf' in Intl ? Intl.supportedValuesOf('currency') : [...new Set(Object.values(BY_REGION))];
  const names = new Intl.DisplayNames(locale(language), { type: 'currency' });
  const named = codes.map((code) => ({ code, name: names.of(code) ?? code }));
  return named.sort((a, b) => a.name.localeCompare(b.name, locale(language)));
}
