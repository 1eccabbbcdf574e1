//! The settings' class: what each role sees, and what is sent.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Operator } from '../../shared/wire/till';
import type { Parts } from '../asking';
import { Refused } from '../bridge';
import { Counter } from '../counter.svelte';
import { FakeBridge } from '../fake';
import { OPERATORS } from '../fake-books';
import { SECTIONS } from './settings.svelte';

beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
});

async function opened(query: string): Promise<{ counter: Counter; bridge: FakeBridge }> {
  const bridge = new FakeBridge(new URLSearchParams(query));
  const counter = new Counter(bridge);
  await counter.till.start();
  await counter.settings.load();
  return { counter, bridge };
}

function stand(counter: Counter, role: Operator['role']): void {
  counter.staff.take({ operators: OPERATORS, standing: OPERATORS.find((one) => one.role === role && !one.disabled)?.id ?? null });
}

describe('the settings', () => {
  it('show a cashier their till alone, a manager who did what, and an owner everything', async () => {
    const { counter } = await opened('fake=idle');
    const { settings } = counter;
    expect(settings.sections).toEqual(SECTIONS);
    settings.choose('products');
    stand(counter, 'manager');
    expect(settings.sections).toEqual(['till', 'deeds', 'receipts', 'about']);
    stand(counter, 'cashier');
    expect(settings.sections).toEqual(['till', 'receipts', 'about']);
    settings.open();
    expect(settings.section).toBe('till');
    stand(counter, 'owner');
    expect(settings.sections).toEqual(SECTIONS);
  });

  it('send all products at once, in their new order', async () => {
    const { counter, bridge } = await opened('fake=idle');
    const { settings } = counter;
    const ask = vi.spyOn(bridge, 'ask');
    const sent = () => ask.mock.calls.filter(([call]) => call === 'PUT /products').map(([, parts]) => (parts as Parts<'PUT /products'>).body?.products.map(({ names }) => names.en.slice(0, 8)));
    await settings.moveProduct(0, 1);
    await settings.moveProduct(0, -1);
    await settings.moveProduct(2, 1);
    await settings.removeProduct(1);
    await settings.saveProduct(0, { names: { en: 'First', zh: '一' }, unit: 'wash', amount: 1 });
    await settings.saveProduct(null, { names: { en: 'Last', zh: '末' }, unit: 'wash', amount: 1 });
    expect(sent()).toEqual([['Wash and', 'Wash', 'Interior'], ['Wash', 'Interior'], ['First', 'Wash and', 'Interior'], ['Wash', 'Wash and', 'Interior', 'Last']]);
  });

  it('keep what another till changed meanwhile, and say so where it is the same thing', async () => {
    const { counter, bridge } = await opened('fake=idle');
    const { settings } = counter;
    const [first, second] = settings.products;
    if (first === undefined || second === undefined) return expect.fail();
    const answered = bridge.ask.bind(bridge);
    let elsewhere = [{ ...first, amount: 9 }, second];
    const sent: unknown[] = [];
    vi.spyOn(bridge, 'ask').mockImplementation(async (call, parts) => {
      if (call === 'PUT /products') sent.push((parts as Parts<'PUT /products'>).body?.products);
      const answer = await answered(call, parts);
      return call === 'GET /shop' ? (Object.assign({}, answer, { products: elsewhere }) as typeof answer) : answer;
    });
    await settings.saveProduct(1, { ...second, amount: 5 });
    expect(sent).toEqual([[{ ...first, amount: 9 }, { ...second, amount: 5 }]]);
    elsewhere = [{ ...first, amount: 9 }];
    settings.show({ name: 'product', index: 1 });
    await settings.saveProduct(1, { ...second, amount: 5 });
    expect(settings.work).toEqual({ status: 'failed', reason: 'changed_elsewhere' });
    expect(settings.sheet.name).toBe('none');
    elsewhere = [];
    await settings.moveProduct(0, 1);
    await settings.removeProduct(0);
    expect(sent).toHaveLength(1);
    expect(settings.products).toEqual([]);
  });

  it('keep the form open with the reason when the server refuses', async () => {
    const { counter, bridge } = await opened('fake=consent');
    const { settings, staff } = counter;
    settings.show({ name: 'shop' });
    const saved = settings.setShop({ name: 'Lotus' });
    await vi.waitFor(() => expect(staff.consent.status).toBe('asked'));
    staff.dissent();
    await saved;
    expect(settings.sheet.name).toBe('shop');
    expect(settings.work).toEqual({ status: 'failed', reason: 'approval_required' });
    settings.closeSheet();
    expect(settings.isBusy).toBe(false);
    const ask = vi.spyOn(bridge, 'ask').mockRejectedValue(new Refused('offline'));
    await settings.load();
    expect(settings.state.status).toBe('failed');
    expect(ask).toHaveBeenCalled();
  });

  it('take an address that is one, and say so where it is none', async () => {
    const { counter } = await opened('fake=moved');
    const { settings, till } = counter;
    expect(till.desk.address?.before).toBe('http://192.168.1.23:8787');
    till.knowAddress();
    await vi.waitFor(() => expect(till.desk.address?.before).toBeNull());
    await settings.setAddress('till', { kind: 'plain' });
    expect(settings.work).toEqual({ status: 'failed', reason: 'address_wrong' });
    await settings.setAddress('http://till.local:8787', { kind: 'plain' });
    expect(settings.work.status).toBe('done');
    expect(till.desk.address).toMatchObject({ now: 'http://till.local:8787', chosen: 'http://till.local:8787' });
  });

  it('are silent and stay open where the till is told to', async () => {
    const { counter, bridge } = await opened('fake=staffed');
    const habits = vi.spyOn(bridge, 'setHabits');
    counter.till.setHabits({ sounds: false });
    counter.till.setHabits({ lock_after_min: 0 });
    expect(habits).toHaveBeenLastCalledWith({ sounds: false, spoken: false, lock_after_min: 0 });
    expect(counter.till.desk.habits).toEqual({ sounds: false, spoken: false, lock_after_min: 0 });
  });
});

describe('this computer', () => {
  it('shows what is so, also where it could not be changed', async () => {
    const { counter } = await opened('fake=not_saved');
    const { computer } = counter.settings;
    await computer.load();
    expect(computer.known).toMatchObject({ autostart: false, customers: false, displays: 2 });
    await computer.setCustomers(true);
    expect(computer.known?.customers).toBe(true);
    await computer.setAutostart(true);
    expect(computer.failed).toBe('not_saved');
    expect(computer.known?.autostart).toBe(false);
  });
});
