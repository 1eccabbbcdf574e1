//! Our own phone page's classes behind the adapter, with a browser's parts stood in for: cookies, storage and database in
//! the store's folder, no WebCrypto, as over plain http. `ours.mjs` builds the classes; TILLBEAM_PAGE names them.

import { pathToFileURL } from 'node:url';
import { serve, standingClock } from '../adapter.mjs';
import { standIn } from './browser.mjs';

const clock = standingClock();
const browser = standIn(process.env.TILLBEAM_STORE);
const { Phone } = await import(pathToFileURL(process.env.TILLBEAM_PAGE).href);
let phone = null;

async function open(fragment) {
  phone = new Phone();
  await phone.start(fragment);
}

serve({
  clock: ({ ms }) => void clock(ms),
  // A page is opened at its server, so before it has one there is nothing to open.
  start: () => (browser.hasServer() ? open('') : undefined),
  async join({ server, code }) {
    browser.useServer(server);
    await open(`#join=${code}`);
    return phone.state.status === 'member' ? { joined: true } : { joined: false, code: phone.state.reason };
  },
  visible: ({ visible }) => browser.show(visible),
  code: () => ({ code: phone?.state.code?.digits ?? null }),
  shows() {
    const { status, book, link, view, newer } = phone.state;
    return {
      balances: Object.fromEntries((book?.accounts ?? []).map(({ unit, balance }) => [unit, balance])),
      sure: link === 'online',
      history: (book?.history ?? []).map(({ seq }) => seq),
      result: view?.name === 'result' ? view.event.seq : null,
      ended: status === 'revoked',
      newer: newer === true,
    };
  },
});
