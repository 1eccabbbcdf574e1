//! What the phone keeps: the credential and the book in IndexedDB (a key there cannot be read out again over
//! https), small shared things in localStorage, where other tabs see them at once. Where a browser forbids either,
//! the page works for as long as it is open.

import type { Language } from '../shared/language';
import type { Named } from '../shared/wire';
import type { Book } from './book';

export interface Credential {
  number: string;
  /** A non-extractable CryptoKey where the browser has WebCrypto; over plain http the bytes. */
  key: CryptoKey | Uint8Array<ArrayBuffer>;
  customer: Named;
  shop: Named;
}

type Kept = { credential: Credential; book: Book };

const memory = new Map<keyof Kept, unknown>();

export async function load<K extends keyof Kept>(name: K): Promise<Kept[K] | null> {
  try {
    const found = await request<Kept[K] | undefined>('readonly', (store) => store.get(name));
    return found ?? null;
  } catch {
    return (memory.get(name) as Kept[K] | undefined) ?? null;
  }
}

/** Resolves once it is stored. */
export async function save<K extends keyof Kept>(name: K, value: Kept[K]): Promise<void> {
  memory.set(name, value);
  try {
    await request('readwrite', (store) => store.put(value, name));
  } catch {
    // Private windows of some browsers: then memory is all there is.
  }
}

let opening: Promise<IDBDatabase> | null = null;

async function request<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  opening ??= open();
  const database = await opening;
  return new Promise<T>((resolve, reject) => {
    const transaction = database.transaction('kept', mode);
    const asked = ask(transaction.objectStore('kept'));
    transaction.oncomplete = () => resolve(asked.result as T);
    transaction.onerror = () => reject(transaction.error ?? new Error('storage'));
    transaction.onabort = () => reject(transaction.error ?? new Error('storage'));
  });
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open('tillbeam', 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore('kept');
    asked.onsuccess = () => {
      const database = asked.result;
      // iOS may close it while the page sleeps: the next request opens it again.
      database.onclose = () => (opening = null);
      database.onversionchange = () => database.close();
      resolve(database);
    };
    asked.onerror = () => reject(asked.error ?? new Error('storage'));
    asked.onblocked = () => reject(new Error('storage'));
  });
}

/** Names in localStorage, all below one prefix. */
type Small = 'device' | 'language' | 'used' | 'clock' | 'joined';

export const SMALL_PREFIX = 'tillbeam.';

export function readSmall(name: Small): string | null {
  try {
    return localStorage.getItem(SMALL_PREFIX + name);
  } catch {
    return null;
  }
}

export function writeSmall(name: Small, value: string): void {
  try {
    localStorage.setItem(SMALL_PREFIX + name, value);
  } catch {
    // Forbidden or full: the page goes on with what it has in memory.
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

/** The last step that was used up, shared by all tabs: every one of them moves on. */
export function lastUsed(): number {
  const kept = Number(readSmall('used') ?? 0);
  return Number.isSafeInteger(kept) ? kept : 0;
}

export function markUsed(step: number): void {
  if (step > lastUsed()) writeSmall('used', String(step));
}

/** Server's clock minus this phone's, in milliseconds, from the last time it was heard. */
export function keptClockOffset(): number {
  const kept = Number(readSmall('clock') ?? 0);
  return Number.isFinite(kept) ? kept : 0;
}
