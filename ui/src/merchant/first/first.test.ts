//! The first start, and leaving a shop for another.

import { beforeAll, describe, expect, it, vi } from 'vitest';
import { Counter } from '../counter.svelte';
import { FakeBridge } from '../fake';
import { currencies, likelyCurrency } from './currency';

beforeAll(() => {
  vi.stubGlobal('navigator', { languages: ['en-GB'], language: 'en-GB' });
  vi.stubGlobal('requestAnimationFrame', () => 0);
});

async function opened(query: string): Promise<{ counter: Counter; bridge: FakeBridge }> {
  const bridge = new FakeBridge(new URLSearchParams(query));
  const counter = new Counter(bridge);
  await counter.till.start();
  return { counter, bridge };
}

describe('the first start', () => {
  it('asks five things at most, and ends on the till with a join code for the owner’s own phone', async () => {
    const { counter, bridge } = await opened('fake=first');
    const { first, till } = counter;
    const begin = vi.spyOn(bridge, 'begin');
    expect(till.state).toEqual({ status: 'first', shops: [], remote: null, failed: null });
    first.setLanguage('zh');
    first.setUp();
    expect(first.answers).toMatchObject({ currency: 'CNY', pass: '洗车' });
    await first.next();
    expect(first.step).toBe('shop');
    first.answers.name = ' 莲花洗车 ';
    await first.next();
    first.answers.money = false;
    await first.next();
    first.answers.pin = '12';
    await first.next();
    expect(begin).not.toHaveBeenCalled();
    first.answers.pin = '2468';
    await first.next();
    expect(begin).toHaveBeenCalledWith({ kind: 'new', language: 'zh', name: '莲花洗车', currency: 'CNY', pass: '洗车', money: false, owner: { name: '店主', pin: '2468' }, customer: '我的手机' }, false);
    expect(till.state.status).toBe('open');
    expect(till.join.open?.customer.name).toBe('我的手机');
    expect(first.answers.pin).toBe('');
  });

  it('needs something that is sold, and no PIN', async () => {
    const { counter, bridge } = await opened('fake=first');
    const { first } = counter;
    first.setUp();
    first.answers.name = 'Lotus';
    await first.next();
    Object.assign(first.answers, { visits: false, money: false });
    expect(first.ready).toBe(false);
    Object.assign(first.answers, { visits: true, pass: ' ' });
    expect(first.ready).toBe(false);
    first.answers.pass = 'Wash';
    await first.next();
    const begin = vi.spyOn(bridge, 'begin');
    await first.next();
    expect(begin.mock.calls[0]?.[0]).toMatchObject({ currency: 'GBP', owner: null, pass: 'Wash', money: false });
  });

  it('says why the shop could not be opened, and keeps the answers', async () => {
    const { counter } = await opened('fake=first_failed');
    const { first } = counter;
    first.setUp();
    first.answers.name = 'Lotus';
    for (let step = 0; step < 3; step += 1) await first.next();
    expect(first.work).toEqual({ status: 'failed', reason: 'name_taken' });
    first.back();
    first.back();
    expect([first.step, first.answers.name, first.work.status]).toEqual(['shop', 'Lotus', 'rest']);
  });

  it('opens the practice shop or one that is there, and asks again when a shop is left', async () => {
    const { counter, bridge } = await opened('fake=first_known');
    expect(counter.first.shops).toHaveLength(1);
    const begin = vi.spyOn(bridge, 'begin');
    await counter.first.openShop(2);
    expect(begin).toHaveBeenCalledWith({ kind: 'shop', id: 2 }, false);
    counter.show('settings');
    await counter.till.leave();
    expect(counter.till.state.status).toBe('first');
    await counter.first.practise();
    expect(counter.screen).toBe('till');
    expect(counter.till.desk.shop?.practice).toBe(true);
  });

  it('takes no word of a till that was left', async () => {
    const { counter, bridge } = await opened('fake=idle');
    let late: Parameters<typeof bridge.open>[0] = () => undefined;
    vi.spyOn(bridge, 'open').mockImplementationOnce(async (onEvent) => {
      late = onEvent;
      return null;
    });
    await counter.till.start();
    await counter.till.leave();
    late({ type: 'online', customers: 99 });
    expect(counter.till.desk.online).not.toBe(99);
  });
});

describe('a second copy', () => {
  it('says that another is open', async () => {
    const { counter } = await opened('fake=first_twice');
    expect(counter.first.failed).toBe('already_open');
    counter.first.setUp();
    expect(counter.first.failed).toBeNull();
  });
});

describe('a currency', () => {
  it('is the likeliest of the region that the browser names', () => {
    expect(likelyCurrency(['en-GB', 'en'], 'en')).toBe('GBP');
    expect(likelyCurrency(['zh-CN'], 'en')).toBe('CNY');
    expect(likelyCurrency(['zh-TW', 'en-US'], 'zh')).toBe('TWD');
    expect(likelyCurrency(['en-US'], 'zh')).toBe('CNY');
    expect(likelyCurrency(['en', 'xx-ZZ'], 'en')).toBe('USD');
  });

  it('has a name in each language', () => {
    expect(currencies('zh').find(({ code }) => code === 'CNY')?.name).toBe('人民币');
    expect(currencies('en').find(({ code }) => code === 'GBP')?.name).toBe('British Pound');
  });
});
