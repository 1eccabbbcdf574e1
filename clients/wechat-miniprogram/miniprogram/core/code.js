// The 27 digits that a phone shows. Values in, values out. No BigInt: older phones have none.

const { hmac, sha256 } = require('../vendor/hashes');

/** Seconds of one step; a new code is shown every `CODE_SECONDS`. */
const STEP_SECONDS = 5;
const CODE_SECONDS = 15;

const TAG_RANGE = 1e13;
const WORD = 2 ** 32;

// Rows of the quasigroup of H. M. Damm's thesis (2004), page 111.
const DAMM = '0317598642 7092154863 4206871359 1750983426 6123045978 3674209581 5869720134 8945362017 9438617205 2581436790'.split(' ');

/** The digit that makes `digits` followed by it come out as 0. */
function checkDigit(digits) {
  return [...digits].reduce((interim, digit) => DAMM[interim][digit], '0');
}

/** `ms` is Unix time. */
function stepAt(ms) {
  return Math.floor(ms / 1000 / STEP_SECONDS);
}

/** The step of the next code; `nowMs` by the server's clock. */
function nextStep(nowMs, lastUsed) {
  return Math.max(stepAt(nowMs), lastUsed + 1);
}

/** `keyHex` is 64 hex digits, `credential` ten digits, `step` the full step. */
function phoneCode(keyHex, credential, step) {
  const message = new Uint8Array(17);
  const view = new DataView(message.buffer);
  view.setUint8(0, '1'.charCodeAt(0));
  putNumber(view, 1, Number(credential));
  putNumber(view, 9, step);
  const body = `1${credential}${String(step % 100).padStart(2, '0')}${tagOf(hmac(sha256, bytesOf(keyHex), message))}`;
  return body + checkDigit(body);
}

/** Eight bytes, big-endian. */
function putNumber(view, at, value) {
  view.setUint32(at, Math.floor(value / WORD));
  view.setUint32(at + 4, value % WORD);
}

/** The first 8 bytes mod 10^13; each step stays far below 2^53. */
function tagOf(mac) {
  const tag = mac.slice(0, 8).reduce((rest, byte) => (rest * 256 + byte) % TAG_RANGE, 0);
  return String(tag).padStart(13, '0');
}

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

/** Groups of four for reading aloud and typing. */
function grouped(digits) {
  return digits.replace(/(\d{4})(?=\d)/g, '$1 ');
}

module.exports = { CODE_SECONDS, checkDigit, grouped, nextStep, phoneCode, stepAt };
