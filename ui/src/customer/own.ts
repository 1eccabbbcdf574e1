//! The phone as its parts see it: who it is, and how they change what is shown.

import type { Book } from './book';
import type { Channel } from './channel';
import type { ServerClock } from './server-clock';
import type { Member } from './state';

export interface Own {
  readonly channel: Channel;
  readonly clock: ServerClock;
  /** Null while it is no member. */
  member(): Member | null;
  update(change: Partial<Member>): void;
  /** Shown, stored and acked. */
  setBook(book: Book): void;
}
