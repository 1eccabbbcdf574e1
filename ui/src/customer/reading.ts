//! What the phone reads beside its line: names and dates that no event says, and events of before it joined.

import { fillHistory, lacksPast, refresh } from './book';
import type { Own } from './own';

/** Past events asked for when a phone is new. */
const PAST_EVENTS = 50;

export class Reading {
  #own: Own;
  /** Of which credential the account or the past is being read. */
  #account: string | null = null;
  #past: string | null = null;

  constructor(own: Own) {
    this.#own = own;
  }

  /** The account as it is. */
  async refresh(): Promise<void> {
    const number = this.#own.member()?.credential;
    if (number === undefined || this.#account === number) return;
    this.#account = number;
    const answer = await this.#own.channel.readMe();
    if (this.#account === number) this.#account = null;
    const member = this.#own.member();
    if (!answer.ok || member === null || member.book === null || member.credential !== number) return;
    this.#own.update({ shop: answer.value.shop.name, customer: answer.value.customer.name });
    this.#own.setBook(refresh(member.book, answer.value, this.#own.clock.now()));
  }

  /** What the history lacks. The network may fail it: it is tried again whenever the phone is online again. */
  async past(): Promise<void> {
    const { credential: number, book } = this.#own.member() ?? {};
    if (number === undefined || !book || this.#past === number || !lacksPast(book, PAST_EVENTS)) return;
    const { epoch, seq } = book;
    this.#past = number;
    const answer = await this.#own.channel.past(epoch, Math.max(0, seq - PAST_EVENTS));
    if (this.#past === number) this.#past = null;
    const member = this.#own.member();
    // All shops of a server are of one epoch: this may be another shop's book by now.
    if (!answer.ok || member === null || member.credential !== number || member.book?.epoch !== epoch) return;
    this.#own.setBook(fillHistory(member.book, answer.value.events.filter(({ at }) => at !== '')));
  }
}
