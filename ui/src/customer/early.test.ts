import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askToJoin, takeEarly } from './ask-to-join';

const asked = vi.fn(async (_path: string, _init: RequestInit) => new Response('{}', { status: 201 }));

async function visit(address: string): Promise<void> {
  vi.resetModules();
  vi.stubGlobal('location', new URL(address));
  await import('./early');
}

beforeEach(() => {
  asked.mockClear();
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) });
  vi.stubGlobal('fetch', asked);
  vi.stubGlobal('document', {});
});

afterEach(() => void vi.unstubAllGlobals());

describe('a join that leaves before the page is there', () => {
  it('is sent once, by this device, and its answer is for this link alone', async () => {
    await visit('http://shop.test/#join=abc');
    expect(asked).toHaveBeenCalledTimes(1);
    const [path, { method, body }] = asked.mock.calls[0]!;
    expect([path, method, JSON.parse(String(body))]).toEqual(['/api/v1/join', 'POST', askToJoin('abc').body]);
    expect((await takeEarly('abc'))?.status).toBe(201);
    expect(takeEarly('abc')).toBeUndefined();
    await visit('http://shop.test/#join=abc');
    expect(takeEarly('def')).toBeUndefined();
  });

  it('is not sent by a browser that takes no cookies', async () => {
    vi.stubGlobal('document', { get cookie() { return ''; }, set cookie(_) {} });
    await visit('http://shop.test/#join=abc');
    expect(takeEarly('abc')).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
  });

  it('is not sent without a link, and a network that fails is told to whoever takes it', async () => {
    await visit('http://shop.test/');
    expect(takeEarly('abc')).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
    asked.mockRejectedValueOnce(new TypeError('offline'));
    await visit('http://shop.test/#join=abc');
    await expect(takeEarly('abc')).rejects.toThrow('offline');
  });
});
