//! What the server said, looked at before it is believed. Rubbish is null and never reaches the book; fields that a
//! later server adds are ignored. Values in, values out.

import type { Account, CustomerEvent, Epoch, Joined, Me, Named, Renewed } from '../shared/wire';

export interface Polled {
  epoch: Epoch;
  events: CustomerEvent[];
  reset: boolean;
  /** The server has a new master key, and this phone's key is of an older one. */
  renew: boolean;
}

export type Message =
  | { type: 'hello'; epoch: Epoch; seq: number; reset: boolean; renew: boolean; time: string }
  | { type: 'event'; event: CustomerEvent }
  /** What only a later version of this page would know. */
  | { type: 'unknown' };

/** The most events of one answer; fewer are all that there are. */
export const PAGE_MOST = 500;

/** The types that this page has words for. */
const EVENT_TYPES: ReadonlySet<string> = new Set([
  'redemption', 'top_up', 'bonus', 'reversal', 'refund', 'transfer', 'adjustment', 'expiry', 'refusal', 'status',
]);

export function isKnownType(event: CustomerEvent): boolean {
  return EVENT_TYPES.has(event.type);
}

type Fields = Record<string, unknown>;

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTime(value: unknown): value is string {
  return isText(value) && !Number.isNaN(Date.parse(value));
}

function isEpoch(value: unknown): value is Epoch {
  return (isText(value) && value !== '') || isCount(value);
}

function isNamed(value: unknown): value is Named {
  const named = fields(value);
  return named !== null && isCount(named['id']) && isText(named['name']);
}

function isKind(value: unknown): boolean {
  return value === 'pass' || value === 'money';
}

/** Digits after the point that a currency can have. */
const DECIMALS_MOST = 6;

function isDecimals(value: unknown): boolean {
  return isCount(value) && value <= DECIMALS_MOST;
}

/** `Intl` takes no other currency codes. */
function isUnit(unit: unknown, kind: unknown): boolean {
  return isText(unit) && (kind !== 'money' || /^[A-Z]{3}$/.test(unit));
}

/** A field that may be left out. */
function may(value: unknown, is: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || is(value);
}

/** What has a type and a number is an event, whatever else is in it: of one that this page cannot read it has those alone. */
export function readEvent(value: unknown): CustomerEvent | null {
  const event = fields(value);
  if (event === null) return null;
  const { type, seq, id, at } = event;
  if (!isText(type) || !isCount(seq) || seq === 0) return null;
  if (isReadable(event)) return event as unknown as CustomerEvent;
  return { type, seq, id: isText(id) ? id : '', at: isTime(at) ? at : '', unread: true };
}

function isReadable(event: Fields): boolean {
  const counts = ['amount', 'principal', 'bonus', 'balance', 'step'];
  const texts = ['mark', 'credential', 'code', 'of', 'of_type', 'status'];
  return (
    isText(event['id']) &&
    isTime(event['at']) &&
    counts.every((name) => may(event[name], isCount)) &&
    texts.every((name) => may(event[name], isText)) &&
    may(event['kind'], isKind) &&
    may(event['decimals'], isDecimals) &&
    may(event['unit'], (unit) => isUnit(unit, event['kind'])) &&
    may(event['shop'], isNamed) &&
    may(event['expires_at'], isTime)
  );
}

function isAccount(value: unknown): value is Account {
  const account = fields(value);
  return (
    account !== null &&
    isUnit(account['unit'], account['kind']) &&
    isKind(account['kind']) &&
    ['balance', 'principal', 'bonus'].every((name) => isCount(account[name])) &&
    may(account['decimals'], isDecimals) &&
    may(account['expires_at'], isTime) &&
    may(account['names'], (names) => fields(names) !== null)
  );
}

/** What only a later page can show; the others are right without it. */
function isOfLaterKind(value: unknown): boolean {
  const kind = fields(value)?.['kind'];
  return isText(kind) && !isKind(kind);
}

export function readMe(value: unknown): Me | null {
  const me = fields(value);
  if (me === null || !isNamed(me['customer']) || !isNamed(me['shop']) || !isEpoch(me['epoch'])) return null;
  const { seq, time, units } = me;
  if (!Array.isArray(me['accounts'])) return null;
  const accounts = me['accounts'].filter((account) => !isOfLaterKind(account));
  if (!accounts.every(isAccount) || !isCount(seq) || !isTime(time)) return null;
  return may(units, (names) => fields(names) !== null) ? ({ ...me, accounts, ...(accounts.length < me['accounts'].length ? { unread: true } : {}) } as unknown as Me) : null;
}

export function readPolled(value: unknown): Polled | null {
  const polled = fields(value);
  if (polled === null || !isEpoch(polled['epoch']) || !Array.isArray(polled['events'])) return null;
  const events = polled['events'].map(readEvent);
  if (!events.every((event) => event !== null)) return null;
  return { epoch: polled['epoch'], events, reset: polled['reset'] === true, renew: polled['renew'] === true };
}

function isKey(value: unknown): boolean {
  return isText(value) && /^[0-9a-f]{64}$/.test(value);
}

function isNumber(value: unknown): boolean {
  return isText(value) && /^\d{10}$/.test(value);
}

export function readJoined(value: unknown): Joined | null {
  const joined = fields(value);
  const right =
    joined !== null &&
    isNumber(joined['credential']) &&
    isKey(joined['key']) &&
    isNamed(joined['customer']) &&
    isNamed(joined['shop']) &&
    isTime(joined['time']);
  return right ? (joined as unknown as Joined) : null;
}

export function readRejoined(value: unknown): Joined[] | null {
  const phones = fields(value)?.['phones'];
  if (!Array.isArray(phones)) return null;
  const joined = phones.map(readJoined);
  return joined.every((phone) => phone !== null) ? joined : null;
}

export function readRenewed(value: unknown): Renewed | null {
  const renewed = fields(value);
  const right = renewed !== null && isNumber(renewed['credential']) && isKey(renewed['key']) && isTime(renewed['time']);
  return right ? (renewed as unknown as Renewed) : null;
}

export function readWord(value: unknown): string | null {
  const word = fields(value)?.['word'];
  return isText(word) && word !== '' ? word : null;
}

/** One message of a socket or a stream; null for rubbish. */
export function readMessage(data: unknown): Message | null {
  const message = fields(parse(data));
  if (message === null || !isText(message['type'])) return null;
  if (message['type'] === 'hello') {
    const { epoch, seq, time, reset, renew } = message;
    if (!isEpoch(epoch) || !isCount(seq) || !isTime(time)) return null;
    return { type: 'hello', epoch, seq, time, reset: reset === true, renew: renew === true };
  }
  if (!('seq' in message)) return { type: 'unknown' };
  const event = readEvent(message);
  return event === null ? null : { type: 'event', event };
}

function parse(data: unknown): unknown {
  if (!isText(data)) return null;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
