import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type * as Keep from './keep';

let keep: typeof Keep;
let kept: Map<string, unknown>;
let full: boolean;

/** As much of a database as the page uses; a full disk aborts whatever writes. */
function database() {
  const transaction = (_: string, mode: string) => {
    const begun: Record<string, unknown> & { oncomplete?: () => void; onabort?: () => void } = { error: new DOMException('full', 'QuotaExceededError') };
    const asked = (result: unknown) => ({ result });
    begun['objectStore'] = () => ({
      get: (key: string) => asked(kept.get(key)),
      getAll: () => asked([...kept].filter(([key]) => key.startsWith('credential/')).map(([, value]) => value)),
      put: (value: unknown, key: string) => asked(full || kept.set(key, value)),
      delete: (key: string) => asked(full || kept.delete(key)),
    });
    queueMicrotask(() => (full && mode === 'readwrite' ? begun.onabort?.() : begun.oncomplete?.()));
    return begun;
  };
  const opening: { result: unknown; onsuccess?: () => void } = { result: { transaction } };
  queueMicrotask(() => opening.onsuccess?.());
  return opening;
}

const credential = (number: string, name = 'Lotus') => ({ number, key: new Uint8Array(32), customer: { id: 1, name: 'Li' }, shop: { id: 1, name } });
const book = (seq: number) => ({ epoch: 'e', seq, accounts: [], history: [], units: {}, frozen: false, paused: false, asOfMs: 0, unsure: false });

beforeEach(async () => {
  vi.resetModules();
  kept = new Map();
  full = false;
  const small = new Map<string, string>();
  vi.stubGlobal('localStorage', { getItem: (key: string) => small.get(key) ?? null, setItem: (key: string, value: string) => small.set(key, value), removeItem: (key: string) => small.delete(key) });
  vi.stubGlobal('indexedDB', { open: database });
  vi.stubGlobal('IDBKeyRange', { bound: () => null });
  keep = await import('./keep');
});

afterEach(() => void vi.unstubAllGlobals());

it('what a full disk does not take is there as long as the page is, before what is older on it', async () => {
  const refused = vi.fn();
  keep.onRefused(refused);
  expect(await keep.saveBook('1', book(1))).toBe(true);
  expect(await keep.isKept()).toBe(true);
  full = true;
  expect(await keep.saveBook('1', book(2))).toBe(false);
  expect(await keep.saveCredential(credential('1'))).toBe(false);
  expect(refused).toHaveBeenCalledTimes(2);
  expect((await keep.book('1'))?.seq).toBe(2);
  expect((await keep.credentials()).map(({ number }) => number)).toEqual(['1']);
  expect(await keep.isKept()).toBe(false);
  full = false;
  expect(await keep.saveBook('1', book(3))).toBe(true);
  expect(await keep.saveCredential(credential('1', 'Rose'))).toBe(true);
  expect((await keep.credentials()).map(({ shop }) => shop.name)).toEqual(['Rose']);
  expect(await keep.isKept()).toBe(true);
});

it('a disk that takes nothing is found out before there is anything to keep', async () => {
  full = true;
  expect(await keep.isKept()).toBe(false);
  full = false;
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => { throw new DOMException('full', 'QuotaExceededError'); } });
  expect(await keep.isKept()).toBe(false);
});

it('what is not stored is never said to be received', async () => {
  const { Acks } = await import('./acks');
  const said: object[] = [];
  const acks = new Acks(async (_, __, ack) => void said.push(ack));
  full = true;
  acks.store('1', book(1), false);
  await vi.waitFor(async () => expect((await keep.book('1'))?.seq).toBe(1));
  acks.store('1', book(2), true);
  await vi.waitFor(() => expect(said).toEqual([{ seen: 2 }]));
  full = false;
  acks.store('1', book(3), false);
  await vi.waitFor(() => expect(said).toEqual([{ seen: 2 }, { received: 3 }]));
});
