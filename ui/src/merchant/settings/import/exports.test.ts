import { describe, expect, it, vi } from 'vitest';
import { Refused } from '../../bridge';
import { FakeBridge } from '../../fake';
import { Exports } from './exports.svelte';

describe('taking out', () => {
  it('asks for the customers as a table and for the shop as a whole, and says where each is', async () => {
    const bridge = new FakeBridge(new URLSearchParams());
    const save = vi.spyOn(bridge, 'save');
    const exports = new Exports(bridge);
    await exports.customers();
    expect(save).toHaveBeenLastCalledWith('GET /exports/customers', { query: { format: 'csv' } }, expect.stringMatching(/^customers-\d{4}-\d{2}-\d{2}\.csv$/));
    expect(exports.state).toMatchObject({ status: 'saved', path: expect.stringContaining('.csv') });
    await exports.shop();
    expect(save).toHaveBeenLastCalledWith('GET /exports/shop', {}, expect.stringMatching(/^shop-.*\.json$/));
  });

  it('says why there is no file, and is asked once at a time', async () => {
    const bridge = new FakeBridge(new URLSearchParams());
    const save = vi.spyOn(bridge, 'save').mockRejectedValue(new Refused('not_saved'));
    const exports = new Exports(bridge);
    await Promise.all([exports.shop(), exports.shop()]);
    expect(save).toHaveBeenCalledTimes(1);
    expect(exports.state).toEqual({ status: 'failed', reason: 'not_saved' });
  });
});
