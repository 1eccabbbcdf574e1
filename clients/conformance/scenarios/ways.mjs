//! Where sockets get nowhere, the other ways on the same cursor.

import { assert, isSure, joined, never, SOON_MS, until } from '../check.mjs';

async function hears({ world, client }) {
  await client.start(world.nowMs);
  await client.join(world.url, 'good');
  await isSure({ world, client }, 2 * SOON_MS);
  world.tell(world.books.redeem({ credential: '4242424242', step: world.step }));
  await isSure({ world, client }, 2 * SOON_MS);
  await until('seen', () => world.acked('seen') === 1);
}

export default [
  [
    'where sockets are blocked another way takes over',
    async ({ world, client }) => {
      world.net = 'no sockets';
      await hears({ world, client });
    },
  ],
  [
    'where streams are blocked too, long polls take over, without hammering',
    async ({ world, client }) => {
      world.net = 'polls alone';
      await hears({ world, client });
      const since = Date.now();
      await never('more than 5 polls in 2 s while nothing happens', () => world.count(/me\/events/, since) > 5, 2_000);
    },
  ],
  [
    'what something in between answers disconnects nobody and changes nothing',
    async ({ world, client }) => {
      world.books.topUp(5);
      await joined({ world, client });
      for (const status of [401, 200]) {
        const since = Date.now();
        world.net = status;
        world.cut();
        // Who asks again has heard the first answer.
        await until(`another call after one was answered ${status}`, () => world.count(/api/, since) > 1, 2 * SOON_MS);
        await until('no balance as today’s', async () => !(await client.shows()).sure, 2 * SOON_MS);
        const { ended, balances } = await client.shows();
        assert.deepEqual({ ended, balances }, { ended: false, balances: { wash: world.books.balance } });
        assert.notEqual(await client.code(), null);
        world.up();
        await client.visible(false);
        await client.visible(true);
        await isSure({ world, client }, 2 * SOON_MS);
      }
    },
  ],
  [
    'an event that cannot be read stops no polling: everything is read anew, and the client says that it is too old',
    async ({ world, client }) => {
      world.net = 'polls alone';
      await hears({ world, client });
      world.books.balance += 3;
      world.tell(world.books.other({ type: 'top_up', unit: { later: 'a unit of another form' }, amount: 3, balance: 'twelve' }));
      await isSure({ world, client }, 2 * SOON_MS);
      await until('that it is too old', async () => (await client.shows()).newer);
      world.tell(world.books.topUp(1));
      await isSure({ world, client }, 2 * SOON_MS);
    },
  ],
  [
    'a restore is noticed by polling too',
    async ({ world, client }) => {
      await joined({ world, client });
      world.net = 'polls alone';
      world.cut();
      world.books.restore(3, 0);
      await isSure({ world, client }, 2 * SOON_MS);
    },
  ],
];
