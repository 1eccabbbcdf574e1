//! The words of the customers' window. What was refused, and why, is said on the customer's own phone: others may
//! stand in the line.

import type { Language } from '../shared/language';
import type { UnitKind } from '../shared/wire/till';

const en = {
  practice: 'Practice: nothing here is real',
  closed: 'One moment, please',
  show: 'Show your code to the camera',
  joinTitle: 'Your phone becomes your card',
  joinText: 'Scan this with your phone’s camera.',
  joinLabel: 'Join code as a QR picture',
  joinLeft: (time: string) => `Good for ${time}`,
  checking: 'One moment',
  checkingText: 'Please keep your phone at hand.',
  taken: { pass: 'Used', money: 'Paid' } satisfies Record<UnitKind, string> as Record<UnitKind, string>,
  repeated: 'Already taken',
  repeatedText: 'Nothing was taken again.',
  givenBack: 'Given back',
  left: (amount: string, kind: UnitKind) => (kind === 'pass' ? `${amount} left` : `Balance ${amount}`),
  mark: 'Mark',
  markText: 'The same mark is on your phone.',
  refused: 'Nothing was taken',
  refusedText: 'Your phone says why, or ask here.',
  again: 'Please show your code once more.',
  pin: 'Please enter your PIN here.',
  fill: 'Fill the screen, or not',
};

export type SayDisplay = typeof en;

const zh: SayDisplay = {
  practice: '练习模式：以下均非真实',
  closed: '请稍候',
  show: '请将会员码对准摄像头',
  joinTitle: '手机就是您的会员卡',
  joinText: '请用手机相机扫描。',
  joinLabel: '绑定码二维码',
  joinLeft: (time) => `${time} 内有效`,
  checking: '请稍候',
  checkingText: '请先不要收起手机。',
  taken: { pass: '已核销', money: '已支付' },
  repeated: '之前已扣',
  repeatedText: '本次没有再扣。',
  givenBack: '已退回',
  left: (amount, kind) => (kind === 'pass' ? `剩余 ${amount} 次` : `余额 ${amount}`),
  mark: '标记',
  markText: '手机上显示相同的标记。',
  refused: '未扣款',
  refusedText: '原因请看手机，或询问店员。',
  again: '请重新出示会员码。',
  pin: '请在此输入密码。',
  fill: '切换全屏',
};

const both: Record<Language, SayDisplay> = { en, zh };

export function sayDisplay(language: Language): SayDisplay {
  return both[language];
}

/** A new code of the phone is all that these need. */
const AGAIN: readonly string[] = ['code_used', 'code_expired', 'code_invalid', 'cancelled', 'busy', 'offline', 'journal_failed', 'internal'];

/** What to do, and no reason that concerns nobody else. */
export function refusedTodo(say: SayDisplay, code: string): string {
  if (code === 'pin_required' || code === 'pin_wrong') return say.pin;
  return AGAIN.includes(code) ? say.again : say.refusedText;
}
