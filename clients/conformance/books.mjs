//! The books of the played shop: one customer with one pass, and what they are told of it.

import { randomUUID } from 'node:crypto';

const SHOP = { id: 3, name: 'Lotus' };
const CUSTOMER = { id: 7, name: 'Mei Lin' };
const NAMES = { en: 'Wash', zh: '洗车' };
/** The most events of one answer. */
const PAGE_MOST = 500;

export class Books {
  epoch = 'epoch-1';
  balance = 10;
  events = [];
  #now;

  /** `now` gives Unix milliseconds. */
  constructor(now) {
    this.#now = now;
  }

  get seq() {
    return this.events.length;
  }

  me() {
    const { balance, epoch, seq } = this;
    const account = { unit: 'wash', kind: 'pass', decimals: 0, names: NAMES, balance, principal: balance, bonus: 0, expires_at: null };
    return { customer: CUSTOMER, shop: SHOP, accounts: [account], units: { wash: NAMES }, epoch, seq, time: this.#time() };
  }

  /** Hello and what follows it, for a cursor as it stands in a query. */
  from({ after, epoch }) {
    const hello = { type: 'hello', epoch: this.epoch, seq: this.seq, time: this.#time() };
    const since = this.#since(after ?? String(this.seq), epoch);
    return since === null ? [{ ...hello, reset: true }] : [hello, ...this.events.slice(since)];
  }

  page({ after = '0', epoch }) {
    const since = this.#since(after, epoch);
    if (since === null) return { epoch: this.epoch, reset: true, events: [] };
    return { epoch: this.epoch, events: this.events.slice(since, since + PAGE_MOST) };
  }

  /** Another epoch, as after a restore: other events under the same numbers. */
  restore(balance, events) {
    this.epoch = `epoch-${randomUUID()}`;
    this.balance = balance;
    this.events = [];
    for (let index = 0; index < events; index += 1) this.topUp(0);
    this.balance = balance;
  }

  redeem({ credential, step, amount = 1 }) {
    this.balance -= amount;
    return this.#add({ type: 'redemption', ...this.#moved(amount), credential, step });
  }

  topUp(amount) {
    this.balance += amount;
    return this.#add({ type: 'top_up', ...this.#moved(amount) });
  }

  refuse(code, { credential, step, ...more }) {
    return this.#add({ type: 'refusal', unit: 'wash', kind: 'pass', decimals: 0, amount: 1, code, credential, step, ...more });
  }

  /** Of whatever type. */
  other(event) {
    return this.#add(event);
  }

  #moved(amount) {
    const { balance } = this;
    return { unit: 'wash', kind: 'pass', decimals: 0, amount, principal: amount, bonus: 0, balance, mark: '47 🐳' };
  }

  #add(event) {
    const whole = { seq: this.seq + 1, id: randomUUID(), shop: SHOP, at: this.#time(), ...event };
    this.events.push(whole);
    return whole;
  }

  #since(after, epoch) {
    const number = Number(after);
    const known = epoch === undefined ? number === 0 : epoch === this.epoch;
    return known && Number.isInteger(number) && number >= 0 && number <= this.seq ? number : null;
  }

  #time() {
    return new Date(this.#now()).toISOString();
  }
}
