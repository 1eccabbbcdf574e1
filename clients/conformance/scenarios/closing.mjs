//! How a connection ends, and what a client does then.

import { assert, isSure, joined, never, SOON_MS, until, WATCH_MS } from '../check.mjs';
import { codeOf } from '../code.mjs';

const ANYTHING = /./;

export default [
  [
    '4001: it stops for good, says so, and shows no code, also after a new start',
    async ({ world, client }) => {
      await joined({ world, client });
      world.valid = false;
      world.close(4001);
      await until('that it was disconnected', async () => (await client.shows()).ended);
      assert.equal(await client.code(), null);
      const since = Date.now();
      await never('asking on', () => world.count(ANYTHING, since) > 0);
      await client.visible(true);
      assert.equal(world.sockets.size, 0);
      await client.kill();
      await client.start(world.nowMs);
      await until('the same after a new start', async () => (await client.shows()).ended && (await client.code()) === null);
    },
  ],
  [
    'a token that no longer holds when it connects is the same',
    async ({ world, client }) => {
      await joined({ world, client });
      world.valid = false;
      world.cut();
      await until('that it was disconnected', async () => (await client.shows()).ended);
      assert.equal(await client.code(), null);
    },
  ],
  [
    '4008: it comes back with its cursor and catches up',
    async ({ world, client }) => {
      await joined({ world, client });
      world.tell(world.books.topUp(1));
      await isSure({ world, client });
      world.books.topUp(1);
      world.close(4008);
      await isSure({ world, client });
      assert.equal(world.asked.findLast(({ what }) => what === 'GET /ws').query.after, '1');
    },
  ],
  [
    '4009: it opens no other socket until somebody looks at it',
    async ({ world, client }) => {
      await joined({ world, client });
      const since = Date.now();
      world.close(4009);
      await never('another socket', () => world.count(/GET \/ws/, since) > 0, 2 * WATCH_MS);
      assert.equal((await client.shows()).ended, false);
      assert.notEqual(await client.code(), null);
      await client.visible(false);
      await client.visible(true);
      await until('a socket', () => world.count(/GET \/ws/, since) > 0);
      world.tell(world.books.topUp(1));
      await isSure({ world, client });
    },
  ],
  [
    '4000: it comes back after a pause, and sooner when somebody looks at it',
    async ({ world, client }) => {
      await joined({ world, client });
      const since = Date.now();
      world.close(4000);
      await until('a socket', () => world.count(/GET \/ws/, since) > 0);
      const { at } = world.asked.find((one) => one.what === 'GET /ws' && one.at >= since);
      assert(at - since >= 150, `a pause before coming back, not ${at - since} ms`);
      await isSure({ world, client });
    },
  ],
  [
    'without a network it shows codes, says from when its balance is, and does not hammer',
    async ({ world, client }) => {
      await joined({ world, client });
      world.down();
      await until('not sure', async () => !(await client.shows()).sure);
      await client.clock((world.nowMs += 60_000));
      await until('the code of now', async () => (await client.code()) === codeOf(world.phone, world.step));
      const since = Date.now();
      await never('more than 20 tries in 4 s', () => world.count(ANYTHING, since) > 20, 4_000);
      assert.equal((await client.shows()).balances.wash, 10);
      world.up();
      await client.visible(true);
      await isSure({ world, client }, 2 * SOON_MS);
    },
  ],
];
