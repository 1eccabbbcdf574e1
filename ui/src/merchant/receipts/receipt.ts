//! A receipt as lines, for the printer and for the system's print dialog. Pure.

import { formatTime } from '../../shared/clock';
import { parseMark, type Mark } from '../../shared/marks';
import { formatAmount, unitName } from '../../shared/money';
import type { Entry, Redemption, RequestKind } from '../../shared/wire/till';
import { unitOf, type Desk } from '../desk';
import { kindWords, signOf } from '../entry';
import { sayIn } from '../say';
import { sayReceipts } from '../say/receipts';
import { movedWords, shortNumber } from '../telling';

export interface Receipt {
  id: string;
  /** In the words of the till. */
  title: string;
  amount: string;
  balance: string;
  customer: string;
  at: string;
  /** Empty where the server gave none. */
  mark: string;
  operator: string | null;
  /** Of an entry that is printed once more. */
  copyOf: number | null;
  /** Cash was taken in or given out. */
  cash: boolean;
}

export type Line =
  | { is: 'text'; text: string; size: 'small' | 'body' | 'large' | 'huge' }
  | { is: 'pair'; name: string; value: string }
  | { is: 'mark'; mark: Mark }
  | { is: 'rule' };

function balanceOf(desk: Desk, unit: string, balance: number): string {
  const known = unitOf(desk, unit);
  return `${formatAmount(known, balance, desk.language)} ${unitName(known, desk.language)}`.trim();
}

/** Of what was moved just now. */
export function receiptOf(desk: Desk, kind: RequestKind, moved: Redemption, operator: string | null): Receipt {
  const say = sayIn(desk.language);
  const { id, customer, unit, amount, balance, at, mark } = moved;
  return {
    id,
    title: kind === 'redemption' ? say.takenTitle[unitOf(desk, unit).kind] : say.kinds[kind],
    amount: movedWords(desk, kind, { unit, amount }),
    balance: balanceOf(desk, unit, balance),
    customer: customer.name,
    at,
    mark,
    operator,
    copyOf: null,
    cash: kind === 'top_up' || kind === 'refund',
  };
}

/** Of an entry of the books: a copy, and it says so. */
export function copyOf(desk: Desk, entry: Entry): Receipt {
  const unit = unitOf(desk, entry.unit);
  const amount = `${formatAmount(unit, entry.amount, desk.language, signOf(entry))} ${unitName(unit, desk.language)}`.trim();
  return { id: entry.id, title: kindWords(desk, entry), amount, balance: balanceOf(desk, entry.unit, entry.balance), customer: entry.customer.name, at: entry.at, mark: entry.mark, operator: null, copyOf: entry.number, cash: false };
}

/** For a look at the paper. */
export function testReceipt(desk: Desk, at: string): Receipt {
  const say = sayReceipts(desk.language);
  return { id: '', title: say.test, amount: '−1', balance: '9', customer: '李伟 · محمد · Zoë', at, mark: '47 🐳', operator: null, copyOf: null, cash: false };
}

/** From top to bottom. */
export function linesOf(desk: Desk, receipt: Receipt): Line[] {
  const say = sayReceipts(desk.language);
  const common = sayIn(desk.language);
  const zone = desk.shop?.time_zone;
  const time = `${formatTime(receipt.at, desk.language, 'date', zone)} ${formatTime(receipt.at, desk.language, 'second', zone)}`;
  const text = (text: string, size: 'small' | 'body' | 'large' | 'huge'): Line => ({ is: 'text', text, size });
  const lines: Line[] = [text(desk.shop?.name ?? '', 'large')];
  if (desk.shop?.practice === true) lines.push(text(common.practice, 'body'));
  if (receipt.copyOf !== null) lines.push(text(say.copy(receipt.copyOf), 'body'));
  lines.push({ is: 'rule' }, text(receipt.title, 'body'), text(receipt.amount, 'huge'), { is: 'rule' });
  lines.push({ is: 'pair', name: say.customer, value: receipt.customer }, { is: 'pair', name: say.balance, value: receipt.balance }, { is: 'pair', name: say.time, value: time });
  if (receipt.operator !== null) lines.push({ is: 'pair', name: say.operator, value: receipt.operator });
  if (receipt.id !== '') lines.push({ is: 'pair', name: common.requestNumber, value: shortNumber(receipt.id) });
  if (receipt.mark !== '') lines.push({ is: 'rule' }, { is: 'mark', mark: parseMark(receipt.mark) });
  return lines;
}
