//! The customer's page in a real browser against the real server, over a network that is spoilt on purpose:
//! `npm run phone -- [FILTER]`. Needs TILLBEAM_SERVER_BIN and TILLBEAM_SCAN_BIN. Pictures of what failed, and of some
//! states, go to TILLBEAM_SHOTS or a temporary folder.

import { joining } from './phone/joining.mjs';
import { links } from './phone/links.mjs';
import { network } from './phone/network.mjs';
import { odd } from './phone/odd.mjs';
import { reading } from './phone/reading.mjs';
import { rubbish } from './phone/rubbish.mjs';
import { screens } from './phone/screens.mjs';
import { states } from './phone/states.mjs';
import { versions } from './phone/versions.mjs';
import { ways } from './phone/ways.mjs';
import { World } from './phone/world.mjs';

const world = await World.open(new RegExp(process.argv[2] ?? ''));
for (const part of [joining, links, network, ways, odd, rubbish, screens, reading, versions, states]) await part(world);
process.exit((await world.close()) ? 0 : 1);
