// How the phone stays in step with the server: one socket, long polls where none gets through, the whole account after a
// gap. It knows no storage and no screen; `phone.js` tells it the cursor and takes what it hears.

const hear = require('./hear');
const { call } = require('./http');

/** A socket that has not said hello by then is given up. */
const HELLO_MS = 6000;
/** After so many sockets in a row without a hello it polls. */
const DEAF_SOCKETS = 2;
const POLL_SECONDS = 25;
/** The most events of one answer; fewer are all that there are. */
const PAGE_MOST = 500;
/** Every so many polls, see whether a socket works again. */
const POLLS_PER_SOCKET = 4;
/** An empty poll takes at least this long. */
const EMPTY_POLL_MS = 1000;
/** A socket that was silent for so long is checked from outside: a phone cannot see that its peer is gone. */
const CHECK_MS = 30000;
/** How often its silence is looked at. */
const LOOK_MS = 1000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 30000;

/** Doubling, between half and all of it; `random` is in [0, 1). */
function backoffMs(failures, random) {
  const whole = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** Math.max(0, failures - 1));
  return Math.round(whole * (0.5 + random / 2));
}

class Link {
  /**
   * `phone` has `cursor()` ({epoch, seq} or null), `take(event)`, `takeMe(me)`, `heardTime(text)`, `heardUnknown()`,
   * `mustRenew()`, `linkChanged()` and `revoked()`.
   */
  constructor(wx, access, phone) {
    this.wx = wx;
    this.access = access;
    this.phone = phone;
    /** stopped, connecting, live, polling, rereading, resting or ended. */
    this.at = 'stopped';
    /** Everything that the server has told is known here. */
    this.sure = false;
    // Grows with every socket, call and pause; what comes from an older one is ignored.
    this.generation = 0;
    this.failures = 0;
    this.deaf = 0;
    this.polls = 0;
    this.crowded = false;
    /** When the socket last said anything. */
    this.heardMs = 0;
    this.socket = null;
    this.asked = null;
  }

  /** Begins, or looks anew: whatever was open may be dead. */
  front() {
    if (this.at === 'ended') return;
    this.failures = 0;
    if (this.crowded) this.deaf = 0;
    this.crowded = false;
    this.goOn();
  }

  stop() {
    this.retire('stopped');
  }

  /** Acks go by the socket, or by a call where there is none. */
  ack(epoch, acks) {
    if (this.at === 'live') this.socket.send({ data: JSON.stringify(acks), fail: () => undefined });
    else this.call('POST', '/api/v1/me/acks', { body: { epoch, ...acks }, read: () => true });
  }

  call(method, path, options) {
    return call(this.wx, this.access, method, path, options);
  }

  /** Events after a number, without waiting for any. */
  past(epoch, seq) {
    return this.call('GET', eventsPath({ epoch, seq }, 0), { read: hear.page });
  }

  goOn() {
    if (this.phone.cursor() === null) this.reread();
    else if (this.crowded || this.deaf >= DEAF_SOCKETS) this.poll(0);
    else this.connect();
  }

  connect() {
    const mine = this.retire('connecting');
    const { epoch, seq } = this.phone.cursor();
    const socket = this.wx.connectSocket({
      url: `${this.access.server.replace(/^http/, 'ws')}/ws?after=${seq}&epoch=${encodeURIComponent(epoch)}`,
      header: { Authorization: `Bearer ${this.access.token}` },
      fail: () => this.ifStill(mine, () => this.closed(1006)),
    });
    this.socket = socket;
    socket.onMessage(({ data }) => this.ifStill(mine, () => this.heard(data)));
    socket.onClose(({ code }) => this.ifStill(mine, () => this.closed(code)));
    socket.onError(() => this.ifStill(mine, () => this.closed(1006)));
    this.wait(HELLO_MS, () => {
      if (this.at !== 'connecting') return;
      // Silence takes longer than a refusal, and is held against sockets as two of them.
      this.deaf = DEAF_SOCKETS;
      this.closed(1006);
    });
  }

  heard(data) {
    const message = hear.message(data);
    if (message === null) return;
    this.heardMs = Date.now();
    if (message.type === 'hello') this.hello(message);
    else if (message.type === 'unknown') this.phone.heardUnknown();
    else if (this.at === 'live') this.takeAll([message]);
  }

  hello({ epoch, seq, reset, renew, time }) {
    if (this.at !== 'connecting') return;
    this.phone.heardTime(time);
    if (renew === true) this.phone.mustRenew();
    const cursor = this.phone.cursor();
    if (reset === true || String(cursor.epoch) !== String(epoch) || cursor.seq > seq) return this.reread();
    this.at = 'live';
    this.failures = 0;
    this.deaf = 0;
    this.upTo = seq;
    this.setSure(cursor.seq >= seq);
    this.checkLater();
  }

  closed(code) {
    if (code === 4001) return this.end();
    if (code === 4009) {
      this.crowded = true;
      return this.poll(0);
    }
    if (this.at === 'connecting') this.deaf += 1;
    this.failures += 1;
    if (this.at === 'connecting' && this.deaf >= DEAF_SOCKETS) this.poll(0);
    else this.rest();
  }

  /** Repeats are dropped. A number too far on means that something was lost, and what cannot be read may have moved anything: then
   * the whole account is read. */
  takeAll(events) {
    for (const event of events) {
      const { seq } = this.phone.cursor();
      if (event.unread && event.seq > seq) this.phone.heardUnknown();
      if (event.seq > seq + 1 || (event.unread && event.seq > seq)) return this.reread();
      if (event.seq === seq + 1) this.phone.take(event);
    }
    if (this.at === 'live') this.setSure(this.phone.cursor().seq >= this.upTo);
    return undefined;
  }

  /** `waitSeconds` is 0 for the first, which tells how things stand. */
  poll(waitSeconds) {
    const mine = this.retire('polling');
    if (waitSeconds === 0) this.polls = 0;
    const since = Date.now();
    this.asked = this.call('GET', eventsPath(this.phone.cursor(), waitSeconds), { read: hear.page, timeoutMs: (waitSeconds + 10) * 1000 });
    this.asked.then((answer) => this.ifStill(mine, () => this.polled(answer, waitSeconds, since)));
  }

  polled(answer, waitSeconds, since) {
    if (!answer.ok) return this.failed(answer);
    const { epoch, events, reset, renew } = answer.value;
    this.failures = 0;
    if (renew === true) this.phone.mustRenew();
    if (reset === true || String(epoch) !== String(this.phone.cursor().epoch)) return this.reread();
    this.takeAll(events);
    if (this.at !== 'polling') return undefined;
    if (events.length >= PAGE_MOST) return this.poll(waitSeconds);
    this.setSure(true);
    this.polls += 1;
    if (this.polls % POLLS_PER_SOCKET === 0 && !this.crowded) {
      this.deaf = DEAF_SOCKETS - 1;
      return this.connect();
    }
    const early = waitSeconds > 0 && events.length === 0 ? EMPTY_POLL_MS - (Date.now() - since) : 0;
    return this.wait(Math.max(0, early), () => this.poll(POLL_SECONDS));
  }

  reread() {
    const mine = this.retire('rereading');
    this.setSure(false);
    this.asked = this.call('GET', '/api/v1/me', { read: hear.me });
    this.asked.then((answer) =>
      this.ifStill(mine, () => {
        if (!answer.ok) return this.failed(answer);
        this.phone.heardTime(answer.value.time);
        this.phone.takeMe(answer.value);
        return this.goOn();
      }),
    );
  }

  failed({ code }) {
    if (code === 'token_invalid') return this.end();
    this.failures += 1;
    this.deaf = Math.min(this.deaf, DEAF_SOCKETS - 1);
    return this.rest();
  }

  rest() {
    this.retire('resting');
    this.setSure(false);
    this.wait(backoffMs(this.failures, Math.random()), () => this.goOn());
  }

  end() {
    this.retire('ended');
    this.setSure(false);
    this.phone.revoked();
  }

  /** Looks whether the socket is silent, and then asks beside it. */
  checkLater() {
    this.wait(LOOK_MS, () => {
      if (Date.now() - this.heardMs <= CHECK_MS) return this.checkLater();
      const mine = this.generation;
      const { epoch, seq } = this.phone.cursor();
      return this.past(epoch, seq).then((answer) => this.ifStill(mine, () => this.checked(answer)));
    });
  }

  /** Only a whole answer says that nothing is missing. */
  checked(answer) {
    if (!answer.ok) return answer.code === 'token_invalid' ? this.end() : this.closed(1006);
    const { epoch, events, reset } = answer.value;
    const cursor = this.phone.cursor();
    if (reset === true || String(epoch) !== String(cursor.epoch)) return this.reread();
    this.heardMs = Date.now();
    this.takeAll(events);
    if (this.at !== 'live') return undefined;
    if (this.phone.cursor().seq === cursor.seq) return this.checkLater();
    // What the socket should have brought it has kept back: it is dead, whatever the phone's system says.
    this.setSure(false);
    return this.connect();
  }

  /** Ends whatever is open and waiting; the new generation. */
  retire(at) {
    this.generation += 1;
    this.at = at;
    clearTimeout(this.timer);
    if (this.asked !== null) this.asked.abort();
    if (this.socket !== null) this.socket.close({ code: 1000, fail: () => undefined });
    this.asked = null;
    this.socket = null;
    return this.generation;
  }

  wait(ms, then) {
    const mine = this.generation;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ifStill(mine, then), ms);
  }

  ifStill(generation, then) {
    if (this.generation === generation) then();
  }

  setSure(sure) {
    this.sure = sure;
    this.phone.linkChanged();
  }
}

function eventsPath({ epoch, seq }, waitSeconds) {
  return `/api/v1/me/events?after=${seq}&epoch=${encodeURIComponent(epoch)}&wait=${waitSeconds}`;
}

module.exports = { Link, backoffMs };
