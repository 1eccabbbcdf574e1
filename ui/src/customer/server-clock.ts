//! The server's clock as this phone knows it: its own, corrected by the last time that it heard. Kept, so that a phone
//! with a wrong clock makes right codes without a network too.

import { readSmall, writeSmall } from './keep';

/** A clock that jumps by more than this was set, or the phone slept; in milliseconds. */
const JUMP_MS = 3_000;

export class ServerClock {
  /** Server's clock minus this phone's, in milliseconds. */
  #offsetMs = keptOffset();
  #wallMs = Date.now();
  #steadyMs = performance.now();

  /** Unix milliseconds. */
  now(): number {
    return Date.now() + this.#offsetMs;
  }

  /** `time` is the server's, RFC 3339, just now. */
  hear(time: string): void {
    const heard = Date.parse(time);
    if (Number.isNaN(heard)) return;
    this.#offsetMs = heard - Date.now();
    writeSmall('clock', String(this.#offsetMs));
  }

  /** Whether the phone's clock was set, or the phone slept, since this was asked last. */
  jumped(): boolean {
    const [wall, steady] = [Date.now(), performance.now()];
    const jump = wall - this.#wallMs - (steady - this.#steadyMs);
    this.#wallMs = wall;
    this.#steadyMs = steady;
    return Math.abs(jump) > JUMP_MS;
  }
}

function keptOffset(): number {
  const kept = Number(readSmall('clock') ?? 0);
  return Number.isFinite(kept) ? kept : 0;
}
