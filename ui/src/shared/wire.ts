//! What comes over the wire to a customer's page, in the contract's own names, and the closed list of reasons.
//! Unknown fields and types are ignored by everyone. The window's types are generated: `wire/till.ts`.

import type { Lamp, Names, UnitKind } from './wire/till';

/** The closed list of reasons, from the server; a screen must have a sentence for each. */
export const CODES = [
  'insufficient_balance',
  'frozen',
  'credential_revoked',
  'wrong_shop',
  'pin_required',
  'pin_wrong',
  'limit_exceeded',
  'approval_required',
  'forbidden',
  'code_used',
  'cancelled',
  'id_mismatch',
  'reversal_exceeds',
  'stands',
  'code_expired',
  'pass_expired',
  'invite_expired',
  'code_invalid',
  'amount_invalid',
  'unit_unknown',
  'malformed',
  'token_invalid',
  'too_many_attempts',
  'busy',
  'clock_wrong',
  'not_found',
  'too_large',
  'internal',
] as const;

export type Code = (typeof CODES)[number];

/** What a page may have to say: the server's codes, and that there is no server. */
export type Reason = Code | 'offline';

const codes: ReadonlySet<string> = new Set(CODES);

export function isCode(code: unknown): code is Code {
  return typeof code === 'string' && codes.has(code);
}

/** A code of a later server is something that we cannot name. */
export function asReason(code: unknown): Reason {
  return code === 'offline' || isCode(code) ? code : 'internal';
}

/** Drawn anew when a server is restored from a backup; sent back exactly as it came. */
export type Epoch = string | number;

export interface Named {
  id: number;
  name: string;
}

/** How many of the three lamps are lit. */
export function lampsLit(lamp: Lamp): number {
  return lamp === 'seen' ? 3 : lamp === 'received' ? 2 : 1;
}

export interface Account {
  unit: string;
  kind: UnitKind;
  balance: number;
  principal: number;
  bonus: number;
  expires_at: string | null;
  decimals?: number;
  names?: Partial<Names> | null;
}

export interface Me {
  customer: Named;
  shop: Named;
  accounts: Account[];
  epoch: Epoch;
  seq: number;
  time: string;
  /** What the shop calls each of its units, also those that the customer does not hold. */
  units?: Record<string, Partial<Names>>;
  /** Nothing is taken from the customer: the till or a recovery word froze them. */
  frozen?: boolean;
  /** The customer paused this phone's codes. */
  paused?: boolean;
  /** There is an account that this page cannot read, and which is left out. */
  unread?: true;
  /** This phone's key is of an older master key than the server's: take the current one. */
  renew?: boolean;
}

/** A key of the server's current master key, for the credential that this phone has. */
export interface Renewed {
  credential: string;
  /** 64 hex digits. */
  key: string;
  time: string;
}

export interface Joined {
  credential: string;
  /** 64 hex digits. */
  key: string;
  customer: Named;
  shop: Named;
  epoch: Epoch;
  seq: number;
  time: string;
}

/** One thing a customer is told. `amount` is positive; the type tells the direction. */
export interface CustomerEvent {
  type: string;
  seq: number;
  id: string;
  shop?: Named;
  unit?: string;
  kind?: UnitKind;
  decimals?: number;
  amount?: number;
  /** The parts of the amount. */
  principal?: number;
  bonus?: number;
  /** Whether the customer gained, where the type alone does not say it. */
  gain?: boolean;
  /** The account's balance right after. */
  balance?: number;
  at: string;
  mark?: string;
  credential?: string;
  /** Null for a card. */
  step?: number | null;
  /** Why, for a refusal. */
  code?: string;
  /** What became of the customer, an account or a phone, for a status. */
  status?: string;
  /** The account's date, for a status. */
  expires_at?: string;
  /** This page cannot read it: only `type`, `seq`, `id` and `at` are here, the last two empty where they make no sense. */
  unread?: true;
  /** What a reversal undoes. */
  of?: string;
  of_type?: string;
}
