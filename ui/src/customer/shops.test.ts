import { describe, expect, it, vi } from 'vitest';
import vectors from '../fixtures/code-vectors.json';
import { Phone, account, answers, customer, heard, joined, json, later, member, shop, shown, socket, stored, time } from './phone-stage';
import type { Phone as PhoneClass } from './phone.svelte';

describe('a phone of two shops', () => {
  const rose = { id: 2, name: 'Rose' };
  const other = vectors.find((vector) => vector.credential !== vectors[0]!.credential)!;

  /** Lotus and Rose, of which Rose is shown. */
  async function two(): Promise<PhoneClass> {
    await joined();
    answers['/api/v1/join'] = () =>
      json({ token: 't', credential: other.credential, key: other.key, customer: { id: 9, name: 'Li' }, shop: rose, epoch: 'e', seq: 0, time: time() }, 201);
    answers['/api/v1/me'] = (path) => {
      const who = path.includes(other.credential) ? { customer: { id: 9, name: 'Li' }, shop: rose } : { customer, shop };
      return json({ ...who, accounts: [account], epoch: 'e', seq: 1, time: time() });
    };
    const phone = new Phone();
    await phone.start('#join=def');
    await vi.waitFor(() => expect(member(phone).book?.seq).toBe(1));
    return phone;
  }

  it('goes on with the one when it is disconnected from the other, and says from which', async () => {
    const phone = await two();
    socket().onclose?.({ code: 4001 });
    await vi.waitFor(() => expect(member(phone)).toMatchObject({ shop: 'Lotus', aside: { what: 'disconnected', shop: 'Rose' } }));
    expect(member(phone).shops.map(({ name }) => name)).toEqual(['Lotus']);
    phone.closeAside();
    expect(member(phone).aside).toBeNull();
    await vi.waitFor(() => expect(socket().url.searchParams.get('as')).toBe(vectors[0]!.credential));
    socket().onclose?.({ code: 4001 });
    await vi.waitFor(() => expect(phone.state).toEqual({ status: 'revoked', shop: 'Lotus' }));
  });

  it('puts nothing of one shop’s past into the other’s', async () => {
    const event = { type: 'top_up', seq: 1, id: 't', shop: rose, unit: 'wash', amount: 4, balance: 10, at: time() };
    const past = later();
    answers['/api/v1/me/events'] = () => past.promise.then(() => json({ epoch: 'e', events: [event] }));
    const phone = await two();
    answers['/api/v1/me/events'] = () => json({ code: 'busy' }, 503);
    answers['/api/v1/me'] = () => json({ customer, shop, accounts: [account], epoch: 'e', seq: 3, time: time() });
    await phone.changeShop(vectors[0]!.credential);
    socket().tell({ type: 'hello', epoch: 'e', seq: 3, time: time() });
    // Something was missed: all is read, and the past is not there yet.
    socket().tell({ ...event, shop, seq: 3 });
    await vi.waitFor(() => expect(member(phone).book?.seq).toBe(3));
    past.resolve();
    await vi.advanceTimersByTimeAsync(300);
    expect(member(phone)).toMatchObject({ shop: 'Lotus', book: { history: [] } });
  });

  it('pauses and tells a recovery word where it was asked, or not at all', async () => {
    const phone = await two();
    const waits = later();
    answers['/api/v1/me/pause'] = () => waits.promise.then(() => new Response(null, { status: 204 }));
    answers['/api/v1/me/recovery'] = () => waits.promise.then(() => json({ word: 'AAAA-BBBB-CCCC' }, 201));
    const asked = [phone.setPaused(true), phone.makeRecovery()];
    await phone.changeShop(vectors[0]!.credential);
    waits.resolve();
    await Promise.all(asked);
    expect(member(phone)).toMatchObject({ shop: 'Lotus', pausing: { at: 'idle' }, recovery: { at: 'none' }, book: { paused: false } });
  });

  it.each<[string, () => Response]>([
    ['offline', () => { throw new TypeError('network'); }],
    ['busy', () => json({ code: 'busy' }, 503)],
    ['invite_expired', () => json({ code: 'invite_expired' }, 410)],
  ])('keeps its code when a link adds none: %s', async (reason, join) => {
    const phone = await joined();
    answers['/api/v1/join'] = join;
    vi.stubGlobal('location', new URL('http://shop.test/#join=def'));
    vi.stubGlobal('history', { replaceState: () => undefined });
    heard['hashchange']!();
    await vi.waitFor(() => expect(member(phone).aside).toEqual({ what: 'not_added', reason }));
    await vi.waitFor(() => expect(shown(phone).digits).toMatch(/^1123456789/));
    expect(stored.has('tillbeam.invite')).toBe(reason !== 'invite_expired');
  });

  it('keeps its code while a network says nothing', async () => {
    const phone = await joined();
    answers['/api/v1/join'] = () => new Promise<Response>(() => undefined);
    vi.stubGlobal('location', new URL('http://shop.test/#join=def'));
    vi.stubGlobal('history', { replaceState: () => undefined });
    heard['hashchange']!();
    expect(phone.state.status).toBe('joining');
    await vi.advanceTimersByTimeAsync(2100);
    await vi.waitFor(() => expect(shown(phone).digits).toMatch(/^1123456789/));
  });
});
