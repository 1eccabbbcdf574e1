//! The code that a client shows: right by the vectors, by the server's clock, and never twice.

import { assert, isSure, joined, pause, until } from '../check.mjs';
import { codeOf, VECTORS } from '../code.mjs';

const HOUR_MS = 3_600_000;

/** The client's code, which must be of this step. */
async function isOf(step, { world, client }) {
  const code = await client.code();
  assert.equal(code, codeOf(world.phone, step), `the code of step ${step}`);
}

const ofVectors = VECTORS.filter(({ unix }) => unix > 10).map((vector, index) => [
  `the code of vector ${index + 1}, credential ${vector.credential}`,
  async ({ world, client }) => {
    world.phone = { ...world.phone, credential: vector.credential, key: vector.key };
    world.nowMs = vector.unix * 1000;
    await joined({ world, client });
    assert.equal(await client.code(), vector.phone_code);
  },
]);

export default [
  ...ofVectors,
  [
    'a clock that is an hour wrong makes right codes, also without a network and after a new start',
    async ({ world, client }) => {
      await client.start(world.nowMs - HOUR_MS);
      await client.join(world.url, 'good');
      await isSure({ world, client });
      await isOf(world.step, { world, client });
      // Nothing of the server's may still be on its way when the clocks move.
      await until('a socket', () => world.sockets.size > 0);
      world.tell(world.books.topUp(1));
      await until('seen', () => world.acked('seen') === 1);
      await pause(300);
      world.down();
      await client.clock(world.nowMs - HOUR_MS + 60_000);
      world.nowMs += 60_000;
      await until('the code of a minute later', async () => (await client.code()) === codeOf(world.phone, world.step));
      await client.kill();
      await client.start(world.nowMs - HOUR_MS + 20_000);
      world.nowMs += 20_000;
      await until('the code after a new start', async () => (await client.code()) === codeOf(world.phone, world.step));
    },
  ],
  [
    'the server’s last word on the time counts, not its first',
    async ({ world, client }) => {
      await joined({ world, client });
      world.nowMs += HOUR_MS;
      world.close(4000);
      await until('the code of an hour later', async () => (await client.code()) === codeOf(world.phone, world.step));
    },
  ],
  [
    'after a code was used the next step is max(now, last used + 1)',
    async ({ world, client }) => {
      await joined({ world, client });
      const { credential } = world.phone;
      await isOf(world.step, { world, client });
      world.tell(world.books.redeem({ credential, step: world.step }));
      await until('the next step', async () => (await client.code()) === codeOf(world.phone, world.step + 1));
      world.tell(world.books.redeem({ credential, step: world.step + 5 }));
      await until('one beyond the last used', async () => (await client.code()) === codeOf(world.phone, world.step + 6));
      // An older step does not lead back.
      world.tell(world.books.redeem({ credential, step: world.step + 2 }));
      await isSure({ world, client });
      await isOf(world.step + 6, { world, client });
      await client.kill();
      await client.start(world.nowMs);
      await until('the same after a new start', async () => (await client.code()) === codeOf(world.phone, world.step + 6));
      await client.clock((world.nowMs += 60_000));
      await until('now, once it is later', async () => (await client.code()) === codeOf(world.phone, world.step));
    },
  ],
  [
    'a refused code gives way to the next, another phone’s code to none',
    async ({ world, client }) => {
      await joined({ world, client });
      const { credential } = world.phone;
      world.tell(world.books.redeem({ credential: '4242424242', step: world.step + 8 }));
      world.tell(world.books.redeem({ credential: '4242424243', step: null }));
      await isSure({ world, client });
      await isOf(world.step, { world, client });
      world.tell(world.books.refuse('limit_exceeded', { credential, step: world.step }));
      await until('the next step', async () => (await client.code()) === codeOf(world.phone, world.step + 1));
    },
  ],
  [
    'an expired code of a clock that was ahead leaves no codes of tomorrow',
    async ({ world, client }) => {
      await joined({ world, client });
      const { credential } = world.phone;
      world.tell(world.books.refuse('code_expired', { credential, step: world.step + 720, clock_difference_s: 3600 }));
      world.tell(world.books.topUp(1));
      await isSure({ world, client });
      await client.clock((world.nowMs += 30_000));
      await until('the code of now', async () => (await client.code()) === codeOf(world.phone, world.step));
    },
  ],
  [
    'a new code when it comes to the front',
    async ({ world, client }) => {
      await joined({ world, client });
      await client.visible(false);
      await client.clock((world.nowMs += 10_000));
      await client.visible(true);
      await until('the code of now', async () => (await client.code()) === codeOf(world.phone, world.step));
    },
  ],
];
