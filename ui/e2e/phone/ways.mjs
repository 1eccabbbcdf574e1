//! Ways that are blocked, phones and tabs beside each other.

import assert from 'node:assert/strict';
import { PHONE } from '../till.mjs';
import { until } from '../window.mjs';

export async function ways(world) {
  const { till, faults, base, browser, test } = world;

  for (const [name, blocked] of [
    ['Server-Sent Events', ['GET /ws']],
    ['long polling', ['GET /ws', 'GET /api/v1/me/stream']],
  ]) {
    await test(`where sockets are blocked ${name} take over`, async ({ open }) => {
      faults.blocked = blocked;
      const { link } = await till.customer('Blocked');
      const phone = await open(base + link);
      await phone.balanceIs(10);
      const ways = [];
      phone.page.on('request', (request) => ways.push(new URL(request.url()).pathname));
      await phone.isSure();
      const id = await till.take((await phone.code()) ?? '');
      await phone.result();
      await phone.balanceIs(9);
      await until('seen', async () => (await till.lamp(id)) === 'seen');
    });
  }

  await test('where sockets and streams hang it shows what is new before it gives the socket up', async ({ open, context }) => {
    const { id, link } = await till.customer('Hanging');
    const phone = await open(base + link);
    await phone.isSure();
    await phone.page.close();
    await till.topUp(id, 3);
    faults.hanging = ['GET /ws', 'GET /api/v1/me/stream'];
    const again = await context.newPage();
    const asked = [];
    again.on('request', (request) => asked.push(new URL(request.url()).pathname));
    phone.page = again;
    await again.goto(base);
    await phone.balanceIs(13);
    await phone.isSure();
    const [news, stream] = ['/api/v1/me/events', '/api/v1/me/stream'].map((path) => asked.indexOf(path));
    assert(news >= 0 && (stream < 0 || news < stream), `asked beside the socket, not after it: ${asked}`);
    await till.take((await phone.code()) ?? '');
    await phone.balanceIs(12);
  });

  await test('two phones of one customer have codes of their own and both hear everything', async ({ open }) => {
    const { id, link } = await till.customer('Two');
    const one = await open(base + link);
    const other = await open(base + (await till.anotherPhone(id)), await browser.newContext(PHONE));
    await one.isSure();
    await other.isSure();
    const [code, second] = [await one.code(), await other.code()];
    assert.notEqual(code?.slice(0, 13), second?.slice(0, 13));
    await till.take(code ?? '');
    await Promise.all([one.result(), other.result()]);
    await other.balanceIs(9);
    await till.take((await other.code()) ?? '');
    await one.balanceIs(8);
  });

  await test('two tabs share one credential and both move on', async ({ open, context }) => {
    const { link } = await till.customer('Tabs');
    const one = await open(base + link);
    await one.isSure();
    const other = await open(base, context);
    await other.isSure();
    const [code, same] = [await one.code(), await other.code()];
    assert.equal(code?.slice(0, 13), same?.slice(0, 13));
    await till.take(code ?? '');
    await Promise.all([one.result(), other.result()]);
    for (const tab of [one, other]) assert.notEqual(await tab.code(), code);
    await till.take((await other.code()) ?? '');
    await one.balanceIs(8);
  });

  await test('two tabs know of one another’s pause and new key, and neither loads anew', async ({ open, context }) => {
    const { link } = await till.customer('Rotated');
    const one = await open(base + link);
    await one.isSure();
    const other = await open(base, context);
    await other.isSure();
    const loads = [];
    for (const { page } of [one, other]) page.on('load', () => loads.push(page));
    till.run('rotate-key');
    const renewed = one.page.waitForResponse(/me\/renew/);
    await one.page.reload();
    await renewed;
    await one.isSure();
    // The first code of the new key ends the old one.
    await till.take((await one.code()) ?? '');
    await Promise.all([one.result(), other.result()]);
    await till.take((await other.code()) ?? '');
    await Promise.all([one.balanceIs(8), other.balanceIs(8)]);
    assert.deepEqual(loads, [one.page]);
    await other.tab(1);
    await one.tab(3);
    await one.page.click('[data-testid=pause]');
    await other.page.locator('[data-testid=paused]').waitFor();
  });
}
