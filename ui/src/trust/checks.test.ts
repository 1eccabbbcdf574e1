import { expect, test } from 'vitest';
import { clockFinding, within } from './checks';

test('a clock is told of from six seconds on, with the side on which it is off', () => {
  const server = Date.parse('2026-11-26T12:00:00Z');
  expect(clockFinding(server, server + 5_400)).toEqual({ is: 'good' });
  expect(clockFinding(server, server + 3_600_000)).toEqual({ is: 'lacking', seconds: 3600 });
  expect(clockFinding(server, server - 90_000)).toEqual({ is: 'lacking', seconds: -90 });
  expect(clockFinding(Number.NaN, server)).toEqual({ is: 'bad' });
});

test('what fails or never ends is found as it was said', async () => {
  expect(await within(Promise.reject(new Error('no')), { is: 'lacking' })).toEqual({ is: 'lacking' });
  expect(await within(new Promise(() => undefined), { is: 'bad' }, 5)).toEqual({ is: 'bad' });
  expect(await within(Promise.resolve({ is: 'good' }), { is: 'bad' })).toEqual({ is: 'good' });
});
