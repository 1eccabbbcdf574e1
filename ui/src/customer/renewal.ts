//! A new key for the phone's codes, when the server has one. Both work until a code of the new one is taken, so the server goes on
//! saying that there is one.

import type { Renewed } from '../shared/wire';
import type { Channel } from './channel';
import { readRenewed } from './heard';
import { importKey, isSameKey } from './key';
import * as keep from './keep';
import type { ServerClock } from './server-clock';

/** It is asked for at most this often. */
const RENEW_MS = 10 * 60_000;

export class Renewal {
  #askedAtMs = Number.NEGATIVE_INFINITY;

  /** Who this phone is by its new key, kept; null for no other than before. `credential` may become another meanwhile. */
  async ask(credential: () => keep.Credential | null, channel: Channel, clock: ServerClock): Promise<keep.Credential | null> {
    const nowMs = Date.now();
    if (credential() === null || nowMs - this.#askedAtMs < RENEW_MS) return null;
    this.#askedAtMs = nowMs;
    const answer = await channel.call<Renewed>('POST', '/api/v1/me/renew', { body: {}, read: readRenewed });
    const old = credential();
    if (!answer.ok || old === null || answer.value.credential !== old.number) return null;
    clock.hear(answer.value.time);
    const renewed: keep.Credential = { ...old, key: await importKey(answer.value.key) };
    // Asked again, the server answers with the same one.
    if (await isSameKey(old.key, renewed.key)) return null;
    // Kept before it is shown: a code of it ends the old key.
    await keep.saveCredential(renewed);
    return credential() === old ? renewed : null;
  }
}
