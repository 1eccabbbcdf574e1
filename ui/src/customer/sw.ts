//! The service worker, over https alone: the page opens from what is kept here, at once and without any network. A new
//! version is fetched as a whole beside the old one. Calls and sockets go to the server as if it were not there.

export {};

/** The files that the page is made of; the build puts them here. */
const FILES = ['FILES'];

/** What opens at `/`: the page in parts, whose scripts a browser keeps compiled. */
const PAGE = '/kept.html';

/** Another name whenever any of them is another; the build puts it here. */
const CACHE = 'page VERSION';

// The DOM's types, with which all else is checked, do not know a worker's own scope.
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
const worker = globalThis as unknown as {
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Asked) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
};

worker.addEventListener('install', (event) => {
  // Past the browser's own cache, which may have an old page beside new files.
  const fresh = FILES.map((path) => new Request(path, { cache: 'reload' }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  const tidy = async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    await worker.clients.claim();
  };
  event.waitUntil(tidy());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== worker.location.origin) return;
  if (pathname === '/') event.respondWith(kept(request, PAGE));
  else if (pathname.startsWith('/assets/') || FILES.includes(pathname)) event.respondWith(kept(request, pathname));
  // Pictures of marks are kept as they are met.
  else if (pathname.startsWith('/marks/')) event.respondWith(kept(request, pathname));
});

async function kept(request: Request, pathname: string): Promise<Response> {
  const cache = await caches.open(CACHE).catch(() => null);
  const found = await cache?.match(pathname).catch(() => undefined);
  if (found) return found;
  const answer = await fetch(request);
  // A full disk takes nothing from what has arrived.
  if (answer.ok && pathname !== PAGE) await cache?.put(pathname, answer.clone()).catch(() => undefined);
  return answer;
}
