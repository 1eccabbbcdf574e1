import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import vectors from '../fixtures/code-vectors.json';
import { phoneCode } from '../shared/code';
import { fromHex, signer } from './key';
import type { Phone as PhoneClass } from './phone.svelte';

// Only the browser is stood in for; everything of ours is the real thing.

const time = () => new Date().toISOString();
const shop = { id: 1, name: 'Lotus' };
const customer = { id: 7, name: 'Li' };
const account = { unit: 'wash', kind: 'pass', balance: 10, principal: 10, bonus: 0, expires_at: null, decimals: 0, names: { en: 'Wash', zh: '洗车' } };

class FakeSocket {
  static OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 1;
  sent: unknown[] = [];
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  constructor(readonly url: URL) {
    FakeSocket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.readyState = 3;
  }
  tell(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

let Phone: typeof PhoneClass;
let stored: Map<string, string>;
let answers: Record<string, () => Response | Promise<Response>>;

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const socket = () => FakeSocket.all.at(-1)!;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  FakeSocket.all = [];
  // What one phone keeps in memory is not another's.
  vi.resetModules();
  ({ Phone } = await import('./phone.svelte'));
  stored = new Map();
  const storage = { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => stored.set(key, value), removeItem: (key: string) => stored.delete(key) };
  answers = {
    '/api/v1/join': () => json({ token: 'secret', credential: vectors[0]!.credential, key: vectors[0]!.key, customer, shop, epoch: 'e', seq: 0, time: time() }, 201),
    '/api/v1/me': () => json({ customer, shop, accounts: [account], epoch: 'e', seq: 0, time: time() }),
  };
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('sessionStorage', storage);
  vi.stubGlobal('location', new URL('http://shop.test/'));
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => undefined });
  vi.stubGlobal('addEventListener', () => undefined);
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', async (path: string) => answers[path.split('?')[0]!]?.() ?? json({ code: 'not_found' }, 404));
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function joined(): Promise<PhoneClass> {
  const phone = new Phone();
  await phone.start('#join=abc');
  await vi.waitFor(() => expect(FakeSocket.all.length).toBeGreaterThan(0));
  socket().tell({ type: 'hello', epoch: 'e', seq: 0, time: time() });
  return phone;
}

function member(phone: PhoneClass) {
  if (phone.state.status !== 'member') throw new Error(phone.state.status);
  return phone.state;
}

describe('the phone', () => {
  it('that never joined says so', async () => {
    const phone = new Phone();
    await phone.start('');
    expect(phone.state.status).toBe('stranger');
  });

  it('joins, shows a code and its balance, and keeps no token', async () => {
    const phone = await joined();
    expect(member(phone).code?.digits).toMatch(/^1123456789\d{17}$/);
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
    const before = member(phone).code!;
    socket().tell({
      type: 'redemption', seq: 1, id: 'r', shop, unit: 'wash', kind: 'pass', decimals: 0, amount: 1, balance: 9, at: time(), mark: '47 🐳',
      credential: vectors[0]!.credential, step: before.turn.step,
    });
    expect(member(phone).view.name).toBe('result');
    expect(member(phone).book?.accounts[0]?.balance).toBe(9);
    await vi.waitFor(() => expect(socket().sent).toContainEqual({ seen: 1 }));
    await vi.waitFor(() => expect(member(phone).code!.turn.step).toBeGreaterThan(before.turn.step));
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
    const byOld = await phoneCode(signer(fromHex(vectors[0]!.key)), vectors[0]!.credential, member(phone).code!.turn.step);
    expect(asked).toBe(1);
    await vi.waitFor(() => expect(member(phone).code?.digits).not.toBe(byOld));
    const { digits, turn } = member(phone).code!;
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
    const { digits, turn } = member(phone).code!;
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
    expect(phone.state).toEqual({ status: 'revoked', shop: 'Lotus' });
  });
});
