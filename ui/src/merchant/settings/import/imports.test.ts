//! Bringing customers in: tried first, then all of it, once.

import { describe, expect, it, vi } from 'vitest';
import { Refused } from '../../bridge';
import { FakeBridge } from '../../fake';
import { FILE_BYTES, Imports } from './imports.svelte';

function imports(fake: string) {
  const bridge = new FakeBridge(new URLSearchParams(`fake=${fake}`));
  return { imports: new Imports(bridge), call: vi.spyOn(bridge, 'importCustomers') };
}

const file = new File(['name\nLi\n'], 'customers.csv');

describe('a file of customers', () => {
  it('is tried, and brought in under the same id only when somebody says so', async () => {
    const { imports: screen, call } = imports('idle');
    await screen.choose(file);
    expect(screen.state).toMatchObject({ status: 'would', file: 'customers.csv', what: { customers: 1280 } });
    const [bytes, id, dryRun] = call.mock.calls[0] ?? [];
    expect([new TextDecoder().decode(bytes), dryRun]).toEqual(['name\nLi\n', true]);
    await Promise.all([screen.bring(), screen.bring()]);
    expect(call).toHaveBeenCalledTimes(2);
    expect(call.mock.calls[1]?.slice(1)).toEqual([id, false]);
    expect(screen.state.status).toBe('done');
    await screen.bring();
    expect(call).toHaveBeenCalledTimes(2);
  });

  it('with wrong cells brings nobody in', async () => {
    const { imports: screen, call } = imports('import_wrong');
    await screen.choose(file);
    expect(screen.state).toMatchObject({ status: 'wrong', cells: { wrong_count: 41 } });
    await screen.bring();
    expect(call).toHaveBeenCalledTimes(1);
  });

  it('whose answer was lost is sent once more under its id', async () => {
    const { imports: screen, call } = imports('import_lost');
    await screen.choose(file);
    await screen.bring();
    expect(screen.state).toMatchObject({ status: 'failed', reason: 'offline', what: { customers: 1280 } });
    call.mockResolvedValueOnce({ status: 'done', encoding: 'utf-8', ignored: [], customers: 1280, opened: [] });
    await screen.bring();
    expect(screen.state.status).toBe('done');
    expect(new Set(call.mock.calls.map(([, id]) => id)).size).toBe(1);
  });

  it('that is too large, or that nobody took, is not begun again by itself', async () => {
    const { imports: screen, call } = imports('idle');
    const large = new File([], 'large.csv');
    Object.defineProperty(large, 'size', { value: FILE_BYTES + 1 });
    await screen.choose(large);
    expect(screen.state).toMatchObject({ status: 'failed', reason: 'too_large' });
    expect(call).not.toHaveBeenCalled();
    call.mockRejectedValueOnce(new Refused('offline'));
    await screen.choose(file);
    await screen.bring();
    expect([call.mock.calls.length, screen.state]).toMatchObject([1, { status: 'failed', what: null }]);
  });
});
