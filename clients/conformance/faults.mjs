//! The mini program's core with one thing wrong: `faults.mjs NAME`. Each has the scenario that must notice, and how.

import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const core = (name) => require(`../wechat-miniprogram/miniprogram/core/${name}.js`);

/** name → [scenario, what it must say, the fault] */
export const FAULTS = {
  'a wrong check digit': ['vector 1', /strictly equal/, () => patch(core('code'), 'phoneCode', (make) => (...args) => make(...args).replace(/.$/, '0'))],
  'its own clock': ['hour wrong', /the code of step/, () => method('phone', 'Phone', 'heardTime', () => function () {})],
  'the first time it hears for ever': ['last word on the time', /an hour later/, () => {
    let heard = 0;
    method('phone', 'Phone', 'heardTime', (hear) => function (time) {
      if ((heard += 1) === 1) hear.call(this, time);
    });
  }],
  'used codes forgotten': ['max(now', /the next step/, () => patch(core('book'), 'usedStep', () => () => 0)],
  'counting on from expired codes': ['tomorrow', /the code of now/, () => patch(core('book'), 'usedStep', () => (event) => event.step ?? 0)],
  'gaps not noticed': ['too far on', /as today's|unequal|a look/, () => method('link', 'Link', 'takeAll', () => takeAllAbove((seq, cursor) => seq > cursor))],
  'repeats taken': ['repeats', /balance|history/, () => method('link', 'Link', 'takeAll', () => takeAllAbove(() => true))],
  'reset not heard': ['restored books', /as today's/, () => method('link', 'Link', 'hello', (hello) => function (message) {
    hello.call(this, { ...message, reset: false, epoch: this.phone.cursor().epoch, seq: this.phone.cursor().seq });
  })],
  'the old history kept': ['restored books', /the history 1/, () => patch(core('book'), 'ofMe', (make) => (me, before, now) => ({ ...make(me, before, now), history: before?.history ?? [] }))],
  'unknown types not counted': ['type that is new', /the ack/, () => method('link', 'Link', 'takeAll', (take) => function (events) {
    return take.call(this, events.filter(({ type }) => type !== 'raffle'));
  })],
  'falling over rubbish': ['rubbish', /balance|no answer/, () => method('link', 'Link', 'heard', (hear) => function (data) {
    JSON.parse(data);
    hear.call(this, data);
  })],
  'no cursor': ['what it missed', /cursor|as today's/, () => method('link', 'Link', 'connect', (connect) => function () {
    const { cursor } = this.phone;
    this.phone.cursor = () => ({ ...cursor.call(this.phone), seq: 0 });
    connect.call(this);
    this.phone.cursor = cursor;
  })],
  'always sure': ['what it missed', /not sure/, () => method('phone', 'Phone', 'shown', (shown) => function () {
    return { ...shown.call(this), sure: true };
  })],
  'seen in the background': ['in the background', /received|seen/, () => method('phone', 'Phone', 'setVisible', () => function () {})],
  'acks of what is not stored': ['killed at that instant', /in the history/, () => method('phone', 'Phone', 'setBook', () => function (book) {
    this.book = book;
    this.link.ack(book.epoch, { received: book.seq });
  })],
  'going on after 4001': ['4001', /disconnected/, () => method('link', 'Link', 'end', () => function () {
    this.rest();
  })],
  'believing whatever answers': ['in between', /ended: true|answered 401/, () => method('link', 'Link', 'failed', (failed) => function (answer) {
    if (answer.status === 401) this.end();
    else failed.call(this, answer);
  })],
  'coming back after 4009': ['4009', /another socket/, () => method('link', 'Link', 'closed', (closed) => function () {
    closed.call(this, 4000);
  })],
  'a dead socket never replaced': ['dead without a word', /another connection/, () => method('link', 'Link', 'checked', () => function (answer) {
    this.takeAll(answer.value.events);
    this.checkLater();
  })],
  'any answer taken for all being well': ['beside a dead socket 503', /as today's/, () => method('link', 'Link', 'checked', (checked) => function (answer) {
    if (answer.ok) checked.call(this, answer);
    else this.checkLater();
  })],
  'restored books not noticed beside a socket': ['while the socket was dead', /as today's/, () => method('link', 'Link', 'checked', () => function (answer) {
    this.takeAll(answer.value.events);
    this.checkLater();
  })],
  'a page thrown away for one event': ['cannot be read', /as today's/, () => patch(core('hear'), 'page', (read) => (value) => {
    const page = read(value);
    return page !== null && page.events.some(({ unread }) => unread) ? null : page;
  })],
  'no pause': ['4000', /a pause/, () => method('link', 'Link', 'rest', () => function () {
    this.goOn();
  })],
  'hammering': ['does not hammer', /20 tries/, () => method('link', 'Link', 'wait', (wait) => function (ms, then) {
    wait.call(this, this.at === 'resting' ? 20 : ms, then);
  })],
  'polling without waiting': ['long polls', /5 polls/, () => method('link', 'Link', 'wait', (wait) => function (ms, then) {
    if (this.at === 'polling') wait.call(this, 10, () => this.poll(0));
    else wait.call(this, ms, then);
  })],
};

function takeAllAbove(isNew) {
  return function (events) {
    for (const event of events) if (isNew(event.seq, this.phone.cursor().seq)) this.phone.take(event);
    this.setSure(true);
  };
}

function patch(module, name, make) {
  module[name] = make(module[name]);
}

function method(name, type, of, make) {
  patch(core(name)[type].prototype, of, make);
}

if (process.argv[2] !== undefined) {
  FAULTS[process.argv[2]][2]();
  await import('./clients/mini-program.mjs');
}
