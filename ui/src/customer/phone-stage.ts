//! What the tests of the phone stand on: a browser and a server that are stood in for; everything of ours is the real thing.

import { afterEach, beforeEach, expect, vi } from 'vitest';
import vectors from '../fixtures/code-vectors.json';
import type { Phone as PhoneClass } from './phone.svelte';


export const time = () => new Date().toISOString();
export const shop = { id: 1, name: 'Lotus' };
export const customer = { id: 7, name: 'Li' };
export const account = { unit: 'wash', kind: 'pass', balance: 10, principal: 10, bonus: 0, expires_at: null, decimals: 0, names: { en: 'Wash', zh: '洗车' } };

export class FakeSocket {
  static OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 1;
  sent: unknown[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: URL) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  tell(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

export let Phone: typeof PhoneClass;
/** What the page listens to. */
export let heard: Record<string, (event?: unknown) => void>;
export let stored: Map<string, string>;
export let answers: Record<string, (path: string) => Response | Promise<Response>>;

export const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
export const socket = () => FakeSocket.all.at(-1)!;

export function later(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  FakeSocket.all = [];
  // What one phone keeps in memory is not another's.
  vi.resetModules();
  ({ Phone } = await import('./phone.svelte'));
  stored = new Map();
  const storage = { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => stored.set(key, value), removeItem: (key: string) => stored.delete(key) };
  answers = {
    '/api/v1/join': () => json({ token: 'secret', credential: vectors[0]!.credential, key: vectors[0]!.key, customer, shop, epoch: 'e', seq: 0, time: time() }, 201),
    '/api/v1/me/rejoin': () => json({ code: 'token_invalid' }, 401),
    '/api/v1/me': () => json({ customer, shop, accounts: [account], epoch: 'e', seq: 0, time: time() }),
  };
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('sessionStorage', storage);
  vi.stubGlobal('location', new URL('http://shop.test/'));
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => undefined });
  heard = {};
  vi.stubGlobal('addEventListener', (name: string, listener: (event?: unknown) => void) => void (heard[name] = listener));
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', async (path: string) => answers[path.split('?')[0]!]?.(path) ?? json({ code: 'not_found' }, 404));
  // The first one loads all of the page's modules, on a machine that may be busy.
}, 60_000);

afterEach(async () => {
  // What a phone still asks for is answered before its browser goes.
  await new Promise((done) => setImmediate(done));
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

export async function joined(): Promise<PhoneClass> {
  const phone = new Phone();
  await phone.start('#join=abc');
  await vi.waitFor(() => expect(FakeSocket.all.length).toBeGreaterThan(0));
  socket().tell({ type: 'hello', epoch: 'e', seq: 0, time: time() });
  return phone;
}

export function member(phone: PhoneClass) {
  if (phone.state.status !== 'member') throw new Error(phone.state.status);
  return phone.state;
}

export function shown(phone: PhoneClass) {
  const { code } = member(phone);
  if (code.at !== 'shown') throw new Error(code.at);
  return code;
}
