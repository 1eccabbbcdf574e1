//! What the phone keeps: credentials and books in IndexedDB (a key there cannot be read out again over https), small
//! shared things in localStorage, where other tabs see them at once. Where a browser forbids either, the page works for
//! as long as it is open.

import type { Named } from '../shared/wire';
import type { Book } from './book';
import { SMALL_PREFIX } from './small';

export * from './small';

export interface Credential {
  number: string;
  /** A non-extractable CryptoKey where the browser has WebCrypto; over plain http the bytes. */
  key: CryptoKey | Uint8Array<ArrayBuffer>;
  customer: Named;
  shop: Named;
}

type Value = Credential | Book;

const CREDENTIAL = 'credential/';
const BOOK = 'book/';
/** Written to see whether anything can be. */
const PROBE = 'probe';

/** What the database would not take: newer than whatever it has. */
const memory = new Map<string, Value>();

let refused: () => void = () => undefined;

/** `listener` is told whenever the database would not take something. */
export function onRefused(listener: () => void): void {
  refused = listener;
}

/** Every shop that this phone joined. */
export async function credentials(): Promise<Credential[]> {
  const inMemory = [...memory].flatMap(([name, value]) => (name.startsWith(CREDENTIAL) ? [value as Credential] : []));
  const all = new Map([...(await storedCredentials()), ...inMemory].map((one) => [one.number, one]));
  return [...all.values()];
}

async function storedCredentials(): Promise<Credential[]> {
  try {
    const range = IDBKeyRange.bound(CREDENTIAL, CREDENTIAL + '~');
    return await request<Credential[]>('readonly', (store) => store.getAll(range));
  } catch {
    return [];
  }
}

/** Resolves once it is stored, or to false: then it is there for as long as the page is. */
export function saveCredential(credential: Credential): Promise<boolean> {
  return save(CREDENTIAL + credential.number, credential);
}

export async function forgetCredential(number: string): Promise<void> {
  for (const name of [CREDENTIAL + number, BOOK + number]) {
    memory.delete(name);
    await request('readwrite', (store) => store.delete(name)).catch(() => undefined);
  }
}

export async function book(number: string): Promise<Book | null> {
  const name = BOOK + number;
  const inMemory = memory.get(name) as Book | undefined;
  if (inMemory !== undefined) return inMemory;
  return (await request<Book | undefined>('readonly', (store) => store.get(name)).catch(() => undefined)) ?? null;
}

/** As `saveCredential`. */
export function saveBook(number: string, kept: Book): Promise<boolean> {
  return save(BOOK + number, kept);
}

async function save(name: string, value: Value): Promise<boolean> {
  try {
    await request('readwrite', (store) => store.put(value, name));
    memory.delete(name);
    return true;
  } catch {
    // Private windows of some browsers, or a full disk: then memory is all there is.
    memory.set(name, value);
    refused();
    return false;
  }
}

/** Whether what is kept is still there when the page is opened again. */
export async function isKept(): Promise<boolean> {
  if (memory.size > 0) return false;
  try {
    await request('readwrite', (store) => {
      const written = store.put({}, PROBE);
      store.delete(PROBE);
      return written;
    });
    localStorage.setItem(SMALL_PREFIX + PROBE, PROBE);
    localStorage.removeItem(SMALL_PREFIX + PROBE);
    return true;
  } catch {
    return false;
  }
}

let opening: Promise<IDBDatabase> | null = null;

async function request<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  try {
    return await answerOf(await (opening ??= open()), mode, ask);
  } catch (error) {
    // iOS closes a database while the page sleeps, and says so only to the next one who asks.
    if (opening === null || !(error instanceof DOMException) || error.name !== 'InvalidStateError') {
      opening = null;
      throw error;
    }
    return answerOf(await (opening = open()), mode, ask);
  }
}

function answerOf<T>(database: IDBDatabase, mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<T> {
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
      database.onclose = () => (opening = null);
      database.onversionchange = () => database.close();
      resolve(database);
    };
    asked.onerror = () => reject(asked.error ?? new Error('storage'));
    asked.onblocked = () => reject(new Error('storage'));
  });
}
