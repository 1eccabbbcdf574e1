//! What people see and do: paused, hidden, frozen, not looked at.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { scan } from '../till.mjs';
import { until } from '../window.mjs';
import { wrongClock } from './world.mjs';

export async function screens(world) {
  const { till, base, shots, test } = world;

  await test('in the background it says received, and seen only when it is looked at', async ({ open }) => {
    const { link } = await till.customer('Behind');
    const phone = await open(base + link);
    await phone.isSure();
    const show = (state) =>
      phone.page.evaluate((visibility) => {
        Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
      }, state);
    const code = await phone.code();
    await show('hidden');
    const id = await till.take(code ?? '');
    await until('received', async () => (await till.lamp(id)) === 'received');
    await show('visible');
    await until('seen', async () => (await till.lamp(id)) === 'seen');
    await phone.result();
  });

  await test('frozen, it says so on the screen and in the history, and a refusal is as clear as a result', async ({ open }) => {
    const { id, link } = await till.customer('Frozen');
    const phone = await open(base + link);
    await phone.isSure();
    await till.done('POST', `/customers/${id}/freeze`, {});
    await phone.page.locator('.frozen').waitFor();
    assert.equal((await till.redeem((await phone.code()) ?? '')).body.code, 'frozen');
    await phone.result('refused');
    await phone.page.screenshot({ path: join(shots, 'frozen.png') });
    await till.done('POST', `/customers/${id}/unfreeze`, {});
    await until('no word of it', async () => (await phone.page.locator('.frozen').count()) === 0);
    await phone.tab(2);
    // One of the freezing, one of the opening.
    assert.equal(await phone.page.locator('[data-testid=entries] [data-type=status]').count(), 2);
  });

  await test('pauses its code and switches it on again', async ({ open }) => {
    const { link } = await till.customer('Pause');
    const phone = await open(base + link);
    await phone.isSure();
    const code = await phone.code();
    await phone.tab(3);
    await phone.page.click('[data-testid=pause]');
    await phone.tab(1);
    await phone.page.locator('[data-testid=paused]').waitFor();
    await phone.page.screenshot({ path: join(shots, 'paused.png') });
    assert.equal((await till.redeem(code ?? '')).body.code, 'frozen');
    await phone.result('refused');
    await phone.page.click('[data-testid=paused] button');
    await till.take((await phone.code()) ?? '');
    await phone.result();
  });

  await test('untouched for two minutes it hides the code, and a touch brings a good one back', async ({ open, context }) => {
    await wrongClock(context);
    const { link } = await till.customer('Untouched');
    const phone = await open(base + link);
    await phone.isSure();
    await phone.code();
    await phone.page.evaluate(() => (globalThis.wrongByMs = 110_000));
    await phone.code();
    await phone.page.evaluate(() => (globalThis.wrongByMs = 121_000));
    const hidden = phone.page.locator('[data-testid=hidden]');
    await hidden.waitFor();
    await phone.page.screenshot({ path: join(shots, 'hidden.png') });
    assert.equal(await phone.page.locator('[data-testid=digits]').count(), 0);
    assert.equal(scan(await phone.page.screenshot()), null, 'nothing to scan');
    await hidden.click();
    await phone.isSure();
    await till.take((await phone.code()) ?? '');
    await phone.result();
  });

  await test('a result sounds and shakes the phone, a refusal otherwise, and the screen stays lit while there is a code', async ({ open, context }) => {
    await wrongClock(context);
    await context.addInitScript(() => {
      const heard = (globalThis.heard = { pitches: [], shakes: [], lit: 0 });
      navigator.vibrate = (pattern) => heard.shakes.push(pattern);
      const create = AudioContext.prototype.createOscillator;
      AudioContext.prototype.createOscillator = function () {
        const made = create.call(this);
        // Its pitch is set after it is made.
        const start = made.start;
        made.start = (at) => (heard.pitches.push(made.frequency.value), start.call(made, at));
        return made;
      };
      navigator.wakeLock.request = async () => {
        heard.lit += 1;
        return Object.assign(new EventTarget(), { release: async () => void (heard.lit -= 1) });
      };
    });
    const { link } = await till.customer('Loud');
    const phone = await open(base + link);
    await phone.isSure();
    const heard = () => phone.page.evaluate(() => globalThis.heard);
    assert.deepEqual(await heard(), { pitches: [], shakes: [], lit: 1 });
    await phone.tab(1);
    await till.take((await phone.code()) ?? '');
    await phone.result();
    const { pitches: [low, high], shakes: [shake] } = await heard();
    assert(low < high && shake === 80, 'two rising tones');
    assert.equal((await till.redeem((await phone.code()) ?? '', 100)).status, 402);
    await phone.result('refused');
    const { pitches, shakes } = await heard();
    assert(pitches.length === 4 && pitches[2] === pitches[3] && pitches[2] < low, 'one low double');
    assert.deepEqual(shakes[1], [60, 80, 60]);
    await phone.page.evaluate(() => (globalThis.wrongByMs = 121_000));
    await phone.page.locator('[data-testid=hidden]').waitFor();
    await until('dark', async () => (await heard()).lit === 0);
    await phone.page.click('[data-testid=hidden]');
    await until('lit', async () => (await heard()).lit === 1);
  });
}
