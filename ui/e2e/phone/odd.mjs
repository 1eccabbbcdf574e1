//! What a right server may say that this page did not expect: other books, later versions, a gap.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { until } from '../window.mjs';
import { between } from './world.mjs';

export async function odd(world) {
  const { till, base, shots, test } = world;

  await test('after a restore it takes the books as they are now', async ({ open }) => {
    const { link } = await till.customer('Restored');
    const phone = await open(base + link);
    await phone.balanceIs(10);
    const backup = join(till.data, 'backup.tillbeam');
    till.run('backup', backup);
    await till.take((await phone.code()) ?? '');
    await phone.result();
    await phone.balanceIs(9);
    await till.stop();
    till.run('restore', backup, '--replace');
    await till.start();
    await phone.balanceIs(10);
    await phone.isSure();
    await until('a code of after the restore', async () => (await till.redeem((await phone.code()) ?? '')).status === 201);
    await phone.balanceIs(9);
  });

  await test('what only a future version knows is counted and acked, and the page says that it is too old', async ({ open, context }) => {
    await between(context, (message) => {
      if (message.type === 'hello') return [{ ...message, weather: 'fine' }, { type: 'weather', sky: 'blue' }];
      return [message.type === 'redemption' ? { ...message, type: 'raffle', prize: { soap: 1 } } : { ...message, colour: 'blue' }];
    });
    const { id, link } = await till.customer('Future');
    const phone = await open(base + link);
    await phone.isSure();
    await phone.page.locator('[data-testid=newer]').waitFor();
    await phone.page.screenshot({ path: join(shots, 'newer.png') });
    const redemption = await till.take((await phone.code()) ?? '');
    await until('seen', async () => (await till.lamp(redemption)) === 'seen');
    await phone.balanceIs(9);
    await till.topUp(id, 2);
    await phone.result();
    await phone.balanceIs(11);
    await phone.isSure();
    await phone.tab(2);
    await phone.page.locator('[data-testid=entries] [data-type=raffle]').waitFor();
  });

  await test('a number that jumps is looked up, and no wrong balance is shown', async ({ open, context }) => {
    let lose = false;
    const lost = [];
    await between(context, (message) => {
      if (!lose || message.type === 'hello') return [message];
      // The first is lost, and the second lies about the balance: nobody may believe it before the gap is known.
      return lost.push(message.seq) === 1 ? [] : [{ ...message, balance: 1_000 }];
    });
    const { id, link } = await till.customer('Jump');
    const phone = await open(base + link);
    await phone.balanceIs(10);
    await phone.isSure();
    await phone.page.evaluate(() => {
      globalThis.balances = new Set();
      const note = () => globalThis.balances.add(document.querySelector('[data-testid=balance]')?.dataset.balance);
      new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
    });
    lose = true;
    await till.topUp(id, 2);
    await till.topUp(id, 3);
    await phone.balanceIs(15);
    lose = false;
    await phone.isSure();
    assert.equal(lost.length, 2);
    assert(!(await phone.page.evaluate(() => [...globalThis.balances])).includes('1000'));
    await phone.tab(2);
    await phone.page.locator('[data-testid=entries] li').nth(2).waitFor();
  });
}
