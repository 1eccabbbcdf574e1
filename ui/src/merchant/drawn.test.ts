//! What components draw, where a class cannot tell: signs of entries, and buttons that say how much they move.

import { render } from 'svelte/server';
import { beforeAll, expect, it, vi } from 'vitest';
import type { Entry } from '../shared/wire/till';
import EntrySheet from './customers/EntrySheet.svelte';
import Entries from './Entries.svelte';
import { FakeBridge } from './fake';
import { Counter } from './counter.svelte';

beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
  vi.stubGlobal('document', { activeElement: null });
});

async function opened(): Promise<Counter> {
  const counter = new Counter(new FakeBridge(new URLSearchParams('fake=idle')));
  await counter.till.start();
  return counter;
}

const text = (html: string) => html.replace(/<!--.*?-->/g, '').replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const entry = (number: number, change: Partial<Entry>): Entry => ({
  kind: 'redemption', id: `${number}`, number, at: '2026-11-26T10:00:00Z', customer: { id: 1, name: 'Ann' }, unit: 'wash', amount: number, balance: 9,
  mark: '', lamp: null, of: null, of_kind: null, gain: null, ...change,
});

it('the till’s list has the signs of every other list', async () => {
  const { till } = await opened();
  till.take({
    type: 'entries',
    entries: [
      entry(1, {}),
      entry(2, { kind: 'reversal', of_kind: 'top_up' }),
      entry(3, { kind: 'reversal', of_kind: 'redemption' }),
      entry(4, { kind: 'adjustment', gain: false }),
      entry(5, { kind: 'adjustment', gain: true }),
      entry(6, { kind: 'transfer', gain: true }),
      entry(7, { kind: 'top_up' }),
    ],
  });
  const drawn = text(render(Entries, { props: { till } }).body);
  for (const words of ['−1 Wash', '−2 Wash', '+3 Wash', '−4 Wash', '+5 Wash', '+6 Wash', '+7 Wash']) expect(drawn).toContain(words);
});

it('a button that gives back says how much', async () => {
  const { till, receipts } = await opened();
  const props = { desk: till.desk, receipts, entry: entry(1, { unit: 'CNY', amount: 2550 }), work: { status: 'rest' } as const, onclose: () => undefined, onreverse: () => undefined };
  expect(text(render(EntrySheet, { props }).body)).toContain('Reverse ¥25.50');
});
