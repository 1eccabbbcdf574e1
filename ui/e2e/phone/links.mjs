//! Join links that are no good, or not for whom they were made.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PHONE, Till } from '../till.mjs';

const NEVER = '/#join=AAAAAAAAAAAAAAAAAAAAAA';
const number = async (phone) => (await phone.code())?.replaceAll(' ', '').slice(1, 11);

export async function links(world) {
  const { till, base, shots, browser, test } = world;

  await test('a link that was used or never was says so, and changes nothing on a phone that has joined', async ({ open, context }) => {
    const { link } = await till.customer('Once');
    const phone = await open(base + link);
    await phone.isSure();
    const stranger = await open(base + link, await browser.newContext(PHONE));
    await stranger.saysUsed();
    // The word of a lost phone may help, asking the same again does not.
    assert.deepEqual(await stranger.page.locator('[data-testid=notice] .what button').count(), 1);
    await stranger.page.goto(base + NEVER);
    await stranger.saysUsed();
    await stranger.page.reload();
    await stranger.notice('join');
    const again = await open(base + NEVER, context);
    await again.isSure();
    assert.equal(await number(again), await number(phone));
    await till.take((await again.code()) ?? '');
    await phone.balanceIs(9);
  });

  await test('a link that the same phone opens again gives the same phone, also in two tabs at once', async ({ open, context }) => {
    const { link } = await till.customer('Twice');
    const [one, other] = await Promise.all([open(base + link), open(base + link)]);
    await Promise.all([one.isSure(), other.isSure()]);
    const first = await number(one);
    assert.equal(await number(other), first);
    const third = await open(base + link, context);
    await third.isSure();
    assert.equal(await number(third), first);
    await till.take((await third.code()) ?? '');
    await Promise.all([one, other, third].map((tab) => tab.balanceIs(9)));
    // Whichever answer came last, what the browser kept of it holds.
    for (const tab of [one, other, third]) {
      await tab.page.reload();
      await tab.isSure();
    }
  });

  await test('a browser that takes no cookies is told so before its link is used up', async ({ open }) => {
    const { link } = await till.customer('Crumbs');
    const none = await browser.newContext(PHONE);
    await none.addInitScript(() => Object.defineProperty(Document.prototype, 'cookie', { get: () => '', set: () => undefined }));
    const phone = await open(base + link, none);
    await phone.page.getByRole('heading', { name: 'This browser takes no cookies' }).waitFor();
    const other = await open(base + link, await browser.newContext(PHONE));
    await other.isSure();
    await none.close();
  });

  await test('a link of yesterday says that it is too old, and a new one joins', async ({ open }) => {
    const slow = await Till.open({ clock: true });
    try {
      const { id, link } = await slow.customer('Yesterday');
      slow.setClock(86_400);
      const phone = await open(slow.url + link);
      await phone.saysUsed();
      await phone.page.screenshot({ path: join(shots, 'old-link.png') });
      await phone.page.goto(slow.url + (await slow.anotherPhone(id)));
      await phone.isSure();
      await slow.take((await phone.code()) ?? '');
      await phone.balanceIs(9);
      assert.match(slow.run('verify'), /ok|right|hold|no error/i);
    } finally {
      await slow.stop();
    }
  });

  await test('a link of another shop adds it to a list', async ({ open }) => {
    till.run('provision', '--shop', 'Rose Garden', '--unit', 'wash', '--customers', '0', '--balance', '0');
    const { token } = till.made[0].terminal;
    const lotus = await till.customer('Both', 10);
    const rose = await till.customer('Both', 3, { token });
    const phone = await open(base + lotus.link);
    await phone.balanceIs(10);
    await phone.page.goto(base + rose.link);
    await phone.balanceIs(3);
    await till.take((await phone.code()) ?? '', 1, token);
    await phone.result();
    await phone.page.click('header button');
    await phone.page.locator('[data-testid=shops] li').nth(1).waitFor();
    await phone.page.screenshot({ path: join(shots, 'shops.png') });
    await phone.page.locator('[data-testid=shops] button', { hasText: 'Lotus' }).click();
    await phone.balanceIs(10);
    await phone.isSure();
    // A code of one shop at the till of another: nothing is taken, and nobody is named.
    assert.equal((await till.redeem((await phone.code()) ?? '', 1, token)).body.code, 'wrong_shop');
    await till.take((await phone.code()) ?? '');
    await phone.result();
    await phone.page.reload();
    await phone.balanceIs(9);
  });
}
