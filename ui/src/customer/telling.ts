//! One event as words: what the full-screen result and the history both say. The accounts name its unit. Pure.

import type { Language } from '../shared/language';
import { formatAmount, unitName } from '../shared/money';
import type { UnitKind } from '../shared/wire/till';
import { formatTime } from '../shared/clock';
import { asReason, type CustomerEvent } from '../shared/wire';
import { direction, eventUnit, type UnitsKnown } from './book';
import type { Refusal } from './refusals';
import { isStatus, sayIn } from './say';

export type Telling =
  | { status: 'recorded'; title: string; amount: string; unit: string; left: string }
  | { status: 'refused'; title: string; refusal: Refusal }
  /** Nothing moved: one sentence says it. */
  | { status: 'news'; title: string };

export function tell(event: CustomerEvent, language: Language, known: UnitsKnown): Telling {
  const say = sayIn(language);
  if (event.unread) return { status: 'news', title: say.kinds.other };
  const unit = eventUnit(event, known);
  if (event.type === 'status') {
    const date = event.expires_at ? formatTime(event.expires_at, language, 'date') : '';
    const name = event.unit === undefined ? '' : unit.kind === 'money' ? say.balance : unitName(unit, language);
    return { status: 'news', title: isStatus(event.status) ? say.statuses[event.status](name, date) : say.kinds.other };
  }
  if (event.type === 'refusal') {
    const left = event.balance !== undefined && unit.unit !== '' ? say.balanceInWords(unit, event.balance) : '';
    return { status: 'refused', title: say.refused, refusal: say.refusals[asReason(event.code)](left) };
  }
  return {
    status: 'recorded',
    title: title(event, unit.kind, language),
    amount: event.amount === undefined ? '' : formatAmount(unit, event.amount, language, direction(event)),
    unit: unitName(unit, language),
    left: event.balance === undefined ? '' : say.left(unit, event.balance),
  };
}

function title(event: CustomerEvent, kind: UnitKind, language: Language): string {
  const { kinds, taken } = sayIn(language);
  if (event.type === 'redemption') return taken[kind];
  if (event.type === 'reversal' && event.of_type === 'top_up') return kinds.reversal_top_up;
  return event.type in kinds ? kinds[event.type as keyof typeof kinds] : kinds.other;
}

/** One sentence for ears. */
export function spoken(telling: Telling): string {
  if (telling.status === 'news') return telling.title;
  if (telling.status === 'refused') return [telling.title, telling.refusal.what, telling.refusal.todo].join('. ');
  return [telling.title, `${telling.amount} ${telling.unit}`.trim(), telling.left].filter((part) => part !== '').join('. ');
}
