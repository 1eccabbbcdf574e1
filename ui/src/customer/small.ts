//! The small things that the phone keeps in localStorage, where other tabs see them at once.

import type { Language } from '../shared/language';

/** Names in localStorage, all below one prefix; what belongs to one credential ends in its number. */
type Small = 'device' | 'language' | 'clock' | 'current' | 'joined' | `used.${string}` | `paused.${string}`;

export const SMALL_PREFIX = 'tillbeam.';

/** What localStorage would not take. */
const smallMemory = new Map<Small, string>();

export function readSmall(name: Small): string | null {
  try {
    return localStorage.getItem(SMALL_PREFIX + name) ?? smallMemory.get(name) ?? null;
  } catch {
    return smallMemory.get(name) ?? null;
  }
}

export function writeSmall(name: Small, value: string): void {
  try {
    localStorage.setItem(SMALL_PREFIX + name, value);
    smallMemory.delete(name);
  } catch {
    // Forbidden or full: the page goes on with what it has in memory.
    smallMemory.set(name, value);
  }
}

/** This browser's own name for joining: the same code from the same device gives the same credential again. */
export function deviceId(): string {
  const kept = readSmall('device');
  if (kept !== null && /^[0-9a-f]{32}$/.test(kept)) return kept;
  const made = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  writeSmall('device', made);
  return made;
}

export function keptLanguage(): Language | null {
  const kept = readSmall('language');
  return kept === 'en' || kept === 'zh' ? kept : null;
}

/** The last step that a credential used up, shared by all tabs: every one of them moves on. */
export function lastUsed(credential: string): number {
  const kept = Number(readSmall(`used.${credential}`) ?? 0);
  return Number.isSafeInteger(kept) ? kept : 0;
}

export function markUsed(credential: string, step: number): void {
  if (step > lastUsed(credential)) writeSmall(`used.${credential}`, String(step));
}
