//! How somebody comes in: by a link, a kept credential, a cookie or a recovery word, and what they see until then.

import { call } from '../shared/api';
import { recallInvite } from './invite';
import { currentCredential, isFound, joinBy, recoverBy, rejoin } from './joining';
import * as keep from './keep';
import type { ServerClock } from './server-clock';
import type { Member, PhoneState } from './state';

/** A member is kept from their code by a link's join for so long. */
const JOIN_MS = 2000;

/** The phone behind it. */
export interface Inside {
  readonly clock: ServerClock;
  state: PhoneState;
  /** Who this phone is, or would be. */
  credential: keep.Credential | null;
  begin(credential: keep.Credential): Promise<void>;
  update(change: Partial<Member>): void;
  /** Hears nothing for now. */
  stop(): void;
}

export class Entrance {
  #inside: Inside;

  constructor(inside: Inside) {
    this.#inside = inside;
  }

  async enter(invite: string | null): Promise<void> {
    const credential = await currentCredential();
    this.#inside.credential = credential;
    if (invite !== null) await this.join(invite);
    else if (credential) await this.#inside.begin(credential);
    else await this.#rejoin();
  }

  async retryJoin(): Promise<void> {
    // At once, so that nobody taps twice.
    this.#inside.state = { status: 'joining' };
    await this.enter(recallInvite());
  }

  async join(invite: string): Promise<void> {
    const kept = this.#inside.credential;
    this.#inside.state = { status: 'joining' };
    this.#inside.stop();
    const joining = joinBy(invite, this.#inside.clock);
    // A phone that has a shop goes on with it, whatever becomes of the link.
    const goOn = async () => {
      if (kept !== null && this.#inside.state.status === 'joining') await this.#inside.begin(kept);
    };
    const patience = setTimeout(() => void goOn(), JOIN_MS);
    const found = await joining;
    clearTimeout(patience);
    if (isFound(found)) return this.#joined(found);
    await goOn();
    if (kept === null) this.#inside.state = { status: 'join_failed', reason: found };
    else this.#inside.update({ aside: { what: 'not_added', reason: found } });
  }

  async #rejoin(): Promise<void> {
    const found = await rejoin(this.#inside.clock);
    if (isFound(found)) await this.#inside.begin(found);
    else if (found === 'token_invalid') this.#inside.state = { status: 'stranger' };
    else this.#inside.state = { status: 'join_failed', reason: found };
  }

  async #joined(credential: keep.Credential): Promise<void> {
    await this.#inside.begin(credential);
    // Other tabs take what is kept.
    keep.writeSmall('joined', `${credential.number} ${this.#inside.clock.now()}`);
  }

  startRecovery(): void {
    this.#inside.stop();
    this.#inside.state = { status: 'recovering', step: { at: 'typing' } };
  }

  /** A phone of another address, or a new one. */
  async recover(word: string, others: boolean): Promise<void> {
    this.#inside.state = { status: 'recovering', step: { at: 'asking' } };
    const found = await recoverBy(word, others, this.#inside.clock);
    if (isFound(found)) await this.#joined(found);
    else this.#inside.state = { status: 'recovering', step: { at: 'refused', reason: found } };
  }

  async freeze(word: string): Promise<void> {
    this.#inside.state = { status: 'recovering', step: { at: 'asking' } };
    const answer = await call('POST', '/api/v1/freeze', { body: { word }, read: () => true });
    this.#inside.state = { status: 'recovering', step: answer.ok ? { at: 'frozen' } : { at: 'refused', reason: answer.reason } };
  }
}
