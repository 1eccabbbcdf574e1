import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const asked = vi.fn(async (_path: string, _init: RequestInit) => new Response('{}', { status: 201 }));

function visit(address: string): void {
  vi.resetModules();
  vi.stubGlobal('location', new URL(address));
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
    visit('http://shop.test/#join=abc');
    const { askToJoin, takeEarly } = await import('./early');
    expect(asked).toHaveBeenCalledTimes(1);
    const [path, { method, body }] = asked.mock.calls[0]!;
    expect([path, method, JSON.parse(String(body))]).toEqual(['/api/v1/join', 'POST', askToJoin('abc').body]);
    expect((await takeEarly('abc'))?.status).toBe(201);
    expect(takeEarly('abc')).toBeUndefined();
    visit('http://shop.test/#join=abc');
    expect((await import('./early')).takeEarly('def')).toBeUndefined();
  });

  it('is not sent by a browser that takes no cookies', async () => {
    vi.stubGlobal('document', { get cookie() { return ''; }, set cookie(_) {} });
    visit('http://shop.test/#join=abc');
    expect((await import('./early')).takeEarly('abc')).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
  });

  it('is not sent without a link, and a network that fails is told to whoever takes it', async () => {
    visit('http://shop.test/');
    expect((await import('./early')).takeEarly('abc')).toBeUndefined();
    expect(asked).not.toHaveBeenCalled();
    asked.mockRejectedValueOnce(new TypeError('offline'));
    visit('http://shop.test/#join=abc');
    await expect((await import('./early')).takeEarly('abc')).rejects.toThrow('offline');
  });
});
