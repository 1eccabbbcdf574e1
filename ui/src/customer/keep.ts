//! What the phone keeps: credentials and books in IndexedDB (a key there cannot be read out again over https), small
//! shared things in localStorage, where other tabs see them at once. Where a browser forbids either, the page works for
//! as long as it is open.

import type { Named } from '../shared/wire';
import type { Book } from './book';
import { readSmall, SMALL_PREFIX } from './small';

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

const memory = new Map<string, Value>();

/** Every shop that this phone joined. */
export async function credentials(): Promise<Credential[]> {
  try {
    const range = IDBKeyRange.bound(CREDENTIAL, CREDENTIAL + '~');
    return await request<Credential[]>('readonly', (store) => store.getAll(range));
  } catch {
    return [...memory].flatMap(([name, value]) => (name.startsWith(CREDENTIAL) ? [value as Credential] : []));
  }
}

/** Resolves once it is stored. */
export function saveCredential(credential: Credential): Promise<void> {
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
  try {
    return (await request<Book | undefined>('readonly', (store) => store.get(name))) ?? null;
  } catch {
    return (memory.get(name) as Book | undefined) ?? null;
  }
}

/** Resolves once it is stored. */
export function saveBook(number: string, kept: Book): Promise<void> {
  return save(BOOK + number, kept);
}

async function save(name: string, value: Value): Promise<void> {
  memory.set(name, value);
  try {
    await request('readwrite', (store) => store.put(value, name));
  } catch {
    // Private windows of some browsers: then memory is all there is.
  }
}

/** Whether what is kept is still there when the page is opened again. */
export async function isKept(): Promise<boolean> {
  try {
    await request('readonly', (store) => store.count());
    return readSmall('device') === null || localStorage.getItem(SMALL_PREFIX + 'device') !== null;
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
