//! What a join link's page asks for, and where it finds the answer that `early.ts` asked for before it was there.

import { deviceId } from './small';

/** Asking twice with one link on one device gives one credential. */
export function askToJoin(invite: string): { path: string; body: { code: string; device: string } } {
  return { path: '/api/v1/join', body: { code: invite, device: deviceId() } };
}

export interface EarlyJoin {
  invite: string;
  answer: Promise<Response>;
}

declare global {
  /** Left by `early.ts`, which is a script of its own. */
  var earlyJoin: EarlyJoin | undefined;
}

/** The answer that is on its way for this link; once. */
export function takeEarly(invite: string): Promise<Response> | undefined {
  const { earlyJoin } = globalThis;
  globalThis.earlyJoin = undefined;
  return earlyJoin?.invite === invite ? earlyJoin.answer : undefined;
}
