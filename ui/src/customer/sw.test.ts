import { afterEach, expect, it, vi } from 'vitest';

afterEach(() => void vi.unstubAllGlobals());

type Asked = { request: { method: string; url: string }; respondWith: (answer: Promise<Response>) => void };

async function ask(cache: object): Promise<Response> {
  vi.resetModules();
  const listeners: Record<string, (event: Asked) => void> = {};
  vi.stubGlobal('addEventListener', (name: string, listener: (event: Asked) => void) => void (listeners[name] = listener));
  vi.stubGlobal('location', new URL('https://shop.test/sw.js'));
  vi.stubGlobal('caches', cache);
  vi.stubGlobal('fetch', async () => new Response('from the server'));
  await import('./sw');
  return new Promise((respond, fail) =>
    listeners['fetch']!({ request: { method: 'GET', url: 'https://shop.test/marks/1.svg' }, respondWith: (answer) => void answer.then(respond, fail) }),
  );
}

const full = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));

it('hands on what has arrived, also when it cannot be kept', async () => {
  expect(await (await ask({ open: async () => ({ match: async () => undefined, put: full }) })).text()).toBe('from the server');
  expect(await (await ask({ open: full })).text()).toBe('from the server');
  expect(await (await ask({ open: async () => ({ match: async () => new Response('kept'), put: full }) })).text()).toBe('kept');
});
