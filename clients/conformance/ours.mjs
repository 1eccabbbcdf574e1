//! `npm run conformance:ours`: the test against our own two clients, the phone's page and the mini program.

import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { run } from './run.mjs';

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const built = mkdtempSync(join(tmpdir(), 'tillbeam-page-'));

/** The page's classes as one module, made by the page's own tools. */
async function buildPage() {
  const tools = createRequire(at('../../ui/package.json'));
  const { build } = await import(pathToFileURL(tools.resolve('vite')).href);
  const { svelte } = await import(pathToFileURL(tools.resolve('@sveltejs/vite-plugin-svelte')).href);
  await build({
    root: at('../../ui'),
    configFile: false,
    logLevel: 'error',
    plugins: [svelte({ configFile: false })],
    define: { __FAKES__: 'false' },
    build: {
      outDir: built,
      target: 'es2022',
      minify: false,
      emptyOutDir: false,
      lib: { entry: 'src/customer/phone.svelte.ts', formats: ['es'], fileName: () => 'phone.mjs' },
    },
  });
  return join(built, 'phone.mjs');
}

process.env.TILLBEAM_PAGE = await buildPage();
let wrong = 0;
for (const name of ['phone-page', 'mini-program']) {
  const lines = [];
  const { ran, failed } = await run([process.execPath, at(`clients/${name}.mjs`)], { say: (line) => lines.push(line) });
  wrong += failed.length;
  if (failed.length > 0) console.log(lines.filter((line) => line.startsWith('FAIL')).join('\n'));
  console.log(failed.length === 0 ? `conformance: ${name}: all ${ran} held` : `conformance: ${name}: ${failed.length} of ${ran} failed`);
}
rmSync(built, { recursive: true, force: true });
process.exit(wrong === 0 ? 0 : 1);
