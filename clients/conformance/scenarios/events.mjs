//! What a client makes of what it is told: in order, once, and never a wrong balance.

import { assert, isSure, joined, never, SOON_MS, until } from '../check.mjs';

async function hasHistory(client, seqs) {
  let shown;
  await until(`the history ${seqs}`, async () => {
    shown = await client.shows();
    return JSON.stringify(shown.history) === JSON.stringify(seqs);
  }).catch((error) => {
    throw new Error(`${error.message}, but ${JSON.stringify(shown)}`);
  });
}

export default [
  [
    'joins, says hello with its cursor, and shows the balance',
    async ({ world, client }) => {
      world.books.topUp(5);
      await joined({ world, client });
      const [socket] = world.sockets;
      assert.equal(socket.after, '1');
      assert.equal(socket.epoch, world.books.epoch);
      await hasHistory(client, [1]);
      assert.equal((await client.shows()).ended, false);
    },
  ],
  [
    'a link that was used is said to be so',
    async ({ world, client }) => {
      await client.start(world.nowMs);
      const { joined: isIn, code } = await client.join(world.url, 'used');
      assert.deepEqual({ isIn, code }, { isIn: false, code: 'invite_expired' });
      assert.equal(await client.code(), null);
    },
  ],
  [
    'a result fills the screen at once, also one with fields that are new',
    async ({ world, client }) => {
      await joined({ world, client });
      const event = world.books.redeem({ credential: world.phone.credential, step: world.step });
      world.tell({ ...event, colour: 'blue', next: { seq: 99 } });
      await until('the result', async () => (await client.shows()).result === 1);
      await isSure({ world, client });
    },
  ],
  [
    'a refusal takes nothing, also one for a reason that is new',
    async ({ world, client }) => {
      await joined({ world, client });
      for (const code of ['frozen', 'out_of_foam']) {
        const event = world.books.refuse(code, { credential: world.phone.credential, step: world.step });
        world.tell(event);
        await until('the refusal', async () => (await client.shows()).result === event.seq);
      }
      assert.equal((await isSure({ world, client })).balances.wash, 10);
    },
  ],
  [
    'what it missed is replayed after its cursor, in order',
    async ({ world, client }) => {
      world.books.topUp(1);
      await joined({ world, client });
      world.down();
      await until('not sure without a network', async () => !(await client.shows()).sure);
      assert.equal((await client.shows()).balances.wash, 11);
      world.books.redeem({ credential: '4242424242', step: world.step });
      world.books.topUp(3);
      const since = Date.now();
      world.up();
      await isSure({ world, client }, 2 * SOON_MS);
      await hasHistory(client, [3, 2, 1]);
      const asked = world.asked.filter(({ at, query }) => at >= since && query.after !== undefined);
      assert.equal(asked[0]?.query.after, '1', 'its cursor');
      assert.equal(asked[0]?.query.epoch, world.books.epoch, 'its epoch');
    },
  ],
  [
    'a long absence: 1,200 events are all in',
    async ({ world, client }) => {
      await joined({ world, client });
      world.down();
      for (let index = 0; index < 1_200; index += 1) world.books.topUp(1);
      world.up();
      await isSure({ world, client }, 2 * SOON_MS);
      await until('acked', () => world.acked('seen') === 1_200, 2 * SOON_MS);
    },
  ],
  [
    'repeats are dropped',
    async ({ world, client }) => {
      await joined({ world, client });
      const first = world.books.topUp(1);
      const second = world.books.topUp(1);
      for (const event of [first, first, second, first, second]) world.tell(event);
      await isSure({ world, client });
      world.tell({ ...first, balance: 3 });
      await never('an older balance', async () => (await client.shows()).balances.wash !== 12, 300);
      await hasHistory(client, [2, 1]);
    },
  ],
  [
    'a number too far on is looked up, and nothing wrong is shown meanwhile',
    async ({ world, client }) => {
      await joined({ world, client });
      world.books.topUp(7);
      const later = world.books.redeem({ credential: '4242424242', step: world.step, amount: 2 });
      const since = Date.now();
      // It arrives alone, and with a balance that nobody may trust before the gap is known.
      world.tell({ ...later, balance: 1 });
      await until('a look', async () => {
        assert.notEqual((await client.shows()).balances.wash, 1);
        return world.count(/GET \/(api\/v1\/me|ws)/, since) > 0;
      });
      assert.equal((await isSure({ world, client })).balances.wash, 15);
      await hasHistory(client, [2, 1]);
    },
  ],
  [
    'restored books: another epoch is taken whole, and the old history is gone',
    async ({ world, client }) => {
      world.books.topUp(1);
      world.books.topUp(1);
      await joined({ world, client });
      await hasHistory(client, [2, 1]);
      world.books.restore(4, 1);
      world.close(4000);
      await isSure({ world, client }, 2 * SOON_MS);
      await hasHistory(client, [1]);
      world.tell(world.books.redeem({ credential: '4242424242', step: world.step }));
      await isSure({ world, client });
      await hasHistory(client, [2, 1]);
      await until('acks of the new numbers', () => world.acks.at(-1)?.seen === 2);
    },
  ],
  [
    'a cursor beyond the last event is taken back',
    async ({ world, client }) => {
      for (let index = 0; index < 5; index += 1) world.books.topUp(1);
      await joined({ world, client });
      world.books.events.splice(3);
      world.books.balance = 13;
      world.close(4000);
      await isSure({ world, client }, 2 * SOON_MS);
      world.tell(world.books.topUp(2));
      assert.equal((await isSure({ world, client })).balances.wash, 15);
    },
  ],
  [
    'an event of a type that is new is counted and acked, and the client says that it is too old',
    async ({ world, client }) => {
      await joined({ world, client });
      world.tell(world.books.other({ type: 'raffle', prize: 'a sponge' }));
      await until('the ack', () => world.acked('seen') === 1);
      await until('that it is too old', async () => (await client.shows()).newer);
      world.tell(world.books.redeem({ credential: '4242424242', step: world.step }));
      await isSure({ world, client });
      assert.equal(world.count(/GET \/ws/), 1, 'nothing was lost, so nothing had to be asked');
    },
  ],
  [
    'an event that makes no sense is not believed, and what it may have moved is looked up',
    async ({ world, client }) => {
      await joined({ world, client });
      world.books.balance -= 2;
      world.tell(world.books.other({ type: 'redemption', unit: 'wash', amount: -2, balance: 'eight' }));
      await isSure({ world, client });
      world.tell(world.books.topUp(1));
      assert.equal((await isSure({ world, client })).balances.wash, 9);
    },
  ],
  [
    'messages that are new, or rubbish, are passed over',
    async ({ world, client }) => {
      await joined({ world, client });
      const rubbish = ['', 'null', '[]', '7', 'nonsense', '{', '{"type":7}', '{"seq":1}', '{"type":"top_up","seq":"1"}'];
      const wrong = ['{"type":"top_up","seq":-1}', '{"type":"top_up","seq":1.5}', '{"type":"weather","sky":"blue"}'];
      for (const text of [...rubbish, ...wrong]) world.say(text);
      world.tell(world.books.topUp(1));
      await isSure({ world, client });
      await hasHistory(client, [1]);
      assert.equal(world.count(/GET \/ws/), 1, 'the connection stays');
    },
  ],
];
