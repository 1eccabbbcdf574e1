//! Asks to join at once, while the rest of the page is still on its way: a chunk of its own, which the document loads beside
//! the others. Asking twice with one link on one device gives one credential.

import { send } from '../shared/send';
import { inviteOf, takesCookies } from './invite';
import { deviceId } from './small';

export interface EarlyJoin {
  invite: string;
  answer: Promise<Response>;
}

/** What a join link's page asks for. */
export function askToJoin(invite: string): { path: string; body: { code: string; device: string } } {
  return { path: '/api/v1/join', body: { code: invite, device: deviceId() } };
}

let early = begin();

/** The answer that is on its way for this link; once. */
export function takeEarly(invite: string): Promise<Response> | undefined {
  const taken = early?.invite === invite ? early.answer : undefined;
  early = null;
  return taken;
}

function begin(): EarlyJoin | null {
  const invite = inviteOf(globalThis.location?.hash ?? '');
  if (invite === null || !takesCookies()) return null;
  const { path, body } = askToJoin(invite);
  const answer = send('POST', path, body);
  // Whoever takes it hears of a failure.
  answer.catch(() => undefined);
  return { invite, answer };
}
