//! The 27 digits a customer shows: the check digit for both pages, and the making of a phone's code.
//! Knows no storage, clock or network. The server has the same in Rust; `code-vectors.json` holds both to it.

/** A phone shows a code of this many seconds' steps; the number of the step is Unix seconds / 5. */
export const STEP_SECONDS = 5;
/** A phone draws a new code this often, in seconds. */
export const CODE_SECONDS = 15;
export const CODE_LENGTH = 27;

/** 27 digits whose check digit holds. Only `parseCode` and `phoneCode` make one. */
export type Digits27 = string & { readonly digits27: unique symbol };

export type CodeFault = 'short' | 'long' | 'not_digits' | 'misread';

/** HMAC-SHA256 under a credential's key; the key itself may be out of this program's reach. */
export type Sign = (message: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>;

// Rows of the quasigroup of H. M. Damm's thesis (2004), page 111.
const DAMM = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
];

/** The digit that makes `digits` followed by it come out as 0. */
export function dammDigit(digits: string): string {
  let interim = '0';
  for (const digit of digits) interim = DAMM[Number(interim)]?.[Number(digit)] ?? '0';
  return interim;
}

/** Spaces, dashes and full-width digits are taken as people type them. */
export function parseCode(text: string): Digits27 | CodeFault {
  const digits = text.normalize('NFKC').replace(/[\s\-–—·.]/g, '');
  if (!/^\d*$/.test(digits)) return 'not_digits';
  if (digits.length < CODE_LENGTH) return 'short';
  if (digits.length > CODE_LENGTH) return 'long';
  return dammDigit(digits) === '0' ? (digits as Digits27) : 'misread';
}

export function isCode(parsed: Digits27 | CodeFault): parsed is Digits27 {
  return parsed.length === CODE_LENGTH;
}

/** `step` is the full step, not its last two digits. */
export async function phoneCode(sign: Sign, credential: string, step: number): Promise<Digits27> {
  const tag = await signTag(sign, '1', credential, step);
  const body = `1${credential}${String(step % 100).padStart(2, '0')}${tag}`;
  return (body + dammDigit(body)) as Digits27;
}

/** A printed card's code: the same for ever. */
export async function cardCode(sign: Sign, credential: string): Promise<Digits27> {
  const body = `9${credential}00${await signTag(sign, '9', credential, 0)}`;
  return (body + dammDigit(body)) as Digits27;
}

async function signTag(sign: Sign, kind: '1' | '9', credential: string, step: number): Promise<string> {
  const message = new Uint8Array(17);
  const view = new DataView(message.buffer);
  view.setUint8(0, kind.charCodeAt(0));
  view.setBigUint64(1, BigInt(credential));
  view.setBigUint64(9, BigInt(step));
  const mac = await sign(message);
  const head = new DataView(mac.buffer, mac.byteOffset, mac.byteLength).getBigUint64(0);
  return (head % 10n ** 13n).toString().padStart(13, '0');
}

/** The step of a moment, in Unix milliseconds. */
export function stepAt(unixMs: number): number {
  return Math.floor(unixMs / 1000 / STEP_SECONDS);
}

/** Groups of four for reading aloud and typing. */
export function groupDigits(digits: string): string {
  return digits.replace(/(\d{4})(?=\d)/g, '$1 ');
}
