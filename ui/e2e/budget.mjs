//! What the customer's page costs a slow phone: bytes, requests, main-thread time, and how soon there is a code. By
//! Chromium's own emulation: 150 ms round trip, 1.6 Mbit/s, CPU four times slower. `npm run budget`; needs
//! TILLBEAM_SERVER_BIN. Exits 1 over a budget. The times say something on a quiet machine only.

import { openBrowser, PHONE, Till } from './till.mjs';

const NETWORK = { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 };
const SLOWER = 4;
const ROUNDS = 7;
/** Times depend on the machine and are told, not held to. */
const BUDGET = { bytes: 60 * 1024, requests: 8 };

const till = await Till.open();
const browser = await openBrowser();

/** One visit; `page` has not been anywhere before. */
async function visit(page, address) {
  const session = await page.context().newCDPSession(page);
  for (const domain of ['Network', 'Performance']) await session.send(`${domain}.enable`);
  await session.send('Network.emulateNetworkConditions', NETWORK);
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  let [bytes, requests] = [0, 0];
  session.on('Network.loadingFinished', ({ encodedDataLength }) => ((bytes += encodedDataLength), (requests += 1)));
  await page.goto(address, { waitUntil: 'commit' });
  // By the page's own clock, from the start of its navigation.
  const usable_ms = await page.evaluate(
    () =>
      new Promise((done) => {
        const look = () => (document.querySelector('[data-testid=code] svg') ? done(performance.now()) : requestAnimationFrame(look));
        look();
      }),
  );
  const loaded = { bytes, requests };
  const { metrics } = await session.send('Performance.getMetrics');
  const busy = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  return { ...loaded, usable_ms: Math.round(usable_ms), main_thread_ms: Math.round(busy * 1000) };
}

const median = (numbers) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];
const rows = { 'first visit, joins': [], 'opened again': [], 'opened again, kept by its service worker': [] };
/** A page that has its worker, whose files it kept. */
async function kept(context, address) {
  const page = await context.newPage();
  await page.goto(address);
  await page.locator('[data-testid=code] svg').waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.close();
}

// The first round warms a browser up that has just started.
for (let round = -1; round < ROUNDS; round += 1) {
  const { link } = await till.customer(`Budget ${round}`);
  const context = await browser.newContext({ ...PHONE, serviceWorkers: 'block' });
  const page = await context.newPage();
  const first = await visit(page, till.url + link);
  await page.close();
  const again = await visit(await context.newPage(), till.url);
  await context.close();
  // Loopback is as good as https to a browser.
  const other = await browser.newContext(PHONE);
  await kept(other, till.url + (await till.customer(`Kept ${round}`)).link);
  const byWorker = await visit(await other.newPage(), till.url);
  await other.close();
  if (round >= 0) [first, again, byWorker].forEach((seen, row) => Object.values(rows)[row].push(seen));
}
await browser.close();
await till.stop();

let over = 0;
for (const [name, visits] of Object.entries(rows)) {
  const row = Object.fromEntries(Object.keys(visits[0]).map((key) => [key, median(visits.map((one) => one[key]))]));
  const beyond = Object.entries(BUDGET).filter(([key, most]) => row[key] > most).map(([key]) => key);
  over += beyond.length;
  console.log(`page: ${name}: ${JSON.stringify(row)}${beyond.length === 0 ? '' : ` over budget: ${beyond.join(', ')}`}`);
}
process.exit(over === 0 ? 0 : 1);
