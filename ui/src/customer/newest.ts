//! Opens the page anew in its newest version. A plain reload is answered by the service worker, from what it kept of the old one.

/** A new version that takes longer is left for the next time, in milliseconds. */
const INSTALL_MS = 15_000;

/** Reloads at any rate. */
export async function reloadNewest(): Promise<void> {
  await Promise.race([fetchNewest().catch(() => undefined), new Promise((done) => setTimeout(done, INSTALL_MS))]);
  location.reload();
}

async function fetchNewest(): Promise<void> {
  // Absent over plain http, whatever the types say: there the browser asks the server by itself.
  const workers = (navigator as { serviceWorker?: ServiceWorkerContainer }).serviceWorker;
  const registration = await workers?.getRegistration();
  if (registration === undefined) return;
  await registration.update();
  const worker = registration.installing ?? registration.waiting;
  if (worker !== null) await isDone(worker);
}

/** It answers for the page, or will never do. */
function isDone(worker: ServiceWorker): Promise<void> {
  return new Promise((done) => {
    const look = () => {
      if (worker.state === 'activated' || worker.state === 'redundant') done();
    };
    worker.addEventListener('statechange', look);
    look();
  });
}
