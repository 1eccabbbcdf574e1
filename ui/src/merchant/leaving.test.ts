//! What stays and what goes when somebody else comes to the till, and when a scan comes while something is half done.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { Shown } from '../shared/wire/till';
import { Counter } from './counter.svelte';
import { FakeBridge } from './fake';
import { OPERATORS } from './fake-books';

const code = '112345678906058726934226722';
let keydown: (event: KeyboardEvent) => void = () => undefined;

beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
  vi.stubGlobal('HTMLInputElement', class {});
  vi.stubGlobal('HTMLTextAreaElement', class {});
});

async function opened(fake: string): Promise<{ counter: Counter; bridge: FakeBridge }> {
  const bridge = new FakeBridge(new URLSearchParams(`fake=${fake}`));
  const counter = new Counter(bridge);
  await counter.till.start();
  return { counter, bridge };
}

const comes = (counter: Counter, standing: number | null) => counter.till.take({ type: 'staff', operators: OPERATORS, standing });
const refused = (id: string): Shown => ({ status: 'refused', id, code: 'frozen', at: new Date().toISOString() });

/** An owner with everything open that there is. */
async function everythingOpen(): Promise<{ counter: Counter; bridge: FakeBridge }> {
  const { counter, bridge } = await opened('staffed');
  await counter.customers.choose(1);
  counter.customers.show({ name: 'card', code, credential: '1234567890' });
  counter.show('settings');
  counter.settings.choose('terminals');
  await vi.waitFor(() => expect(counter.settings.state.status).toBe('shown'));
  await counter.settings.pair('By the door');
  expect(counter.settings.sheet.name).toBe('pairing');
  counter.day.askToClose();
  counter.till.sheets.openFind();
  counter.restoring.passphrase = 'of the backup';
  return { counter, bridge };
}

describe('whoever comes next', () => {
  for (const [who, standing] of [['nobody yet', null], ['a cashier', 3]] as const) {
    it(`finds nothing open: ${who}`, async () => {
      const { counter } = await everythingOpen();
      comes(counter, standing);
      expect(counter.settings.section).toBe('till');
      expect(counter.settings.state.status).toBe('loading');
      expect([counter.settings.sheet, counter.customers.sheet, counter.day.sheet, counter.till.panel].map(({ name }) => name)).toEqual(['none', 'none', 'none', 'none']);
      expect(counter.day.view.status).toBe('loading');
      expect(counter.isCovered).toBe(false);
      expect(counter.restoring.passphrase).toBe('');
    });
  }

  it('finds the screen loaded anew for them', async () => {
    const { counter } = await everythingOpen();
    comes(counter, null);
    comes(counter, 3);
    await vi.waitFor(() => expect(counter.settings.state.status).toBe('shown'));
    expect(counter.settings.sections).not.toContain('terminals');
  });

  it('does not see what was still on its way', async () => {
    const { counter } = await opened('staffed');
    counter.show('settings');
    const pairing = counter.settings.pair('By the door');
    await counter.customers.choose(1);
    const card = counter.customers.makeCard();
    comes(counter, null);
    await Promise.all([pairing, card]);
    expect([counter.settings.sheet.name, counter.settings.state.status]).toEqual(['none', 'loading']);
    expect(counter.customers.sheet.name).toBe('none');
  });

  it('is not whoever stands here already, told once more', async () => {
    const { counter } = await everythingOpen();
    comes(counter, 1);
    expect(counter.settings.sheet.name).toBe('pairing');
  });
});

describe('a scan', () => {
  it('of a hand scanner leaves the dialog that is open', async () => {
    const { counter, bridge } = await opened('idle');
    const sent = vi.spyOn(bridge, 'typeCode');
    counter.till.sheets.openNewCustomer();
    await counter.till.give({ kind: 'text', text: code });
    expect(sent).toHaveBeenCalledOnce();
    expect(counter.till.panel.name).toBe('new_customer');
  });

  it('leaves the screen on which a customer is being made', async () => {
    const { counter } = await opened('idle');
    counter.show('customers');
    counter.till.sheets.openNewCustomer();
    counter.till.take({ type: 'result', result: refused('x') });
    expect([counter.screen, counter.till.panel.name]).toEqual(['customers', 'new_customer']);
    counter.till.closePanel();
    counter.till.take({ type: 'result', result: refused('y') });
    expect(counter.screen).toBe('till');
  });
});

describe('Alt and a number', () => {
  const press = (key: string) => keydown({ key, altKey: true, preventDefault: () => undefined } as KeyboardEvent);

  it('turn to a screen, but not away from under a dialog', async () => {
    const { counter } = await opened('idle');
    vi.stubGlobal('addEventListener', (type: string, act: typeof keydown) => void (type === 'keydown' && (keydown = act)));
    vi.useFakeTimers();
    counter.watch();
    vi.useRealTimers();
    press('2');
    expect(counter.screen).toBe('customers');
    await counter.customers.choose(1);
    counter.customers.show({ name: 'edit' });
    press('1');
    expect([counter.screen, counter.customers.sheet.name]).toEqual(['customers', 'edit']);
    counter.customers.closeSheet();
    press('1');
    expect(counter.screen).toBe('till');
  });
});
