//! What the customer's page needs of a device and its connection, tried out for real. Each check takes its means, so
//! that a test can give others.

export const CHECKS = ['secure', 'socket', 'clock', 'storage', 'key', 'offline', 'wake'] as const;
export type Check = (typeof CHECKS)[number];

/** `good`; `lacking`: the page works without it; `bad`: the page cannot do its work. `seconds`: how far a clock is off. */
export type Finding = { is: 'good' } | { is: 'lacking' | 'bad'; seconds?: number };

/** A socket without a token is let in and closed with this code; a member's phone is greeted. Either came through. */
const TOKEN_INVALID = 4001;
/** The server's own CA; without one the answer is 404, and has a date as well. */
export const CERTIFICATE = '/ca.crt';
/** The longest that anything may take, in ms. */
const LIMIT_MS = 8000;
/** A clock that is no further off needs no word, in seconds. */
const CLOCK_TOLERANCE_S = 5;

const good: Finding = { is: 'good' };

export const tries: Record<Check, () => Promise<Finding>> = {
  secure: async () => (isSecureContext ? good : { is: 'lacking' }),
  socket: async () => orCalls(await within(socket(), { is: 'bad' })),
  clock: () => within(clock(), { is: 'bad' }),
  storage: () => within(storage(), { is: 'bad' }),
  key: async () => (globalThis.crypto?.subtle === undefined ? { is: 'lacking' } : within(key(), { is: 'lacking' })),
  offline: () => within(offline(), { is: 'lacking' }),
  wake: () => within(wake(), { is: 'lacking' }),
};

function socket(): Promise<Finding> {
  const { promise, resolve } = deferred<Finding>();
  const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;
  const tried = new WebSocket(address);
  tried.onmessage = () => {
    resolve(good);
    tried.close();
  };
  tried.onclose = ({ code }) => resolve(code === TOKEN_INVALID ? good : { is: 'bad' });
  return promise;
}

/** Without a socket the page asks by calls. One without a token is refused by the server itself; something in between says other things. */
export async function orCalls(found: Finding, ask: () => Promise<Response> = () => fetch('/api/v1/me', { cache: 'no-store' })): Promise<Finding> {
  if (found.is === 'good') return found;
  const calls = async (): Promise<Finding> => {
    const answer: unknown = await (await ask()).json();
    const ours = typeof answer === 'object' && answer !== null && ('customer' in answer || ('code' in answer && answer.code === 'token_invalid'));
    return { is: ours ? 'lacking' : 'bad' };
  };
  return within(calls(), { is: 'bad' });
}

const WORKER = '/sw.js';

/** Registers the page's own service worker and keeps something: a certificate that was only clicked through allows neither. */
export async function offline(workers: ServiceWorkerContainer = navigator.serviceWorker, kept: CacheStorage = caches): Promise<Finding> {
  const before = await workers.getRegistration();
  const registration = await workers.register(WORKER);
  const name = 'tillbeam-check';
  const cache = await kept.open(name);
  await cache.put('/check', new Response('kept'));
  const found = await cache.match('/check');
  await kept.delete(name);
  // Whoever only checks gets no service worker by it.
  if (before === undefined) await registration.unregister();
  return found === undefined ? { is: 'lacking' } : good;
}

async function clock(): Promise<Finding> {
  const asked = Date.now();
  const answer = await fetch(CERTIFICATE, { cache: 'no-store' });
  const server = Date.parse(answer.headers.get('date') ?? '');
  // The answer's time is of a whole second, and of somewhere between question and answer.
  return clockFinding(server + 500, (asked + Date.now()) / 2);
}

/** What is to be said of a clock that shows `hereMs` when the server's shows `serverMs`. */
export function clockFinding(serverMs: number, hereMs: number): Finding {
  const seconds = Math.round((hereMs - serverMs) / 1000);
  if (Number.isNaN(seconds)) return { is: 'bad' };
  return Math.abs(seconds) <= CLOCK_TOLERANCE_S ? good : { is: 'lacking', seconds };
}

async function storage(): Promise<Finding> {
  const name = 'tillbeam-check';
  const open = indexedDB.open(name, 1);
  open.onupgradeneeded = () => void open.result.createObjectStore('kept');
  const database = await done(open);
  const store = () => database.transaction('kept', 'readwrite').objectStore('kept');
  await done(store().put('value', 'key'));
  const kept: unknown = await done(store().get('key'));
  database.close();
  indexedDB.deleteDatabase(name);
  return kept === 'value' ? good : { is: 'bad' };
}

async function key(): Promise<Finding> {
  const made = await crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return made instanceof CryptoKey && !made.extractable ? good : { is: 'lacking' };
}

async function wake(): Promise<Finding> {
  const lock = await navigator.wakeLock.request('screen');
  await lock.release();
  return good;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  const { promise, resolve, reject } = deferred<T>();
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error ?? new Error('no storage'));
  return promise;
}

/** What comes of it, or `otherwise` if it fails or takes too long. */
export async function within(trying: Promise<Finding>, otherwise: Finding, limitMs = LIMIT_MS): Promise<Finding> {
  const late = new Promise<Finding>((resolve) => setTimeout(() => resolve(otherwise), limitMs));
  return Promise.race([trying.catch(() => otherwise), late]);
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
