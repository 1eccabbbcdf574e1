//! Every sentence of the customer's page, in both languages, written for each and not translated word by word. A missing
//! one is a type error.

import type { Language } from '../shared/language';
import { en } from './say-en';
import type { Failure } from './joining';
import type { Refusal } from './refusals';
import { zh } from './say-zh';

/** What a status can say, by the server's words. */
export type Status = 'frozen' | 'unfrozen' | 'expires_at' | 'expires_soon' | 'expired' | 'paired' | 'revoked' | 'renew';

/** `name` is the account's, `date` its date; empty where there is none. */
export type SayStatus = (name: string, date: string) => string;

export type Say = typeof en;

export function isStatus(word: unknown): word is Status {
  return typeof word === 'string' && Object.hasOwn(en.statuses, word);
}

const sayings: Record<Language, Say> = { en, zh };

/** Why this browser did not become a phone. */
export function sayFailure(reason: Failure, language: Language): Refusal {
  const say = sayings[language];
  return reason === 'no_cookies' ? say.noCookies : say.refusals[reason]('');
}

export function sayIn(language: Language): Say {
  return sayings[language];
}
