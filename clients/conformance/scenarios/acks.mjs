//! What a client says back: `received` when it is stored, `seen` only when somebody can see it.

import { assert, isSure, joined, never, SOON_MS, until } from '../check.mjs';

export default [
  [
    'seen while it is visible',
    async ({ world, client }) => {
      await joined({ world, client });
      world.tell(world.books.topUp(1));
      await until('seen', () => world.acked('seen') === 1);
    },
  ],
  [
    'received in the background, and seen when it comes to the front',
    async ({ world, client }) => {
      await joined({ world, client });
      await client.visible(false);
      world.tell(world.books.topUp(1));
      await until('received', () => world.acked('received') === 1);
      await never('seen in the background', () => world.acked('seen') > 0, 500);
      await client.visible(true);
      await until('seen', () => world.acked('seen') === 1);
    },
  ],
  [
    'what was received is still there when the client is killed at that instant',
    async ({ world, client }) => {
      await joined({ world, client });
      await client.visible(false);
      for (let round = 1; round <= 3; round += 1) {
        world.tell(world.books.topUp(1));
        await until('received', () => world.acked('received') === round);
        await client.kill();
        world.down();
        await client.start(world.nowMs);
        const { history, balances, sure } = await client.shows();
        assert.equal(history[0], round, `event ${round} in the history of the new start`);
        assert.deepEqual({ balances, sure }, { balances: { wash: 10 + round }, sure: false });
        const since = Date.now();
        world.up();
        await client.visible(true);
        await isSure({ world, client }, 2 * SOON_MS);
        const asked = world.asked.find(({ at, query }) => at >= since && query.after !== undefined);
        assert.equal(asked.query.after, String(round), 'it goes on from there');
        await client.visible(false);
      }
    },
  ],
  [
    'nothing is acked that did not come, and no ack goes back',
    async ({ world, client }) => {
      await joined({ world, client });
      for (let round = 1; round <= 5; round += 1) world.tell(world.books.topUp(1));
      await until('seen', () => world.acked('seen') === 5);
      world.close(4000);
      await until('another connection', () => world.sockets.size > 0);
      await isSure({ world, client });
      world.tell(world.books.topUp(1));
      await until('seen', () => world.acked('seen') === 6);
      assert(world.acks.every(({ received = 0, seen = 0 }) => received <= 6 && seen <= 6));
      for (const kind of ['received', 'seen']) {
        const said = world.acks.map((ack) => ack[kind]).filter((seq) => seq !== undefined);
        assert.deepEqual(said, [...said].sort((one, other) => one - other), `${kind} only rises`);
      }
    },
  ],
  [
    'an event before which one is missing is not acked',
    async ({ world, client }) => {
      await joined({ world, client });
      const missed = world.books.topUp(1);
      const later = world.books.topUp(1);
      world.net = 'down';
      world.tell(later);
      await never('acked over a gap', () => Math.max(world.acked('received'), world.acked('seen')) > 0, 700);
      assert.equal(missed.seq, 1);
      world.up();
      await isSure({ world, client }, 2 * SOON_MS);
      await until('seen', () => world.acked('seen') === 2);
    },
  ],
];
