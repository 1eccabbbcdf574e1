import { describe, expect, it } from 'vitest';
import type { CustomerEvent, Me } from '../shared/wire';
import { bookOf, direction, enter, fillHistory, HISTORY_MOST, inOrderOfUse, lacksNames, withNames } from './book';
import { isOver, nextStep, nextTurn, shareLeft } from './rotation';
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

  it('keeps its history over a gap, and forgets it with another epoch', () => {
    const book = enter(bookOf(me, null, 0), event(5), 1);
    expect(bookOf({ ...me, seq: 9 }, book, 2).history).toHaveLength(1);
    expect(bookOf({ ...me, epoch: 'f' }, book, 2).history).toHaveLength(0);
  });

  it('puts older events behind the newer, without doubling', () => {
    const book = fillHistory(enter(bookOf(me, null, 0), event(5), 1), [event(3), event(4), event(5)]);
    expect(book.history.map(({ seq }) => seq)).toEqual([5, 4, 3]);
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
    expect(direction(event(1, { type: 'reversal', of_type: 'top_up' }))).toBe('−');
    expect(direction(event(1, { type: 'refusal' }))).toBe('');
  });
});

describe('an event in words', () => {
  it('calls its unit what the account is called, in each language', () => {
    expect(tell(event(5), 'zh', me.accounts)).toMatchObject({ unit: '洗车', amount: '−1' });
    expect(tell(event(5), 'en', me.accounts)).toMatchObject({ unit: 'Wash' });
  });

  it('does so for a refusal too', () => {
    const refusal = event(5, { type: 'refusal', code: 'insufficient_balance', balance: 0 });
    const words = spoken(tell(refusal, 'zh', me.accounts));
    expect(words).toContain('洗车');
    expect(words).not.toMatch(/wash/i);
  });

  it('does so for a new account as soon as its names are known, and leaves balances alone', () => {
    const topUp = event(5, { type: 'top_up', unit: 'wax', amount: 3, balance: 3 });
    const before = enter(bookOf(me, null, 0), topUp, 1);
    expect(lacksNames(before)).toBe(true);
    const told = { unit: 'wax', kind: 'pass', balance: 99, principal: 99, bonus: 0, expires_at: null, names: { en: 'Wax', zh: '打蜡' } } as const;
    const after = withNames(before, [...me.accounts, told]);
    expect(lacksNames(after)).toBe(false);
    expect(after.accounts.map(({ balance }) => balance)).toEqual([10, 5000, 3]);
    expect(tell(topUp, 'zh', after.accounts)).toMatchObject({ unit: '打蜡', amount: '+3' });
  });
});

describe('the code’s turn', () => {
  it('is made for now, or past the last one used', () => {
    expect(nextStep(1_000_000, 0)).toBe(200);
    expect(nextStep(1_000_000, 200)).toBe(201);
    expect(nextStep(1_000_000, 150)).toBe(200);
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
