//! A result as words, for the eye and the ear. Pure.

import { formatTime } from '../shared/clock';
import { formatAmount, unitName } from '../shared/money';
import { asReason } from '../shared/wire';
import type { Result } from './bridge';
import { unitOf, type Desk } from './desk';
import { sayIn, type Advice } from './say';

export type Status = Result['status'] | 'repeated';

export function statusOf(result: Result): Status {
  return result.status === 'recorded' && result.redemption.repeated ? 'repeated' : result.status;
}

/** "−1 Wash", "−¥25.00". */
export function takenWords(desk: Desk, unit: string, amount: number): string {
  const known = unitOf(desk, unit);
  return `${formatAmount(known, amount, desk.language, '−')} ${unitName(known, desk.language)}`.trim();
}

export function refusalAdvice(desk: Desk, refused: Extract<Result, { status: 'refused' }>): Advice {
  const say = sayIn(desk.language);
  const { unit, balance, clock_difference_s } = refused;
  const known = unitOf(desk, unit);
  const left =
    unit && balance !== undefined && balance !== null
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

/** The end of a request's number: enough to tell two apart aloud. */
export function shortNumber(id: string): string {
  return id.slice(-8);
}
