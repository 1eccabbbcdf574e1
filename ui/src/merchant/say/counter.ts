//! The sentences around every screen: the four words, the lock, the consent of a manager.

import type { Language, Role } from '../../shared/wire/till';

const en = {
  screens: { till: 'Till', customers: 'Customers', day: 'Day', settings: 'Settings' },
  screensLabel: 'Screens',
  lock: 'Lock',
  locked: 'Who is at the till?',
  pinOf: (name: string) => `${name}, your PIN`,
  pin: 'PIN',
  back: 'Back',
  otherName: 'Somebody else',
  unlock: 'Unlock',
  unlocking: 'Checking',
  pinDigits: '4 to 12 digits',
  clear: 'Delete last digit',
  roles: { cashier: 'Cashier', manager: 'Manager', owner: 'Owner' } satisfies Record<Role, string> as Record<Role, string>,
  approvalTitle: 'A manager has to agree',
  approvalWho: 'Who agrees?',
  approve: 'Agree',
  nobodyMay: 'Nobody here may agree to this. Make a manager under Settings.',
  keyCount: 'More or fewer',
  onlineTitle: 'Phones connected now',
  onlineAsking: 'One moment',
  onlineNobody: 'Nobody’s phone is connected.',
  onlineMore: 'There are more: only those who came last are named.',
};

export type SayCounter = typeof en;

const zh: SayCounter = {
  screens: { till: '收银', customers: '会员', day: '日结', settings: '设置' },
  screensLabel: '页面',
  lock: '锁定',
  locked: '请选择当班人',
  pinOf: (name) => `${name}，请输入密码`,
  pin: '密码',
  back: '返回',
  otherName: '换一个人',
  unlock: '解锁',
  unlocking: '正在核对',
  pinDigits: '4 到 12 位数字',
  clear: '删除一位',
  roles: { cashier: '收银员', manager: '店长', owner: '店主' },
  approvalTitle: '需要店长同意',
  approvalWho: '由谁同意？',
  approve: '同意',
  nobodyMay: '目前没有人可以同意，请在「设置」里添加店长。',
  keyCount: '增减次数',
  onlineTitle: '当前在线的会员',
  onlineAsking: '请稍候',
  onlineNobody: '没有会员在线。',
  onlineMore: '人数较多，只列出最近上线的会员。',
};

const both: Record<Language, SayCounter> = { en, zh };

export function sayCounter(language: Language): SayCounter {
  return both[language];
}
