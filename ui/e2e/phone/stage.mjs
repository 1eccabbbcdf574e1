//! Looks at a state of the phone's page: axe-core, and nothing wider than the screen, in both languages and themes and on small, wide
//! and large-lettered screens; with pictures where a folder is given. The page's clock stands still meanwhile.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { cutOff, smallTargets } from '../held.mjs';
import { axe } from './world.mjs';

const PORTRAIT = { width: 390, height: 844 };
/** [language, theme]; the first two show every colour and every sentence once. */
const LOOKS = [['en', 'light'], ['zh', 'dark'], ['zh', 'light'], ['en', 'dark']];
/** Screens on which the page is looked at in English, in light colours. */
const SIZES = {
  narrow: { width: 320, height: 568 },
  wide: { width: 844, height: 390 },
  large: { ...PORTRAIT, text: 200 },
  'large-narrow': { width: 320, height: 568, text: 200 },
};
export const OPTIONS = { bypassCSP: true, reducedMotion: 'reduce' };

export class Stage {
  /** Without a folder two looks and no pictures: the test. */
  constructor(folder = null) {
    this.folder = folder;
    this.looks = folder === null ? LOOKS.slice(0, 2) : LOOKS;
    this.found = [];
    this.seen = 0;
  }

  async look(page, name) {
    this.seen += 1;
    await page.evaluate(() => (globalThis.stoppedMs = Date.now()));
    for (const [language, theme] of this.looks) {
      await page.emulateMedia({ colorScheme: theme });
      await speak(page, language);
      await this.#fits(page, `${name} ${language}`);
      await this.#take(page, `${name}-${language}-${theme}`);
      this.found.push(...(await axe(page, `${name} ${language} ${theme}`)));
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await speak(page, 'en');
    for (const [size, { text = 100, ...viewport }] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport);
      await page.evaluate((percent) => (document.documentElement.style.fontSize = `${percent}%`), text);
      await this.#fits(page, `${name} ${size}`);
      await this.#take(page, `${name}-${size}`);
    }
    await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
    await page.setViewportSize(PORTRAIT);
    await this.#fits(page, name);
    await page.evaluate(() => (globalThis.stoppedMs = null));
  }

  /** Nothing is wider than the screen or cut off, a finger hits what it may press, and a code is there as a whole; the page may take a
   * moment to see its new size. */
  async #fits(page, where) {
    let problems = [];
    for (let tries = 0; tries < 40; tries += 1) {
      problems = [...(await page.evaluate(misfits)), ...(await page.evaluate(cutOff)), ...(await page.evaluate(smallTargets))];
      if (problems.length === 0) return;
      await page.waitForTimeout(50);
    }
    this.found.push(...problems.map((problem) => `${where}: ${problem}`));
  }

  async #take(page, name) {
    if (this.folder !== null) await page.screenshot({ path: join(this.folder, `${name}.png`) });
  }

  /** That nothing was found on any of them. */
  settle() {
    const { found } = this;
    this.found = [];
    assert.deepEqual(found, []);
  }
}

/** As another tab would say it. */
async function speak(page, language) {
  await page.evaluate((chosen) => {
    localStorage.setItem('tillbeam.language', chosen);
    dispatchEvent(new StorageEvent('storage', { key: 'tillbeam.language' }));
  }, language);
  await page.locator(`html[lang=${language === 'zh' ? 'zh-Hans' : 'en'}]`).waitFor({ state: 'attached' });
}

/** In the page: what reaches beyond its screen. */
function misfits() {
  const [wide, high] = [document.documentElement.clientWidth, innerHeight];
  const problems = [];
  const spill = document.documentElement.scrollWidth - wide;
  if (spill > 0) problems.push(`${spill} px wider than the screen`);
  const code = document.querySelector('[data-testid=code] svg')?.getBoundingClientRect();
  if (code && (code.left < 0 || code.top < 0 || code.right > wide + 1 || code.bottom > high + 1)) problems.push('the code reaches beyond the screen');
  for (const one of document.querySelectorAll('button, a, input, h1, h2, h3, p, li, dd')) {
    const { left, right, width } = one.getBoundingClientRect();
    if (width > 1 && (left < -1 || right > wide + 1)) problems.push(`"${one.textContent.trim().slice(0, 40)}" reaches beyond the screen`);
  }
  return problems;
}
