//! `npm run conformance:self`: the conformance test notices every fault of `faults.mjs`, and says what is wrong.

import { fileURLToPath } from 'node:url';

// A fault shows when time runs out, so it runs out sooner.
process.env.TILLBEAM_SOON_MS ??= '2500';
const { FAULTS } = await import('./faults.mjs');
const { run } = await import('./run.mjs');

const SPOILT = fileURLToPath(new URL('faults.mjs', import.meta.url));
const AT_ONCE = 6;

let missed = 0;
const waiting = Object.entries(FAULTS);

async function worker() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [fault, [scenario, says]] = next;
    const lines = [];
    const { failed } = await run([process.execPath, SPOILT, fault], { only: scenario, say: (line) => lines.push(line) });
    if (failed.length > 0 && says.test(lines.join('\n').replace(/^.*$/m, ''))) continue;
    missed += 1;
    console.log(`conformance: MISSED ${fault}\n${lines.join('\n')}`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, worker));
const all = Object.keys(FAULTS).length;
console.log(missed === 0 ? `conformance: all ${all} faults were noticed` : `conformance: ${missed} of ${all} faults were missed`);
process.exit(missed === 0 ? 0 : 1);
