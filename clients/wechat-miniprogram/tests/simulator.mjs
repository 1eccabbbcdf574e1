//! The mini program's pages without WeChat: `miniprogram-simulate` draws them into jsdom by WeChat's own template compiler.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { JSDOM } from 'jsdom';

const require = createRequire(import.meta.url);
const at = (path) => fileURLToPath(new URL(`../miniprogram/${path}`, import.meta.url));

const { window } = new JSDOM('<!doctype html><body></body>', { pretendToBeVisual: true });
Object.assign(globalThis, { window, document: window.document });
for (const name of ['Event', 'CustomEvent', 'HTMLElement', 'Node', 'MutationObserver']) globalThis[name] = window[name];

const simulate = require('miniprogram-simulate');
const { Phone } = require(at('core/phone.js'));
const { sayIn } = require(at('core/say.js'));

/** Starts the app over a `wx`; what `getApp()` gives. */
export function startApp(wx) {
  globalThis.wx = wx;
  let app;
  globalThis.App = (made) => (app = made);
  globalThis.getApp = () => app;
  delete require.cache[at('app.js')];
  require(at('app.js'));
  app.onLaunch();
  return app;
}

const loaded = new Map();

/** Draws a page, by its name. */
export function openPage(name) {
  if (!loaded.has(name)) loaded.set(name, simulate.load(at(`pages/${name}/${name}`), { rootPath: at('.') }));
  const page = simulate.render(loaded.get(name));
  page.attach(document.body.appendChild(document.createElement('div')));
  return page;
}

/** What somebody reads in a page. */
export function textOf(page) {
  return page.dom.textContent.replace(/\s+/g, ' ').trim();
}

export { Phone, sayIn };
