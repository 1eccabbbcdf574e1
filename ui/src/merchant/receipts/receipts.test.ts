//! When receipts are printed, and what becomes of those that are not.

import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Receipts as Chosen } from '../../shared/wire/till';
import { Refused } from '../bridge';
import { Counter } from '../counter.svelte';
import { FakeBridge } from '../fake';
import { linesOf, receiptOf, type Receipt } from './receipt';

vi.mock('./draw', () => ({ DRAWER_ALONE: new Uint8Array([1, 0]), drawn: async (lines: unknown[], _: string, drawer: boolean) => new Uint8Array([drawer ? 1 : 0, lines.length]) }));

const PRINTER: Chosen = { printer: { kind: 'network', address: '192.168.1.9' }, always: false, drawer: true, paper: 'wide' };
const moved = (id: string, repeated = false) => ({
  id, customer: { id: 7, name: 'Li Wei' }, unit: 'wash', amount: 1, balance: 9, reversed: 0, at: '2026-11-26T06:03:22.000Z', seq: 4, mark: '47 🐳', lamp: 'recorded' as const, repeated,
});

beforeEach(() => {
  vi.stubGlobal('navigator', { languages: ['en-GB'], language: 'en-GB' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
});

async function counter(change: Partial<Chosen> = {}) {
  const bridge = new FakeBridge(new URLSearchParams('fake=idle'));
  const print = vi.spyOn(bridge, 'printReceipt');
  const counter = new Counter(bridge);
  await counter.till.start();
  counter.till.take({ type: 'receipts', receipts: { ...PRINTER, ...change }, plugged_in: [] });
  return { counter, print, receipts: counter.receipts };
}

function scan({ till }: Counter, id: string, repeated = false): void {
  till.take({ type: 'result', result: { status: 'sending', id, unit: 'wash', amount: 1, since: '2026-11-26T06:03:22.000Z' } });
  till.take({ type: 'result', result: { status: 'recorded', redemption: moved(id, repeated) } });
}

const printed = (print: { mock: { calls: unknown[][] } }, count: number) => vi.waitFor(() => expect(print.mock.calls).toHaveLength(count));

describe('a receipt', () => {
  it('is printed after every scan if wished, once, and not for what was taken before', async () => {
    const { counter: open, print } = await counter({ always: true });
    scan(open, 'a');
    await printed(print, 1);
    // A lamp more; the page that opens anew; the same code twice.
    open.till.take({ type: 'result', result: { status: 'recorded', redemption: { ...moved('a'), lamp: 'seen' } } });
    open.till.take({ type: 'result', result: { status: 'idle' } });
    open.till.take({ type: 'result', result: { status: 'recorded', redemption: moved('a') } });
    scan(open, 'b', true);
    scan(open, 'c');
    await printed(print, 2);
  });

  it('is printed of a new customer’s first top-up, and opens the drawer for it', async () => {
    const { counter: open, print } = await counter({ always: true });
    await open.till.sheets.newCustomer('Mei', '', { unit: 'wash', amount: 10 });
    await printed(print, 1);
    expect(print.mock.calls[0]?.[0][0]).toBe(1);
    await open.till.sheets.newCustomer('Ann', '', { unit: 'wash', amount: 0 });
    scan(open, 'a');
    await printed(print, 2);
  });

  it('is printed on wish alone where that is the choice', async () => {
    const { counter: open, print, receipts } = await counter();
    scan(open, 'a');
    expect(receipts.now).toEqual({ status: 'rest' });
    receipts.ofResult(moved('a'));
    await printed(print, 1);
    expect(print.mock.calls[0]?.[0][0]).toBe(0);
  });

  it('opens the drawer where cash is moved, with a receipt or without', async () => {
    const { print, receipts } = await counter();
    receipts.after('top_up', moved('a'));
    await printed(print, 1);
    expect([...(print.mock.calls[0]?.[0] ?? [])]).toEqual([1, 0]);
    await receipts.choose({ always: true });
    receipts.after('refund', moved('b'));
    await printed(print, 2);
    expect(print.mock.calls[1]?.[0][0]).toBe(1);
    expect(print.mock.calls[1]?.[0][1]).toBeGreaterThan(3);
  });

  it('that a printer does not take waits, and the till goes on', async () => {
    const { counter: open, print, receipts } = await counter({ always: true });
    print.mockRejectedValue(new Refused('printer_off'));
    for (const id of ['a', 'b']) scan(open, id);
    await vi.waitFor(() => expect(receipts.left).toHaveLength(2));
    expect(receipts.now).toEqual({ status: 'failed', reason: 'printer_off' });
    expect(open.till.desk.result.status).toBe('recorded');
    print.mockClear();
    print.mockResolvedValue();
    receipts.tryAgain();
    await printed(print, 2);
    expect(receipts.left).toEqual([]);
    print.mockRejectedValueOnce(new Refused('printer_off'));
    scan(open, 'd');
    await vi.waitFor(() => expect(receipts.left).toHaveLength(1));
    receipts.leave();
    expect([receipts.left, receipts.now.status]).toEqual([[], 'rest']);
  });

  it('is nowhere without a printer', async () => {
    const { counter: open, print, receipts } = await counter({ printer: { kind: 'none' }, always: true });
    scan(open, 'a');
    receipts.after('top_up', moved('b'));
    expect([print.mock.calls.length, receipts.now.status]).toEqual([0, 'rest']);
  });

  it('says who, what, what is left and when, and that a practice one is none', async () => {
    const { counter: open } = await counter();
    const receipt: Receipt = receiptOf(open.till.desk, 'redemption', moved('0190f6a2-7c11-7e3a-9b1e-000000000001'), 'Ann');
    const words = JSON.stringify(linesOf(open.till.desk, receipt));
    for (const part of ['Lotus Car Wash', '−1', 'Li Wei', '9 Wash', 'Ann', '47']) expect(words).toContain(part);
    const practice = { ...open.till.desk, shop: open.till.desk.shop && { ...open.till.desk.shop, practice: true } };
    expect(JSON.stringify(linesOf(practice, receipt))).toContain('Practice');
    expect(words).not.toContain('Practice');
  });
});
