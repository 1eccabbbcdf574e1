//! Why something came to nothing at the till: the server's reasons, and the till's own.

import { asReason as asServersReason, type Reason as ServersReason } from '../shared/wire';

export type Reason =
  | ServersReason
  /** This computer's disk did not take the line that has to be there before anything is sent. */
  | 'journal_failed'
  /** An earlier request is not settled: the till takes no other. */
  | 'still_open'
  | PictureReason;

/** Why there is no code in a picture that was dropped or pasted. */
export type PictureReason = (typeof PICTURE_REASONS)[number];

const PICTURE_REASONS = ['no_picture', 'no_code', 'not_ours', 'misread', 'two_codes'] as const;
const OF_PICTURES: ReadonlySet<unknown> = new Set(PICTURE_REASONS);

export function asReason(code: unknown): Reason {
  return code === 'journal_failed' ? code : OF_PICTURES.has(code) ? (code as PictureReason) : asServersReason(code);
}

/** Where the till itself answers, and never the server, `busy` means that a request is still open. */
export function asTillsOwn(reason: Reason): Reason {
  return reason === 'busy' ? 'still_open' : reason;
}
