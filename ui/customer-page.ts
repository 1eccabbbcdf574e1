//! The build of the customer's page, twice. `customer.html` is one document with its script and style inside, because on a phone's
//! network every file that is asked for later costs a round trip. `kept.html` is the same in parts, for the service worker: of
//! scripts that are kept as files a browser keeps what it compiled, too. What may run in both the server says by `customer.csp`.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build, type Plugin } from 'vite';

/** Stand in `sw.ts` for the list of files that the page is made of, and for what names their version. */
const FILES_MARK = /\[["'`]FILES["'`]\]/;
const VERSION_MARK = /page VERSION/;
const SCRIPT = /<script type="module"[^>]* src="\/([^"]+)"><\/script>/;
const STYLE = /<link rel="stylesheet"[^>]* href="\/([^"]+)">/;
/** Files of the page that its document does not name. */
const STANDING = ['manifest.webmanifest', 'icon-192.png'];
/** What is smaller gains nothing by being packed, in bytes. */
const PACK_LEAST = 256;

/** Puts the page into one document, tells the service worker which files it is made of, and packs all for the server to send as
 * they are. */
export function customerPage(target: string): Plugin {
  let folder = '';
  return {
    name: 'customer-page',
    apply: 'build',
    configResolved: (config) => void (folder = config.build.outDir),
    async closeBundle() {
      const named = writePages(folder, await early(target));
      tellWorker(folder, ['kept.html', ...new Set([...named, ...STANDING])]);
      pack(folder);
    },
  };
}

/** What asks to join before the rest is even read, as a script of its own. */
async function early(target: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: { target, write: false, rollupOptions: { input: 'src/customer/early.ts', output: { format: 'iife' } } },
  });
  const [chunk, ...more] = [built].flat().flatMap((one) => ('output' in one ? one.output : []));
  if (chunk?.type !== 'chunk' || more.length > 0) throw new Error('early.ts is not one script');
  return chunk.code;
}

/** Both pages, and the part of the security policy that lets just what is inside them run. Returns the names of all files that
 * `kept.html` asks for. */
function writePages(folder: string, first: string): string[] {
  const path = join(folder, 'customer.html');
  const hashes: Record<'script' | 'style', string[]> = { script: [], style: [] };
  const within = (kind: 'script' | 'style', opening: string, text: string) => {
    const safe = text.trim().replace(/<\/(?=script|style)/gi, '<\\/').replace(/<!--/g, '<\\!--');
    if (/[\r\0]/.test(safe)) throw new Error('a browser would read another text than the one that is hashed');
    hashes[kind].push(`'sha256-${createHash('sha256').update(safe).digest('base64')}'`);
    return `${opening}${safe}</${kind}>`;
  };
  const textOf = (name: string) => readFileSync(join(folder, name), 'utf8');
  const parts = readFileSync(path, 'utf8');
  const early = within('script', '<script>', first);
  const page = parts
    .replace(SCRIPT, (_, name: string) => early + within('script', '<script type="module">', textOf(name)))
    .replace(STYLE, (_, name: string) => within('style', '<style>', textOf(name)));
  if (hashes.script.length !== 2 || hashes.style.length !== 1 || parts.match(/<script|rel="(stylesheet|modulepreload)"/g)?.length !== 2) {
    throw new Error('customer.html is not of one script and one style');
  }
  writeFileSync(path, page);
  writeFileSync(join(folder, 'kept.html'), parts.replace(SCRIPT, (script) => early + script));
  const [script, style] = [hashes.script, hashes.style].map((of) => ["'self'", ...of].join(' '));
  writeFileSync(join(folder, 'customer.csp'), `script-src ${script}; style-src ${style}`);
  return [...parts.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name ?? '');
}

function tellWorker(folder: string, names: readonly string[]): void {
  const version = createHash('sha256');
  for (const name of names) version.update(readFileSync(join(folder, name)));
  const path = join(folder, 'sw.js');
  const worker = readFileSync(path, 'utf8');
  if (!FILES_MARK.test(worker) || !VERSION_MARK.test(worker)) throw new Error('sw.ts has no place for its files');
  const files = JSON.stringify(names.map((name) => `/${name}`));
  writeFileSync(path, worker.replace(FILES_MARK, files).replace(VERSION_MARK, `page ${version.digest('hex').slice(0, 16)}`));
}

function pack(folder: string): void {
  for (const path of filesBelow(folder)) {
    if (!/\.(js|css|html|svg|webmanifest)$/.test(path) || /\/marks\/|merchant|display/.test(path)) continue;
    const plain = readFileSync(path);
    if (plain.length < PACK_LEAST) continue;
    writeFileSync(`${path}.gz`, gzipSync(plain, { level: 9 }));
    writeFileSync(`${path}.br`, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
