import { describe, expect, it } from 'vitest';
import { isKnownType, readEvent, readJoined, readMe, readMessage, readPolled, readRejoined, readRenewed } from './heard';

const time = '2026-11-22T06:03:22.123Z';
const event = { type: 'redemption', seq: 1, id: 'r', unit: 'wash', amount: 1, balance: 9, at: time };
/** All that is left of it when something in it makes no sense. */
const unread = { type: 'redemption', seq: 1, id: 'r', at: time, unread: true };
const account = { unit: 'wash', kind: 'pass', balance: 9, principal: 9, bonus: 0, expires_at: null };
const me = { customer: { id: 1, name: 'Li' }, shop: { id: 1, name: 'Lotus' }, accounts: [account], epoch: 'e', seq: 1, time };
const joined = { credential: '0123456789', key: 'ab'.repeat(32), customer: me.customer, shop: me.shop, time };

const RUBBISH = [undefined, null, 0, 'x', [], {}, { type: 3 }, { accounts: 'all' }, { events: [{}], epoch: 'e' }];

describe('what the server said', () => {
  it('is nothing when it is rubbish', () => {
    for (const read of [readEvent, readMe, readPolled, readJoined, readRejoined, readRenewed, readMessage]) {
      for (const rubbish of RUBBISH) expect(read(rubbish)).toBeNull();
    }
    for (const text of ['', '{', '[]', '{"type":"hello"}', '{"type":"redemption","seq":"1"}']) expect(readMessage(text)).toBeNull();
  });

  it('is nothing when one number in it cannot be right', () => {
    for (const wrong of [-1, 1.5, 2 ** 60, '9', Number.NaN]) {
      expect(readEvent({ ...event, balance: wrong })).toEqual(unread);
      expect(readMe({ ...me, accounts: [{ ...account, balance: wrong }] })).toBeNull();
    }
    expect(readEvent({ ...event, seq: 0 })).toBeNull();
    expect(readJoined({ ...joined, key: 'short' })).toBeNull();
  });

  it('is still an event, without its content, when it has a number and makes no sense', () => {
    expect(readEvent({ ...event, kind: 'points' })).toEqual(unread);
    expect(readEvent({ ...event, at: 'soon' })).toEqual({ ...unread, at: '' });
    expect(readPolled({ epoch: 'e', events: [event, { ...event, seq: 2, id: 7 }] })?.events).toEqual([event, { ...unread, seq: 2, id: '' }]);
    expect(readMessage(JSON.stringify({ ...event, shop: 'Lotus' }))).toEqual({ type: 'event', event: unread });
  });

  it('leaves out an account of a kind that is not known yet', () => {
    const known = readMe({ ...me, accounts: [{ ...account, kind: 'points', unit: 'stars' }, account] });
    expect(known).toMatchObject({ accounts: [account], unread: true });
    expect(readMe(me)).toEqual(me);
  });

  it('is taken with what a later server adds', () => {
    expect(readEvent({ ...event, extra: {} })).toMatchObject(event);
    expect(readMe({ ...me, extra: 1 })).toMatchObject(me);
    expect(readPolled({ epoch: 'e', events: [event], more: 1 })?.events).toHaveLength(1);
    expect(readJoined({ ...joined, more: 1 })).toMatchObject(joined);
  });

  it('is an event also of a type that is not known yet', () => {
    const message = readMessage(JSON.stringify({ ...event, type: 'gift' }));
    expect(message).toMatchObject({ type: 'event', event: { type: 'gift' } });
    expect(isKnownType(readEvent({ ...event, type: 'gift' })!)).toBe(false);
    expect(readMessage('{"type":"weather"}')).toEqual({ type: 'unknown' });
  });
});
