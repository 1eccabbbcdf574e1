//! How the page stays in step with the server: one state machine, values in, actions out. It opens sockets, falls
//! back to Server-Sent Events and then to long polling, and notices gaps; it knows no browser, clock or storage.
//! `line.ts` carries its actions out and feeds it what happened.

import type { CustomerEvent, Epoch, Me, Reason } from '../shared/wire';
import { PAGE_MOST } from './heard';

/** Everything up to `seq` of this epoch is known. */
export interface Cursor {
  epoch: Epoch;
  seq: number;
}

/** Online: everything that the server has told is known here. */
export type LinkState = 'connecting' | 'online' | 'offline';

/** The ways on which the server speaks by itself. */
export type Way = 'socket' | 'events';

type Phase =
  | { at: 'stopped' }
  /** A socket or a stream was asked for and has not said hello; `peeked`: it was asked beside it. */
  | { at: 'connecting'; way: Way; peeked: boolean }
  | { at: 'live'; way: Way }
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
  /** Which way is tried next: below `DEAF_SOCKETS` a socket, then Server-Sent Events, then long polling. */
  deaf: number;
  /** The number of the last event when the server said hello: below it, something is still on its way. */
  upTo: number;
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
  /** Asked beside an open socket that was silent for long. */
  | { kind: 'checked'; generation: number; epoch: Epoch; events: CustomerEvent[]; reset: boolean }
  | { kind: 'check_failed'; generation: number; reason: Reason; random: number }
  | { kind: 'me'; generation: number; me: Me }
  | { kind: 'me_failed'; generation: number; reason: Reason; random: number }
  | { kind: 'timer'; generation: number; random: number }
  /** The page came to the front, or the network came back: whatever was open may be dead. */
  | { kind: 'front' }
  /** Nothing is to be heard of this phone for now. */
  | { kind: 'stop' };

export type Action =
  | { do: 'open'; generation: number; way: Way; cursor: Cursor }
  | { do: 'drop' }
  | { do: 'poll'; generation: number; cursor: Cursor; waitSeconds: number }
  /** What is new, asked once beside what is being opened. */
  | { do: 'peek'; generation: number; cursor: Cursor }
  | { do: 'me'; generation: number }
  | { do: 'timer'; generation: number; ms: number }
  | { do: 'take'; event: CustomerEvent }
  | { do: 'take_me'; me: Me }
  | { do: 'revoked' };

/** A socket or stream that has not said hello by then is given up, in milliseconds. */
export const HELLO_MS = 6_000;
/** After so long without a hello what is new is asked for beside it: something in between may let sockets hang. */
export const PEEK_MS = 1_000;
/** Long polls wait this long, in seconds. */
export const POLL_SECONDS = 25;
/** After so many deaf sockets in a row, Server-Sent Events are tried, and after one deaf stream, polls. */
export const DEAF_SOCKETS = 2;
const POLLING = DEAF_SOCKETS + 1;
/** Where one socket is tried before the other ways. */
const ONE_SOCKET = DEAF_SOCKETS - 1;
/** Every so many polls, see whether a socket works again. */
const POLLS_PER_SOCKET = 4;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 30_000;

export function newStream(): Stream {
  return { phase: { at: 'stopped' }, cursor: null, generation: 0, failures: 0, deaf: 0, upTo: 0, crowded: false, link: 'connecting' };
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
      return onClosed(stream, input.code, input.random, 1);
    case 'polled':
      return onPolled(stream, input);
    case 'checked':
      return onChecked(stream, input);
    case 'check_failed':
      return input.reason === 'token_invalid' ? revoked(stream) : onClosed(stream, 1006, input.random, 1);
    case 'poll_failed':
    case 'me_failed': {
      if (input.reason === 'token_invalid') return revoked(stream);
      const deaf = Math.min(stream.deaf, ONE_SOCKET);
      return rest({ ...stream, failures: stream.failures + 1, deaf }, input.random);
    }
    case 'me': {
      const cursor = { epoch: input.me.epoch, seq: input.me.seq };
      const [next, actions] = goOn({ ...stream, cursor, failures: 0, link: 'online' });
      return [next, [{ do: 'take_me', me: input.me }, ...actions]];
    }
    case 'timer':
      return onTimer(stream, input.random);
    case 'front':
      return onFront(stream);
    case 'stop':
      return [{ ...retire(stream), phase: { at: 'stopped' } }, [{ do: 'drop' }]];
  }
}

function onHello(stream: Stream, { epoch, seq, reset }: { epoch: Epoch; seq: number; reset: boolean }): [Stream, Action[]] {
  const { cursor, phase } = stream;
  if (phase.at !== 'connecting') return [stream, []];
  const stranger = cursor === null || String(cursor.epoch) !== String(epoch) || cursor.seq > seq;
  if (reset || stranger) return reread(stream);
  const deaf = phase.way === 'socket' ? 0 : DEAF_SOCKETS;
  const link: LinkState = cursor.seq >= seq ? 'online' : 'connecting';
  return [{ ...stream, phase: { at: 'live', way: phase.way }, failures: 0, deaf, upTo: seq, link }, []];
}

/** `steps`: how much is held against a way that never said hello. */
function onClosed(stream: Stream, code: number, random: number, steps: number): [Stream, Action[]] {
  // A network that goes is nothing to a page that has no phone, or one no more.
  if (stream.phase.at === 'stopped' || stream.phase.at === 'ended') return [stream, []];
  if (code === 4001) return revoked(stream);
  if (code === 4009) return poll({ ...stream, crowded: true }, 0);
  const failed = { ...stream, failures: stream.failures + 1 };
  if (stream.phase.at !== 'connecting') return rest(failed, random);
  const next = { ...failed, deaf: Math.min(stream.deaf + steps, stream.phase.way === 'socket' ? DEAF_SOCKETS : POLLING) };
  // The next way may work where this one does not: try it at once, before any pause.
  return next.deaf >= DEAF_SOCKETS ? goOn({ ...next, link: lostLink(next) }) : rest(next, random);
}

function onPolled(
  stream: Stream,
  { epoch, events, reset }: { epoch: Epoch; events: CustomerEvent[]; reset: boolean },
): [Stream, Action[]] {
  const { cursor, phase } = stream;
  if (phase.at !== 'polling' && phase.at !== 'connecting') return [stream, []];
  if (reset || cursor === null || String(cursor.epoch) !== String(epoch)) return reread(stream);
  const [taken, actions] = takeAll({ ...stream, failures: 0 }, events);
  if (taken.phase.at === 'rereading') return [taken, actions];
  const more = events.length >= PAGE_MOST;
  const heard: Stream = { ...taken, link: more ? taken.link : 'online' };
  // What is being opened tells the rest, from where it was asked to.
  if (phase.at === 'connecting') return [heard, actions];
  // Where there is more, the next answer comes at once anyway.
  const answered = more ? phase.answered : phase.answered + 1;
  const again = !more && answered % POLLS_PER_SOCKET === 0 && !heard.crowded;
  const [next, then] = again ? connect({ ...heard, deaf: ONE_SOCKET }) : poll(heard, answered);
  return [next, [...actions, ...then]];
}

/** What the socket should have brought it has kept back: it is dead, whatever the phone's system says. */
function onChecked(
  stream: Stream,
  { epoch, events, reset }: { epoch: Epoch; events: CustomerEvent[]; reset: boolean },
): [Stream, Action[]] {
  const { cursor, phase } = stream;
  if (phase.at !== 'live') return [stream, []];
  if (reset || cursor === null || String(cursor.epoch) !== String(epoch)) return reread(stream);
  const [taken, actions] = takeAll(stream, events);
  if (taken.phase.at === 'rereading' || actions.length === 0) return [taken, actions];
  const [next, then] = connect({ ...taken, link: 'connecting' });
  return [next, [...actions, ...then]];
}

/** Repeats are dropped. A number too far on means that something was lost, and what cannot be read may have moved anything:
 * then everything is read anew. */
function takeAll(stream: Stream, events: readonly CustomerEvent[]): [Stream, Action[]] {
  let cursor = stream.cursor;
  const actions: Action[] = [];
  for (const event of events) {
    if (cursor === null || event.seq > cursor.seq + 1 || (event.unread === true && event.seq > cursor.seq)) {
      const [next, more] = reread({ ...stream, cursor });
      return [next, [...actions, ...more]];
    }
    if (event.seq <= cursor.seq) continue;
    cursor = { epoch: cursor.epoch, seq: event.seq };
    actions.push({ do: 'take', event });
  }
  const caughtUp = stream.phase.at === 'live' && cursor !== null && cursor.seq >= stream.upTo;
  return [{ ...stream, cursor, link: caughtUp ? 'online' : stream.link }, actions];
}

function onTimer(stream: Stream, random: number): [Stream, Action[]] {
  switch (stream.phase.at) {
    case 'connecting':
      if (!stream.phase.peeked) return peek(stream, stream.phase.way);
      // Silence takes longer than a refusal: it is held against a socket twice.
      return onClosed(stream, 1006, random, DEAF_SOCKETS);
    case 'resting':
      return goOn(stream);
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
      return goOn({
        ...stream,
        failures: 0,
        crowded: false,
        deaf: stream.crowded ? 0 : stream.deaf,
        // Nobody knows what happened while the page slept.
        link: stream.link === 'online' ? 'connecting' : stream.link,
      });
  }
}

/** By the way that is next. */
function goOn(stream: Stream): [Stream, Action[]] {
  return stream.crowded || stream.deaf >= POLLING ? poll(stream, 0) : connect(stream);
}

function connect(stream: Stream): [Stream, Action[]] {
  if (stream.cursor === null) return reread(stream);
  const way: Way = stream.deaf >= DEAF_SOCKETS ? 'events' : 'socket';
  const next: Stream = { ...retire(stream), phase: { at: 'connecting', way, peeked: false } };
  return [
    next,
    [
      { do: 'drop' },
      { do: 'open', generation: next.generation, way, cursor: stream.cursor },
      { do: 'timer', generation: next.generation, ms: PEEK_MS },
    ],
  ];
}

function peek(stream: Stream, way: Way): [Stream, Action[]] {
  if (stream.cursor === null) return reread(stream);
  const { generation, cursor } = stream;
  return [
    { ...stream, phase: { at: 'connecting', way, peeked: true } },
    [
      { do: 'peek', generation, cursor },
      { do: 'timer', generation, ms: HELLO_MS - PEEK_MS },
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
  // Something is missing.
  const link = stream.link === 'online' ? 'connecting' : stream.link;
  const next: Stream = { ...retire(stream), phase: { at: 'rereading' }, link };
  return [next, [{ do: 'drop' }, { do: 'me', generation: next.generation }]];
}

/** One lost connection is nothing to tell anybody; the second is. */
function lostLink({ failures }: Stream): LinkState {
  return failures >= 2 ? 'offline' : 'connecting';
}

function rest(stream: Stream, random: number): [Stream, Action[]] {
  const next: Stream = { ...retire(stream), phase: { at: 'resting' }, link: lostLink(stream) };
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
