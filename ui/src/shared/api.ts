//! HTTP with the page's own server, JSON both ways. The cookie goes by itself; no token is ever held here.
//! An answer is a value or a reason; it never throws.

import { asReason, type Reason } from './wire';

export type Answer<T> = { ok: true; value: T } | { ok: false; reason: Reason; status: number };

/** How long an ordinary call may take, in milliseconds. */
const CALL_MS = 10_000;

export async function call<T>(
  method: 'GET' | 'POST',
  path: string,
  options: { body?: unknown; timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<Answer<T>> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), options.timeoutMs ?? CALL_MS);
  const giveUp = () => abort.abort();
  options.signal?.addEventListener('abort', giveUp);
  try {
    const response = await fetch(path, {
      method,
      credentials: 'same-origin',
      cache: 'no-store',
      signal: abort.signal,
      ...(options.body === undefined
        ? {}
        : { body: JSON.stringify(options.body), headers: { 'content-type': 'application/json' } }),
    });
    return await read<T>(response);
  } catch {
    return { ok: false, reason: 'offline', status: 0 };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', giveUp);
  }
}

async function read<T>(response: Response): Promise<Answer<T>> {
  if (response.status === 204) return { ok: true, value: undefined as T };
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return { ok: true, value: body as T };
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : null;
  return { ok: false, reason: code === null ? reasonOfStatus(response.status) : asReason(code), status: response.status };
}

/** An answer without our problem document comes from something in between: a proxy, a captive portal. */
function reasonOfStatus(status: number): Reason {
  if (status === 401) return 'token_invalid';
  if (status === 404) return 'not_found';
  if (status === 429) return 'too_many_attempts';
  return status >= 500 ? 'offline' : 'internal';
}
