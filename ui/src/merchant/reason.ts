//! Why something came to nothing at the till: the server's reasons, and the till's own.

import { asReason as asServersReason, type Reason as ServersReason } from '../shared/wire';

export type Reason =
  | ServersReason
  /** This computer's disk did not take the line that has to be there before anything is sent. */
  | 'journal_failed'
  /** An earlier request is not settled: the till takes no other. */
  | 'still_open'
  /** Nobody stands at the till. */
  | 'locked'
  /** No answer in time; the list of those in doubt has it. */
  | 'in_doubt'
  /** The scan that a PIN or a consent was given for is no longer the last one. */
  | 'scan_over'
  /** The customer was made by an earlier try, whose answer was lost. */
  | 'made_before'
  /** Another till changed it meanwhile. */
  | 'changed_elsewhere'
  /** This computer could not write the file. */
  | 'not_saved'
  /** The till could not be opened; the program's log says why. */
  | 'not_opened'
  /** Another Tillbeam has the data directory. */
  | 'already_open'
  /** This till's token at its server cannot be read. */
  | 'token_unreadable'
  /** There is a shop of this name. */
  | 'name_taken'
  | PictureReason
  | WayProblem
  | BackupProblem
  | ServerProblem
  | PrinterProblem;

/** Why phones cannot come by a way that was chosen. */
export type WayProblem = (typeof WAY_PROBLEMS)[number];

const WAY_PROBLEMS = ['no_public_name', 'name_nowhere', 'contact_wrong', 'not_https', 'no_certificate', 'key_other', 'certificate_ended', 'certificate_early', 'certificate_other'] as const;

/** Why a backup is not made where somebody wants it, or not restored. */
export type BackupProblem = (typeof BACKUP_PROBLEMS)[number];

const BACKUP_PROBLEMS = ['folder_missing', 'folder_denied', 'backup_unread', 'backup_other', 'backup_newer', 'backup_damaged', 'passphrase_needed', 'passphrase_wrong'] as const;

/** What is wrong on the way to a server on another computer, and why a till is not left. */
export type ServerProblem = (typeof SERVER_PROBLEMS)[number];

const SERVER_PROBLEMS = [
  'unsettled',
  'address_wrong',
  'name_unknown',
  'connection_refused',
  'unreachable',
  'not_tillbeam',
  'plain_http',
  'https_only',
  'certificate_unknown',
  'server_other',
  'certificate_name',
  'certificate_time',
  'version_differs',
  'server_unwell',
  'pairing_wrong',
  'pairing_expired',
] as const;

/** Why a receipt was not printed. */
const PRINTER_PROBLEMS = ['printer_none', 'printer_off', 'printer_unknown', 'printer_denied', 'printer_gone', 'printer_busy'] as const;
export type PrinterProblem = (typeof PRINTER_PROBLEMS)[number];
/** Why there is no code in a picture that was dropped or pasted. */
export type PictureReason = (typeof PICTURE_REASONS)[number];

const PICTURE_REASONS = ['no_picture', 'no_code', 'not_ours', 'misread', 'two_codes'] as const;
const OWN: ReadonlySet<unknown> = new Set(['journal_failed', 'locked', 'in_doubt', 'scan_over', 'made_before', 'changed_elsewhere', 'not_saved', 'not_opened', 'already_open', 'token_unreadable', 'name_taken', ...WAY_PROBLEMS, ...BACKUP_PROBLEMS, ...PICTURE_REASONS, ...SERVER_PROBLEMS, ...PRINTER_PROBLEMS]);

export function asReason(code: unknown): Reason {
  return OWN.has(code) ? (code as Reason) : asServersReason(code);
}

/** Where the till itself answers, and never the server, `busy` means that a request is still open. */
export function asTillsOwn(reason: Reason): Reason {
  return reason === 'busy' ? 'still_open' : reason;
}
