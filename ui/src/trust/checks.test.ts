import { expect, test, vi } from 'vitest';
import { clockFinding, offline, orCalls, within } from './checks';

test('a clock is told of from six seconds on, with the side on which it is off', () => {
  const server = Date.parse('2026-11-26T12:00:00Z');
  expect(clockFinding(server, server + 5_400)).toEqual({ is: 'good' });
  expect(clockFinding(server, server + 3_600_000)).toEqual({ is: 'lacking', seconds: 3600 });
  expect(clockFinding(server, server - 90_000)).toEqual({ is: 'lacking', seconds: -90 });
  expect(clockFinding(Number.NaN, server)).toEqual({ is: 'bad' });
});

test('what fails or never ends is found as it was said', async () => {
  expect(await within(Promise.reject(new Error('no')), { is: 'lacking' })).toEqual({ is: 'lacking' });
  expect(await within(new Promise(() => undefined), { is: 'bad' }, 5)).toEqual({ is: 'bad' });
  expect(await within(Promise.resolve({ is: 'good' }), { is: 'bad' })).toEqual({ is: 'good' });
});

test('a page without sockets works, if calls reach the server itself', async () => {
  const answered = (body: string, status = 401) => orCalls({ is: 'bad' }, async () => new Response(body, { status }));
  expect(await answered('{"code":"token_invalid"}')).toEqual({ is: 'lacking' });
  expect(await answered('{"customer":{"id":1}}', 200)).toEqual({ is: 'lacking' });
  for (const portal of ['<html>', '{"error":"login"}', 'null']) expect(await answered(portal)).toEqual({ is: 'bad' });
  expect(await orCalls({ is: 'bad' }, () => Promise.reject(new TypeError('offline')))).toEqual({ is: 'bad' });
  const ask = vi.fn();
  expect(await orCalls({ is: 'good' }, ask)).toEqual({ is: 'good' });
  expect(ask).not.toHaveBeenCalled();
});

test('a page can be kept only where its service worker is registered and its cache opened', async () => {
  const unregister = vi.fn(async () => true);
  const workers = (register: () => Promise<object>, before?: object) => ({ getRegistration: async () => before, register }) as unknown as ServiceWorkerContainer;
  const kept = new Map<string, Response>();
  const cache = { put: async (path: string, answer: Response) => void kept.set(path, answer), match: async (path: string) => kept.get(path) };
  const caches = (open: () => Promise<object>) => ({ open, delete: async () => true }) as unknown as CacheStorage;
  const works = () => Promise.resolve({ unregister });
  const fails = () => Promise.reject(new DOMException('certificate', 'SecurityError'));
  const lacking = { is: 'lacking' } as const;
  expect(await within(offline(workers(works), caches(async () => cache)), lacking)).toEqual({ is: 'good' });
  expect(unregister).toHaveBeenCalledTimes(1);
  expect(await within(offline(workers(works, {}), caches(async () => cache)), lacking)).toEqual({ is: 'good' });
  expect(unregister).toHaveBeenCalledTimes(1);
  expect(await within(offline(workers(fails), caches(async () => cache)), lacking)).toEqual(lacking);
  expect(await within(offline(workers(works), caches(fails)), lacking)).toEqual(lacking);
});
