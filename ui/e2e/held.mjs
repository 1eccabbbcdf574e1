//! What is wrong with a page as it stands, for anybody who cannot see or aim well, or has only keys: wider than its screen,
//! what is cut off, what a finger does not hit, what the keyboard does not reach or does not show, and axe-core's rules. The page's context bypasses its security policy for axe.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Sentences, none where all is well. */
export async function faultsOf(page) {
  const spill = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  const cut = await page.evaluate(cutOff);
  const small = await page.evaluate(smallTargets);
  // From a key on, what has the focus is shown.
  await page.keyboard.press('Tab');
  const unseen = await page.evaluate(unseenFocus);
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const rules = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`).join(' | ')}`);
  return [...(spill > 0 ? [`${spill} px wider than the screen`] : []), ...cut, ...small, ...unseen, ...rules];
}

/** Words that are cut where no ellipsis says so, and buttons whose words reach beyond them. Runs in the page. */
export function cutOff() {
  const found = [];
  for (const element of document.querySelectorAll('main *, header *, dialog *')) {
    const { overflowY, textOverflow, visibility, clip } = getComputedStyle(element);
    const { width, height } = element.getBoundingClientRect();
    if (width <= 1 || height <= 1 || visibility === 'hidden' || clip !== 'auto') continue;
    const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== '');
    const [low, wide] = [element.scrollHeight - element.clientHeight, element.scrollWidth - element.clientWidth];
    if (says && overflowY === 'hidden' && low > element.clientHeight * 0.25) found.push(`${low} px of ${element.clientHeight} px cut off: ${element.outerHTML.slice(0, 120)}`);
    if (element.matches('button') && wide > 2 && textOverflow !== 'ellipsis') found.push(`${wide} px beyond the button: ${element.outerHTML.slice(0, 120)}`);
  }
  return found;
}

/** Buttons, fields and choices that are seen, and that a finger 44 px wide does not hit in their middle. Runs in the page. */
export function smallTargets() {
  const found = [];
  const within = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
  for (const target of within.querySelectorAll('button, a[href], input, select, textarea, summary')) {
    // A radio, a checkbox or a file is hit by its words.
    const hit = target.matches('[type=radio], [type=checkbox], [type=file]') ? (target.closest('label') ?? target) : target;
    const { width, height, left, top } = hit.getBoundingClientRect();
    if (width === 0 || height === 0 || !hit.checkVisibility({ visibilityProperty: true })) continue;
    if (width >= 43.5 && height >= 43.5) continue;
    // It may reach beyond its own box: a row that is one button.
    const [x, y] = [left + width / 2, top + height / 2];
    const reaches = (dx, dy) => document.elementFromPoint(x + dx, y + dy)?.closest('button, label, a') === hit;
    if ((width < 43.5 && !(reaches(-21, 0) && reaches(21, 0))) || (height < 43.5 && !(reaches(0, -21) && reaches(0, 21)))) {
      found.push(`${Math.round(width)} × ${Math.round(height)} px: ${hit.outerHTML.slice(0, 120)}`);
    }
  }
  return found;
}

/** What can be done and is not reached by the keyboard, or does not show that it has the focus. Runs in the page. */
function unseenFocus() {
  const found = [];
  const within = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document;
  for (const target of within.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex="0"]')) {
    const box = target.getBoundingClientRect();
    if (target.disabled || box.width === 0 || !target.checkVisibility({ visibilityProperty: true })) continue;
    target.focus({ preventScroll: true });
    const shown = [target, target.closest('label'), target.parentElement].some((one) => {
      const { outlineStyle, outlineWidth } = one === null ? {} : getComputedStyle(one);
      return outlineStyle !== undefined && outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
    });
    if (document.activeElement !== target || target.tabIndex < 0) found.push(`not reached by keys: ${target.outerHTML.slice(0, 120)}`);
    else if (!shown) found.push(`does not show its focus: ${target.outerHTML.slice(0, 120)}`);
  }
  document.activeElement?.blur();
  return found;
}
