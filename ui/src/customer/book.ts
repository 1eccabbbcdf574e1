//! What the phone knows of the customer's accounts, kept up by events. Values in, values out.

import type { Account, CustomerEvent, Epoch, Me } from '../shared/wire';
import { bareUnit, type Unit } from '../shared/money';

export interface Book {
  epoch: Epoch;
  /** Everything up to this event is in. */
  seq: number;
  accounts: Account[];
  /** Newest first. */
  history: CustomerEvent[];
  /** When the balances were last known to be right, in Unix milliseconds. */
  asOfMs: number;
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
    asOfMs: nowMs,
  };
}

export function enter(book: Book, event: CustomerEvent, nowMs: number): Book {
  if (event.seq <= book.seq) return book;
  return {
    ...book,
    seq: event.seq,
    accounts: movedAccounts(book.accounts, event),
    history: [event, ...book.history].slice(0, HISTORY_MOST),
    asOfMs: nowMs,
  };
}

/** Events from before the phone knew them; the balances are already later than these. */
export function fillHistory(book: Book, older: readonly CustomerEvent[]): Book {
  const known = new Set(book.history.map(({ seq }) => seq));
  const fresh = older.filter(({ seq }) => seq <= book.seq && !known.has(seq));
  const history = [...book.history, ...fresh].sort((one, other) => other.seq - one.seq);
  return { ...book, history: history.slice(0, HISTORY_MOST) };
}

function movedAccounts(accounts: Account[], event: CustomerEvent): Account[] {
  const { unit, balance } = event;
  // A refusal's balance is right too, but it may speak of an account that the customer does not have.
  if (unit === undefined || balance === undefined) return accounts;
  if (accounts.some((account) => account.unit === unit)) {
    return accounts.map((account) => (account.unit === unit ? { ...account, balance } : account));
  }
  if (event.type === 'refusal') return accounts;
  const { kind, decimals } = eventUnit(event, accounts);
  return [...accounts, { unit, kind, decimals, balance, principal: balance, bonus: 0, expires_at: null }];
}

/** What an event's amounts are counted in. Only the accounts know what the shop calls it. */
export function eventUnit(event: CustomerEvent, accounts: readonly Account[]): Unit {
  const bare = bareUnit(event.unit ?? '');
  const account = accounts.find(({ unit }) => unit === bare.unit);
  return {
    unit: bare.unit,
    kind: event.kind ?? account?.kind ?? bare.kind,
    decimals: event.decimals ?? account?.decimals ?? bare.decimals,
    names: account?.names,
  };
}

/** An account that the phone learnt of by an event has no names yet. */
export function lacksNames(book: Book): boolean {
  return book.accounts.some(({ names }) => names === undefined);
}

/** Names alone: the balances are the events' business. Null is a unit that the shop never named. */
export function withNames(book: Book, told: readonly Account[]): Book {
  const accounts = book.accounts.map((account) => {
    const names = told.find(({ unit }) => unit === account.unit)?.names;
    return account.names === undefined && names !== undefined ? { ...account, names } : account;
  });
  return { ...book, accounts };
}

export function accountUnit(account: Account): Unit {
  const bare = bareUnit(account.unit);
  return {
    unit: account.unit,
    kind: account.kind,
    decimals: account.decimals ?? bare.decimals,
    names: account.names,
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
      return event.of_type === 'top_up' ? '−' : '+';
    default:
      return '';
  }
}
