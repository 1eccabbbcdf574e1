//! Stores the book and then says how far this phone has come: `received` of what is stored, `seen` of what is before
//! somebody's eyes. One after the other, and each thing once on a connection.

import type { Epoch } from '../shared/wire';
import type { Book } from './book';
import * as keep from './keep';

export type Ack = { received: number } | { seen: number };

export class Acks {
  #say: (credential: string, epoch: Epoch, ack: Ack) => Promise<void>;
  #storing: Promise<void> = Promise.resolve();
  /** Each credential's newest book that waits to be stored: after a long absence many come at once. */
  #waiting = new Map<string, { book: Book; visible: boolean }>();
  #said = '';

  constructor(say: (credential: string, epoch: Epoch, ack: Ack) => Promise<void>) {
    this.#say = say;
  }

  /** What was told on an older connection may have been lost with it. */
  forget(): void {
    this.#said = '';
  }

  store(credential: string, book: Book, visible: boolean): void {
    this.#waiting.set(credential, { book, visible });
    this.#storing = this.#storing.then(() => this.#storeNewest(credential));
  }

  /** What is stored already is looked at now. */
  seen(credential: string, { epoch, seq }: Book): void {
    this.#storing = this.#storing.then(() => this.#once(credential, epoch, { seen: seq }));
  }

  async #storeNewest(credential: string): Promise<void> {
    const newest = this.#waiting.get(credential);
    if (newest === undefined) return;
    this.#waiting.delete(credential);
    const { book, visible } = newest;
    const stored = await keep.saveBook(credential, book);
    if (visible) await this.#once(credential, book.epoch, { seen: book.seq });
    else if (stored) await this.#once(credential, book.epoch, { received: book.seq });
  }

  async #once(credential: string, epoch: Epoch, ack: Ack): Promise<void> {
    const key = JSON.stringify([credential, epoch, ack]);
    if (this.#said === key) return;
    this.#said = key;
    await this.#say(credential, epoch, ack);
  }
}
