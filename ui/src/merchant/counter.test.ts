//! The classes around the till: the lock, a manager's consent, what is done to customers, taking back.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { answerOf, OPERATORS } from './fake-books';
import { Refused } from './bridge';
import { FakeBridge } from './fake';
import { Counter } from './counter.svelte';
import { shortcutsOf } from './shortcuts';

beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
});

async function opened(query: string): Promise<{ counter: Counter; bridge: FakeBridge }> {
  const bridge = new FakeBridge(new URLSearchParams(query));
  const counter = new Counter(bridge);
  await counter.till.start();
  return { counter, bridge };
}

describe('the lock', () => {
  it('asks who is there, and opens with the right PIN alone', async () => {
    const { counter } = await opened('fake=locked');
    const { staff } = counter;
    expect(staff.lock.status).toBe('choosing');
    counter.show('customers');
    expect(counter.screen).toBe('till');
    staff.choose(staff.enabled[0] ?? null);
    await staff.unlock('1111');
    expect(staff.lock).toMatchObject({ status: 'pin', failed: 'pin_wrong' });
    await staff.unlock('2468');
    expect(staff.lock.status).toBe('open');
    expect(staff.standing?.name).toBe('Ann');
  });

  it('closes by itself when nobody touches the till', async () => {
    const { counter } = await opened('fake=staffed');
    counter.staff.tick(Date.now() + 299_000, 5);
    expect(counter.staff.isLocked).toBe(false);
    counter.staff.tick(Date.now() + 3_600_000, 0);
    expect(counter.staff.isLocked).toBe(false);
    counter.staff.tick(Date.now() + 301_000, 5);
    await vi.waitFor(() => expect(counter.staff.lock.status).toBe('choosing'));
  });
});

describe('a manager’s consent', () => {
  it('is asked for where the server asks, again after a wrong PIN, and the thing is then done once', async () => {
    const { counter, bridge } = await opened('fake=consent');
    const { customers, staff } = counter;
    await customers.choose(1);
    const moves = vi.spyOn(bridge, 'moveValue');
    const done = customers.move({ kind: 'refund', customer: 1, forfeit_bonus: false, reason: 'moves away' }, { unit: 'wash', amount: 1 });
    await vi.waitFor(() => expect(staff.consent.status).toBe('asked'));
    staff.agree(2, '1111');
    await vi.waitFor(() => expect(staff.consent).toMatchObject({ status: 'asked', failed: 'pin_wrong' }));
    staff.agree(2, '2468');
    await done;
    expect(customers.work.status).toBe('moved');
    expect(moves.mock.calls.map(([, , , approval]) => approval?.pin)).toEqual([undefined, '1111', '2468']);
    expect(new Set(moves.mock.calls.map(([id]) => id)).size, 'a refusal is final for its id').toBe(3);
  });

  it('that is not given leaves it undone', async () => {
    const { counter } = await opened('fake=consent');
    await counter.customers.choose(1);
    const done = counter.customers.setFrozen(true);
    await vi.waitFor(() => expect(counter.staff.consent.status).toBe('asked'));
    counter.staff.dissent();
    await done;
    expect(counter.customers.work).toEqual({ status: 'failed', reason: 'approval_required' });
  });
});

describe('customers', () => {
  it('are moved value once, however often the button is pressed', async () => {
    const { counter, bridge } = await opened('fake=idle');
    const { customers } = counter;
    await customers.choose(1);
    const moves = vi.spyOn(bridge, 'moveValue');
    const about = { kind: 'top_up', customer: 1, bonus: null } as const;
    await Promise.all([customers.move(about, { unit: 'wash', amount: 5 }), customers.move(about, { unit: 'wash', amount: 5 })]);
    expect(moves).toHaveBeenCalledTimes(1);
  });

  it('are not moved the same thing twice while it is not known whether it was done', async () => {
    const { counter, bridge } = await opened('fake=move_unknown');
    const { customers } = counter;
    await customers.choose(1);
    const moves = vi.spyOn(bridge, 'moveValue');
    customers.show({ name: 'move', act: 'top_up', unit: 'wash' });
    const about = { kind: 'top_up', customer: 1, bonus: null } as const;
    await customers.move(about, { unit: 'wash', amount: 5 });
    expect([customers.sheet.name, customers.work.status], 'nothing is left to press').toEqual(['none', 'rest']);
    await customers.move(about, { unit: 'wash', amount: 5 });
    expect(moves.mock.calls[0]?.[0], 'and if it were, it is the same request').toBe(moves.mock.calls[1]?.[0]);
    customers.show({ name: 'move', act: 'top_up', unit: 'wash' });
    await customers.move(about, { unit: 'wash', amount: 5 });
    expect(moves.mock.calls[2]?.[0]).not.toBe(moves.mock.calls[0]?.[0]);
  });

  it('keep what was shown and typed without a server, and are asked for anew once it is back', async () => {
    const { counter, bridge } = await opened('fake=idle');
    const { customers } = counter;
    counter.show('customers');
    await customers.choose(1);
    customers.show({ name: 'move', act: 'top_up', unit: 'wash' });
    const ask = vi.spyOn(bridge, 'ask').mockRejectedValue(new Refused('offline'));
    await customers.choose(1);
    await customers.find('');
    expect(customers.one).toMatchObject({ status: 'shown', old: true });
    expect(customers.sheet.name).toBe('move');
    ask.mockRestore();
    counter.till.take({ type: 'link', state: 'online' });
    await vi.waitFor(() => expect(customers.one).toMatchObject({ status: 'shown', old: false }));
    await vi.waitFor(() => expect(customers.list.status).toBe('found'));
    vi.spyOn(bridge, 'ask').mockRejectedValue(new Refused('not_found'));
    await customers.choose(1);
    expect([customers.one.status, customers.sheet.name], 'an empty sheet does not come back').toEqual(['failed', 'none']);
  });

  it('show the bonus that the shop’s rules give', async () => {
    const { counter } = await opened('fake=idle');
    counter.show('customers');
    await vi.waitFor(() => expect(counter.customers.bonusFor('CNY', 10_000)).toBe(1000));
    expect(counter.customers.bonusFor('CNY', 9_999)).toBe(0);
    expect(counter.customers.bonusFor('wash', 50)).toBe(0);
  });

  it('are shown anew when another till moves something of theirs', async () => {
    const { counter, bridge } = await opened('fake=idle');
    counter.show('customers');
    await counter.customers.choose(1);
    const { one } = counter.customers;
    const newest = one.status === 'shown' ? (one.entries[0] ?? expect.fail()) : expect.fail();
    const ask = vi.spyOn(bridge, 'ask');
    const asked = () => ask.mock.calls.filter(([call]) => call === 'GET /customers/{id}').length;
    const entry = { ...newest, customer: { id: 1, name: 'Li Wei' } };
    counter.till.take({ type: 'entries', entries: [entry] });
    counter.till.take({ type: 'entries', entries: [{ ...entry, number: newest.number + 1, customer: { id: 2, name: 'Zoë' } }] });
    expect(asked(), 'nothing new of theirs').toBe(0);
    counter.till.take({ type: 'entries', entries: [{ ...entry, number: newest.number + 1 }] });
    expect(asked()).toBe(1);
  });

  it('give way to a result unless something is half done', async () => {
    const { counter } = await opened('fake=idle');
    const result = { type: 'result', result: { status: 'refused', id: 'x', code: 'frozen', at: new Date().toISOString() } } as const;
    counter.show('customers');
    await counter.customers.choose(1);
    counter.customers.show({ name: 'edit' });
    counter.till.take(result);
    expect(counter.screen).toBe('customers');
    counter.customers.closeSheet();
    counter.till.take({ ...result, result: { ...result.result, id: 'y' } });
    expect(counter.screen).toBe('till');
  });
});

describe('the last result', () => {
  it('is taken back by its key, and by no key that is held down', async () => {
    const { counter } = await opened('fake=recorded');
    const undo = vi.spyOn(counter.till.undo, 'now').mockResolvedValue();
    const heard: ((event: KeyboardEvent) => void)[] = [];
    vi.stubGlobal('addEventListener', (type: string, on: (event: KeyboardEvent) => void) => type === 'keydown' && heard.push(on));
    vi.stubGlobal('HTMLInputElement', class {});
    vi.useFakeTimers();
    vi.spyOn(counter.till, 'watch').mockReturnValue();
    counter.watch();
    const press = (repeat: boolean) => heard.forEach((on) => on({ ctrlKey: true, key: 'z', repeat, target: null, preventDefault: () => undefined } as unknown as KeyboardEvent));
    press(true);
    expect(undo).not.toHaveBeenCalled();
    press(false);
    expect(undo).toHaveBeenCalledTimes(1);
    vi.useRealTimers();
  });

  it('is taken back once by its key', async () => {
    const { counter, bridge } = await opened('fake=recorded');
    const moves = vi.spyOn(bridge, 'moveValue');
    expect(counter.till.undo.leftMs).toBeGreaterThan(290_000);
    await Promise.all([counter.till.undo.now(), counter.till.undo.now()]);
    await counter.till.undo.now();
    expect(moves).toHaveBeenCalledTimes(1);
    expect(moves.mock.calls[0]?.[1]).toMatchObject({ kind: 'reversal', of_kind: 'redemption', whole: true });
  });
});

it('what the fake answers has the server’s own shape', () => {
  expect(answerOf('idle', 'GET /customers', { query: { query: 'zoë' } }).customers.map(({ name }) => name)).toEqual(['Zoë']);
});

describe('who is online', () => {
  it('is named, asked anew when somebody comes, and gone with whoever stands here', async () => {
    const { counter, bridge } = await opened('fake=staffed');
    const ask = vi.spyOn(bridge, 'ask');
    const asked = () => ask.mock.calls.filter(([call]) => call === 'GET /online').length;
    counter.till.take({ type: 'online', customers: 4 });
    expect(asked(), 'nobody looks').toBe(0);
    await counter.online.open();
    expect(counter.online.state).toMatchObject({ status: 'shown', more: false });
    expect(counter.isCovered).toBe(true);
    counter.till.take({ type: 'online', customers: 5 });
    expect(asked()).toBe(2);
    counter.till.take({ type: 'staff', operators: OPERATORS, standing: null });
    expect(counter.online.isOpen).toBe(false);
  });
});

describe('the shortcuts that are shown', () => {
  const keys = (counter: Counter) => shortcutsOf(counter).map((one) => one.keys);

  it('are those that hold on the screen in front', async () => {
    const { counter } = await opened('fake=idle');
    expect(keys(counter)).toEqual(['F2', '+ −', 'F3', 'F4', 'Alt 1–4']);
    counter.show('customers');
    expect(keys(counter)).toEqual(['F3', 'Alt 1–4']);
    counter.show('day');
    expect(keys(counter)).toEqual(['Alt 1–4']);
  });

  it('have the lock where somebody stands, and the undo while it holds', async () => {
    const { counter } = await opened('fake=recorded');
    counter.staff.take({ operators: OPERATORS, standing: 1 });
    expect(keys(counter)).toEqual(['F2', '+ −', 'F3', 'F4', 'Ctrl Z', 'Ctrl L', 'Alt 1–4']);
    counter.staff.take({ operators: OPERATORS, standing: null });
    expect(keys(counter)).toEqual([]);
  });
});
