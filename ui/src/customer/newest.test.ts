import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { reloadNewest } from './newest';

const reload = vi.fn();

beforeEach(() => {
  vi.useFakeTimers();
  reload.mockClear();
  vi.stubGlobal('location', { reload });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

class Worker extends EventTarget {
  state = 'installing';
  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

function browser(registration: object | undefined): void {
  vi.stubGlobal('navigator', { serviceWorker: { getRegistration: async () => registration } });
}

it('waits for the new version before it loads anew', async () => {
  const installing = new Worker();
  const update = vi.fn(async () => undefined);
  browser({ installing, waiting: null, update });
  void reloadNewest();
  await vi.advanceTimersByTimeAsync(1000);
  expect(update).toHaveBeenCalled();
  installing.become('installed');
  await vi.advanceTimersByTimeAsync(1000);
  expect(reload).not.toHaveBeenCalled();
  installing.become('activated');
  await vi.advanceTimersByTimeAsync(0);
  expect(reload).toHaveBeenCalledTimes(1);
});

it.each([
  ['no service worker', undefined],
  ['no new version', { installing: null, waiting: null, update: async () => undefined }],
  ['no network', { installing: null, waiting: null, update: () => Promise.reject(new TypeError('offline')) }],
])('loads anew at once where there is %s', async (_, registration) => {
  browser(registration);
  await reloadNewest();
  expect(reload).toHaveBeenCalledTimes(1);
});

it('loads anew also over plain http, and when a version never comes', async () => {
  vi.stubGlobal('navigator', {});
  await reloadNewest();
  browser({ installing: new Worker(), waiting: null, update: async () => undefined });
  void reloadNewest();
  await vi.advanceTimersByTimeAsync(16_000);
  expect(reload).toHaveBeenCalledTimes(2);
});
