//! How the page stays in step with the server: one state machine, values in, actions out. It opens sockets,
//! falls back to long polling, and notices gaps; it knows no browser, clock or storage. `phone.svelte.ts` carries
//! its actions out and feeds it what happened.

import type { CustomerEvent, Epoch, Me, Reason } from '../shared/wire';

/** Everything up to `seq` of this epoch is known. */
export interface Cursor {
  epoch: Epoch;
  seq: number;
}

export type LinkState = 'connecting' | 'online' | 'offline';

type Phase =
  | { at: 'stopped' }
  /** A socket was asked for and has not said hello. */
  | { at: 'connecting' }
  | { at: 'live' }
  /** A long poll is under way; `answered` counts those in a row that came back. */
  | { at: 'polling'; answered: number }
  /** The whole account is being read anew; nothing else is open. */
  | { at: 'rereading' }
  | { at: 'resting' }
  /** The phone was revoked. */
  | { at: 'ended' };

export interface Stream {
  phase: Phase;
  cursor: Cursor | null;
  /** Grows with every socket, poll and pause; what comes from an older one is ignored. */
  generation: number;
  /** Attempts in a row that came to nothing. */
  failures: number;
  /** Sockets in a row that never said hello. */
  deafSockets: number;
  /** The server closed this socket for there being too many: another would only push the next page out. */
  crowded: boolean;
  link: LinkState;
}

export type Input =
  | { kind: 'start'; cursor: Cursor | null }
  | { kind: 'hello'; generation: number; epoch: Epoch; seq: number; reset: boolean }
  | { kind: 'event'; generation: number; event: CustomerEvent }
  | { kind: 'closed'; generation: number; code: number; random: number }
  | { kind: 'polled'; generation: number; epoch: Epoch; events: CustomerEvent[]; reset: boolean }
  | { kind: 'poll_failed'; generation: number; reason: Reason; random: number }
  | { kind: 'me'; generation: number; me: Me }
  | { kind: 'me_failed'; generation: number; reason: Reason; random: number }
  | { kind: 'timer'; generation: number; random: number }
  /** The page came to the front, or the network came back: whatever was open may be dead. */
  | { kind: 'front' };

export type Action =
  | { do: 'open'; generation: number; cursor: Cursor }
  | { do: 'drop' }
  | { do: 'poll'; generation: number; cursor: Cursor; waitSeconds: number }
  | { do: 'me'; generation: number }
  | { do: 'timer'; generation: number; ms: number }
  | { do: 'take'; event: CustomerEvent }
  | { do: 'take_me'; me: Me }
  | { do: 'revoked' };

/** A socket that has not said hello by then is given up, in milliseconds. */
export const HELLO_MS = 8_000;
/** Long polls wait this long, in seconds. */
export const POLL_SECONDS = 25;
/** After so many deaf sockets in a row, poll. */
export const DEAF_SOCKETS = 3;
/** Every so many polls, see whether a socket works again. */
const POLLS_PER_SOCKET = 4;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 30_000;

export function newStream(): Stream {
  return { phase: { at: 'stopped' }, cursor: null, generation: 0, failures: 0, deafSockets: 0, crowded: false, link: 'connecting' };
}

/** The one step of the machine. */
export function advance(stream: Stream, input: Input): [Stream, Action[]] {
  if ('generation' in input && input.generation !== stream.generation) return [stream, []];
  switch (input.kind) {
    case 'start':
      return connect({ ...newStream(), generation: stream.generation, cursor: input.cursor });
    case 'hello':
      return onHello(stream, input);
    case 'event':
      return stream.phase.at === 'live' ? takeAll(stream, [input.event]) : [stream, []];
    case 'closed':
      return onClosed(stream, input.code, input.random);
    case 'polled':
      return onPolled(stream, input);
    case 'poll_failed':
    case 'me_failed':
      if (input.reason === 'token_invalid') return revoked(stream);
      return rest({ ...stream, failures: stream.failures + 1 }, input.random);
    case 'me': {
      const cursor = { epoch: input.me.epoch, seq: input.me.seq };
      const [next, actions] = goOn({ ...stream, cursor, failures: 0, link: 'online' });
      return [next, [{ do: 'take_me', me: input.me }, ...actions]];
    }
    case 'timer':
      return onTimer(stream, input.random);
    case 'front':
      return onFront(stream);
  }
}

function onHello(stream: Stream, { epoch, seq, reset }: { epoch: Epoch; seq: number; reset: boolean }): [Stream, Action[]] {
  const { cursor } = stream;
  const stranger = cursor === null || String(cursor.epoch) !== String(epoch) || cursor.seq > seq;
  if (reset || stranger) return reread(stream);
  return [{ ...stream, phase: { at: 'live' }, failures: 0, deafSockets: 0, link: 'online' }, []];
}

function onClosed(stream: Stream, code: number, random: number): [Stream, Action[]] {
  if (code === 4001) return revoked(stream);
  if (code === 4009) return poll({ ...stream, crowded: true }, 0);
  const deaf = stream.phase.at === 'connecting' ? 1 : 0;
  const next = { ...stream, failures: stream.failures + 1, deafSockets: stream.deafSockets + deaf };
  // Polling may work where sockets do not: try it at once, before any pause.
  if (deaf === 1 && next.deafSockets >= DEAF_SOCKETS && next.deafSockets % DEAF_SOCKETS === 0) return poll(next, 0);
  return rest(next, random);
}

function onPolled(
  stream: Stream,
  { epoch, events, reset }: { epoch: Epoch; events: CustomerEvent[]; reset: boolean },
): [Stream, Action[]] {
  const { cursor, phase } = stream;
  if (phase.at !== 'polling') return [stream, []];
  if (reset || cursor === null || String(cursor.epoch) !== String(epoch)) return reread(stream);
  const [taken, actions] = takeAll({ ...stream, failures: 0, link: 'online' }, events);
  if (taken.phase.at === 'rereading') return [taken, actions];
  const answered = phase.answered + 1;
  const [next, more] = answered % POLLS_PER_SOCKET === 0 && !taken.crowded ? connect(taken) : poll(taken, answered);
  return [next, [...actions, ...more]];
}

/** Repeats are dropped; a number too far on means that something was lost, and everything is read anew. */
function takeAll(stream: Stream, events: readonly CustomerEvent[]): [Stream, Action[]] {
  let cursor = stream.cursor;
  const actions: Action[] = [];
  for (const event of events) {
    if (cursor === null || event.seq > cursor.seq + 1) {
      const [next, more] = reread({ ...stream, cursor });
      return [next, [...actions, ...more]];
    }
    if (event.seq <= cursor.seq) continue;
    cursor = { epoch: cursor.epoch, seq: event.seq };
    actions.push({ do: 'take', event });
  }
  return [{ ...stream, cursor }, actions];
}

function onTimer(stream: Stream, random: number): [Stream, Action[]] {
  switch (stream.phase.at) {
    case 'connecting':
      return onClosed(stream, 1006, random);
    case 'resting':
      return stream.deafSockets >= DEAF_SOCKETS ? poll(stream, 0) : goOn(stream);
    case 'stopped':
    case 'live':
    case 'polling':
    case 'rereading':
    case 'ended':
      return [stream, []];
  }
}

function onFront(stream: Stream): [Stream, Action[]] {
  switch (stream.phase.at) {
    case 'stopped':
    case 'ended':
      return [stream, []];
    case 'rereading':
    case 'connecting':
    case 'live':
    case 'polling':
    case 'resting':
      // The page that somebody looks at has the first claim to a socket.
      return connect({ ...stream, failures: 0, crowded: false });
  }
}

function goOn(stream: Stream): [Stream, Action[]] {
  return stream.crowded ? poll(stream, 0) : connect(stream);
}

function connect(stream: Stream): [Stream, Action[]] {
  if (stream.cursor === null) return reread(stream);
  const next: Stream = { ...retire(stream), phase: { at: 'connecting' } };
  return [
    next,
    [
      { do: 'drop' },
      { do: 'open', generation: next.generation, cursor: stream.cursor },
      { do: 'timer', generation: next.generation, ms: HELLO_MS },
    ],
  ];
}

function poll(stream: Stream, answered: number): [Stream, Action[]] {
  if (stream.cursor === null) return reread(stream);
  const next: Stream = { ...retire(stream), phase: { at: 'polling', answered } };
  const waitSeconds = answered === 0 ? 0 : POLL_SECONDS;
  return [next, [{ do: 'drop' }, { do: 'poll', generation: next.generation, cursor: stream.cursor, waitSeconds }]];
}

function reread(stream: Stream): [Stream, Action[]] {
  const next: Stream = { ...retire(stream), phase: { at: 'rereading' } };
  return [next, [{ do: 'drop' }, { do: 'me', generation: next.generation }]];
}

/** One lost connection is nothing to tell anybody; the second is. */
function rest(stream: Stream, random: number): [Stream, Action[]] {
  const link: LinkState = stream.failures >= 2 ? 'offline' : 'connecting';
  const next: Stream = { ...retire(stream), phase: { at: 'resting' }, link };
  return [next, [{ do: 'drop' }, { do: 'timer', generation: next.generation, ms: backoffMs(stream.failures, random) }]];
}

function revoked(stream: Stream): [Stream, Action[]] {
  return [
    { ...retire(stream), phase: { at: 'ended' }, link: 'offline' },
    [{ do: 'drop' }, { do: 'revoked' }],
  ];
}

function retire(stream: Stream): Stream {
  return { ...stream, generation: stream.generation + 1 };
}

/** Doubling from half a second to half a minute, between half and all of it; `random` is in [0, 1). */
export function backoffMs(failures: number, random: number): number {
  const whole = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(whole * (0.5 + random / 2));
}
