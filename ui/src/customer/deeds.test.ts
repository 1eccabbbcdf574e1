import { describe, expect, it, vi } from 'vitest';
import { Phone, account, answers, customer, joined, json, later, member, shop, socket, time } from './phone-stage';

describe('a pause', () => {
  it('is not undone by an answer that was asked for before it', async () => {
    const phone = await joined();
    const waits = later();
    let paused = false;
    answers['/api/v1/me'] = () => {
      const body = { customer, shop, accounts: [account], epoch: 'e', seq: 1, time: time(), ...(paused ? { paused } : {}) };
      return waits.promise.then(() => json(body));
    };
    answers['/api/v1/me/pause'] = () => {
      paused = true;
      return new Response(null, { status: 204 });
    };
    const wax = { type: 'top_up', seq: 1, id: 't', shop, unit: 'wax', kind: 'pass', decimals: 0, amount: 3, balance: 3, at: time() };
    // A new account: its name is asked for.
    socket().tell(wax);
    await phone.setPaused(true);
    waits.resolve();
    await vi.waitFor(() => expect(member(phone).book?.unsure).toBe(false));
    expect(member(phone).book?.paused).toBe(true);
  });
});

describe('a browser that takes no cookies', () => {
  it('says so before the link is used', async () => {
    let asked = 0;
    const join = answers['/api/v1/join']!;
    answers['/api/v1/join'] = () => {
      asked += 1;
      return join('');
    };
    const { document: taking } = globalThis;
    vi.stubGlobal('document', { ...taking, get cookie() { return ''; }, set cookie(_) {} });
    const phone = new Phone();
    await phone.start('#join=abc');
    expect(phone.state).toEqual({ status: 'join_failed', reason: 'no_cookies' });
    expect(asked).toBe(0);
    vi.stubGlobal('document', taking);
    await phone.retryJoin();
    expect(phone.state.status).toBe('member');
  });
});
