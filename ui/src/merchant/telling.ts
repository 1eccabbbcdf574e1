//! A result as words, for the eye and the ear. Pure.

import { formatTime } from '../shared/clock';
import { formatAmount, unitName, type Sign } from '../shared/money';
import type { RequestKind, Shown } from '../shared/wire/till';
import { unitOf, type Desk } from './desk';
import { asReason } from './reason';
import { sayIn, type Advice } from './say';
import type { TopUp } from './top-up';

export type Status = Shown['status'] | 'repeated';

export function statusOf(result: Shown): Status {
  return result.status === 'recorded' && result.redemption.repeated ? 'repeated' : result.status;
}

/** "−1 Wash", "−¥25.00". */
export function takenWords(desk: Desk, unit: string, amount: number): string {
  return movedWords(desk, 'redemption', { unit, amount });
}

const SIGNS: Record<RequestKind, Sign> = { redemption: '−', top_up: '+', refund: '−', transfer: '−', adjustment: '', reversal: '' };

/** "−1 Wash", or "+10 Wash" for a top-up. */
export function movedWords(desk: Desk, kind: RequestKind, { unit, amount }: { unit: string; amount: number }): string {
  // A damaged line of the journal no longer tells.
  if (unit === '') return '';
  const known = unitOf(desk, unit);
  const sign = SIGNS[kind];
  return `${formatAmount(known, amount, desk.language, sign)} ${unitName(known, desk.language)}`.trim();
}

export function refusalAdvice(desk: Desk, refused: Extract<Shown, { status: 'refused' }>): Advice {
  const say = sayIn(desk.language);
  const { unit, balance, clock_difference_s } = refused;
  const known = unitOf(desk, unit);
  const left =
    unit !== undefined && balance !== undefined
      ? say.unitLeft(unitName(known, desk.language), formatAmount(known, balance, desk.language))
      : '';
  return say.refusals[asReason(refused.code)]({ left, clockDifferenceS: clock_difference_s ?? null });
}

/** One or two sentences; empty at rest. */
export function spokenResult(desk: Desk): string {
  const say = sayIn(desk.language);
  const { result } = desk;
  switch (result.status) {
    case 'idle':
    case 'sending':
      return '';
    case 'checking':
      return `${say.checking}. ${say.checkingTodo}`;
    case 'recorded': {
      const { redemption } = result;
      const unit = unitOf(desk, redemption.unit);
      const taken = takenWords(desk, redemption.unit, redemption.amount);
      const left = say.left(formatAmount(unit, redemption.balance, desk.language), unit.kind);
      const time = formatTime(redemption.at, desk.language, 'minute', desk.shop?.time_zone);
      return redemption.repeated
        ? `${say.alreadyTaken(time)}. ${say.nothingAgain}`
        : `${say.takenTitle[unit.kind]}. ${taken}. ${left}. ${redemption.customer.name}`;
    }
    case 'refused': {
      const { what, todo } = refusalAdvice(desk, result);
      return `${say.refused}. ${what}. ${todo}`;
    }
    case 'in_doubt':
      return `${say.doubtTitle}. ${say.doubtText}`;
    case 'cancelled':
      return `${say.cancelledTitle}. ${result.was === 'recorded' ? say.cancelledText.recorded : say.cancelledText.other}`;
  }
}

/** What the voice says in the shop: no name, because others hear it. */
export function spokenAloud(desk: Desk): string {
  const say = sayIn(desk.language);
  const { result } = desk;
  if (result.status !== 'recorded' || result.redemption.repeated) return spokenResult(desk);
  const { unit, amount, balance } = result.redemption;
  const known = unitOf(desk, unit);
  const taken = `${formatAmount(known, amount, desk.language)} ${unitName(known, desk.language)}`.trim();
  return `${say.takenTitle[known.kind]}: ${taken}. ${say.left(formatAmount(known, balance, desk.language), known.kind)}.`;
}

/** What became of a new customer's top-up, in a sentence or two. */
export function topUpWords(desk: Desk, topUp: TopUp): string {
  const { topUpState, refusals } = sayIn(desk.language);
  const amount = movedWords(desk, 'top_up', topUp.preset);
  if (topUp.state !== 'refused') return topUpState[topUp.state](amount);
  return topUpState.refused(amount, refusals[topUp.reason]({ left: '', clockDifferenceS: null }).what);
}

/** The end of a request's number: enough to tell two apart aloud. */
export function shortNumber(id: string): string {
  return id.slice(-8);
}
