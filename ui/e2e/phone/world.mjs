//! What the tests of the phone's page share: a till and its server behind a network that can be spoilt, a browser, and how a test
//! begins and ends. Pictures of what failed go to TILLBEAM_SHOTS or a temporary folder.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Faults } from '../faults.mjs';
import { openBrowser, PHONE, Screen, Till } from '../till.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A name that is no secure context, like a phone's page on a shop's network. */
const PLAIN = 'till.local';

export class World {
  failed = 0;
  ran = 0;
  /** Between the browser and the server. */
  faults;
  till;
  browser;

  static async open(filter = /(?:)/) {
    const world = new World();
    world.filter = filter;
    world.shots = process.env.TILLBEAM_SHOTS ?? mkdtempSync(join(tmpdir(), 'tillbeam-shots-'));
    mkdirSync(world.shots, { recursive: true });
    world.browser = await openBrowser(`--host-resolver-rules=MAP ${PLAIN} 127.0.0.1`, '--ignore-certificate-errors');
    world.till = await Till.open();
    world.faults = await new Faults().start(world.till.port);
    world.base = `http://127.0.0.1:${world.faults.port}`;
    world.plain = `http://${PLAIN}:${world.faults.port}`;
    world.test = world.test.bind(world);
    return world;
  }

  /** A test in a browser context of its own, `options` its; no page of it may report an error. */
  async test(name, body, options = {}) {
    if (!this.filter.test(name)) return;
    this.ran += 1;
    const since = Date.now();
    const context = await this.browser.newContext({ ...PHONE, ...options });
    const phones = [];
    const open = async (address, where = context) => {
      phones.push(await Screen.open(where, address));
      return phones.at(-1);
    };
    try {
      await body({ open, context });
      assert.deepEqual(phones.flatMap(({ problems }) => problems), [], 'no error on any page');
      console.log(`phone: ${name} (${((Date.now() - since) / 1000).toFixed(1)} s)`);
    } catch (error) {
      this.failed += 1;
      console.error(`phone: FAILED ${name}`, error);
      for (const [index, { page }] of phones.entries()) {
        await page.screenshot({ path: join(this.shots, `failed-${this.ran}-${index}.png`) }).catch(() => undefined);
      }
    }
    this.faults.heal();
    await context.close();
  }

  /** Everything is ended and the books hold. Whether all tests did. */
  async close() {
    await this.browser.close();
    await this.till.stop();
    this.faults.stop();
    assert.match(this.till.run('verify'), /ok|right|hold|no error/i);
    console.log(this.failed === 0 ? `phone: all ${this.ran} held` : `phone: ${this.failed} of ${this.ran} failed; pictures in ${this.shots}`);
    return this.failed === 0 && this.ran > 0;
  }
}

/** Gives the pages of a context a clock that is wrong by `globalThis.wrongByMs`, and that stands still at `stoppedMs`; with the same
 * `steadyByMs` it was not set, but time went by. */
export async function wrongClock(context, ms = 0) {
  await context.addInitScript((wrongByMs) => {
    const RealDate = Date;
    Object.assign(globalThis, { wrongByMs, stoppedMs: null, steadyByMs: 0 });
    const steady = performance.now.bind(performance);
    performance.now = () => steady() + globalThis.steadyByMs;
    globalThis.Date = class extends RealDate {
      constructor(...args) {
        super(...(args.length === 0 ? [globalThis.Date.now()] : args));
      }
      static now() {
        return globalThis.stoppedMs ?? RealDate.now() + globalThis.wrongByMs;
      }
    };
  }, ms);
}

/** Puts itself between the page and its socket: what the server says is told by `tell`, which gives what the page hears; text as it is. */
export function between(context, tell) {
  return context.routeWebSocket(/\/ws\?/, (near) => {
    near.connectToServer().onMessage((text) => {
      for (const message of tell(JSON.parse(text))) near.send(typeof message === 'string' ? message : JSON.stringify(message));
    });
  });
}

/** A till whose server has TLS by a CA of its own. */
export function securely() {
  // The test's own calls, not the browser's, go without the certificate.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  return Till.open({ tls: 'own-ca' });
}

/** What axe-core has against a page, whose context has to let its script in (`bypassCSP`). */
export async function axe(page, where) {
  await page.evaluate(AXE);
  // The field of colour fades in.
  await page.evaluate(() => Promise.all(document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity).map(({ finished }) => finished)));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map(({ id, nodes }) => `${where}: ${id} ${nodes.map(({ html }) => html).join(' ')}`);
}
