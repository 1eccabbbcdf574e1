import { afterEach, describe, expect, it, vi } from 'vitest';
import { call } from './api';

afterEach(() => void vi.unstubAllGlobals());

const OURS = 'application/problem+json';

async function reasonOf(status: number, body: string, type = OURS): Promise<string> {
  vi.stubGlobal('fetch', async () => new Response(body, { status, headers: { 'content-type': type } }));
  const answer = await call('GET', '/api/v1/me', { read: () => null });
  return answer.ok ? 'ok' : answer.reason;
}

describe('what an answer comes to', () => {
  it('is its code, and of a later server’s code what its status says', async () => {
    expect(await reasonOf(410, '{"code":"invite_expired"}')).toBe('invite_expired');
    expect(await reasonOf(401, '{"code":"token_elsewhere"}')).toBe('token_invalid');
    expect(await reasonOf(503, '{"code":"asleep"}')).toBe('busy');
    expect(await reasonOf(418, '{"code":"teapot"}')).toBe('internal');
  });

  it('disconnects no phone by what something in between says', async () => {
    expect(await reasonOf(401, '<h1>Please log in</h1>', 'text/html')).toBe('offline');
    expect(await reasonOf(401, '{"code":"login"}', 'application/json')).toBe('internal');
    expect(await reasonOf(401, '{"error":"login"}', 'application/json')).toBe('offline');
    expect(await reasonOf(200, '<h1>Please log in</h1>', 'text/html')).toBe('offline');
    expect(await reasonOf(200, '{"half":', 'application/json')).toBe('offline');
    expect(await reasonOf(200, '{"other":1}', 'application/json')).toBe('internal');
  });
});
