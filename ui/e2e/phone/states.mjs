//! Every state of the phone's page, as the real server makes it, looked at by `stage.mjs`: a test without a folder, pictures with one.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { PHONE } from '../till.mjs';
import { OPTIONS, Stage } from './stage.mjs';
import { between, wrongClock } from './world.mjs';

const PORTAL = 'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 22\r\nconnection: close\r\n\r\n<h1>Please log in</h1>';
const NEVER = '/#join=AAAAAAAAAAAAAAAAAAAAAA';
const LONG = 'The Extraordinarily Long-Named Lotus Flower Car Wash & Detailing 莲花洗车美容中心';

export async function states(world, folder = null) {
  const { till, faults, base, plain, browser } = world;
  const stage = new Stage(folder);
  /** A walk through some states, one phone's or several. */
  const walk = (name, body) =>
    world.test(
      `looked at: ${name}`,
      async ({ open, context }) => {
        await wrongClock(context);
        await body({ open, context, look: (phone, state) => stage.look(phone.page, state) });
        stage.settle();
      },
      OPTIONS,
    );
  /** The phone's clock is set, which it notices; or time goes by for it. */
  const later = (phone, ms) => phone.page.evaluate((more) => (globalThis.wrongByMs += more), ms);
  const passes = (phone, ms) => phone.page.evaluate((more) => ((globalThis.wrongByMs += more), (globalThis.steadyByMs += more)), ms);
  const asked = (path, body, token) => till.done('POST', path, { id: randomUUID(), ...body }, '/api/v1', token);
  const rich = async (name) => {
    const { id, link } = await till.customer(name, 9);
    await asked(`/customers/${id}/top-ups`, { unit: 'CNY', amount: 10_000, bonus: 2_850 });
    await till.done('PUT', `/customers/${id}/expiry`, { unit: 'wash', expires_at: '2031-03-31T00:00:00Z' });
    return { id, link };
  };
  await till.done('POST', '/units', { unit: 'wash', names: { en: 'Wash', zh: '洗车' } });

  await walk('before it has joined', async ({ open, look }) => {
    faults.hanging = ['POST /api/v1/me/rejoin'];
    const opening = await open(base);
    await opening.notice('waiting');
    await look(opening, 'opening');
    faults.hanging = ['POST /api/v1/join'];
    const joining = await open(base + (await rich('Joining')).link);
    await joining.page.getByRole('heading', { name: 'Connecting this phone to the shop' }).waitFor();
    await look(joining, 'joining');
    faults.heal();
    faults.answers = [['POST /api/v1/join', PORTAL]];
    const portal = await open(base + (await rich('Portal')).link);
    await portal.notice('offline');
    await look(portal, 'join-captive-portal');
    faults.heal();
    const old = await open(base + NEVER);
    await old.saysUsed();
    await look(old, 'join-old-link');
    const stranger = await open(plain);
    await stranger.notice('join');
    await look(stranger, 'stranger');
  });

  await walk('its code, paused, hidden, frozen', async ({ open, look }) => {
    const { id, link } = await rich('Li Wei');
    const phone = await open(base + link);
    await phone.isSure();
    await phone.code();
    await look(phone, 'code');
    await passes(phone, 21_000);
    await phone.page.getByText('Turn the screen brighter').waitFor();
    await look(phone, 'code-not-read');
    await later(phone, 121_000);
    await phone.page.locator('[data-testid=hidden]').waitFor();
    await look(phone, 'hidden');
    await phone.page.click('[data-testid=hidden]');
    await phone.tab(3);
    await phone.page.click('[data-testid=pause]');
    await phone.tab(1);
    await phone.page.locator('[data-testid=paused]').waitFor();
    await look(phone, 'paused');
    await phone.page.click('[data-testid=paused] button');
    await till.done('POST', `/customers/${id}/freeze`, {});
    await phone.page.locator('.frozen').waitFor();
    await look(phone, 'frozen');
    await till.redeem((await phone.code()) ?? '');
    await phone.page.locator('[data-testid=result]').waitFor();
    await look(phone, 'refused-frozen');
    const nobody = await open(base + (await till.customer('Nobody', 0)).link, await browser.newContext({ ...PHONE, ...OPTIONS }));
    await nobody.page.getByText('Nothing on your account yet').waitFor();
    await nobody.code();
    await look(nobody, 'empty');
    await nobody.tab(2);
    await look(nobody, 'history-empty');
  });

  await walk('results and the history', async ({ open, look }) => {
    const { id, link } = await rich('Wang Fang');
    const phone = await open(base + link);
    await phone.isSure();
    const shown = async (name) => {
      await phone.page.locator('[data-testid=result]').waitFor();
      await look(phone, name);
      await phone.page.click('[data-testid=result] button');
    };
    const taken = await till.take((await phone.code()) ?? '');
    await shown('result-pass');
    await asked('/redemptions', { code: (await phone.code())?.replace(/\D/g, ''), unit: 'CNY', amount: 2_500 });
    await shown('result-money');
    await asked(`/customers/${id}/top-ups`, { unit: 'wash', amount: 10 });
    await shown('result-top-up');
    await asked(`/redemptions/${taken}/reversals`, {});
    await shown('result-given-back');
    await till.redeem((await phone.code()) ?? '', 500);
    await shown('refused-balance');
    await till.done('PUT', `/customers/${id}/expiry`, { unit: 'wash', expires_at: '2020-01-01T00:00:00Z' });
    await till.redeem((await phone.code()) ?? '');
    await shown('refused-expired');
    await phone.tab(2);
    await phone.page.locator('[data-testid=entries] [data-type=refusal]').first().waitFor();
    await look(phone, 'history');
  });

  await walk('more, a recovery word, a lost phone', async ({ open, look }) => {
    const { link } = await rich('Lost');
    const phone = await open(plain + link);
    await phone.isSure();
    await phone.tab(3);
    await phone.page.locator('[data-lack=secure]').waitFor();
    await look(phone, 'more-plain-http');
    await phone.page.locator('[data-lack=secure]').scrollIntoViewIfNeeded();
    await look(phone, 'more-plain-http-lacks');
    await phone.page.click('[data-testid=make-word]');
    const word = (await phone.page.locator('[data-testid=word]').textContent()) ?? '';
    await phone.page.locator('[data-testid=word]').scrollIntoViewIfNeeded();
    await look(phone, 'more-word');
    const other = await open(base);
    await other.notice('join');
    await other.page.click('[data-testid=recover]');
    await look(other, 'recover');
    await other.page.fill('[name=word]', 'AAAA-AAAA-AAAA');
    await other.page.click('[name=freeze]');
    await other.page.locator('[data-step=refused]').waitFor();
    await look(other, 'recover-refused');
    await other.page.fill('[name=word]', word);
    await other.page.click('[name=freeze]');
    await other.page.locator('[data-step=frozen]').waitFor();
    await look(other, 'recover-frozen');
    await other.page.click('.back');
    await other.page.click('[data-testid=recover]');
    await other.page.fill('[name=word]', word);
    await other.page.click('[name=connect]');
    await other.isSure();
    await look(other, 'new-address-frozen');
    await phone.notice('revoked');
    await look(phone, 'revoked');
  });

  await walk('without the shop’s computer', async ({ open, look }) => {
    const { link } = await rich('Offline');
    const phone = await open(base + link);
    await phone.isSure();
    await phone.page.evaluate(() => dispatchEvent(Object.assign(new Event('beforeinstallprompt'), { prompt: async () => undefined })));
    await phone.tab(3);
    await phone.page.locator('[data-testid=install]').waitFor();
    await phone.page.locator('[data-testid=install]').scrollIntoViewIfNeeded();
    await look(phone, 'more-install');
    await phone.tab(1);
    faults.down();
    await phone.isSure(false);
    await phone.page.getByText('No connection').waitFor();
    await later(phone, 12_000);
    await phone.page.getByText(/last heard 1\d s ago/).waitFor();
    await look(phone, 'offline');
    await phone.tab(3);
    await phone.page.click('[data-testid=pause]');
    await phone.page.getByRole('alert').waitFor();
    await look(phone, 'more-offline');
    await phone.tab(1);
    await later(phone, 2 * 86_400_000);
    await phone.page.getByText(/last heard 48 h ago/).waitFor();
    await phone.page.click('[data-testid=hidden]');
    await phone.code();
    await look(phone, 'offline-days');
    faults.up();
    faults.answers = ['GET /api/', 'POST /api/', 'GET /ws'].map((call) => [call, PORTAL]);
    const portal = await phone.page.context().newPage();
    phone.page = portal;
    await portal.goto(base);
    await phone.isSure(false);
    await portal.getByText('No connection').waitFor();
    await phone.code();
    await look(phone, 'captive-portal');
    faults.heal();
  });

  await walk('several shops, long names, large amounts', async ({ open, look }) => {
    till.run('provision', '--shop', LONG, '--unit', 'wash', '--unit', 'CNY', '--customers', '0', '--balance', '0');
    const { token } = till.made[0].terminal;
    const { id, link } = await till.customer('Alexandrina Konstantinopoulou', 3, { token });
    await asked(`/customers/${id}/top-ups`, { unit: 'CNY', amount: 998_765_432_109, bonus: 120_000 }, token);
    const phone = await open(base + (await rich('Alexandrina')).link);
    await phone.balanceIs(9);
    await phone.page.goto(base + link);
    await phone.isSure();
    await phone.page.locator('header button', { hasText: 'Extraordinarily' }).waitFor();
    await phone.code();
    await look(phone, 'huge');
    await asked('/redemptions', { code: (await phone.code())?.replace(/\D/g, ''), unit: 'CNY', amount: 1_234_567_890 }, token);
    await phone.page.locator('[data-testid=result]').waitFor();
    await look(phone, 'result-huge');
    await phone.page.click('[data-testid=result] button');
    await phone.page.click('header button');
    await phone.page.locator('[data-testid=shops] li').nth(1).waitFor();
    await look(phone, 'shops');
    faults.answers = [['POST /api/v1/join', PORTAL]];
    await phone.page.goto(base + (await rich('Third')).link);
    await phone.page.locator('[data-testid=aside][data-what=not_added]').waitFor();
    await phone.isSure();
    const shown = await phone.code();
    await look(phone, 'link-not-added');
    faults.heal();
    await till.done('POST', `/customers/${id}/credentials/${shown?.replace(/\D/g, '').slice(1, 11)}/revoke`, {}, '/api/v1', token);
    await phone.page.locator('[data-testid=aside][data-what=disconnected]').waitFor();
    await phone.balanceIs(9);
    await phone.code();
    await look(phone, 'one-shop-disconnected');
    await phone.page.getByRole('button', { name: 'Close' }).click();
    await phone.page.locator('[data-testid=aside]').waitFor({ state: 'detached' });
  });

  await walk('a later server, a restored one', async ({ open, context, look }) => {
    await between(context, (message) => [message, ...(message.type === 'hello' ? [{ type: 'weather' }] : [])]);
    const phone = await open(base + (await rich('Restored')).link);
    await phone.isSure();
    await phone.page.locator('[data-testid=newer]').waitFor();
    await phone.code();
    await look(phone, 'later-version');
    const backup = join(till.data, 'looks.tillbeam');
    till.run('backup', backup);
    await till.take((await phone.code()) ?? '');
    await phone.result();
    await phone.balanceIs(8);
    await till.stop();
    till.run('restore', backup, '--replace');
    await till.start();
    await phone.balanceIs(9);
    await phone.isSure();
    await phone.tab(2);
    await phone.page.locator('[data-testid=entries] li').first().waitFor();
    await look(phone, 'restored-history');
  });

  if (stage.seen > 0) console.log(`phone: ${stage.seen} states looked at`);
}
