//! What this browser or this connection cannot give, so that the page can say so.

import { isKept } from './keep';

/** `secure`: plain http, so no opening without network, no wake lock, no key out of reach; `storage`: nothing is kept;
 * `wake`: the screen goes dark by itself. */
export type Lack = 'secure' | 'storage' | 'wake';

export async function findLacks(): Promise<Lack[]> {
  const lacks: Lack[] = [];
  if (!globalThis.isSecureContext) lacks.push('secure');
  if (!(await isKept())) lacks.push('storage');
  // Over plain http its absence is a part of what is said already.
  if (globalThis.isSecureContext && !('wakeLock' in navigator)) lacks.push('wake');
  return lacks;
}

/** Whether there is something to do about it: over plain http to see what works, beside a CA of the server's own to trust it. */
export async function hasTrustPage(): Promise<boolean> {
  if (location.protocol === 'http:') return true;
  const answer = await fetch('/ca.crt', { method: 'HEAD', cache: 'no-store' }).catch(() => null);
  return answer?.ok === true;
}
