//! How a browser becomes a phone and stays one: by a link, a cookie or a word, with storage or without, until it is taken back.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PHONE, scan } from '../till.mjs';
import { until } from '../window.mjs';

export async function joining(world) {
  const { till, base, plain, shots, browser, test } = world;

  await test('joins, shows a code that the scanner reads, and the result comes by itself', async ({ open }) => {
    const { link } = await till.customer('Mei Lin');
    const phone = await open(base + link);
    await phone.balanceIs(10);
    assert(!phone.page.url().includes('join'), 'the join code left the address');
    await phone.code();
    const read = scan(await phone.page.screenshot());
    const id = await till.take(read ?? '');
    assert.match((await phone.result()) ?? '', /−1/);
    await phone.balanceIs(9);
    await until('seen', async () => (await till.lamp(id)) === 'seen');
    assert.notEqual((await phone.code())?.replaceAll(' ', ''), read, 'a new code at once');
    const stolen = await phone.page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert(!/[\w-]{43}/.test(stolen), 'no token is within reach of the page');
  });

  await test('with its storage wiped it comes back by its cookie, as another credential', async ({ open }) => {
    const { link } = await till.customer('Wiped');
    const phone = await open(base + link);
    await phone.isSure();
    const before = await phone.code();
    const session = await phone.page.context().newCDPSession(phone.page);
    await session.send('Storage.clearDataForOrigin', { origin: base, storageTypes: 'indexeddb,local_storage,session_storage,cache_storage,service_workers' });
    await phone.page.goto(base);
    await phone.isSure();
    const after = await phone.code();
    assert.notEqual(after?.slice(0, 13), before?.slice(0, 13));
    assert.equal((await till.redeem(before ?? '')).body.code, 'credential_revoked');
    await till.take(after ?? '');
    await phone.balanceIs(9);
  });

  await test('where the browser keeps nothing it works while it is open, and says so', async ({ open, context }) => {
    await context.addInitScript(() => {
      const forbidden = () => {
        throw new DOMException('forbidden', 'SecurityError');
      };
      for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(globalThis, name, { get: forbidden });
    });
    const { link } = await till.customer('Private');
    const phone = await open(base + link);
    await phone.isSure();
    const first = await phone.code();
    await till.take(first ?? '');
    await phone.result();
    await till.take((await phone.code()) ?? '');
    await phone.balanceIs(8);
    await phone.tab(3);
    await phone.page.locator('[data-lack=storage]').waitFor();
  });

  await test('revoked, it says so and shows no code', async ({ open }) => {
    const { id, link } = await till.customer('Revoked');
    const phone = await open(base + link);
    await phone.isSure();
    const number = (await phone.code())?.replaceAll(' ', '').slice(1, 11);
    await till.done('POST', `/customers/${id}/credentials/${number}/revoke`, {});
    await phone.notice('revoked');
    await phone.page.reload();
    await phone.notice('revoked');
  });

  await test('a recovery word freezes a lost phone from any browser, and connects another', async ({ open }) => {
    const { id, link } = await till.customer('Lost');
    const lost = await open(base + link);
    await lost.isSure();
    await lost.tab(3);
    await lost.page.click('[data-testid=make-word]');
    const word = (await lost.page.locator('[data-testid=word]').textContent()) ?? '';
    const other = await open(`${plain}/`, await browser.newContext(PHONE));
    await other.notice('join');
    await other.page.click('[data-testid=recover]');
    await other.page.fill('[name=word]', 'AAAA-AAAA-AAAA');
    await other.page.click('[name=freeze]');
    await other.page.locator('[data-step=refused]').waitFor();
    await other.page.fill('[name=word]', word.toLowerCase());
    await other.page.screenshot({ path: join(shots, 'recover.png') });
    await other.page.click('[name=freeze]');
    await other.page.locator('[data-step=frozen]').waitFor();
    await lost.tab(1);
    await lost.page.locator('.frozen').waitFor();
    await other.page.click('.back');
    await other.page.click('[data-testid=recover]');
    await other.page.fill('[name=word]', word);
    await other.page.click('[name=connect]');
    await other.isSure();
    await lost.notice('revoked');
    await till.done('POST', `/customers/${id}/unfreeze`, {});
    await till.take((await other.code()) ?? '');
    await other.balanceIs(9);
  });
}
