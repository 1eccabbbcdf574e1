//! HTTP with the page's own server, JSON both ways. The cookie goes by itself; no token is ever held here.
//! An answer is a value or a reason; it never throws. What an answer says is looked at by the caller's `read`.

import { send } from './send';
import { asReason, isCode, type Reason } from './wire';

export type Answer<T> = { ok: true; value: T } | { ok: false; reason: Reason; status: number };

/** How long an ordinary call may take, in milliseconds. */
const CALL_MS = 10_000;

export interface Options<T> {
  body?: unknown;
  timeoutMs?: number;
  signal?: AbortSignal;
  /** The same call, if it was sent before. */
  sent?: Promise<Response> | undefined;
  /** The value of an answer's body; null for what is none. A body that is not JSON is undefined. */
  read: (body: unknown) => T | null;
}

export async function call<T>(
  method: 'GET' | 'POST',
  path: string,
  options: Options<T>,
): Promise<Answer<T>> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), options.timeoutMs ?? CALL_MS);
  const giveUp = () => abort.abort();
  options.signal?.addEventListener('abort', giveUp);
  try {
    const response = await (options.sent === undefined ? send(method, path, options.body, abort.signal) : Promise.race([options.sent, aborted(abort.signal)]));
    return await readAnswer(response, options.read);
  } catch {
    return { ok: false, reason: 'offline', status: 0 };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', giveUp);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
}

async function readAnswer<T>(response: Response, read: (body: unknown) => T | null): Promise<Answer<T>> {
  const body: unknown = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  const { status } = response;
  if (response.ok) {
    const value = read(body);
    if (value !== null) return { ok: true, value };
    // JSON that makes no sense is a failure of the server's; a page instead of JSON is somebody else's.
    return { ok: false, reason: body === undefined ? 'offline' : 'internal', status };
  }
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : null;
  if (code === null) return { ok: false, reason: reasonOfStatus(status), status };
  // A later server's code is treated by its status, if it is a server of ours that says so.
  const later = !isCode(code) && response.headers.get('content-type')?.startsWith(PROBLEM) === true ? LATER[status] : undefined;
  return { ok: false, reason: later ?? asReason(code), status };
}

const PROBLEM = 'application/problem+json';
/** What an unknown code of this status comes to. */
const LATER: Partial<Record<number, Reason>> = {
  400: 'malformed',
  401: 'token_invalid',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  429: 'too_many_attempts',
  503: 'busy',
};

/** An answer without our problem document comes from something in between, a proxy or a captive portal: it says nothing of
 * this phone, least of all that it was revoked. */
function reasonOfStatus(status: number): Reason {
  return status === 429 ? 'too_many_attempts' : 'offline';
}
