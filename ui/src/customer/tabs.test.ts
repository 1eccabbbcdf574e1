import { describe, expect, it, vi } from 'vitest';
import vectors from '../fixtures/code-vectors.json';
import { phoneCode } from '../shared/code';
import { fromHex, signer } from './key';
import { Phone, account, answers, customer, heard, joined, json, member, shop, shown, socket, stored, time } from './phone-stage';

describe('two tabs of one browser', () => {
  const renewing = () => {
    answers['/api/v1/me'] = () => json({ customer, shop, accounts: [account], epoch: 'e', seq: 0, time: time(), renew: true });
  };
  const key = () => vectors.find((vector) => vector.key !== vectors[0]!.key)!.key;

  it('write that there is a new key only when it is another one, and none of them loads anew', async () => {
    const reload = vi.fn();
    vi.stubGlobal('location', Object.assign(new URL('http://shop.test/'), { reload }));
    renewing();
    answers['/api/v1/me/renew'] = () => json({ credential: vectors[0]!.credential, key: vectors[0]!.key, step: 1, time: time() });
    await joined();
    stored.delete('tillbeam.joined');
    const again = new Phone();
    await again.start('');
    socket().tell({ type: 'hello', epoch: 'e', seq: 0, time: time(), renew: true });
    await vi.advanceTimersByTimeAsync(300);
    expect(stored.has('tillbeam.joined')).toBe(false);
    heard['storage']!({ key: 'tillbeam.joined' });
    await vi.advanceTimersByTimeAsync(300);
    expect(reload).not.toHaveBeenCalled();
  });

  it('both show codes of the new key', async () => {
    const first = await joined();
    const tell = heard['storage']!;
    stored.delete('tillbeam.joined');
    renewing();
    answers['/api/v1/me/renew'] = () => json({ credential: vectors[0]!.credential, key: key(), step: 1, time: time() });
    const second = new Phone();
    await second.start('');
    await vi.waitFor(() => expect(stored.has('tillbeam.joined')).toBe(true));
    tell({ key: 'tillbeam.joined' });
    for (const phone of [second, first]) {
      await vi.waitFor(async () => {
        const { digits, turn } = shown(phone);
        expect(digits).toBe(await phoneCode(signer(fromHex(key())), vectors[0]!.credential, turn.step));
      });
    }
  });

  it('both know of a pause', async () => {
    answers['/api/v1/me/pause'] = () => new Response(null, { status: 204 });
    const first = await joined();
    const tell = heard['storage']!;
    const second = new Phone();
    await second.start('');
    await vi.waitFor(() => expect(member(second).book).not.toBeNull());
    await second.setPaused(true);
    tell({ key: `tillbeam.paused.${vectors[0]!.credential}` });
    expect([first, second].map((phone) => member(phone).book?.paused)).toEqual([true, true]);
  });

  it('both are the phone when they join by one link, of which the older token ends', async () => {
    const first = await joined();
    const tell = heard['storage']!;
    socket().onclose?.({ code: 4001 });
    await vi.waitFor(() => expect(first.state.status).toBe('revoked'));
    // Another shop's join changes nothing for it.
    stored.set('tillbeam.joined', '0000000042 1');
    tell({ key: 'tillbeam.joined' });
    await vi.advanceTimersByTimeAsync(300);
    expect(first.state.status).toBe('revoked');
    stored.set('tillbeam.joined', `${vectors[0]!.credential} 2`);
    tell({ key: 'tillbeam.joined' });
    await vi.waitFor(() => expect(first.state.status).toBe('member'));
    const older = socket();
    tell({ key: 'tillbeam.joined' });
    await vi.waitFor(() => expect(socket()).not.toBe(older));
    older.onclose?.({ code: 4001 });
    await vi.advanceTimersByTimeAsync(300);
    expect(first.state.status).toBe('member');
  });

  it('a stranger among them becomes the phone that the other one joined', async () => {
    const stranger = new Phone();
    await stranger.start('');
    const tell = heard['storage']!;
    await joined();
    tell({ key: 'tillbeam.joined' });
    await vi.waitFor(() => expect(stranger.state.status).toBe('member'));
  });
});
