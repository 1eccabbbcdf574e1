//! Why something came to nothing at the till: the server's reasons, and the till's own two.

import { asReason as asServersReason, type Reason as ServersReason } from '../shared/wire';

export type Reason =
  | ServersReason
  /** This computer's disk did not take the line that has to be there before anything is sent. */
  | 'journal_failed'
  /** An earlier request is not settled: the till takes no other. */
  | 'still_open';

export function asReason(code: unknown): Reason {
  return code === 'journal_failed' ? code : asServersReason(code);
}

/** Where the till itself answers, and never the server, `busy` means that a request is still open. */
export function asTillsOwn(reason: Reason): Reason {
  return reason === 'busy' ? 'still_open' : reason;
}
