//! What a code says, and the code of a step by the protocol's words; apart from any client's own way.

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';

const TABLE = '0317598642 7092154863 4206871359 1750983426 6123045978 3674209581 5869720134 8945362017 9438617205 2581436790'.split(' ');

/** The published vectors. */
export const VECTORS = JSON.parse(readFileSync(new URL('../../server/tests/code-vectors.json', import.meta.url), 'utf8'));

export function codeOf({ key, credential }, step) {
  const message = Buffer.alloc(17);
  message.write('1');
  message.writeBigUInt64BE(BigInt(credential), 1);
  message.writeBigUInt64BE(BigInt(step), 9);
  const mac = createHmac('sha256', Buffer.from(key, 'hex')).update(message).digest();
  const tag = String(mac.readBigUInt64BE() % 10n ** 13n).padStart(13, '0');
  const body = `1${credential}${String(step % 100).padStart(2, '0')}${tag}`;
  return body + [...body].reduce((interim, digit) => TABLE[interim][digit], '0');
}

/** Which of some steps a code is of; undefined for none. */
export function stepOf(phone, code, steps) {
  return steps.find((step) => codeOf(phone, step) === code);
}
