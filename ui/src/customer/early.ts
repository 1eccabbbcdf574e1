//! Asks to join at once, while the rest of the page is still on its way: the first script of the document, by itself.

import { send } from '../shared/send';
import { askToJoin } from './ask-to-join';
import { inviteOf, takesCookies } from './invite';

const invite = inviteOf(location.hash);
if (invite !== null && takesCookies()) {
  const { path, body } = askToJoin(invite);
  const answer = send('POST', path, body);
  // Whoever takes it hears of a failure.
  answer.catch(() => undefined);
  globalThis.earlyJoin = { invite, answer };
}
