//! Something that answers in place of the server, or a server gone mad: a captive portal, a broken proxy, half an answer. None of it
//! may lose a join link, disconnect a phone, or change a balance, and the page goes on by itself when it is over.

import assert from 'node:assert/strict';
import { until } from '../window.mjs';
import { between } from './world.mjs';

const answer = (status, type, body, length = Buffer.byteLength(body)) =>
  `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\nconnection: close\r\n\r\n${body}`;
const HTML = '<!doctype html><title>Hotel Wi-Fi</title><h1>Please log in</h1>';

/** The page says that the shop cannot be reached, or, of JSON that makes no sense, that its computer failed. */
const RUBBISH = {
  'a page in place of JSON': [answer('200 OK', 'text/html', HTML), 'offline'],
  'half an answer': [answer('200 OK', 'application/json', '{"credential":"12345678', 400), 'offline'],
  'half of the JSON': [answer('200 OK', 'application/json', '{"credential":"12345678'), 'offline'],
  'a broken proxy': [answer('502 Bad Gateway', 'text/html', '<h1>502 Bad Gateway</h1>'), 'offline'],
  'a door-keeper who is not ours': [answer('401 Unauthorized', 'text/html', HTML), 'offline'],
  'nothing at all': [answer('200 OK', 'application/json', ''), 'offline'],
  'no HTTP': ['\x00\x15\x03\x01 hello', 'offline'],
  'JSON of something else': [answer('200 OK', 'application/json', '{"epoch":{},"events":7,"accounts":"none","credential":12}'), 'internal'],
  'a refusal that is unknown': [answer('418 I am a teapot', 'application/problem+json', '{"code":"teapot"}'), 'internal'],
};
const FAILED = { offline: 'The shop’s computer cannot be reached', internal: 'Something failed on the shop’s computer' };
const CALLS = ['GET /api/', 'POST /api/', 'GET /ws'];

/** What no server may say on a socket, each ignored. */
const FRAMES = [
  'hello', '', '{', '[]', 'null', '7', '{"type":7}', '{"seq":3}', '{"type":"hello"}', '{"type":"hello","epoch":null,"seq":-1,"time":"now"}',
  '{"type":"hello","epoch":"x","seq":1e300,"time":"2026-01-01T00:00:00.000Z"}', '{"type":"top_up","seq":"9","balance":1000}',
  '{"type":"top_up","seq":1.5,"balance":1000}', '{"type":"redemption","seq":-3}', '{"type":{"a":1},"seq":2}', `{"type":"${'x'.repeat(100_000)}`,
];

export async function rubbish(world) {
  const { till, faults, base, test } = world;

  await test('rubbish in place of an answer to a join is no join, and the link is not lost', async ({ open }) => {
    const { link } = await till.customer('Rubbish');
    const all = Object.entries(RUBBISH);
    const failed = (reason) => phone.page.getByRole('heading', { name: FAILED[reason] });
    const again = () => phone.page.getByRole('button', { name: 'Try again' });
    faults.answers = [['POST /api/v1/join', all[0][1][0]]];
    const phone = await open(base + link);
    let joins = 0;
    phone.page.on('request', (request) => (joins += Number(request.url().endsWith('/join'))));
    await failed(all[0][1][1]).waitFor();
    joins = 0;
    for (const [index, [name, [bytes, reason]]] of all.entries()) {
      faults.answers = [['POST /api/v1/join', bytes]];
      await again().click();
      await until(`the join of ${name}`, () => Promise.resolve(joins === index + 1));
      await failed(reason).waitFor();
      await again().waitFor();
    }
    assert.equal(joins, all.length, 'each click asked once');
    faults.heal();
    await again().click();
    await phone.balanceIs(10);
    await phone.isSure();
    await till.take((await phone.code()) ?? '');
    await phone.balanceIs(9);
  });

  await test('rubbish in place of the server takes nothing from a phone: code, dated balance, and right again after it', async ({ open }) => {
    const { id, link } = await till.customer('Joined');
    const phone = await open(base + link);
    await phone.isSure();
    let left = 10;
    for (const [bytes] of Object.values(RUBBISH)) {
      faults.answers = CALLS.map((call) => [call, bytes]);
      faults.cut();
      await phone.isSure(false);
      assert.equal(await phone.page.locator('[data-testid=balance]').getAttribute('data-balance'), String(left));
      await till.take((await phone.code()) ?? '');
      left -= 1;
      faults.heal();
      await phone.online();
      await phone.balanceIs(left);
      await phone.isSure();
    }
    await till.topUp(id, 1);
    await phone.balanceIs(left + 1);
  });

  await test('rubbish on the socket is passed over, and what is right between it is taken', async ({ open, context }) => {
    let mad = true;
    await between(context, (message) => (mad ? [...FRAMES, message, ...FRAMES] : [message]));
    const { id, link } = await till.customer('Mad');
    const phone = await open(base + link);
    await phone.isSure();
    await till.take((await phone.code()) ?? '');
    await phone.result();
    await till.topUp(id, 4);
    await phone.balanceIs(13);
    mad = false;
    await phone.isSure();
    assert.equal(await phone.page.locator('[data-testid=newer]').count(), 0);
  });
}
