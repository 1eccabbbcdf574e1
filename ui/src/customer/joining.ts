//! How this browser becomes a phone: by a link, by a recovery word, or by the cookie of one whose storage was thrown away.
//! Each gives the credential, kept, or why there is none.

import { call } from '../shared/api';
import type { Joined, Reason } from '../shared/wire';
import { askToJoin, takeEarly } from './ask-to-join';
import { readJoined, readRejoined } from './heard';
import { forgetInvite, rememberInvite, takesCookies } from './invite';
import { importKey } from './key';
import * as keep from './keep';
import type { ServerClock } from './server-clock';

/** Why this browser did not become a phone. `no_cookies`: it would be one for as long as the page is open, and the link used up. */
export type Failure = Reason | 'no_cookies';

export type Found = keep.Credential | Failure;

export function isFound(found: Found): found is keep.Credential {
  return typeof found !== 'string';
}

/** By a join link. It is remembered over a reload until its outcome is known. */
export async function joinBy(invite: string, clock: ServerClock): Promise<Found> {
  rememberInvite(invite);
  if (!takesCookies()) return 'no_cookies';
  const { path, body } = askToJoin(invite);
  const answer = await call('POST', path, { body, read: readJoined, sent: takeEarly(invite) });
  if (answer.ok || isSettled(answer.reason)) forgetInvite();
  return answer.ok ? keepJoined(answer.value, clock) : answer.reason;
}

/** Whether asking again with the same link could change nothing. */
export function isSettled(reason: Failure): boolean {
  return !UNSETTLED.includes(reason);
}

const UNSETTLED: readonly Failure[] = ['offline', 'busy', 'too_many_attempts', 'internal', 'clock_wrong', 'no_cookies'];

/** By a recovery word; with `others` the customer's other phones are taken back. */
export async function recoverBy(word: string, others: boolean, clock: ServerClock): Promise<Found> {
  if (!takesCookies()) return 'no_cookies';
  const body = { word, others, device: keep.deviceId() };
  const answer = await call('POST', '/api/v1/recover', { body, read: readJoined });
  return answer.ok ? keepJoined(answer.value, clock) : answer.reason;
}

/** The browser threw away what was kept, but not its cookie: that gets the phone a new credential. */
export async function rejoin(clock: ServerClock): Promise<Found> {
  const ask = async (): Promise<Found> => {
    const known = await currentCredential();
    if (known !== null) return known;
    const answer = await call('POST', '/api/v1/me/rejoin', { body: {}, read: readRejoined });
    if (!answer.ok) return answer.reason;
    const kept = await Promise.all(answer.value.map((joined) => keepJoined(joined, clock)));
    return kept[0] ?? 'token_invalid';
  };
  // Two tabs of one browser get one credential.
  return navigator.locks ? navigator.locks.request('tillbeam.rejoin', ask) : ask();
}

/** The phone that was shown last. */
export async function currentCredential(): Promise<keep.Credential | null> {
  const all = await keep.credentials();
  const current = keep.readSmall('current');
  return all.find(({ number }) => number === current) ?? all[0] ?? null;
}

async function keepJoined({ credential: number, key, customer, shop, time }: Joined, clock: ServerClock): Promise<keep.Credential> {
  clock.hear(time);
  const credential: keep.Credential = { number, key: await importKey(key), customer, shop };
  // One wait for both, of which the second sees what the first wrote.
  const [, all] = await Promise.all([keep.saveCredential(credential), keep.credentials()]);
  // The same customer joined again: the newer phone takes the place of the older.
  for (const other of all) {
    if (other.number !== number && other.customer.id === customer.id) await keep.forgetCredential(other.number);
  }
  return credential;
}
