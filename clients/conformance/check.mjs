//! What scenarios have at hand: waiting, and comparing.

import assert from 'node:assert/strict';

export { assert };

/** How long a client may take to do what it must, in milliseconds; long, because the machine may be busy. */
export const SOON_MS = Number(process.env.TILLBEAM_SOON_MS ?? 10_000);
/** How long it is watched for what it must not do. */
export const WATCH_MS = 1_500;

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits until `look` gives something true, and gives it. */
export async function until(what, look, ms = SOON_MS) {
  const since = Date.now();
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() - since > ms) throw new Error(`not within ${ms / 1000} s: ${what}`);
    await pause(20);
  }
}

/** Fails as soon as `look` gives something true within the time. */
export async function never(what, look, ms = WATCH_MS) {
  const since = Date.now();
  while (Date.now() - since < ms) {
    if (await look()) throw new Error(`never: ${what}`);
    await pause(20);
  }
}

/** A client that has joined and is sure of what it shows. */
export async function joined({ world, client }) {
  await client.start(world.nowMs);
  assert.equal((await client.join(world.url, 'good')).joined, true);
  await until('a socket', () => world.sockets.size > 0);
  await isSure({ world, client });
}

/** Waits until the client shows the books' balance, as today's. */
export async function isSure({ world, client }, ms = SOON_MS) {
  let shown;
  try {
    await until('sure', async () => {
      shown = await client.shows();
      return shown.sure && shown.balances.wash === world.books.balance;
    }, ms);
  } catch {
    throw new Error(`a balance of ${world.books.balance}, as today's: ${JSON.stringify(shown)}`);
  }
  return shown;
}
