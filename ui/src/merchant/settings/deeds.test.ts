//! The record of deeds: what is asked for, page after page, and its words.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { newDesk } from '../desk';
import { FakeBridge } from '../fake';
import { OPERATORS } from '../fake-books';
import { aboutWords, deedWords, whoWords } from './deed';
import { Deeds, type Deed } from './deeds.svelte';

beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
});

function deed(number: number, change: Partial<Deed> = {}): Deed {
  return { number, at: '2026-11-26T08:00:00Z', act: 'join_made', terminal: 1, operator: 1, approver: null, customer: 7, customer_name: 'Mei', detail: {}, ...change };
}

function opened() {
  const bridge = new FakeBridge(new URLSearchParams('fake=idle'));
  return { deeds: new Deeds(bridge), ask: vi.spyOn(bridge, 'ask') };
}

describe('the record of deeds', () => {
  it('goes on after the last one it has, until a page is not full', async () => {
    const { deeds, ask } = opened();
    ask.mockResolvedValueOnce({ acts: Array.from({ length: 100 }, (_, index) => deed(200 - index)) });
    await deeds.load();
    ask.mockResolvedValueOnce({ acts: [deed(100), deed(99)] });
    await deeds.older();
    expect(ask.mock.calls.map(([, parts]) => parts?.query)).toEqual([{}, { before: 101 }]);
    const { state } = deeds;
    if (state.status !== 'shown') throw new Error(state.status);
    expect([state.deeds.length, state.deeds.at(-1)?.number, state.older]).toEqual([102, 99, false]);
  });

  it('is asked for by operator and day, and shows no answer to an earlier question', async () => {
    const { deeds, ask } = opened();
    let late = (_: { acts: Deed[] }) => {};
    ask.mockImplementationOnce(() => new Promise((answer) => (late = answer as typeof late)));
    const first = deeds.choose({ by: 'nobody' });
    ask.mockResolvedValueOnce({ acts: [deed(2)] });
    await deeds.choose({ by: 3, date: '2026-11-26' });
    late({ acts: [deed(1)] });
    await first;
    expect(ask.mock.calls.map(([, parts]) => parts?.query)).toEqual([{ by: 0 }, { by: 3, date: '2026-11-26' }]);
    expect(deeds.state).toMatchObject({ status: 'shown', deeds: [{ number: 2 }] });
    deeds.forget();
    expect(deeds.filter).toEqual({ by: 'everybody', date: '' });
  });

  it('says what is wrong, and keeps what it has when the next page does not come', async () => {
    const { deeds, ask } = opened();
    await deeds.load();
    ask.mockRejectedValueOnce(new Error('line'));
    vi.spyOn(console, 'error').mockReturnValue();
    await deeds.older();
    expect(deeds.state).toMatchObject({ status: 'shown', busy: false, failed: 'internal' });
  });
});

describe('a deed', () => {
  const terminals = [{ id: 1, name: 'window', paired_at: '', revoked_at: null }, { id: 2, name: 'door', paired_at: '', revoked_at: null }];
  const known = { desk: newDesk('en'), operators: OPERATORS, terminals, here: 1 };

  it('is told with whom it was done to and who agreed', () => {
    const told = deed(1, { act: 'expiry_set', operator: 3, approver: 2, terminal: 2, detail: { unit: 'wash', expires_at: '2027-01-02T00:00:00Z' } as never });
    expect(deedWords(told, 'en')).toBe('Expiry changed');
    expect(aboutWords(told, known)).toEqual(['Mei', 'Wash', 'until Jan 2, 2027']);
    expect(whoWords(told, known)).toEqual(['Bartholomew Featherstonehaugh', 'agreed by 小李', 'till “door”']);
  });

  it('names nobody who was erased, and what changed of an operator', () => {
    expect(aboutWords(deed(1, { customer_name: null }), known)).toEqual(['somebody who was erased']);
    const changed = deed(1, { act: 'operator_changed', customer: null, detail: { operator: 3, name: false, pin: true, role: 'manager', disabled: false } as never });
    expect(aboutWords(changed, known)).toEqual(['Bartholomew Featherstonehaugh', 'PIN', 'Manager', 'turned on']);
  });

  it('of a customer’s own, of the server and of a newer server is told, too', () => {
    expect(whoWords(deed(1, { approver: 2 }), known), 'here').toEqual(['Ann', 'agreed by 小李']);
    expect(whoWords(deed(1, { operator: null, terminal: null }), known)).toEqual(['the customer']);
    expect(whoWords(deed(1, { operator: null, terminal: null, customer: null }), known)).toEqual(['the server']);
    expect(deedWords(deed(1, { act: 'moon_landed' as never }), 'zh')).toBe('新版服务器的操作');
  });
});
