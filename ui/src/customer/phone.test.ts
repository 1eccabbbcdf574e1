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
/** What the page listens to. */
let heard: Record<string, (event?: unknown) => void>;
let stored: Map<string, string>;
let answers: Record<string, (path: string) => Response | Promise<Response>>;

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const socket = () => FakeSocket.all.at(-1)!;

function later(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

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
    '/api/v1/me/rejoin': () => json({ code: 'token_invalid' }, 401),
    '/api/v1/me': () => json({ customer, shop, accounts: [account], epoch: 'e', seq: 0, time: time() }),
  };
  vi.stubGlobal('navigator', { languages: ['en'], language: 'en' });
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('sessionStorage', storage);
  vi.stubGlobal('location', new URL('http://shop.test/'));
  vi.stubGlobal('document', { visibilityState: 'visible', addEventListener: () => undefined });
  heard = {};
  vi.stubGlobal('addEventListener', (name: string, listener: (event?: unknown) => void) => void (heard[name] = listener));
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('fetch', async (path: string) => answers[path.split('?')[0]!]?.(path) ?? json({ code: 'not_found' }, 404));
  // The first one loads all of the page's modules, on a machine that may be busy.
}, 60_000);

afterEach(async () => {
  // What a phone still asks for is answered before its browser goes.
  await new Promise((done) => setImmediate(done));
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

function shown(phone: PhoneClass) {
  const { code } = member(phone);
  if (code.at !== 'shown') throw new Error(code.at);
  return code;
}

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
