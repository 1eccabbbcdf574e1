//! Makes the code that is shown: one at a time, a new one when its time is over, it was used, or the key is another.

import { phoneCode } from '../shared/code';
import { signer } from './key';
import { lastUsed, type Credential } from './keep';
import { isOver, nextTurn } from './rotation';
import type { ShownCode } from './state';

type Shown = Extract<ShownCode, { at: 'shown' }>;

export class CodeMaker {
  #making = false;
  /** The key of the code that is shown. */
  #madeBy: Credential['key'] | null = null;

  /** A new code if it is time for one, else null. `credential` may become another while it is made: then that one's. */
  async next(credential: () => Credential | null, code: ShownCode, nowMs: () => number): Promise<Shown | null> {
    const mine = credential();
    if (mine === null || this.#making || code.at === 'hidden') return null;
    const { number, key } = mine;
    if (code.at === 'shown' && this.#madeBy === key && !isOver(code.turn, nowMs(), lastUsed(number))) return null;
    this.#making = true;
    try {
      const turn = nextTurn(nowMs(), lastUsed(number));
      const digits = await phoneCode(signer(key), number, turn.step);
      this.#madeBy = key;
      if (credential()?.key === key) return { at: 'shown', digits, turn };
    } finally {
      this.#making = false;
    }
    return this.next(credential, code, nowMs);
  }
}
