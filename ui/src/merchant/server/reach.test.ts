//! The way to a server on another computer, as the page goes it.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Counter } from '../counter.svelte';
import { FakeBridge } from '../fake';

beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en-GB'], language: 'en-GB' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
});

async function opened(query: string) {
  const bridge = new FakeBridge(new URLSearchParams(query));
  const counter = new Counter(bridge);
  await counter.till.start();
  return { counter, bridge, reach: counter.reach };
}

describe('a server on another computer', () => {
  it('is looked for as it was typed, and what is wrong has its name', async () => {
    const { bridge, reach } = await opened('fake=first');
    const test = vi.spyOn(bridge, 'testServer');
    await reach.test();
    expect(test).not.toHaveBeenCalled();
    Object.assign(reach, { address: ' other ', code: ' 7KQ2-M9XD-4RTB ' });
    await reach.test();
    expect(test).toHaveBeenCalledWith('other', '7KQ2-M9XD-4RTB');
    expect(reach.state).toEqual({ status: 'failed', reason: 'server_other' });
    reach.address = '192.168.1.5';
    await reach.test();
    expect(reach.state).toMatchObject({ status: 'found', found: { pinned: true } });
  });

  it('is paired once, and the till opens there; a code that is too old opens nothing', async () => {
    const { counter, bridge, reach } = await opened('fake=first');
    counter.first.reachServer('192.168.1.5');
    expect([counter.first.step, reach.address]).toEqual(['server', '192.168.1.5']);
    const begin = vi.spyOn(bridge, 'begin');
    reach.code = '7KQ2-M9XD-4RTX';
    await reach.connect();
    expect(reach.state).toEqual({ status: 'failed', reason: 'pairing_expired' });
    expect(counter.till.state.status).toBe('first');
    reach.code = '7KQ2-M9XD-4RTB';
    await Promise.all([reach.connect(), reach.connect()]);
    expect(begin).toHaveBeenCalledTimes(2);
    expect(begin).toHaveBeenLastCalledWith({ kind: 'pair', address: '192.168.1.5', code: '7KQ2-M9XD-4RTB' }, false);
    expect([counter.till.state.status, reach.code]).toEqual(['open', '']);
  });

  it('that is off does not keep the till from opening', async () => {
    const { counter } = await opened('fake=first');
    counter.till.take({ type: 'link', state: 'connecting' });
    expect(counter.till.state.status).toBe('first');
    counter.till.take({ type: 'link', state: 'offline' });
    expect([counter.till.state.status, counter.till.desk.shop]).toEqual(['open', null]);
  });
});

describe('a till', () => {
  it('is not left while something is in doubt, unless all the same', async () => {
    const { counter } = await opened('fake=doubt');
    await counter.till.leave();
    expect([counter.till.state.status, counter.till.notLeft]).toEqual(['open', 'unsettled']);
    await counter.till.leave(true);
    expect(counter.till.state.status).toBe('first');
  });
});
