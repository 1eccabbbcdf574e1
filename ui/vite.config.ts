//! One build, two pages: the merchant's window (loaded by the desktop program) and the customer's page (served
//! by the server). Mode `looks` adds the fake till for screenshots; the production build leaves it out.

import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  define: { __FAKES__: JSON.stringify(mode === 'looks' || mode === 'development' || mode === 'test') },
  build: {
    target: 'safari15',
    outDir: 'dist',
    emptyOutDir: true,
    // A data: URL is not covered by every page's security policy, and hashed files are cached for ever anyway.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { merchant: 'merchant.html', customer: 'customer.html' } },
  },
  server: { host: '127.0.0.1' },
  // Runes in tests must be the browser's, not the server-rendering ones.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
}));
