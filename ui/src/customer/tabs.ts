//! What another tab of this browser did: it used a code up, paused, chose a language, joined a shop, or has a new key.

import type { Deeds } from './deeds';
import type { Inside } from './entrance';
import { currentCredential } from './joining';
import * as keep from './keep';
import { shopsOf } from './state';

/** What a tab needs of its phone beside what somebody needs who comes in. */
export interface Beside extends Inside {
  /** A new code, if it is time for one. */
  draw(): void;
  /** The language that was chosen is taken. */
  speak(): void;
  /** Whatever is open may be dead. */
  front(): void;
  /** The server wants to hear nothing of this phone any more. */
  readonly ended: boolean;
}

export class Tabs {
  #phone: Beside;
  #deeds: Deeds;

  constructor(phone: Beside, deeds: Deeds) {
    this.#phone = phone;
    this.#deeds = deeds;
  }

  /** Another tab wrote this name of localStorage. */
  wrote(key: string | null): void {
    const number = this.#phone.credential?.number ?? '';
    switch (key?.replace(keep.SMALL_PREFIX, '')) {
      case `used.${number}`:
        return this.#phone.draw();
      case `paused.${number}`:
        return this.#deeds.takePaused(keep.readSmall(`paused.${number}`)?.startsWith('true') === true);
      case 'language':
        return this.#phone.speak();
      case 'joined':
        return void this.#takeKept(keep.readSmall('joined')?.split(' ')[0] ?? '');
    }
  }

  /** Another tab joined a shop as this credential, or has a new key for it. */
  async #takeKept(joined: string): Promise<void> {
    const { status } = this.#phone.state;
    // Nobody is disturbed in what they type.
    if (status === 'recovering' || status === 'joining') return;
    const all = await keep.credentials();
    const before = this.#phone.credential;
    const mine = all.find(({ number }) => number === before?.number);
    const { state } = this.#phone;
    if (mine !== undefined && state.status === 'member' && state.credential === mine.number) {
      this.#phone.credential = mine;
      this.#phone.update({ shops: shopsOf(all) });
      // Who joins once more by the same link gets a new token, and what was opened with the old one is ended.
      if (joined === mine.number && this.#phone.ended) return this.#phone.begin(mine);
      if (joined === mine.number) this.#phone.front();
      return this.#phone.draw();
    }
    const newer = all.find(({ number, customer }) => customer.id === before?.customer.id && number !== before.number);
    const next = newer ?? (await currentCredential());
    if (next !== null && (next.number !== mine?.number || next.number === joined)) await this.#phone.begin(next);
  }
}
