//! The id of what a form sends: drawn when the form opens, so that pressing its button twice moves nothing twice.

import { Refused } from './bridge';
import type { Reason } from './reason';

/** Answers after which the request may still come to be, or was never begun: the same id is right. Any other is final for its id. */
const UNSURE: ReadonlySet<Reason> = new Set<Reason>(['in_doubt', 'offline', 'busy', 'still_open', 'internal', 'too_many_attempts', 'clock_wrong', 'journal_failed', 'locked', 'token_invalid']);

export class FormId {
  #id = crypto.randomUUID();

  /** The form opens anew. */
  renew(): void {
    this.#id = crypto.randomUUID();
  }

  /** Sends it under the form's id; a new try after a refusal is a new id. */
  async send<T>(act: (id: string) => Promise<T>): Promise<T> {
    try {
      const answer = await act(this.#id);
      this.renew();
      return answer;
    } catch (failure) {
      if (failure instanceof Refused && !UNSURE.has(failure.reason)) this.renew();
      throw failure;
    }
  }
}
