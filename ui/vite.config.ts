//! The pages: the window's two, the merchant's and the customers' (loaded by the desktop program), and the customer's and the
//! trust page (served by the server). Mode `looks` adds the fake till for screenshots; the production build leaves it out.

import { readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build as buildPages, type Plugin, type ResolvedConfig } from 'vite';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { customerPage } from './customer-page.ts';

/** `public/licences.txt` as a module, so that the window reads it without asking anybody. */
function licences(): Plugin {
  const name = 'virtual:licences';
  return {
    name: 'licences',
    resolveId: (id) => (id === name ? `\0${name}` : null),
    load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(readFileSync('public/licences.txt', 'utf8'))}` : null),
  };
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** The window's prototypes are frozen against tampering, and then no object can be given a `toString` or `constructor` of its
 * own by an assignment; D3 does that. Each such name is made the object's own before it is assigned to. */
function frozenPrototypes(): Plugin {
  const assignment = /^(\s*)([\w.]+)\.(toString|constructor|valueOf)(?= = )/gm;
  const own = "$1Object.defineProperty($2, '$3', { writable: true, configurable: true }); $2.$3";
  return {
    name: 'frozen-prototypes',
    transform: (code, id) => (/\/node_modules\/d3-/.test(id) ? { code: code.replace(assignment, own), map: null } : null),
  };
}

/** The oldest browser that the pages are for. */
const TARGET = 'safari15';

/** Two builds into one folder: of what both share, a common chunk would have more than the phone's page needs. */
const INPUTS = {
  window: { merchant: 'merchant.html', display: 'display.html', trust: 'trust.html' },
  customer: { customer: 'customer.html', sw: 'src/customer/sw.ts' },
};

/** After the window's pages the customer's, beside them. */
function thenCustomer(mode: string): Plugin {
  let resolved: ResolvedConfig;
  return {
    name: 'then-customer',
    apply: 'build',
    configResolved: (config) => void (resolved = config),
    async closeBundle() {
      const { build, logLevel = 'info' } = resolved;
      const config = configOf(mode, 'customer');
      await buildPages({ ...config, configFile: false, mode, logLevel, build: { ...config.build, outDir: build.outDir, emptyOutDir: false } });
    },
  };
}

function configOf(mode: string, pages: keyof typeof INPUTS): ViteUserConfig {
  return {
    plugins: [svelte(), licences(), frozenPrototypes(), pages === 'window' ? thenCustomer(mode) : customerPage(TARGET)],
    define: { __VERSION__: JSON.stringify(version), __FAKES__: JSON.stringify(mode === 'looks' || mode === 'development' || mode === 'test') },
    build: {
      target: TARGET,
      outDir: 'dist',
      emptyOutDir: true,
      // A data: URL is not covered by every page's security policy, and hashed files are cached for ever anyway.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: {
        input: INPUTS[pages],
        // A service worker keeps its name for ever: it is how browsers find the next version.
        output: { entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js') },
      },
    },
    server: { host: '127.0.0.1' },
    // Runes in tests must be the browser's, not the server-rendering ones.
    resolve: mode === 'test' ? { conditions: ['browser'] } : {},
    // A hook may have to load a whole page's modules on a busy machine.
    test: { environment: 'node', include: ['src/**/*.test.ts'], hookTimeout: 60_000 },
  };
}

export default defineConfig(({ mode }) => configOf(mode, 'window'));
