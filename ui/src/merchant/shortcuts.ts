//! The keys that do something on the screen in front, as it is now. Pure.

import type { Counter } from './counter.svelte';
import { sayIn } from './say';
import { sayCounter } from './say/counter';
import { sayReceipts } from './say/receipts';
import { unitOf } from './desk';

export interface Shortcut {
  keys: string;
  words: string;
}

export function shortcutsOf({ screen, till, staff, receipts }: Counter): Shortcut[] {
  const { desk } = till;
  const say = sayIn(desk.language);
  const words = sayCounter(desk.language);
  const shortcuts: Shortcut[] = [];
  if (staff.isLocked) return shortcuts;
  if (screen === 'till') {
    shortcuts.push({ keys: 'F2', words: say.changeAmount });
    if (unitOf(desk, desk.preset.unit).kind === 'pass') shortcuts.push({ keys: '+ −', words: words.keyCount });
  }
  if (screen === 'till' || screen === 'customers') shortcuts.push({ keys: 'F3', words: say.newCustomer });
  if (screen === 'till') {
    shortcuts.push({ keys: 'F4', words: say.findCustomer });
    if (till.undo.leftMs > 0) shortcuts.push({ keys: 'Ctrl Z', words: say.undo });
    if (receipts.on && desk.result.status === 'recorded') shortcuts.push({ keys: 'Ctrl P', words: sayReceipts(desk.language).print });
  }
  if (staff.standing !== null) shortcuts.push({ keys: 'Ctrl L', words: words.lock });
  shortcuts.push({ keys: 'Alt 1–4', words: words.screensLabel });
  return shortcuts;
}
