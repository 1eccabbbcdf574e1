import { describe, expect, it } from 'vitest';
import type { CustomerEvent, Me } from '../shared/wire';
import { bookOf, direction, enter, fillHistory, HISTORY_MOST, inOrderOfUse, lacksPast, refresh } from './book';
import { isOver, nextStep, nextTurn, shareLeft, usedStep } from './rotation';
import { spoken, tell } from './telling';

const me: Me = {
  customer: { id: 1, name: 'Li' },
  shop: { id: 1, name: 'Lotus' },
  accounts: [
    { unit: 'wash', kind: 'pass', balance: 10, principal: 10, bonus: 0, expires_at: null, decimals: 0, names: { en: 'Wash', zh: '洗车' } },
    { unit: 'CNY', kind: 'money', balance: 5000, principal: 5000, bonus: 0, expires_at: null, decimals: 2, names: null },
  ],
  epoch: 'e',
  seq: 4,
  time: '2026-11-22T06:03:22.123Z',
};
const event = (seq: number, change: Partial<CustomerEvent> = {}): CustomerEvent => ({
  type: 'redemption', seq, id: `r${seq}`, unit: 'wash', amount: 1, balance: 9, at: me.time, ...change,
});

describe('the book', () => {
  it('moves the balance with each event, once', () => {
    const book = enter(bookOf(me, null, 0), event(5), 1);
    expect(book.accounts.map(({ balance }) => balance)).toEqual([9, 5000]);
    expect(enter(book, event(5, { balance: 3 }), 2)).toBe(book);
  });

  it('learns of a new account from its first entry, but not from a refusal', () => {
    const book = bookOf(me, null, 0);
    expect(enter(book, event(5, { type: 'top_up', unit: 'wax', balance: 2 }), 1).accounts).toHaveLength(3);
    expect(enter(book, event(5, { type: 'refusal', unit: 'wax', balance: 0 }), 1).accounts).toHaveLength(2);
  });

  it('keeps principal and bonus apart, and knows when it does not know them', () => {
    const accounts = [{ ...me.accounts[0]!, balance: 12, bonus: 2 }];
    const book = bookOf({ ...me, accounts }, null, 0);
    const taken = enter(book, event(5, { amount: 11, principal: 10, bonus: 1, balance: 1 }), 1);
    expect(taken).toMatchObject({ unsure: false, accounts: [{ balance: 1, principal: 0, bonus: 1 }] });
    const given = enter(taken, event(6, { type: 'reversal', amount: 11, principal: 10, bonus: 1, balance: 12 }), 1);
    expect(given).toMatchObject({ unsure: false, accounts: [{ balance: 12, principal: 10, bonus: 2 }] });
    const odd = enter(given, event(7, { amount: 1, balance: 11 }), 1);
    expect(odd).toMatchObject({ unsure: true, accounts: [{ balance: 11 }] });
    expect(refresh(odd, { ...me, seq: 7, accounts }, 1)).toMatchObject({ unsure: false, accounts: [{ balance: 12 }] });
    // Of another moment: its balances would be wrong beside this history.
    expect(refresh(odd, { ...me, seq: 8, accounts }, 1).accounts[0]?.balance).toBe(11);
  });

  it('follows dates and being frozen', () => {
    const status = (seq: number, change: Partial<CustomerEvent>): CustomerEvent => ({ type: 'status', seq, id: 's', at: me.time, ...change });
    let book = enter(bookOf(me, null, 0), status(5, { status: 'frozen' }), 1);
    expect(book.frozen).toBe(true);
    book = enter(book, status(6, { status: 'unfrozen' }), 1);
    expect(book.frozen).toBe(false);
    book = enter(book, status(7, { status: 'expires_at', unit: 'wash', expires_at: me.time }), 1);
    expect(book.accounts[0]?.expires_at).toBe(me.time);
    // A top-up may move the date: only the server knows where to.
    expect(enter(book, event(8, { type: 'top_up', amount: 1, principal: 1, bonus: 0, balance: 11 }), 1).unsure).toBe(true);
  });

  it('keeps its history over a gap, and forgets it with another epoch', () => {
    const book = enter(bookOf(me, null, 0), event(5), 1);
    expect(bookOf({ ...me, seq: 9 }, book, 2).history).toHaveLength(1);
    expect(bookOf({ ...me, epoch: 'f' }, book, 2).history).toHaveLength(0);
  });

  it('puts older events behind the newer, without doubling', () => {
    const book = fillHistory(enter(bookOf(me, null, 0), event(5), 1), [event(3), event(4), event(5)]);
    expect(book.history.map(({ seq }) => seq)).toEqual([5, 4, 3]);
  });

  it('knows what a cut of the network took from it', () => {
    const book = fillHistory(enter(bookOf(me, null, 0), event(5), 1), [event(1), event(3), event(4)]);
    expect(lacksPast(book, 3)).toBe(false);
    expect(lacksPast(book, 50)).toBe(true);
    expect(lacksPast(fillHistory(book, [event(2)]), 50)).toBe(false);
  });

  it('has an end', () => {
    let book = bookOf(me, null, 0);
    for (let seq = 5; seq < 5 + 2 * HISTORY_MOST; seq += 1) book = enter(book, event(seq), seq);
    expect(book.history).toHaveLength(HISTORY_MOST);
  });

  it('shows the account last used first', () => {
    const book = enter(bookOf(me, null, 0), event(5, { unit: 'CNY', balance: 4000 }), 1);
    expect(inOrderOfUse(book).map(({ unit }) => unit)).toEqual(['CNY', 'wash']);
  });

  it('knows which way value went', () => {
    expect(direction(event(1))).toBe('−');
    expect(direction(event(1, { type: 'reversal' }))).toBe('+');
    for (const of_type of ['top_up', 'bonus']) expect(direction(event(1, { type: 'reversal', of_type }))).toBe('−');
    expect(direction(event(1, { type: 'refusal' }))).toBe('');
  });
});

describe('an event in words', () => {
  const book = bookOf(me, null, 0);

  it('calls its unit what the account is called, in each language', () => {
    expect(tell(event(5), 'zh', book)).toMatchObject({ unit: '洗车', amount: '−1' });
    expect(tell(event(5), 'en', book)).toMatchObject({ unit: 'Wash' });
  });

  it('does so for a refusal too', () => {
    const refusal = event(5, { type: 'refusal', code: 'insufficient_balance', balance: 0 });
    const words = spoken(tell(refusal, 'zh', book));
    expect(words).toContain('洗车');
    expect(words).not.toMatch(/wash/i);
  });

  it('does so for an account that the customer does not hold', () => {
    const refusal = event(5, { type: 'refusal', code: 'insufficient_balance', unit: 'wax', balance: 0 });
    const known = bookOf({ ...me, units: { wax: { en: 'Wax', zh: '打蜡' } } }, null, 0);
    expect(spoken(tell(refusal, 'zh', known))).toContain('打蜡');
  });

  it('says what a status means, with account and date, and a later one as a change', () => {
    const status = (change: Partial<CustomerEvent>) => {
      const { unit: _unit, amount: _amount, balance: _balance, ...rest } = event(5);
      return { ...rest, type: 'status', ...change };
    };
    const soon = { status: 'expires_soon', unit: 'wash', expires_at: '2027-03-31T04:00:00.000Z' };
    expect(tell(status(soon), 'en', book)).toEqual({ status: 'news', title: 'Wash: runs out on Mar 31, 2027' });
    expect(tell(status(soon), 'zh', book)).toMatchObject({ title: expect.stringMatching(/洗车：2027年3月31日/) });
    for (const word of ['frozen', 'unfrozen', 'paired', 'revoked', 'renew']) {
      for (const language of ['en', 'zh'] as const) {
        expect(tell(status({ status: word }), language, book)).not.toEqual({ status: 'news', title: expect.stringMatching(/^(Changed|有变动)$/) });
      }
    }
    for (const word of ['from_the_future', 'toString', undefined]) {
      expect(tell(status(word === undefined ? {} : { status: word }), 'en', book)).toEqual({ status: 'news', title: 'Changed' });
    }
  });
});

describe('the code’s turn', () => {
  it('is made for now, or past the last one used', () => {
    expect(nextStep(1_000_000, 0)).toBe(200);
    expect(nextStep(1_000_000, 200)).toBe(201);
    expect(nextStep(1_000_000, 150)).toBe(200);
  });

  it('is used up by what the server took or refused, but not by an expired code', () => {
    const event = { type: 'refusal', seq: 1, id: 'r', at: '2026-11-22T18:40:00.123Z', credential: '0000000042', step: 7 };
    expect(usedStep(event, '0000000042')).toBe(7);
    expect(usedStep({ ...event, code: 'frozen' }, '0000000042')).toBe(7);
    expect(usedStep({ ...event, code: 'code_expired', step: 727 }, '0000000042')).toBe(0);
    expect(usedStep({ ...event, step: null }, '0000000042')).toBe(0);
    expect(usedStep(event, '0000000043')).toBe(0);
  });

  it('lasts 15 seconds, or until it is used', () => {
    const turn = nextTurn(1_000_000, 0);
    expect(isOver(turn, 1_014_999, 0)).toBe(false);
    expect(isOver(turn, 1_015_000, 0)).toBe(true);
    expect(isOver(turn, 1_001_000, 200)).toBe(true);
    expect(shareLeft(turn, 1_007_500)).toBe(0.5);
  });

  it('is over when the clock was set back', () => {
    expect(isOver(nextTurn(1_000_000, 0), 900_000, 0)).toBe(true);
  });
});
