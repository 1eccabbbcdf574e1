//! What the customer asks for beside the code: a pause, a recovery word. It is told where it was asked, or not at all.

import { readWord } from './heard';
import * as keep from './keep';
import type { Own } from './own';
import type { Reading } from './reading';

export class Deeds {
  #own: Own;
  #reading: Reading;

  constructor(own: Own, reading: Reading) {
    this.#own = own;
    this.#reading = reading;
  }

  /** Whether the same phone is still shown when it is known what came of it. */
  async pause(paused: boolean): Promise<boolean> {
    const member = this.#own.member();
    if (member === null || member.pausing.at === 'asking') return false;
    const number = member.credential;
    this.#own.update({ pausing: { at: 'asking' } });
    const { ok } = await this.#own.channel.call('POST', paused ? '/api/v1/me/pause' : '/api/v1/me/resume', { body: {}, read: () => true });
    // Other tabs take it from there.
    if (ok) keep.writeSmall(`paused.${number}`, `${paused} ${this.#own.clock.now()}`);
    if (this.#own.member()?.credential !== number) return false;
    this.#own.update({ pausing: { at: ok ? 'idle' : 'failed' } });
    if (ok) this.takePaused(paused);
    // The server may have done it all the same.
    else void this.#reading.refresh();
    return true;
  }

  takePaused(paused: boolean): void {
    this.#own.channel.changed();
    const book = this.#own.member()?.book;
    if (book) this.#own.setBook({ ...book, paused });
  }

  async makeRecovery(): Promise<void> {
    const number = this.#own.member()?.credential;
    if (number === undefined) return;
    this.#own.update({ recovery: { at: 'asking' } });
    const answer = await this.#own.channel.call('POST', '/api/v1/me/recovery', { body: {}, read: readWord });
    if (this.#own.member()?.credential !== number) return;
    this.#own.update({ recovery: answer.ok ? { at: 'made', word: answer.value } : { at: 'failed' } });
  }
}
