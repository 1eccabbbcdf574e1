// This phone: who it is, the code it shows, what it was told. The pages draw `shown()` and `code()`, and call the rest.

const books = require('./book');
const { CODE_SECONDS, nextStep, phoneCode } = require('./code');
const hear = require('./hear');
const { call } = require('./http');
const { Link } = require('./link');
const { Store } = require('./store');

/** An event older than this is told in the history, not over the whole screen. */
const FRESH_MS = 90000;
/** A new key is asked for at most this often. */
const RENEW_MS = 600000;
/** Past events asked for when a phone is new. */
const PAST_EVENTS = 50;

const KNOWN_TYPES = ['redemption', 'top_up', 'bonus', 'reversal', 'refund', 'transfer', 'adjustment', 'expiry', 'refusal', 'status'];
/** Told in the history alone. */
const QUIET_TYPES = ['bonus', 'status'];

/** The server and the code of a join link; null for what is none. */
function readLink(text) {
  const found = /^\s*(https?:\/\/[^/#?\s]+)\/?#join=([\w-]{1,64})\s*$/.exec(text);
  return found === null ? null : { server: found[1], code: found[2] };
}

class Phone {
  constructor(wx) {
    this.wx = wx;
    this.store = new Store(wx);
    this.offsetMs = this.store.read('offset', 0);
    this.listeners = new Set();
    this.me = null;
    this.book = null;
    this.link = null;
    this.turn = null;
    /** The event over the whole screen. */
    this.result = null;
    this.newer = false;
    this.visible = true;
    this.acked = '';
    this.wasSure = false;
    this.renewedAtMs = -Infinity;
    this.readingPast = false;
  }

  /** Goes on as the phone that was shown last. */
  start() {
    const phones = this.phones();
    const me = phones.find(({ credential }) => credential === this.store.read('current', '')) || phones[0];
    if (me !== undefined) this.begin(me);
  }

  /** Every shop of this phone. */
  phones() {
    return this.store.read('phones', []);
  }

  /** Another of this phone's shops. */
  use(credential) {
    const me = this.phones().find((one) => one.credential === credential);
    if (me !== undefined) this.begin(me);
  }

  /** By a till's link: `{ok: true}`, or why not. */
  async join(text) {
    const link = readLink(text);
    if (link === null) return { ok: false, code: 'not_a_link' };
    const body = { code: link.code, device: await this.store.device() };
    const answer = await call(this.wx, { server: link.server }, 'POST', '/api/v1/join', { body, read: hear.joined });
    if (!answer.ok) return { ok: false, code: answer.code };
    const { token, credential, key, customer, shop, time } = answer.value;
    const me = { server: link.server, token, credential, key, customer, shop };
    this.heardTime(time);
    // The same customer joined again: the newer phone takes the place of the older.
    const others = this.phones().filter((one) => one.server !== me.server || one.customer.id !== customer.id);
    this.store.write('phones', [...others, me]);
    this.begin(me);
    return { ok: true };
  }

  begin(me) {
    if (this.link !== null) this.link.stop();
    this.me = me;
    this.book = this.store.read(`book.${me.credential}`, null);
    this.link = new Link(this.wx, me, this);
    this.turn = null;
    this.result = null;
    this.acked = '';
    this.wasSure = false;
    this.readingPast = false;
    this.store.write('current', me.credential);
    if (!me.ended) this.link.front();
    this.changed();
  }

  /** Unix milliseconds by the server's clock. */
  now() {
    return Date.now() + this.offsetMs;
  }

  /** The code to show, and until when by the server's clock; null for a phone that has none. */
  code() {
    if (this.me === null || this.me.ended) return null;
    const { credential, key } = this.me;
    const now = this.now();
    const used = this.store.read(`used.${credential}`, 0);
    const { turn } = this;
    const over = turn === null || turn.key !== key || turn.step <= used || now >= turn.untilMs || now < turn.untilMs - CODE_SECONDS * 1000;
    if (over) {
      const step = nextStep(now, used);
      this.turn = { key, step, digits: phoneCode(key, credential, step), untilMs: now + CODE_SECONDS * 1000 };
    }
    return this.turn;
  }

  /** What there is to draw. */
  shown() {
    if (this.me === null) return { status: 'stranger' };
    const { shop, customer, ended } = this.me;
    if (ended) return { status: 'ended', shop: shop.name };
    const { book, result, newer } = this;
    return { status: 'member', shop: shop.name, customer: customer.name, book, result, newer, sure: this.link.sure, at: this.link.at };
  }

  /** `listener` is called whenever there is something new to draw; gives what ends that. */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  dismiss() {
    this.result = null;
    this.changed();
  }

  /** WeChat ends sockets in the background: coming to the front means a new code and a new look. */
  setVisible(visible) {
    if (visible === this.visible) return;
    this.visible = visible;
    if (!visible) return;
    this.turn = null;
    // Looked at anew, as after a lost connection: also what no event says may have changed meanwhile.
    this.wasSure = false;
    if (this.link !== null) this.link.front();
    this.ack();
    this.changed();
  }

  // What the link asks and tells.

  cursor() {
    return this.book === null ? null : { epoch: this.book.epoch, seq: this.book.seq };
  }

  heardTime(time) {
    this.offsetMs = Date.parse(time) - Date.now();
    this.store.write('offset', this.offsetMs);
  }

  heardUnknown() {
    this.newer = true;
    this.changed();
  }

  take(event) {
    const { credential } = this.me;
    const used = books.usedStep(event, credential);
    // Written at once: a code must never come twice.
    if (used > this.store.read(`used.${credential}`, 0)) this.store.write(`used.${credential}`, used);
    this.setBook(books.enter(this.book, event, this.now()));
    if (!KNOWN_TYPES.includes(event.type)) this.newer = true;
    else if (!QUIET_TYPES.includes(event.type) && this.now() - Date.parse(event.at) < FRESH_MS) this.result = event;
    if (event.status === 'renew') this.mustRenew();
    this.changed();
  }

  takeMe(me) {
    this.setBook(books.ofMe(me, this.book, this.now()));
    if (me.renew === true) this.mustRenew();
    this.readPast();
  }

  linkChanged() {
    const { sure } = this.link;
    if (sure && this.book !== null) this.book = { ...this.book, asOfMs: this.now() };
    // What was told on an older connection may have been lost with it.
    if (sure && !this.wasSure) {
      this.acked = '';
      this.ack();
      this.refresh();
      this.readPast();
    }
    this.wasSure = sure;
    this.changed();
  }

  revoked() {
    this.keepMe({ ended: true });
    this.changed();
  }

  async mustRenew() {
    const { credential } = this.me;
    if (Date.now() - this.renewedAtMs < RENEW_MS) return;
    this.renewedAtMs = Date.now();
    const answer = await this.link.call('POST', '/api/v1/me/renew', { body: {}, read: hear.renewed });
    if (!answer.ok || answer.value.credential !== credential || this.me.credential !== credential) return;
    this.keepMe({ key: answer.value.key });
    this.changed();
  }

  // Inside.

  keepMe(change) {
    this.me = Object.assign(this.me, change);
    this.store.write('phones', this.phones().map((one) => (one.credential === this.me.credential ? this.me : one)));
  }

  /** Stored in the next turn, many events at once, and acked only then. */
  setBook(book) {
    this.book = book;
    const { credential } = this.me;
    clearTimeout(this.keeping);
    this.keeping = setTimeout(() => {
      if (this.me.credential === credential && this.store.write(`book.${credential}`, this.book)) this.ack();
    }, 0);
  }

  /** `seen` only of what is before somebody's eyes. */
  ack() {
    if (this.me === null || this.me.ended || this.book === null) return;
    const kept = this.store.read(`book.${this.me.credential}`, null);
    if (kept === null) return;
    const acks = this.visible ? { seen: kept.seq } : { received: kept.seq };
    const key = JSON.stringify([kept.epoch, acks]);
    if (key === this.acked) return;
    this.acked = key;
    this.link.ack(kept.epoch, acks);
  }

  /** Names, dates, and whether the key is an old one: what no event says. */
  async refresh() {
    const { link } = this;
    const answer = await link.call('GET', '/api/v1/me', { read: hear.me });
    if (!answer.ok || link !== this.link || this.me.ended) return;
    const { value: me } = answer;
    this.heardTime(me.time);
    if (me.renew === true) this.mustRenew();
    // Balances of another moment than the book's are the events' business.
    if (books.sameEpoch(this.book, me) && this.book.seq === me.seq) this.setBook(books.ofMe(me, this.book, this.now()));
    this.changed();
  }

  /** What the history lacks; tried again whenever the phone is sure again. */
  async readPast() {
    if (this.readingPast || this.book === null || !books.lacksPast(this.book, PAST_EVENTS)) return;
    const { link } = this;
    const { epoch, seq } = this.book;
    this.readingPast = true;
    const answer = await link.past(epoch, Math.max(0, seq - PAST_EVENTS));
    // Another shop is shown meanwhile, of the same books perhaps: this is not its past.
    if (link !== this.link) return;
    this.readingPast = false;
    if (!answer.ok || !books.sameEpoch(this.book, { epoch })) return;
    this.setBook(books.withPast(this.book, answer.value.events.filter(({ at }) => at !== '')));
    this.changed();
  }

  changed() {
    for (const listener of this.listeners) listener();
  }
}

module.exports = { Phone, readLink };
