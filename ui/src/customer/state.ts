//! What the customer's page can be in, as one state that its components draw.

import type { Digits27 } from '../shared/code';
import type { CustomerEvent } from '../shared/wire';
import type { Book } from './book';
import type { Failure } from './joining';
import type { Credential } from './keep';
import type { Turn } from './rotation';
import type { LinkState } from './stream';

export type View =
  | { name: 'code' }
  | { name: 'history' }
  | { name: 'more' }
  | { name: 'shops' }
  /** Full screen, until this moment of the corrected clock. */
  | { name: 'result'; event: CustomerEvent; untilMs: number };

export type ShownCode =
  | { at: 'making' }
  | { at: 'shown'; digits: Digits27; turn: Turn }
  /** Nobody touched the phone for a while. */
  | { at: 'hidden' };

export const MAKING: ShownCode = { at: 'making' };

/** What became of a call that the customer asked for. */
export type Deed = { at: 'idle' } | { at: 'asking' } | { at: 'failed' };

export type Recovery = { at: 'none' } | { at: 'asking' } | { at: 'failed' } | { at: 'made'; word: string };

export type Recovering =
  | { at: 'typing' }
  | { at: 'asking' }
  | { at: 'refused'; reason: Failure }
  | { at: 'frozen' };

/** What did not go as somebody wanted, said beside a shop that goes on: a link's shop was not added, or this phone was disconnected
 * from another shop. */
export type Aside = { what: 'not_added'; reason: Failure } | { what: 'disconnected'; shop: string };

export type PhoneState =
  | { status: 'opening' }
  | { status: 'stranger' }
  | { status: 'joining' }
  | { status: 'join_failed'; reason: Failure }
  | { status: 'recovering'; step: Recovering }
  | { status: 'revoked'; shop: string }
  | {
      status: 'member';
      credential: string;
      shop: string;
      customer: string;
      /** Every shop of this phone, this one among them. */
      shops: { credential: string; name: string }[];
      code: ShownCode;
      /** Null until the first answer of the server. */
      book: Book | null;
      link: LinkState;
      view: View;
      pausing: Deed;
      recovery: Recovery;
      /** The server says what this page is too old for. */
      newer: boolean;
      aside: Aside | null;
    };

export type Member = Extract<PhoneState, { status: 'member' }>;

/** The state of a phone that has just opened one of its shops. */
export function opened(credential: Credential, all: readonly Credential[], book: Book | null, code: ShownCode): Member {
  return {
    status: 'member',
    credential: credential.number,
    shop: credential.shop.name,
    customer: credential.customer.name,
    shops: shopsOf(all),
    code,
    book,
    link: 'connecting',
    view: { name: 'code' },
    pausing: { at: 'idle' },
    recovery: { at: 'none' },
    newer: false,
    aside: null,
  };
}

export function shopsOf(all: readonly Credential[]): Member['shops'] {
  return all.map(({ number, shop }) => ({ credential: number, name: shop.name }));
}
