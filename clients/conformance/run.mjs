//! `npm run conformance -- [--only WORD] -- COMMAND …`: every scenario with a client of its own, some at once.

import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from './client.mjs';
import { VECTORS } from './code.mjs';
import acks from './scenarios/acks.mjs';
import closing from './scenarios/closing.mjs';
import codes from './scenarios/codes.mjs';
import events from './scenarios/events.mjs';
import ways from './scenarios/ways.mjs';
import { World } from './world.mjs';

const SCENARIOS = [...codes, ...events, ...acks, ...closing, ...ways];
/** Scenarios wait more than they work. */
const AT_ONCE = 6;
/** The longest that one may take, in milliseconds. */
const MOST_MS = 60_000;

/** Runs the scenarios whose name has `only`; the names of those that failed, with what failed. */
export async function run(command, { only = '', say = console.log } = {}) {
  const waiting = SCENARIOS.filter(([name]) => name.includes(only));
  if (waiting.length === 0) throw new Error(`no scenario has "${only}" in its name`);
  const failed = [];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const failure = await play(command, next);
      say(failure === null ? `ok   ${next[0]}` : `FAIL ${next[0]}\n     ${failure}`);
      if (failure !== null) failed.push(next[0]);
    }
  };
  const ran = waiting.length;
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return { ran, failed };
}

async function play(command, [, scenario]) {
  const { credential, key } = VECTORS[0];
  const world = new World({ token: 'a-token-that-holds', credential, key });
  const client = new Client(command);
  let timer;
  try {
    await world.start();
    const tooLong = new Promise((_, fail) => (timer = setTimeout(() => fail(new Error('took too long')), MOST_MS)));
    await Promise.race([scenario({ world, client }), tooLong]);
    return null;
  } catch (error) {
    return [error.message, client.said.trim()].filter((text) => text !== '').join('\n').replaceAll('\n', '\n     ');
  } finally {
    clearTimeout(timer);
    await client.end();
    world.stop();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ options: { only: { type: 'string' } }, allowPositionals: true });
  if (positionals.length === 0) {
    console.error('say which client to test: npm run conformance -- [--only WORD] -- COMMAND [ARGUMENT …]');
    process.exit(2);
  }
  const { ran, failed } = await run(positionals, values);
  console.log(failed.length === 0 ? `conformance: all ${ran} held` : `conformance: ${failed.length} of ${ran} failed`);
  process.exit(failed.length === 0 ? 0 : 1);
}
