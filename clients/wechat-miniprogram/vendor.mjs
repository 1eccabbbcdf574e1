//! Packs what the mini program takes from elsewhere into `miniprogram/vendor/`: two libraries, and the phone page's own
//! refusals. WeChat takes no ES modules from npm. `npm run vendor`; a test holds the files to what this makes.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const HERE = dirname(fileURLToPath(import.meta.url));

const VENDORED = {
  hashes: "export { hmac } from '@noble/hashes/hmac.js'; export { sha256 } from '@noble/hashes/sha2.js';",
  qr: "export { encodeQR } from 'qr';",
  refusals: `export { refusalsEn, refusalsZh } from '${join(HERE, '../../ui/src/customer/refusals.ts')}';`,
};

/** The text of each file of `vendor/`, by its name. */
export async function vendored() {
  const files = {};
  for (const [name, source] of Object.entries(VENDORED)) {
    const bundle = await rolldown({ ...options(name, source), logLevel: 'silent' });
    const { output } = await bundle.generate({ format: 'cjs', exports: 'named', banner: BANNER[name] });
    await bundle.close();
    files[`${name}.js`] = output[0].code;
  }
  files['licences.txt'] = LIBRARIES.map((name) => `${name}\n\n${licence(name)}`).join('\n\n');
  return files;
}

const LIBRARIES = ['@noble/hashes', 'qr'];

function licence(name) {
  const file = { qr: 'LICENSE-MIT' }[name] ?? 'LICENSE';
  return readFileSync(join(HERE, '../node_modules', name, file), 'utf8').trim();
}

const BANNER = {
  hashes: '/*! @noble/hashes, MIT, (c) Paul Miller: https://paulmillr.com/noble/ — made by `npm run vendor` */',
  refusals: '// The sentences of the customer’s page, from `ui/src/customer/refusals.ts` — made by `npm run vendor`',
  qr: '/*! qr, MIT or Apache-2.0, (c) Paul Miller: https://paulmillr.com/qr/ — made by `npm run vendor` */',
};

function options(name, source) {
  const entry = `\0${name}`;
  return {
    input: entry,
    cwd: join(HERE, '..'),
    transform: { target: 'es2015' },
    plugins: [
      {
        name: 'entry',
        resolveId: (id, importer) => (id === entry ? id : importer === entry ? resolved(id) : null),
        load: (id) => (id === entry ? source : null),
      },
    ],
  };
}

/** Packages are looked for from here, not from the entry, which is no file. */
function resolved(id) {
  return id.startsWith('/') ? id : fileURLToPath(import.meta.resolve(id));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { writeFileSync } = await import('node:fs');
  for (const [name, text] of Object.entries(await vendored())) writeFileSync(join(HERE, 'miniprogram/vendor', name), text);
}
