//! Pictures of every state of the phone's page, as the real server makes it, in both languages and themes and on four other screens, to
//! be looked at: `npm run looks:phone -- FOLDER [FILTER]`. Needs TILLBEAM_SERVER_BIN.

import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { states } from './phone/states.mjs';
import { World } from './phone/world.mjs';

const [folder = join(tmpdir(), 'tillbeam-looks'), filter = ''] = process.argv.slice(2);
const out = resolve(folder);
mkdirSync(out, { recursive: true });
const world = await World.open(new RegExp(filter));
await states(world, out);
console.log(`pictures in ${out}`);
process.exit((await world.close()) ? 0 : 1);
