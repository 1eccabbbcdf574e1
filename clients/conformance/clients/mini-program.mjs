//! The WeChat mini program's core behind the adapter, over the stand-in for `wx`.

import { createRequire } from 'node:module';
import { serve, standingClock } from '../adapter.mjs';
import { makeWx } from '../../wechat-miniprogram/tests/wx.mjs';

const require = createRequire(import.meta.url);
const { Phone } = require('../../wechat-miniprogram/miniprogram/core/phone.js');

const clock = standingClock();
let phone;

serve({
  clock: ({ ms }) => void clock(ms),
  start() {
    phone = new Phone(makeWx({ storage: process.env.TILLBEAM_STORE }));
    phone.start();
  },
  async join({ server, code }) {
    const { ok, code: why } = await phone.join(`${server}/#join=${code}`);
    return { joined: ok, code: why };
  },
  visible: ({ visible }) => phone.setVisible(visible),
  code: () => ({ code: phone.code()?.digits ?? null }),
  shows() {
    const { status, book, sure, result, newer } = phone.shown();
    return {
      balances: Object.fromEntries((book?.accounts ?? []).map(({ unit, balance }) => [unit, balance])),
      sure: sure === true,
      history: (book?.history ?? []).map(({ seq }) => seq),
      result: result?.seq ?? null,
      ended: status === 'ended',
      newer: newer === true,
    };
  },
});
