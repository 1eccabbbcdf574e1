//! Where sockets get nowhere, the other ways on the same cursor.

import { isSure, joined, never, SOON_MS, until } from '../check.mjs';

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
