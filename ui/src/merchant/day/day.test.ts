//! The day's screen: what its class shows, and what its figures and charts are made of.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Refused } from '../bridge';
import { Counter } from '../counter.svelte';
import { FakeBridge } from '../fake';
import { figuresOf, heldOf, sumOf, takenOf, unitsOf, type Line } from './figures';
import { SPANS, byDay, byHour, startOf } from './series';

beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
});

async function opened(fake: string): Promise<{ counter: Counter; bridge: FakeBridge }> {
  const bridge = new FakeBridge(new URLSearchParams({ fake }));
  const counter = new Counter(bridge);
  await counter.till.start();
  return { counter, bridge };
}

async function shown(fake: string): Promise<{ counter: Counter; bridge: FakeBridge }> {
  const both = await opened(fake);
  both.counter.show('day');
  await vi.waitFor(() => expect(both.counter.day.view.status).toBe('report'));
  return both;
}

const line = (unit: string, kind: Line['kind'], direction: Line['direction'], principal: string, change: Partial<Line> = {}): Line => ({
  unit, kind, direction, against: 'revenue', count: 1, principal, bonus: '0', ...change,
});
const LINES = [
  line('wash', 'redemption', 'out', '12', { count: 9, bonus: '1' }),
  line('wash', 'reversal', 'in', '2', { of: 'redemption' }),
  line('CNY', 'top_up', 'in', '27670116110564327421'),
  line('CNY', 'reversal', 'out', '1', { of: 'top_up' }),
];

describe('a figure', () => {
  it('is what was done less what was undone, to the last digit', () => {
    expect(sumOf(LINES, 'wash', 'redemption')).toEqual({ count: 9, total: -11n });
    expect(takenOf(LINES, 'wash')).toBe(11n);
    expect(sumOf(LINES, 'CNY', 'top_up')).toEqual({ count: 1, total: 27670116110564327420n });
    expect(sumOf(LINES, 'CNY', 'redemption')).toEqual({ count: 0, total: 0n });
  });

  it('is named where there is any, and taken and topped up always', () => {
    expect(figuresOf([])).toEqual(['top_up', 'redemption']);
    expect(figuresOf([line('wash', 'reversal', 'in', '1', { of: 'refund' })])).toEqual(['top_up', 'redemption', 'refund']);
  });

  it('has a unit wherever something is held or moved, in the shop’s order', () => {
    const held = [{ unit: 'old', principal: '3', bonus: '0' }, { unit: 'unused', principal: '0', bonus: '0' }];
    expect(unitsOf({ lines: LINES, opening: held, closing: [] }, ['CNY', 'unused', 'wash'])).toEqual(['CNY', 'wash', 'old']);
  });

  it('leads in the fake’s books from what was owed before to what is owed after', async () => {
    for (const fake of ['idle', 'huge']) {
      const { counter } = await shown(fake);
      const { view } = counter.day;
      if (view.status !== 'report') throw new Error(view.status);
      for (const unit of unitsOf(view.report, [])) {
        const moved = figuresOf(view.report.lines).reduce((total, figure) => total + sumOf(view.report.lines, unit, figure).total, 0n);
        expect(heldOf(view.report.opening, unit) + moved, unit).toBe(heldOf(view.report.closing, unit));
      }
    }
  });
});

describe('a chart', () => {
  it('of hours begins where the shop’s day begins, and has the hours between', () => {
    const hours = [{ hour: 3, lines: [line('wash', 'redemption', 'out', '1')] }, { hour: 20, lines: [line('wash', 'redemption', 'out', '2')] }];
    const points = byHour(hours, 'wash', 4 * 60);
    expect(points.map(({ key }) => Number(key))).toEqual([19, 20, 21, 22, 23, 0, 1, 2, 3]);
    expect(points.map(({ values }) => values[0])).toEqual([0n, 2n, 0n, 0n, 0n, 0n, 0n, 0n, 1n]);
    expect(byHour(hours, 'CNY', 0)).toEqual([]);
  });

  it('of days has those without entries, and what was owed stays over them', () => {
    const held = (principal: string) => [{ unit: 'wash', principal, bonus: '0' }];
    const day = (date: string, taken: string, closing: string) => ({ date, first_entry: 1, last_entry: 2, lines: [line('wash', 'redemption', 'out', taken)], closing: held(closing) });
    const chart = { practice: false, from: '2026-02-27', to: '2026-03-02', opening: held('10'), days: [day('2026-02-28', '3', '7'), day('2026-03-02', '2', '5')] };
    const { taken, owed, both } = byDay(chart, 'wash', 1);
    expect(taken.map(({ key }) => key)).toEqual(['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']);
    expect(taken.map(({ values }) => values[0])).toEqual([0n, 3n, 0n, 2n]);
    expect(owed.map(({ values }) => values[0])).toEqual([10n, 7n, 7n, 5n]);
    expect(both[1]?.values).toEqual([0n, 3n]);
    // Put together, nothing is left out, and of so many days the last column is whole.
    const few = byDay(chart, 'wash', 2);
    expect(few.taken.map(({ key, until }) => [key, until])).toEqual([['2026-02-27', '2026-02-28'], ['2026-03-01', '2026-03-02']]);
    const three = byDay(chart, 'wash', 3);
    expect(three.taken.map(({ key, values }) => [key, values[0]])).toEqual([['2026-02-27', 0n], ['2026-02-28', 5n]]);
    const months = byDay(chart, 'wash', 'month');
    expect(months.taken.map(({ key, until, values }) => [key, until, values[0]])).toEqual([['2026-02-27', '2026-02-28', 3n], ['2026-03-01', '2026-03-02', 2n]]);
    expect(months.owed.at(-1)?.values).toEqual([5n]);
  });

  it('of a span begins with whole columns', () => {
    expect(SPANS.map((span) => startOf(span, '2026-03-02'))).toEqual(['2026-02-24', '2026-02-01', '2025-12-02', '2025-04-01']);
  });
});

describe('the day', () => {
  it('is closed once, however often it is asked for, and the lost answer is had by the same id', async () => {
    const { counter, bridge } = await shown('idle');
    const { day } = counter;
    const ask = bridge.ask.bind(bridge);
    const ids: unknown[] = [];
    vi.spyOn(bridge, 'ask').mockImplementation(async (call, parts) => {
      if (call === 'POST /reports/z') ids.push((parts?.body as { id: string } | undefined)?.id);
      if (call === 'POST /reports/z' && ids.length === 1) throw new Refused('offline');
      return ask(call, parts);
    });
    day.askToClose();
    await Promise.all([day.closeDay(), day.closeDay()]);
    expect(ids).toHaveLength(1);
    expect(day.work).toEqual({ status: 'failed', reason: 'offline' });
    expect(day.isBusy).toBe(true);
    await day.closeDay();
    expect(ids[1]).toBe(ids[0]);
    expect(day.work).toEqual({ status: 'closed', number: 42 });
    expect(day.view).toMatchObject({ status: 'report', report: { name: 'z', number: 42 } });
    day.askToClose();
    await day.closeDay();
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('is closed by a cashier with a manager’s consent, who sees nothing more of it', async () => {
    const { counter, bridge } = await shown('cashier');
    const { day, staff } = counter;
    const asked = vi.spyOn(bridge, 'ask');
    expect(day.seesAll).toBe(false);
    day.askToClose();
    const done = day.closeDay();
    await vi.waitFor(() => expect(staff.consent.status).toBe('asked'));
    staff.agree(2, '2468');
    await done;
    expect(day.work.status).toBe('closed');
    await day.look({ first: 1, last: 9 });
    expect(day.view.status).toBe('report');
    expect(asked.mock.calls.map(([call]) => call)).toEqual(['POST /reports/z', 'POST /reports/z']);
  });

  it('shows the entries behind a figure, page by page, and goes back', async () => {
    const { counter, bridge } = await shown('idle');
    const { day } = counter;
    const asked = vi.spyOn(bridge, 'ask');
    await day.look({ first: 3, last: 1377, unit: 'wash', figure: 'redemption', operator: null, hour: 9 });
    expect(asked).toHaveBeenLastCalledWith('GET /reports/entries', { query: { from: 3, to: 1377, limit: 50, unit: 'wash', kind: 'redemption', by: 0, hour: 9 } });
    expect(day.view).toMatchObject({ status: 'behind', older: true });
    await day.older();
    await day.older();
    if (day.view.status !== 'behind') throw new Error(day.view.status);
    const numbers = day.view.entries.map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(day.view.older).toBe(false);
    day.back();
    expect(day.view.status).toBe('report');
  });

  it('shows the newest question’s answer, whichever comes last', async () => {
    const { counter, bridge } = await shown('idle');
    const { day } = counter;
    const ask = bridge.ask.bind(bridge);
    let late = (): void => undefined;
    const waits = new Promise<void>((done) => (late = done));
    vi.spyOn(bridge, 'ask').mockImplementation(async (call, parts) => {
      if (call === 'GET /reports/days') await waits;
      return ask(call, parts);
    });
    const slow = day.show({ name: 'trend', span: 30 });
    await day.show({ name: 'open' });
    late();
    await slow;
    expect(day.view).toMatchObject({ status: 'report', report: { name: 'open' } });
  });

  it('is looked at anew by whoever comes next', async () => {
    const { counter } = await shown('staffed');
    await counter.day.show({ name: 'trend', span: 30 });
    expect(counter.day.view.status).toBe('trend');
    await counter.staff.lockNow();
    await vi.waitFor(() => expect(counter.staff.isLocked).toBe(true));
    counter.staff.choose(counter.staff.enabled.find(({ role }) => role === 'cashier') ?? null);
    await counter.staff.unlock('2468');
    await vi.waitFor(() => expect(counter.day.view).toMatchObject({ status: 'report', page: { name: 'open' } }));
    expect(counter.day.seesAll).toBe(false);
  });

  it('keeps a scan from pushing away what is half done', async () => {
    const { counter } = await shown('idle');
    const refused = (id: string) => ({ type: 'result', result: { status: 'refused', id, code: 'frozen', at: new Date().toISOString() } }) as const;
    counter.day.askToClose();
    counter.till.take(refused('x'));
    expect(counter.screen).toBe('day');
    counter.day.closeSheet();
    counter.till.take(refused('y'));
    expect(counter.screen).toBe('till');
  });
});
