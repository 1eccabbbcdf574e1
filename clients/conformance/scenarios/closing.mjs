//! How a connection ends, and what a client does then.

import { assert, isSure, joined, never, SOON_MS, until, WATCH_MS } from '../check.mjs';
import { codeOf } from '../code.mjs';

const ANYTHING = /./;
/** A client may take so long to notice that a socket is dead, in milliseconds. */
const DEAD_MS = 45_000;

/** A socket goes dead without a word, the till takes something, and the client's clock goes on by more than a minute. */
async function dead({ world, client }) {
  await joined({ world, client });
  world.deaden();
  world.tell(world.books.redeem({ credential: '4242424242', step: world.step, amount: 5 }));
  await client.clock((world.nowMs += 70_000));
}

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
    'a socket that is dead without a word is replaced, and what it kept back is acked',
    async ({ world, client }) => {
      await dead({ world, client });
      await until('another connection', () => world.sockets.size > 0, DEAD_MS);
      await isSure({ world, client });
      await until('seen', () => world.acked('seen') === 1);
      world.tell(world.books.topUp(1));
      await isSure({ world, client });
    },
  ],
  ...[
    ['503', [503, { title: 'Service Unavailable', status: 503, code: 'busy' }]],
    ['500', [500, { title: 'Internal Server Error', status: 500, code: 'internal' }]],
    ['429', [429, { title: 'Too Many Requests', status: 429, code: 'too_many_attempts' }]],
    ['an empty object', [200, {}]],
  ].map(([name, answer]) => [
    `beside a dead socket ${name} is no word that all is well`,
    async ({ world, client }) => {
      world.answer = answer;
      await dead({ world, client });
      await isSure({ world, client }, DEAD_MS);
    },
  ]),
  [
    'books that were restored while the socket was dead are taken whole',
    async ({ world, client }) => {
      await joined({ world, client });
      world.deaden();
      world.books.restore(4, 1);
      await client.clock((world.nowMs += 70_000));
      await isSure({ world, client }, DEAD_MS);
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
