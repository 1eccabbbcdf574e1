//! How the page is read: in two languages, by a screen reader, on any screen.

import assert from 'node:assert/strict';
import { PHONE, scan } from '../till.mjs';

export async function reading(world) {
  const { till, base, browser, test } = world;

  await test('another language at once, in other tabs too, and again when it is opened anew', async ({ open, context }) => {
    const { link } = await till.customer('Languages');
    const phone = await open(base + link);
    await phone.isSure();
    const other = await open(base, context);
    await other.isSure();
    const speaks = async ({ page }, language, words) => {
      await page.locator(`html[lang=${language}]`).waitFor({ state: 'attached' });
      assert.deepEqual(await page.locator('nav button').allTextContents(), words);
    };
    const zh = ['zh-Hans', ['会员码', '明细', '更多']];
    await speaks(phone, 'en', ['Code', 'History', 'More']);
    await phone.tab(3);
    await phone.page.getByRole('button', { name: '中文' }).click();
    await speaks(phone, ...zh);
    await speaks(other, ...zh);
    // What comes by itself is told in it, too, and nothing of the first language is left.
    await till.take((await other.code()) ?? '');
    for (const tab of [phone, other]) assert.match((await tab.result()) ?? '', /已核销.*−1.*剩 9 次.*返回会员码/s);
    for (const tab of [1, 2, 3]) {
      await phone.tab(tab);
      const words = (await phone.page.locator('main').textContent())?.replace(/Lotus Car Wash|Languages|English/g, '') ?? '';
      assert.doesNotMatch(words, /[A-Za-z]{4,}/);
    }
    await phone.page.reload();
    await speaks(phone, ...zh);
    await phone.tab(3);
    await phone.page.getByRole('button', { name: 'English' }).click();
    await speaks(other, 'en', ['Code', 'History', 'More']);
    const chinese = await open(base, await browser.newContext({ ...PHONE, locale: 'zh-CN' }));
    await chinese.page.getByRole('heading', { name: '本机尚未绑定' }).waitFor();
    const french = await open(base, await browser.newContext({ ...PHONE, locale: 'fr-FR' }));
    await french.page.getByRole('heading', { name: 'Not connected yet' }).waitFor();
  });

  await test('a screen reader is told what there is, what happened, and what a button does', async ({ open }) => {
    const { id, link } = await till.customer('Reader');
    const phone = await open(base + link);
    await phone.isSure();
    const { page } = phone;
    const role = (kind, name) => page.getByRole(kind, { name, exact: true }).waitFor();
    await role('img', 'Your code as a QR picture');
    await role('heading', 'Lotus Car Wash');
    for (const name of ['Code', 'History', 'More']) await role('button', name);
    assert.equal(await page.locator('nav [aria-current=page]').textContent(), 'Code');
    const said = page.locator('[aria-live=assertive]');
    await till.take((await phone.code()) ?? '');
    await page.locator('[data-testid=result]').waitFor();
    assert.match((await said.textContent()) ?? '', /^Used\. −1 wash\. 9 left$/i);
    await role('button', 'Back to the code');
    await role('img', /^Mark /);
    await phone.result();
    assert.equal(await said.textContent(), '');
    await till.redeem((await phone.code()) ?? '', 100);
    await page.locator('[data-testid=result]').waitFor();
    assert.match((await said.textContent()) ?? '', /^Nothing was taken\. Not enough left: 9/);
    await phone.result('refused');
    await till.done('POST', `/customers/${id}/freeze`, {});
    await page.getByRole('status').filter({ hasText: 'Your account is frozen' }).waitFor();
    // By keys alone: to the history and to more.
    await page.locator('nav button').nth(1).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('listitem').first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await role('button', 'Pause my code');
    // Every button and field has a name.
    const nameless = await page.locator('button, a, input').evaluateAll((all) => all.filter((one) => !(one.ariaLabel || one.textContent.trim())).length);
    assert.equal(nameless, 0);
  });

  await test('on narrow, wide and large-lettered screens and beside a notch the scanner reads the code', async ({ open }) => {
    const { link } = await till.customer('Sizes');
    const phone = await open(base + link);
    await phone.isSure();
    const { page } = phone;
    const session = await page.context().newCDPSession(page);
    const screens = [
      [{ width: 320, height: 568 }, {}],
      [{ width: 844, height: 390 }, { left: 47, right: 47, bottom: 21 }],
      [{ width: 390, height: 844 }, { top: 47, bottom: 34 }],
      [{ width: 320, height: 568 }, { top: 20 }, 200],
      [{ width: 390, height: 844 }, {}, 200],
      [{ width: 820, height: 1180 }, {}],
    ];
    for (const [viewport, insets, percent = 100] of screens) {
      const where = JSON.stringify([viewport, insets, percent]);
      await page.setViewportSize(viewport);
      await session.send('Emulation.setSafeAreaInsetsOverride', { insets: { top: 0, left: 0, bottom: 0, right: 0, ...insets } });
      await page.evaluate((size) => (document.documentElement.style.fontSize = `${size}%`), percent);
      await phone.code();
      assert.match(scan(await page.screenshot()) ?? '', /^1\d{26}$/, where);
      for (const tab of [1, 2, 3]) {
        await phone.tab(tab);
        assert.deepEqual(await page.evaluate(behindNotch, insets), [], `${where} ${tab}`);
      }
      await phone.tab(1);
    }
    await session.send('Emulation.setSafeAreaInsetsOverride', { insets: { top: 47, left: 0, bottom: 34, right: 0 } });
    await page.setViewportSize({ width: 390, height: 844 });
    await till.take((await phone.code()) ?? '');
    await page.locator('[data-testid=result]').waitFor();
    assert.deepEqual(await page.evaluate(behindNotch, { top: 47, bottom: 34 }), [], 'result');
    await phone.result();
  });
}

/** In the page: words and buttons that lie where the screen has a notch, a round corner or a bar of the system's. */
function behindNotch({ top = 0, left = 0, right = 0, bottom = 0 }) {
  const scrolls = (one) => one !== null && ((one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)) || scrolls(one.parentElement));
  return [...document.querySelectorAll('button, a, h1, p, li, svg')].flatMap((one) => {
    const { width, left: from, right: to, top: above, bottom: below } = one.getBoundingClientRect();
    if (width < 2 || one.closest('.spoken')) return [];
    const sideways = from < left - 1 || to > innerWidth - right + 1;
    const upright = !scrolls(one) && (above < top - 1 || below > innerHeight - bottom + 1);
    return sideways || upright ? [`${one.tagName} ${one.textContent.trim().slice(0, 30)} ${[from, above, to, below].map(Math.round)}`] : [];
  });
}
