//! What customers see, and for how long.

import { describe, expect, it, vi } from 'vitest';
import type { Display, DisplayResult } from '../shared/wire/till';
import { refusedTodo, sayDisplay } from './say';
import { Screen, SHOWN_MS } from './screen.svelte';

const NOW = Date.parse('2026-11-22T14:03:22Z');
const shop = { name: 'Lotus', time_zone: 'Asia/Shanghai', language: 'en', practice: false, units: [] } as const;
const taken: DisplayResult = { status: 'recorded', unit: 'wash', amount: 1, balance: 9, mark: '47 🐳', at: '2026-11-22T14:03:22Z', repeated: false, given_back: false };

function display(change: Partial<Display> = {}): Display {
  return { shop: { ...shop, units: [] }, takes: { unit: 'wash', amount: 1 }, join: null, result: { status: 'idle' }, ...change };
}

function told(...displays: Display[]): Screen {
  const screen = new Screen(null);
  for (const one of displays) screen.take(one, NOW);
  return screen;
}

describe('the customers’ window', () => {
  it('shows the amount before, the result after, and the amount again', () => {
    const screen = told(display());
    expect(screen.shows.what).toBe('amount');
    screen.take(display({ result: taken }), NOW);
    expect(screen.shows).toEqual({ what: 'result', result: taken });
    screen.nowMs = NOW + SHOWN_MS;
    expect(screen.shows.what).toBe('amount');
    screen.take(display({ result: taken, takes: { unit: 'wash', amount: 2 } }), NOW + SHOWN_MS + 1);
    expect(screen.shows.what, 'the same result, told again, is old').toBe('amount');
    screen.take(display({ result: { ...taken, given_back: true } }), NOW + SHOWN_MS + 2);
    expect(screen.shows.what, 'what is given back is news').toBe('result');
  });

  it('shows nobody the result that was there before it was opened', () => {
    expect(told(display({ result: taken })).shows.what).toBe('amount');
  });

  it('shows checking for as long as it lasts', () => {
    const screen = told(display(), display({ result: { status: 'checking' } }));
    screen.nowMs = NOW + 10 * SHOWN_MS;
    expect(screen.shows.what).toBe('result');
  });

  it('shows a join code while it holds, behind what is happening', () => {
    const join = { url: 'http://till/#join=a', expires_at: new Date(NOW + 60_000).toISOString() };
    const screen = told(display(), display({ join }));
    expect(screen.shows).toEqual({ what: 'join', join, leftMs: 60_000 });
    screen.take(display({ join, result: taken }), NOW);
    expect(screen.shows.what).toBe('result');
    screen.nowMs = NOW + 61_000;
    expect(screen.shows.what).toBe('amount');
  });

  it('asks nobody for a code that would not be taken', () => {
    expect(told(display({ takes: null })).shows.what).toBe('closed');
    expect(told(display({ shop: null, result: taken })).shows.what).toBe('closed');
  });

  it('follows its source', async () => {
    vi.useFakeTimers();
    let tell: (display: Display) => void = () => undefined;
    const screen = new Screen({ watch: async (onChange) => void (tell = onChange), fillScreen: async () => undefined });
    await screen.start();
    expect(screen.shows.what).toBe('closed');
    tell(display());
    expect(screen.shows.what).toBe('amount');
    vi.useRealTimers();
  });

  it('tells the line no reason', () => {
    const say = sayDisplay('en');
    for (const code of ['frozen', 'insufficient_balance', 'limit_exceeded', 'credential_revoked']) expect(refusedTodo(say, code)).toBe(say.refusedText);
    expect(refusedTodo(say, 'code_expired')).toBe(say.again);
    expect(refusedTodo(say, 'pin_required')).toBe(say.pin);
  });
});
