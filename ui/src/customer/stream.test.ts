import { describe, expect, it } from 'vitest';
import type { CustomerEvent, Me } from '../shared/wire';
import { PAGE_MOST } from './heard';
import { advance, backoffMs, DEAF_SOCKETS, newStream, type Action, type Input, type Stream } from './stream';

const event = (seq: number): CustomerEvent => ({ type: 'redemption', seq, id: `r${seq}`, at: '2026-11-22T06:03:22.123Z' });
const me = (epoch: string, seq: number): Me => ({
  customer: { id: 1, name: 'Li' },
  shop: { id: 1, name: 'Lotus' },
  accounts: [],
  epoch,
  seq,
  time: '2026-11-22T06:03:22.123Z',
});

/** Drives the machine; inputs are made with the stream's generation at that moment. */
class Driver {
  stream: Stream = newStream();
  actions: Action[] = [];

  feed(make: Input | ((generation: number) => Input)): this {
    const input = typeof make === 'function' ? make(this.stream.generation) : make;
    const [stream, actions] = advance(this.stream, input);
    this.stream = stream;
    this.actions = actions;
    return this;
  }

  does(): string[] {
    return this.actions.map((action) => action.do);
  }

  taken(): number[] {
    return this.actions.flatMap((action) => (action.do === 'take' ? [action.event.seq] : []));
  }
}

const closed = (code = 1006) => (generation: number): Input => ({ kind: 'closed', generation, code, random: 0.5 });
const hello = (epoch: string, seq: number, reset = false) => (generation: number): Input => ({ kind: 'hello', generation, epoch, seq, reset });
const checked = (events: CustomerEvent[], epoch = 'e', reset = false) => (generation: number): Input =>
  ({ kind: 'checked', generation, epoch, events, reset });
const timer = (generation: number): Input => ({ kind: 'timer', generation, random: 0.5 });

function live(seq = 5): Driver {
  return new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq } }).feed(hello('e', seq));
}

function deafSockets(): Driver {
  const driver = new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq: 5 } });
  for (let tries = 1; tries < DEAF_SOCKETS; tries += 1) driver.feed(closed()).feed(timer);
  return driver.feed(closed());
}

describe('a stream', () => {
  it('starts with its cursor, and without one reads everything first', () => {
    expect(new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq: 5 } }).actions).toContainEqual({
      do: 'open',
      generation: 1,
      way: 'socket',
      cursor: { epoch: 'e', seq: 5 },
    });
    const fresh = new Driver().feed({ kind: 'start', cursor: null });
    expect(fresh.does()).toEqual(['drop', 'me']);
    fresh.feed((generation) => ({ kind: 'me', generation, me: me('e', 9) }));
    expect(fresh.does()).toEqual(['take_me', 'drop', 'open', 'timer']);
    expect(fresh.stream.cursor).toEqual({ epoch: 'e', seq: 9 });
  });

  it('takes events in order and drops repeats', () => {
    const driver = live(5);
    expect(driver.stream.link).toBe('online');
    expect(driver.feed((generation) => ({ kind: 'event', generation, event: event(6) })).taken()).toEqual([6]);
    expect(driver.feed((generation) => ({ kind: 'event', generation, event: event(6) })).taken()).toEqual([]);
    expect(driver.stream.cursor?.seq).toBe(6);
  });

  it('reads everything anew after a gap, a reset or another epoch', () => {
    expect(live(5).feed((generation) => ({ kind: 'event', generation, event: event(8) })).does()).toEqual(['drop', 'me']);
    for (const greeting of [hello('e', 5, true), hello('other', 5), hello('e', 3)]) {
      const driver = new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq: 5 } }).feed(greeting);
      expect(driver.does()).toEqual(['drop', 'me']);
      driver.feed((generation) => ({ kind: 'me', generation, me: me('other', 2) }));
      expect(driver.stream.cursor).toEqual({ epoch: 'other', seq: 2 });
    }
  });

  it('ignores what an older socket still says', () => {
    const driver = live(5);
    const old = driver.stream.generation;
    driver.feed({ kind: 'front' });
    expect(driver.does()).toEqual(['drop', 'open', 'timer']);
    driver.feed({ kind: 'event', generation: old, event: event(6) }).feed({ kind: 'closed', generation: old, code: 1006, random: 0 });
    expect(driver.actions).toEqual([]);
    expect(driver.stream.phase.at).toBe('connecting');
  });

  it('tells of a lost connection at the second failure only', () => {
    const driver = live(5).feed(closed());
    expect(driver.stream.link).toBe('connecting');
    driver.feed(timer).feed(closed());
    expect(driver.stream.link).toBe('offline');
    driver.feed(timer).feed(hello('e', 5));
    expect(driver.stream.link).toBe('online');
    expect(driver.stream.failures).toBe(0);
  });

  it('gives up a socket that never says hello', () => {
    const driver = new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq: 5 } }).feed(timer).feed(timer);
    expect(driver.stream.phase).toEqual({ at: 'connecting', way: 'events', peeked: false });
    expect(live(5).feed(timer).stream.phase.at).toBe('live');
  });

  it('asks what is new beside a socket that hangs, once, and takes nothing twice when it says hello after all', () => {
    const driver = new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq: 5 } }).feed(timer);
    const { generation } = driver.stream;
    expect(driver.actions).toMatchObject([{ do: 'peek', generation, cursor: { epoch: 'e', seq: 5 } }, { do: 'timer', generation }]);
    driver.feed({ kind: 'polled', generation, epoch: 'e', events: [event(6), event(7)], reset: false });
    expect(driver.taken()).toEqual([6, 7]);
    expect(driver.stream).toMatchObject({ link: 'online', phase: { at: 'connecting', way: 'socket' }, generation });
    driver.feed(hello('e', 7));
    for (const seq of [6, 7, 8]) driver.feed({ kind: 'event', generation, event: event(seq) });
    expect(driver.taken()).toEqual([8]);
    const late = new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq: 5 } }).feed(timer);
    late.feed((now) => ({ kind: 'polled', generation: now, epoch: 'e', events: [], reset: true }));
    expect(late.does()).toEqual(['drop', 'me']);
  });

  it('takes Server-Sent Events on the same cursor when sockets stay deaf, and stays with them', () => {
    const driver = deafSockets();
    expect(driver.actions).toContainEqual({ do: 'open', generation: driver.stream.generation, way: 'events', cursor: { epoch: 'e', seq: 5 } });
    driver.feed(hello('e', 5)).feed((generation) => ({ kind: 'event', generation, event: event(6) }));
    expect(driver.taken()).toEqual([6]);
    expect(driver.stream.link).toBe('online');
    for (const losses of [[closed(4000), timer], [{ kind: 'front' } as const]]) {
      for (const loss of losses) driver.feed(loss);
      expect(driver.stream.phase).toMatchObject({ at: 'connecting', way: 'events' });
      driver.feed(hello('e', 6));
    }
  });

  it('is not online before everything has come that was missed', () => {
    const driver = new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq: 5 } }).feed(hello('e', 7));
    expect(driver.stream.link).toBe('connecting');
    driver.feed((generation) => ({ kind: 'event', generation, event: event(6) }));
    expect(driver.stream.link).toBe('connecting');
    driver.feed((generation) => ({ kind: 'event', generation, event: event(7) }));
    expect(driver.stream.link).toBe('online');
    driver.feed({ kind: 'front' });
    expect(driver.stream.link).toBe('connecting');
  });

  it('polls where streams are deaf too, and tries a socket again later', () => {
    const driver = deafSockets().feed(closed());
    expect(driver.actions).toContainEqual({ do: 'poll', generation: driver.stream.generation, cursor: { epoch: 'e', seq: 5 }, waitSeconds: 0 });
    driver.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events: [event(6), event(7)], reset: false }));
    expect(driver.taken()).toEqual([6, 7]);
    expect(driver.stream.link).toBe('online');
    expect(driver.stream.phase.at).toBe('polling');
    for (let polls = 0; polls < 3; polls += 1) {
      driver.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events: [], reset: false }));
    }
    expect(driver.stream.phase).toMatchObject({ at: 'connecting', way: 'socket' });
    driver.feed(closed()).feed(closed());
    expect(driver.stream.phase.at).toBe('polling');
  });

  it('asks for the next page at once when a poll was full', () => {
    const driver = deafSockets().feed(closed());
    const events = Array.from({ length: PAGE_MOST }, (_, index) => event(6 + index));
    driver.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events, reset: false }));
    expect(driver.stream.link).not.toBe('online');
    expect(driver.actions.at(-1)).toMatchObject({ do: 'poll', cursor: { seq: 5 + PAGE_MOST }, waitSeconds: 0 });
  });

  it('reads everything anew when a poll says so', () => {
    const driver = new Driver().feed({ kind: 'start', cursor: { epoch: 'e', seq: 5 } });
    driver.stream = { ...driver.stream, phase: { at: 'polling', answered: 1 } };
    driver.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events: [], reset: true }));
    expect(driver.does()).toEqual(['drop', 'me']);
  });

  it('ends when the phone is revoked', () => {
    const revoked = live(5).feed(closed(4001));
    expect(revoked.does()).toEqual(['drop', 'revoked']);
    expect(revoked.feed({ kind: 'front' }).actions).toEqual([]);
    const byPoll = new Driver().feed({ kind: 'start', cursor: null });
    byPoll.feed((generation) => ({ kind: 'me_failed', generation, reason: 'token_invalid', random: 0 }));
    expect(byPoll.does()).toEqual(['drop', 'revoked']);
  });

  it('is nothing to a network that goes while no phone speaks, or one no more', () => {
    const stopped = live(5).feed({ kind: 'stop' });
    expect(stopped.does()).toEqual(['drop']);
    for (const silent of [new Driver(), stopped, live(5).feed(closed(4001))]) {
      const before = silent.stream;
      for (const input of [closed(), timer, { kind: 'front' } as const]) expect(silent.feed(input).actions).toEqual([]);
      expect(silent.stream).toEqual(before);
    }
  });

  it('believes an open socket as long as it keeps nothing back', () => {
    const quiet = live(5).feed(checked([event(5)]));
    expect(quiet.actions).toEqual([]);
    expect(quiet.stream).toMatchObject({ phase: { at: 'live' }, link: 'online' });
    const dead = live(5).feed(checked([event(6), event(7)]));
    expect(dead.does()).toEqual(['take', 'take', 'drop', 'open', 'timer']);
    expect(dead.stream).toMatchObject({ phase: { at: 'connecting', way: 'socket' }, cursor: { seq: 7 }, link: 'connecting' });
  });

  it('takes the cursor for void when the server says so beside an open socket', () => {
    for (const void_ of [checked([], 'e', true), checked([], 'other')]) {
      const driver = live(5).feed(void_);
      expect(driver.does()).toEqual(['drop', 'me']);
      expect(driver.stream.link).toBe('connecting');
    }
  });

  it.each(['offline', 'busy', 'internal', 'too_many_attempts'] as const)('is not sure of an open socket beside which it hears: %s', (reason) => {
    const driver = live(5).feed((generation) => ({ kind: 'check_failed', generation, reason, random: 0.5 }));
    expect(driver.does()).toEqual(['drop', 'timer']);
    expect(driver.stream).toMatchObject({ phase: { at: 'resting' }, link: 'connecting' });
    expect(live(5).feed((generation) => ({ kind: 'check_failed', generation, reason: 'token_invalid', random: 0 })).does()).toEqual(['drop', 'revoked']);
  });

  it('reads everything anew when it cannot read an event, and shows nothing as today’s meanwhile', () => {
    const unread: CustomerEvent = { ...event(7), unread: true };
    const byPoll = deafSockets().feed(closed());
    byPoll.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events: [event(6), unread, event(8)], reset: false }));
    expect(byPoll.taken()).toEqual([6]);
    expect(byPoll.does()).toEqual(['take', 'drop', 'me']);
    const bySocket = live(6).feed((generation) => ({ kind: 'event', generation, event: unread }));
    expect(bySocket.does()).toEqual(['drop', 'me']);
    expect(bySocket.stream.link).toBe('connecting');
    expect(live(7).feed((generation) => ({ kind: 'event', generation, event: unread })).actions).toEqual([]);
  });

  it('of too many polls on the same cursor, opens no socket by itself, and has one again when it comes to the front', () => {
    const driver = live(5).feed(closed(4009));
    expect(driver.actions).toContainEqual({ do: 'poll', generation: driver.stream.generation, cursor: { epoch: 'e', seq: 5 }, waitSeconds: 0 });
    expect(driver.stream.link).toBe('online');
    driver.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events: [event(6)], reset: false }));
    expect(driver.taken()).toEqual([6]);
    for (let polls = 0; polls < 20; polls += 1) {
      driver.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events: [], reset: false }));
      expect(driver.does()).toEqual(['drop', 'poll']);
    }
    expect(driver.stream.link).toBe('online');
    driver.feed({ kind: 'front' });
    expect(driver.does()).toContain('open');
    driver.feed(hello('e', 6));
    expect(driver.stream).toMatchObject({ phase: { at: 'live' }, link: 'online', crowded: false });
  });

  it('of too many goes on polling over a lost network and a reset', () => {
    const driver = live(5).feed(closed(4009));
    driver.feed((generation) => ({ kind: 'poll_failed', generation, reason: 'offline', random: 0.5 }));
    expect(driver.feed(timer).does()).toEqual(['drop', 'poll']);
    driver.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events: [], reset: true }));
    expect(driver.does()).toEqual(['drop', 'me']);
    driver.feed((generation) => ({ kind: 'me', generation, me: me('e', 9) }));
    expect(driver.does()).toEqual(['take_me', 'drop', 'poll']);
    expect(driver.stream.link).toBe('online');
  });

  it('loses nothing and repeats nothing over any mixture of breaks', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      let dice = seed;
      const roll = (sides: number) => (dice = (dice * 48271) % 2147483647) % sides;
      const driver = live(0);
      const taken: number[] = [];
      let sent = 0;
      for (let turn = 0; turn < 60; turn += 1) {
        const { at } = driver.stream.phase;
        const seq = driver.stream.cursor?.seq ?? 0;
        if (roll(3) === 0) sent += 1;
        if (at === 'live') {
          if (roll(5) === 0) driver.feed(closed(roll(4) === 0 ? 4009 : 1006));
          else if (sent > 0) driver.feed((generation) => ({ kind: 'event', generation, event: event(Math.min(sent, seq + 1)) }));
          else driver.feed(hello('e', 0));
        } else if (at === 'connecting' && roll(3) > 0) driver.feed([hello('e', sent), closed(), timer][roll(3)] ?? timer);
        else if (at === 'polling' || at === 'connecting') {
          const events = Array.from({ length: sent - seq }, (_, index) => event(seq + 1 + index));
          driver.feed((generation) => ({ kind: 'polled', generation, epoch: 'e', events, reset: false }));
        } else driver.feed(timer);
        taken.push(...driver.taken());
      }
      expect(taken).toEqual(Array.from({ length: taken.length }, (_, index) => index + 1));
    }
  });
});

describe('the pause before a new try', () => {
  it('doubles up to half a minute, and is never the same for all', () => {
    expect(backoffMs(1, 0)).toBe(250);
    expect(backoffMs(1, 1)).toBe(500);
    expect(backoffMs(4, 1)).toBe(4000);
    expect(backoffMs(50, 1)).toBe(30_000);
  });
});
