//! What the phone knows of the customer's accounts, kept up by events. Values in, values out.

import type { Account, CustomerEvent, Epoch, Me } from '../shared/wire';
import { bareUnit, type Unit } from '../shared/money';
import type { Names } from '../shared/wire/till';

export interface Book {
  epoch: Epoch;
  /** Everything up to this event is in. */
  seq: number;
  accounts: Account[];
  /** Newest first. */
  history: CustomerEvent[];
  /** What the shop calls each of its units, as far as it said so. */
  units: Record<string, Partial<Names>>;
  /** Nothing is taken from the customer. */
  frozen: boolean;
  /** The customer paused this phone's codes. */
  paused: boolean;
  /** When the balances were last known to be right, in Unix milliseconds. */
  asOfMs: number;
  /** Something is not known for sure, such as a date or a name: `/me` says it. */
  unsure: boolean;
}

/** Entries kept on the phone; the shop has them all. */
export const HISTORY_MOST = 100;

export function bookOf(me: Me, before: Book | null, nowMs: number): Book {
  const same = before !== null && String(before.epoch) === String(me.epoch);
  return {
    epoch: me.epoch,
    seq: me.seq,
    accounts: me.accounts,
    // Numbers of another epoch may be given to other events: the old history cannot be continued.
    history: same ? before.history : [],
    units: me.units ?? {},
    frozen: me.frozen === true,
    paused: me.paused === true,
    asOfMs: nowMs,
    unsure: false,
  };
}

/** What `/me` says beside an open socket. Balances of another moment than the book's are the events' business. */
export function refresh(book: Book, me: Me, nowMs: number): Book {
  if (String(book.epoch) !== String(me.epoch)) return book;
  if (book.seq === me.seq) return bookOf(me, book, nowMs);
  return { ...book, units: me.units ?? book.units, paused: me.paused === true };
}

/** The server was heard, and everything it told is in. */
export function isRightAt(book: Book, nowMs: number): Book {
  return { ...book, asOfMs: nowMs };
}

export function enter(book: Book, event: CustomerEvent, nowMs: number): Book {
  if (event.seq <= book.seq) return book;
  const moved = event.type === 'status' ? told(book, event) : { ...book, ...movedAccounts(book, event) };
  return {
    ...moved,
    seq: event.seq,
    history: [event, ...book.history].slice(0, HISTORY_MOST),
    asOfMs: nowMs,
  };
}

/** A status moves no value, but may change a date or freeze the customer. */
function told(book: Book, event: CustomerEvent): Book {
  switch (event.status) {
    case 'frozen':
      return { ...book, frozen: true };
    case 'unfrozen':
      return { ...book, frozen: false };
    case 'expires_at': {
      const accounts = book.accounts.map((account) =>
        account.unit === event.unit ? { ...account, expires_at: event.expires_at ?? null } : account,
      );
      return { ...book, accounts };
    }
    default:
      return book;
  }
}

/** Events from before the phone knew them; the balances are already later than these. */
export function fillHistory(book: Book, older: readonly CustomerEvent[]): Book {
  const known = new Set(book.history.map(({ seq }) => seq));
  const fresh = older.filter(({ seq }) => seq <= book.seq && !known.has(seq));
  const history = [...book.history, ...fresh].sort((one, other) => other.seq - one.seq);
  return { ...book, history: history.slice(0, HISTORY_MOST) };
}

/** Whether one of the last `most` events is not in the history. */
export function lacksPast(book: Book, most: number): boolean {
  const from = Math.max(0, book.seq - most);
  return book.history.filter(({ seq }) => seq > from).length < book.seq - from;
}

function movedAccounts(book: Book, event: CustomerEvent): Pick<Book, 'accounts' | 'unsure'> {
  const { unit, balance } = event;
  const { accounts, unsure } = book;
  // A refusal's balance is right too, but it may speak of an account that the customer does not have.
  if (unit === undefined || balance === undefined) return { accounts, unsure };
  const known = accounts.find((account) => account.unit === unit);
  if (known === undefined) {
    if (event.type === 'refusal') return { accounts, unsure };
    const { kind, decimals } = eventUnit(event, book);
    const made: Account = { unit, kind, decimals, balance, principal: balance, bonus: 0, expires_at: null };
    return { accounts: [...accounts, made], unsure: true };
  }
  if (event.type === 'refusal') {
    const same = known.balance === balance;
    return { accounts: same ? accounts : replace(accounts, { ...known, balance }), unsure: unsure || !same };
  }
  const sign = direction(event) === '−' ? -1 : 1;
  const parts = { principal: known.principal + sign * (event.principal ?? 0), bonus: known.bonus + sign * (event.bonus ?? 0) };
  const adds = parts.principal >= 0 && parts.bonus >= 0 && parts.principal + parts.bonus === balance;
  // A top-up moves the date of an account that has one.
  const dated = known.expires_at !== null && sign > 0;
  return { accounts: replace(accounts, { ...known, ...(adds ? parts : {}), balance }), unsure: unsure || !adds || dated };
}

function replace(accounts: Account[], account: Account): Account[] {
  return accounts.map((one) => (one.unit === account.unit ? account : one));
}

/** What screens need to know of units. */
export type UnitsKnown = Pick<Book, 'accounts' | 'units'>;

/** What an event's amounts are counted in. */
export function eventUnit(event: CustomerEvent, { accounts, units }: UnitsKnown): Unit {
  const bare = bareUnit(event.unit ?? '');
  const account = accounts.find(({ unit }) => unit === bare.unit);
  return {
    unit: bare.unit,
    kind: event.kind ?? account?.kind ?? bare.kind,
    decimals: event.decimals ?? account?.decimals ?? bare.decimals,
    names: account?.names ?? units[bare.unit],
  };
}

export function accountUnit(account: Account, units: Book['units']): Unit {
  const bare = bareUnit(account.unit);
  return {
    unit: account.unit,
    kind: account.kind,
    decimals: account.decimals ?? bare.decimals,
    names: account.names ?? units[account.unit],
  };
}

/** The account last used comes first: that is the one people ask about. */
export function inOrderOfUse(book: Book): Account[] {
  const last = (account: Account) => book.history.find(({ unit }) => unit === account.unit)?.seq ?? 0;
  return [...book.accounts].sort((one, other) => last(other) - last(one));
}

/** Whether an event took value, gave it, or did neither. */
export function direction(event: CustomerEvent): '−' | '+' | '' {
  if (event.gain !== undefined) return event.gain ? '+' : '−';
  switch (event.type) {
    case 'redemption':
    case 'refund':
    case 'expiry':
      return '−';
    case 'top_up':
    case 'bonus':
      return '+';
    case 'reversal':
      return event.of_type === 'top_up' || event.of_type === 'bonus' ? '−' : '+';
    default:
      return '';
  }
}
