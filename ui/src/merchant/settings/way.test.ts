import { describe, expect, it } from 'vitest';
import type { Address } from '../../shared/wire/till';
import { formOf, isSame, reachOf } from './way';

const address: Address = {
  now: 'http://192.168.1.5:8787',
  chosen: null,
  before: null,
  offers: ['http://till.local:8787'],
  fixed: false,
  way: { kind: 'plain' },
  here: '192.168.1.5:8787',
};

describe('the way of phones', () => {
  it('is the same until something of it is changed', () => {
    const ways: Partial<Address>[] = [
      {},
      { chosen: 'http://till.local:8787' },
      { chosen: 'https://till.local:8787', way: { kind: 'own_ca' } },
      { chosen: 'https://pay.example.org', way: { kind: 'proxy' } },
      { way: { kind: 'public', name: 'pay.example.org', contact: null } },
      { way: { kind: 'public', name: 'pay.example.org', contact: 'owner@example.org' } },
      { chosen: 'https://pay.example.org', way: { kind: 'files', cert: '/a.pem', key: '/a.key' } },
    ];
    for (const change of ways) {
      const now = { ...address, ...change };
      expect(isSame(formOf(now), now)).toBe(true);
      expect(reachOf(formOf(now))).toEqual({ url: now.way.kind === 'public' ? null : now.chosen, way: now.way });
    }
  });

  it('takes the address along from http to https and back', () => {
    const form = { ...formOf({ ...address, chosen: 'http://till.local:8787' }), kind: 'own_ca' as const };
    expect(reachOf(form)).toEqual({ url: 'https://till.local:8787', way: { kind: 'own_ca' } });
    expect(isSame(form, address)).toBe(false);
    // Also one that was typed for a certificate: nobody speaks https there any more.
    const typed = formOf({ ...address, chosen: 'https://pay.example.org', way: { kind: 'files', cert: '/a.pem', key: '/a.key' } });
    expect(reachOf({ ...typed, kind: 'plain' })?.url).toBe('http://pay.example.org');
    expect(reachOf({ ...typed, kind: 'own_ca' })?.url).toBe('https://pay.example.org');
  });

  it('is none while a field is empty', () => {
    const form = formOf(address);
    expect(reachOf({ ...form, kind: 'public', name: ' ' })).toBeNull();
    expect(reachOf({ ...form, kind: 'files', cert: '/a.pem', key: '/a.key' })).toBeNull();
    expect(reachOf({ ...form, place: 'other' })).toBeNull();
    expect(reachOf({ ...form, kind: 'proxy' })).toBeNull();
    expect(reachOf({ ...form, kind: 'public', name: ' pay.example.org ', contact: '' })).toEqual({ url: null, way: { kind: 'public', name: 'pay.example.org', contact: null } });
  });
});
