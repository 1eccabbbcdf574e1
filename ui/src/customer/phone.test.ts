import { describe, expect, it, vi } from 'vitest';
import vectors from '../fixtures/code-vectors.json';
import { phoneCode } from '../shared/code';
import { fromHex, signer } from './key';
import { FakeSocket, Phone, account, answers, customer, heard, joined, json, member, shop, shown, socket, stored, time } from './phone-stage';

describe('the phone', () => {
  it('that never joined says so', async () => {
    const phone = new Phone();
    await phone.start('');
    expect(phone.state.status).toBe('stranger');
  });

  it('joins, shows a code and its balance, and keeps no token', async () => {
    const phone = await joined();
    expect(shown(phone).digits).toMatch(/^1123456789\d{17}$/);
    expect(member(phone).book?.accounts[0]?.balance).toBe(10);
    expect(member(phone).link).toBe('online');
    expect([...stored.values()].join()).not.toContain('secret');
    expect(stored.has('tillbeam.invite')).toBe(false);
  });

  it('with an old link says so, and offers no second try', async () => {
    answers['/api/v1/join'] = () => json({ code: 'invite_expired' }, 410);
    const phone = new Phone();
    await phone.start('#join=abc');
    expect(phone.state).toEqual({ status: 'join_failed', reason: 'invite_expired' });
    expect(stored.has('tillbeam.invite')).toBe(false);
  });

  it('that has joined long ago goes on as it was when an old link is opened', async () => {
    await joined();
    answers['/api/v1/join'] = () => json({ code: 'invite_expired' }, 410);
    const again = new Phone();
    await again.start('#join=abc');
    expect(again.state.status).toBe('member');
  });

  it('without a network keeps the invitation for another try', async () => {
    const join = answers['/api/v1/join']!;
    answers['/api/v1/join'] = () => {
      throw new TypeError('network');
    };
    const phone = new Phone();
    await phone.start('#join=abc');
    expect(phone.state).toEqual({ status: 'join_failed', reason: 'offline' });
    answers['/api/v1/join'] = join;
    await phone.retryJoin();
    expect(phone.state.status).toBe('member');
  });

  it('shows a result, moves the balance, acks it as seen and draws a new code at once', async () => {
    const phone = await joined();
    const before = shown(phone);
    socket().tell({
      type: 'redemption', seq: 1, id: 'r', shop, unit: 'wash', kind: 'pass', decimals: 0, amount: 1, balance: 9, at: time(), mark: '47 🐳',
      credential: vectors[0]!.credential, step: before.turn.step,
    });
    expect(member(phone).view.name).toBe('result');
    expect(member(phone).book?.accounts[0]?.balance).toBe(9);
    await vi.waitFor(() => expect(socket().sent).toContainEqual({ seen: 1 }));
    await vi.waitFor(() => expect(shown(phone).turn.step).toBeGreaterThan(before.turn.step));
    phone.show('code');
    expect(member(phone).view.name).toBe('code');
  });

  it('only tells in the history what happened long ago', async () => {
    const phone = await joined();
    socket().tell({ type: 'redemption', seq: 1, id: 'r', unit: 'wash', amount: 1, balance: 9, at: '2020-01-01T00:00:00.000Z' });
    expect(member(phone).view.name).toBe('code');
    expect(member(phone).book?.history).toHaveLength(1);
  });

  it('takes the current key when the server has a new one, asks once, and shows codes of it', async () => {
    const other = vectors.find((vector) => vector.key !== vectors[0]!.key)!;
    let asked = 0;
    answers['/api/v1/me'] = () => json({ customer, shop, accounts: [account], epoch: 'e', seq: 0, time: time(), renew: true });
    answers['/api/v1/me/renew'] = () => {
      asked += 1;
      return json({ credential: vectors[0]!.credential, key: other.key, step: 1, time: time() });
    };
    const phone = await joined();
    await vi.waitFor(() => shown(phone));
    const byOld = await phoneCode(signer(fromHex(vectors[0]!.key)), vectors[0]!.credential, shown(phone).turn.step);
    expect(asked).toBe(1);
    await vi.waitFor(() => expect(shown(phone).digits).not.toBe(byOld));
    const { digits, turn } = shown(phone);
    expect(digits).toBe(await phoneCode(signer(fromHex(other.key)), vectors[0]!.credential, turn.step));
    answers['/api/v1/me/events'] = () => json({ epoch: 'e', events: [], renew: true });
    await vi.advanceTimersByTimeAsync(31_000);
    expect(asked).toBe(1);
  });

  it('goes on by its old key when the answer is lost', async () => {
    answers['/api/v1/me'] = () => json({ customer, shop, accounts: [account], epoch: 'e', seq: 0, time: time(), renew: true });
    answers['/api/v1/me/renew'] = () => {
      throw new TypeError('network');
    };
    const phone = await joined();
    const { digits, turn } = shown(phone);
    expect(digits).toBe(await phoneCode(signer(fromHex(vectors[0]!.key)), vectors[0]!.credential, turn.step));
  });

  it('asks what a new account is called', async () => {
    const phone = await joined();
    const wax = { ...account, unit: 'wax', balance: 3, names: { en: 'Wax', zh: '打蜡' } };
    answers['/api/v1/me'] = () => json({ customer, shop, accounts: [account, wax], epoch: 'e', seq: 1, time: time() });
    socket().tell({ type: 'top_up', seq: 1, id: 't', shop, unit: 'wax', kind: 'pass', decimals: 0, amount: 3, balance: 3, at: time() });
    expect(member(phone).book?.accounts[1]).toMatchObject({ unit: 'wax', balance: 3 });
    await vi.waitFor(() => expect(member(phone).book?.accounts[1]?.names).toEqual({ en: 'Wax', zh: '打蜡' }));
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('whose socket was one too many is not offline', async () => {
    const phone = await joined();
    const event = { type: 'redemption', seq: 1, id: 'r', unit: 'wash', amount: 1, balance: 9, at: time() };
    const polls = [json({ epoch: 'e', events: [event] })];
    // The second one waits, as a long poll does.
    answers['/api/v1/me/events'] = () => polls.shift() ?? new Promise<Response>(() => undefined);
    socket().onclose?.({ code: 4009 });
    await vi.waitFor(() => expect(member(phone).book?.accounts[0]?.balance).toBe(9));
    expect(member(phone).link).toBe('online');
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('that was revoked says so', async () => {
    const phone = await joined();
    socket().onclose?.({ code: 4001 });
    await vi.waitFor(() => expect(phone.state).toEqual({ status: 'revoked', shop: 'Lotus' }));
  });

  it.each(['<html>', '[]', '{"accounts":"all"}', 'null'])('takes nothing from a server that answers %s, and asks again', async (rubbish) => {
    const good = answers['/api/v1/me']!;
    answers['/api/v1/me'] = () => new Response(rubbish);
    const phone = new Phone();
    await phone.start('#join=abc');
    await vi.advanceTimersByTimeAsync(100);
    expect(member(phone).book).toBeNull();
    expect(shown(phone).digits).toMatch(/^\d{27}$/);
    answers['/api/v1/me'] = good;
    await vi.advanceTimersByTimeAsync(3000);
    expect(member(phone).book?.accounts[0]?.balance).toBe(10);
  });

  it('takes no part of a message that cannot be right, and reads everything anew after it', async () => {
    const phone = await joined();
    answers['/api/v1/me'] = () => json({ customer, shop, accounts: [{ ...account, balance: 7, principal: 7 }], epoch: 'e', seq: 1, time: time() });
    socket().tell({ type: 'redemption', seq: 1, id: 'r', unit: 'wash', amount: 1, balance: 'nine', at: time() });
    expect(member(phone)).toMatchObject({ link: 'connecting', newer: true, book: { accounts: [{ balance: 10 }] } });
    await vi.waitFor(() => expect(member(phone).book).toMatchObject({ seq: 1, accounts: [{ balance: 7 }] }));
  });

  it('goes on polling past an event that it cannot read', async () => {
    const phone = await joined();
    const gift = { type: 'gift', seq: 1, id: 'g', unit: 'stars', kind: 'points', amount: 1, balance: 1, at: time() };
    const polls = [json({ epoch: 'e', events: [gift] })];
    answers['/api/v1/me/events'] = () => polls.shift() ?? new Promise<Response>(() => undefined);
    const stars = { ...account, unit: 'stars', kind: 'points', balance: 1 };
    answers['/api/v1/me'] = () => json({ customer, shop, accounts: [stars, account], epoch: 'e', seq: 1, time: time() });
    socket().onclose?.({ code: 4009 });
    await vi.waitFor(() => expect(member(phone)).toMatchObject({ newer: true, link: 'online', book: { seq: 1 } }));
    expect(member(phone).book?.accounts).toEqual([account]);
  });

  /** So much later, by both of the phone's clocks. */
  const by = (ms: number) => {
    const [now, steady] = [Date.now(), performance.now()];
    vi.spyOn(Date, 'now').mockImplementation(() => now + ms);
    vi.spyOn(performance, 'now').mockImplementation(() => steady + ms);
  };
  const halfAMinuteLater = () => by(31_000);

  it('asks beside a silent socket soon while a code is on the screen, and seldom else', async () => {
    const asked = vi.fn(() => json({ epoch: 'e', events: [] }));
    answers['/api/v1/me/events'] = asked;
    const phone = await joined();
    const counts = async () => (await vi.advanceTimersByTimeAsync(300), asked.mock.calls.length);
    by(4_000);
    expect(await counts()).toBe(0);
    vi.restoreAllMocks();
    by(6_000);
    expect(await counts()).toBe(1);
    vi.restoreAllMocks();
    phone.show('more');
    by(6_000 + 20_000);
    expect(await counts()).toBe(1);
    vi.restoreAllMocks();
    by(6_000 + 32_000);
    expect(await counts()).toBe(2);
    vi.restoreAllMocks();
  });

  it.each<[string, () => Response]>([
    ['503', () => json({ code: 'busy' }, 503)],
    ['500', () => json({ code: 'internal' }, 500)],
    ['429', () => json({ code: 'too_many_attempts' }, 429)],
    ['rubbish', () => json({})],
    ['a page', () => new Response('<html>')],
    ['of other books', () => json({ epoch: 'other', events: [], reset: true })],
  ])('does not take its balance for today’s when a silent socket is checked and the answer is %s', async (_, answer) => {
    const phone = await joined();
    const { asOfMs } = member(phone).book!;
    answers['/api/v1/me'] = () => json({ code: 'busy' }, 503);
    answers['/api/v1/me/events'] = answer;
    halfAMinuteLater();
    await vi.advanceTimersByTimeAsync(300);
    await vi.waitFor(() => expect(member(phone).link).not.toBe('online'));
    expect(member(phone).book?.asOfMs).toBeLessThan(asOfMs + 1000);
    vi.restoreAllMocks();
  });

  it('replaces a silent socket that kept something back, and acks by the new one', async () => {
    const phone = await joined();
    const event = { type: 'redemption', seq: 1, id: 'r', unit: 'wash', amount: 1, balance: 9, at: time() };
    answers['/api/v1/me/events'] = () => json({ epoch: 'e', events: [event] });
    const dead = socket();
    halfAMinuteLater();
    await vi.advanceTimersByTimeAsync(300);
    await vi.waitFor(() => expect(FakeSocket.all).toHaveLength(2));
    expect(member(phone).book?.accounts[0]?.balance).toBe(9);
    socket().tell({ type: 'hello', epoch: 'e', seq: 1, time: time() });
    expect(member(phone).link).toBe('online');
    await vi.waitFor(() => expect(socket().sent).toContainEqual({ seen: 1 }));
    expect(dead.sent).not.toContainEqual({ seen: 1 });
    vi.restoreAllMocks();
  });

  it('is still a stranger after a moment without a network, also while typing a recovery word', async () => {
    const phone = new Phone();
    await phone.start('');
    heard['offline']!();
    await vi.advanceTimersByTimeAsync(2000);
    expect(phone.state.status).toBe('stranger');
    phone.startRecovery();
    heard['offline']!();
    await vi.advanceTimersByTimeAsync(2000);
    expect(phone.state).toEqual({ status: 'recovering', step: { at: 'typing' } });
  });

  it('says that it is too old for what a later server tells, and keeps its balance right', async () => {
    const phone = await joined();
    socket().tell({ type: 'weather', sunny: true });
    expect(member(phone)).toMatchObject({ newer: true, view: { name: 'code' } });
    socket().tell({ type: 'gift', seq: 1, id: 'g', shop, unit: 'wash', kind: 'pass', decimals: 0, amount: 1, balance: 11, at: time() });
    expect(member(phone).book).toMatchObject({ seq: 1, accounts: [{ balance: 11 }] });
    expect(member(phone).view.name).toBe('code');
  });

  it('moves on after a code was used also where the browser keeps nothing', async () => {
    const forbidden = () => {
      throw new DOMException('no', 'SecurityError');
    };
    vi.stubGlobal('localStorage', { getItem: forbidden, setItem: forbidden, removeItem: forbidden });
    const phone = await joined();
    await vi.waitFor(() => shown(phone));
    const { step } = shown(phone).turn;
    socket().tell({ type: 'redemption', seq: 1, id: 'r', shop, unit: 'wash', amount: 1, balance: 9, at: time(), credential: vectors[0]!.credential, step });
    await vi.waitFor(() => expect(shown(phone).turn.step).toBe(step + 1));
    expect(phone.lacks).toContain('storage');
  });

  it('hides its code when nobody touched it for two minutes, and shows a new one at a touch', async () => {
    const phone = await joined();
    await vi.waitFor(() => shown(phone));
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + 2 * 60_000 + 500);
    await vi.advanceTimersByTimeAsync(250);
    expect(member(phone).code).toEqual({ at: 'hidden' });
    phone.touch();
    await vi.waitFor(() => shown(phone));
    vi.restoreAllMocks();
  });

  it('whose storage was wiped goes on with a new credential', async () => {
    const other = vectors.find(({ credential }) => credential !== vectors[0]!.credential)!;
    const { credential, key } = other;
    answers['/api/v1/me/rejoin'] = () => json({ phones: [{ token: 't', credential, key, customer, shop, epoch: 'e', seq: 0, time: time() }] }, 201);
    const phone = new Phone();
    await phone.start('');
    expect(member(phone)).toMatchObject({ credential, shop: 'Lotus' });
  });

  it('with a second shop lists both and speaks as the one that is shown', async () => {
    const phone = await joined();
    const { credential, key } = vectors.find((vector) => vector.credential !== vectors[0]!.credential)!;
    const second = { id: 2, name: 'Rose' };
    answers['/api/v1/join'] = () => json({ token: 't', credential, key, customer: { id: 9, name: 'Li' }, shop: second, epoch: 'e', seq: 0, time: time() }, 201);
    const again = new Phone();
    await again.start('#join=def');
    expect(member(again).shops.map(({ name }) => name)).toEqual(['Lotus', 'Rose']);
    await vi.waitFor(() => expect(socket().url.searchParams.get('as')).toBe(credential));
    await again.changeShop(vectors[0]!.credential);
    expect(member(again)).toMatchObject({ shop: 'Lotus', credential: vectors[0]!.credential });
    await vi.waitFor(() => expect(socket().url.searchParams.get('as')).toBe(vectors[0]!.credential));
    expect(member(phone).shops).toHaveLength(1);
  });
});
