//! The credential's key: WebCrypto where there is any (the key cannot be read out again), else the audited
//! @noble/hashes, because over plain http browsers offer no WebCrypto.

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Sign } from '../shared/code';

export type Key = CryptoKey | Uint8Array<ArrayBuffer>;

/** `hex` is 64 hex digits. */
export async function importKey(hex: string): Promise<Key> {
  const bytes = fromHex(hex);
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) return bytes;
  return subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

export function signer(key: Key): Sign {
  if (key instanceof Uint8Array) return (message) => Promise.resolve(hmac(sha256, key, message));
  return async (message) => new Uint8Array(await crypto.subtle.sign('HMAC', key, message));
}

/** Whether two keys make the same codes; one that cannot be read out can only be tried. */
export async function isSameKey(one: Key, other: Key): Promise<boolean> {
  const [mine, theirs] = await Promise.all([signer(one)(TRIED), signer(other)(TRIED)]);
  return mine.every((byte, index) => byte === theirs[index]);
}

/** No code's message is this short. */
const TRIED = new Uint8Array(1);

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  for (let index = 0; index < bytes.length; index += 1) {
    bytes[index] = Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16);
  }
  return bytes;
}
