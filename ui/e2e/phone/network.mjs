//! What the network and the clock do: wrong, gone, cut, restarted, without encryption.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { PHONE } from '../till.mjs';
import { until } from '../window.mjs';
import { securely, wrongClock } from './world.mjs';

export async function network(world) {
  const { till, faults, base, plain, shots, browser, test } = world;

  await test('a code is right by the server’s clock when the phone’s is an hour wrong', async ({ open }) => {
    for (const hours of [1, -1]) {
      const { link } = await till.customer('Wrong Clock');
      const where = await browser.newContext(PHONE);
      await wrongClock(where, hours * 3_600_000);
      const phone = await open(base + link, where);
      await phone.isSure();
      await till.take((await phone.code()) ?? '');
      await phone.result();
      // Without the server it goes by what it heard last, also after a reload.
      faults.down();
      await phone.isSure(false);
      await till.take((await phone.code()) ?? '');
      faults.up();
      await phone.online();
      await phone.balanceIs(8);
      await where.close();
    }
  });

  await test('over https it opens without any network and its key cannot be taken out', async ({ open }) => {
    const secure = await securely();
    const { link } = await secure.customer('Offline');
    const phone = await open(secure.url + link);
    await phone.balanceIs(10);
    await phone.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await until('the page in the cache', () => phone.page.evaluate(async () => (await caches.keys()).length > 0));
    const key = await phone.page.evaluate(async () => {
      const database = await new Promise((done) => (indexedDB.open('tillbeam').onsuccess = ({ target }) => done(target.result)));
      const store = database.transaction('kept').objectStore('kept');
      const kept = await new Promise((done) => (store.getAll().onsuccess = ({ target }) => done(target.result)));
      const { key: found } = kept.find((value) => 'key' in value);
      const taken = await crypto.subtle.exportKey('raw', found).then(() => 'exported', (error) => error.name);
      return { extractable: found.extractable, taken };
    });
    assert.deepEqual(key, { extractable: false, taken: 'InvalidAccessError' });
    const manifest = await phone.page.evaluate(async () => (await fetch('/manifest.webmanifest')).json());
    assert(manifest.icons.some(({ sizes }) => sizes === '512x512'));
    await phone.page.context().setOffline(true);
    await secure.stop();
    await phone.page.reload();
    const code = await phone.code();
    await phone.balanceIs(10);
    await phone.isSure(false);
    assert.match((await phone.page.locator('[data-testid=as-of]').textContent()) ?? '', /balance of \d\d:\d\d/);
    await phone.page.screenshot({ path: join(shots, 'offline-reloaded.png') });
    await secure.start();
    await secure.take(code ?? '');
    await phone.page.context().setOffline(false);
    await phone.online();
    await phone.balanceIs(9);
    await phone.isSure();
    await secure.stop();
  });

  await test('over plain http under a name it makes codes without WebCrypto and says what is missing', async ({ open }) => {
    const { link } = await till.customer('Plain');
    const phone = await open(plain + link);
    assert.equal(await phone.page.evaluate(() => isSecureContext), false);
    assert.equal(await phone.page.evaluate(() => crypto.subtle === undefined && !('serviceWorker' in navigator)), true);
    await phone.isSure();
    await till.take((await phone.code()) ?? '');
    await phone.result();
    faults.down();
    await phone.isSure(false);
    const code = await phone.code();
    await until('the next code', async () => (await phone.code()) !== code);
    await till.take((await phone.code()) ?? '');
    faults.up();
    await phone.online();
    await phone.balanceIs(8);
    await phone.tab(3);
    await phone.page.locator('[data-lack=secure]').waitFor();
  });

  await test('after a restart of the server it tells what was missed, in order', async ({ open }) => {
    const { id, link } = await till.customer('Replay');
    const phone = await open(base + link);
    await phone.isSure();
    const codes = [await phone.code()];
    faults.down();
    await phone.isSure(false);
    await till.take(codes[0] ?? '');
    await till.topUp(id, 5);
    await till.stop('SIGKILL');
    await till.start();
    await till.topUp(id, 1);
    faults.up();
    await phone.online();
    await phone.balanceIs(15);
    await phone.isSure();
    await phone.tab(2);
    const types = await phone.page.locator('[data-testid=entries] li').evaluateAll((lines) => lines.map(({ dataset }) => dataset.type));
    assert.deepEqual(types, ['top_up', 'top_up', 'redemption', 'top_up']);
  });

  await test('a connection that died without a word is found out while somebody waits for the result', async ({ open }) => {
    const { link } = await till.customer('Stranded');
    const phone = await open(base + link);
    await phone.isSure();
    const stranded = Date.now();
    faults.strand();
    await till.take((await phone.code()) ?? '');
    await phone.result();
    assert(Date.now() - stranded < 20_000, 'five seconds of silence, and six without an answer');
    await phone.balanceIs(9);
    // A page that comes to the front, or a network that comes back, does not wait for any of it.
    faults.strand();
    await till.take((await phone.code()) ?? '');
    const back = Date.now();
    await phone.online();
    await phone.result();
    assert(Date.now() - back < 8_000, 'at once');
    await phone.balanceIs(8);
    await phone.isSure();
  });

  await test('a network that delays, cuts and swallows loses and doubles nothing', async ({ open }) => {
    const { id, link } = await till.customer('Faults', 1);
    faults.delayMs = 40;
    const phone = await open(base + link);
    await phone.balanceIs(1);
    for (let round = 1; round <= 6; round += 1) {
      if (round % 3 === 0) faults.cut();
      if (round === 4) {
        faults.mode = 'swallow';
        await till.topUp(id, 1);
        faults.mode = 'pass';
        faults.cut();
      } else await till.topUp(id, 1);
    }
    await phone.balanceIs(7);
    await phone.isSure();
    await phone.tab(2);
    const entries = phone.page.locator('[data-testid=entries] li');
    // The history of before the phone joined is read beside the rest, and again when a cut took it.
    await entries.nth(6).waitFor();
    assert.equal(await entries.count(), 7);
  });
}
