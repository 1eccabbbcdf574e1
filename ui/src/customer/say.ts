//! Every sentence of the customer's page but the refusals, in both languages, written for each and not translated word
//! by word. A missing one is a type error.

import type { Language } from '../shared/language';
import { formatAmount, unitName, type Unit } from '../shared/money';
import type { Lack } from './lacks';
import { refusalsEn, refusalsZh } from './refusals';

/** What a status can say, by the server's words. */
export type Status = 'frozen' | 'unfrozen' | 'expires_at' | 'expires_soon' | 'expired' | 'paired' | 'revoked' | 'renew';

/** `name` is the account's, `date` its date; empty where there is none. */
type SayStatus = (name: string, date: string) => string;

const en = {
  code: 'Code',
  history: 'History',
  more: 'More',
  codeLabel: 'Your code as a QR picture',
  secondsLeft: (seconds: number) => `new code in ${seconds} s`,
  digitsLabel: 'The code in digits',
  notRead: 'Not read? Turn the screen brighter.',
  loading: 'One moment',
  noAccounts: 'Nothing on your account yet',
  noAccountsHint: 'Top up at the till.',
  noHistory: 'Nothing has happened here yet',
  asOf: (time: string) => `balance of ${time}`,
  heardAgo: (seconds: number) => `last heard ${ago(seconds, 'en')} ago`,
  offline: 'No connection. The code still works.',
  connecting: 'Connecting',
  online: 'Connected',
  backToCode: 'Back to the code',
  mark: 'Mark',
  language: 'Language',
  otherLanguage: '中文',
  about: 'About this page',
  aboutCode: 'The code is made on this phone and changes every 15 seconds. It works without a network.',
  aboutMark: 'The picture and number in a result are the same on the till, so everybody sees that it is real.',
  connection: 'Connection',
  newer: 'The shop says something that this page is too old to understand.',
  reload: 'Reload',
  hidden: 'The code is hidden',
  hiddenText: 'Nobody touched the phone for two minutes.',
  showCode: 'Show the code',
  paused: 'Your code is paused',
  pausedText: 'Nothing is taken by this phone until you switch it on again.',
  pause: 'Pause my code',
  resume: 'Switch the code on',
  pauseFailed: 'That needs a connection to the shop. Try again.',
  frozen: 'Your account is frozen. Ask at the till.',
  shops: 'Your shops',
  anotherShop: 'To add a shop, scan its join code at its till.',
  changeShop: 'Change the shop',
  recovery: 'Recovery word',
  recoveryText: 'With it you freeze a lost phone from any browser, or connect a new one. Write it down.',
  recoveryMake: 'Make a recovery word',
  recoveryOnce: 'It is shown this once. A new one takes its place.',
  recoveryUse: 'I have a recovery word',
  recoveryLabel: 'Recovery word, 12 letters and digits',
  recoveryConnect: 'Connect this phone',
  recoveryOthers: 'Disconnect my other phones',
  recoveryFreeze: 'Freeze my account',
  recoveryFreezeText: 'Lost your phone? Freezing stops all your codes at once. The till opens the account again.',
  recoveryWrong: 'This recovery word is not known here',
  recoveryFrozen: 'Your account is frozen',
  recoveryFrozenText: 'No code of yours is taken any more. Your balance is safe. Ask at the till to open it again.',
  back: 'Back',
  lacksTitle: 'What is missing here',
  lacks: {
    secure: 'The connection is not encrypted (http). The page opens only while the shop can be reached, and the screen may go dark by itself. Once open, it makes codes without a network.',
    storage: 'This browser keeps nothing. Leave the page open, or join again in a normal window.',
    wake: 'This browser lets the screen go dark by itself.',
  } satisfies Record<Lack, string> as Record<Lack, string>,
  shop: 'Shop',
  customer: 'Name',
  number: 'Card number',
  bonusPart: (bonus: string) => `of it ${bonus} bonus`,
  expires: (date: string) => `until ${date}`,
  opening: 'Opening',
  joining: 'Connecting this phone to the shop',
  strangerTitle: 'Not connected yet',
  strangerText: 'Ask at the till for a join code and scan it with this phone’s camera.',
  revokedTitle: 'This phone was disconnected',
  revokedText: 'Its codes no longer work. Your balance is safe. Ask at the till for a new join code.',
  joinFailedTitle: 'Could not connect this phone',
  tryAgain: 'Try again',
  taken: { pass: 'Used', money: 'Paid' },
  kinds: {
    top_up: 'Topped up',
    bonus: 'Bonus',
    reversal: 'Given back',
    reversal_top_up: 'Top-up undone',
    refund: 'Refunded',
    transfer: 'Transferred',
    adjustment: 'Corrected',
    expiry: 'Expired',
    other: 'Changed',
  },
  balance: 'Balance',
  statuses: {
    frozen: () => 'Your account was frozen',
    unfrozen: () => 'Your account is open again',
    expires_at: (name, date) => (date === '' ? `${name}: no longer runs out` : `${name}: now until ${date}`),
    expires_soon: (name, date) => `${name}: runs out on ${date}`,
    expired: (name, date) => `${name}: ran out on ${date}`,
    paired: () => 'A phone or card was added',
    revoked: () => 'A phone or card was disconnected',
    renew: () => 'Your phone gets a new key',
  } satisfies Record<Status, SayStatus> as Record<Status, SayStatus>,
  refused: 'Nothing was taken',
  left: (unit: Unit, balance: number) => `${formatAmount(unit, balance, 'en')} left`,
  balanceLabel: (unit: Unit) => (unit.kind === 'money' ? 'Balance' : `${unitName(unit, 'en')} left`),
  balanceInWords: (unit: Unit, balance: number) =>
    unit.kind === 'money' ? formatAmount(unit, balance, 'en') : `${formatAmount(unit, balance, 'en')} ${unitName(unit, 'en')}`,
  refusals: refusalsEn,
};

export type Say = typeof en;

const zh: Say = {
  code: '会员码',
  history: '明细',
  more: '更多',
  codeLabel: '您的会员码（二维码）',
  secondsLeft: (seconds) => `${seconds} 秒后更新`,
  digitsLabel: '会员码数字',
  notRead: '扫不出来？请调亮屏幕。',
  loading: '请稍候',
  noAccounts: '账户里还没有余额',
  noAccountsHint: '请到收银台充值。',
  noHistory: '还没有任何记录',
  asOf: (time) => `${time} 的余额`,
  heardAgo: (seconds) => `${ago(seconds, 'zh')}前收到过消息`,
  offline: '网络已断开，会员码仍可使用。',
  connecting: '正在连接',
  online: '已连接',
  backToCode: '返回会员码',
  mark: '核对标记',
  language: '语言',
  otherLanguage: 'English',
  about: '关于本页',
  aboutCode: '会员码由本机生成，每 15 秒更换一次，没有网络也能用。',
  aboutMark: '结果里的图案和数字与收银台一致，真假一看便知。',
  connection: '连接',
  newer: '门店发来了本页还不认识的内容。',
  reload: '刷新',
  hidden: '会员码已隐藏',
  hiddenText: '两分钟没有操作，已自动隐藏。',
  showCode: '显示会员码',
  paused: '会员码已暂停',
  pausedText: '重新启用之前，本机不会扣款。',
  pause: '暂停会员码',
  resume: '启用会员码',
  pauseFailed: '需要连上门店才能操作，请重试。',
  frozen: '账户已冻结，请咨询收银台。',
  shops: '我的门店',
  anotherShop: '添加门店：在该店收银台扫绑定码。',
  changeShop: '切换门店',
  recovery: '恢复码',
  recoveryText: '手机丢了，凭它在任何浏览器上冻结账户，或绑定新手机。请抄下来。',
  recoveryMake: '生成恢复码',
  recoveryOnce: '只显示这一次，生成新的后旧的作废。',
  recoveryUse: '我有恢复码',
  recoveryLabel: '恢复码（12 位字母和数字）',
  recoveryConnect: '绑定本机',
  recoveryOthers: '同时解绑我的其他手机',
  recoveryFreeze: '冻结我的账户',
  recoveryFreezeText: '手机丢了？冻结后所有会员码立即停用，解冻请到收银台。',
  recoveryWrong: '没有这个恢复码',
  recoveryFrozen: '账户已冻结',
  recoveryFrozenText: '您的会员码都已停用，余额不受影响。解冻请到收银台。',
  back: '返回',
  lacksTitle: '这里缺少什么',
  lacks: {
    secure: '当前连接未加密（http）：连得上门店才能打开本页，屏幕可能自动变暗。打开之后，没有网络也能出码。',
    storage: '这个浏览器不保存数据。请不要关闭本页，或换普通窗口重新绑定。',
    wake: '这个浏览器不能保持屏幕常亮。',
  },
  shop: '门店',
  customer: '会员',
  number: '卡号',
  bonusPart: (bonus) => `其中赠金 ${bonus}`,
  expires: (date) => `有效期至 ${date}`,
  opening: '正在打开',
  joining: '正在绑定本机',
  strangerTitle: '本机尚未绑定',
  strangerText: '请在收银台索取绑定码，用手机相机扫一扫。',
  revokedTitle: '本机已解除绑定',
  revokedText: '本机的会员码已失效，余额不受影响。请在收银台重新绑定。',
  joinFailedTitle: '绑定没有成功',
  tryAgain: '重试',
  taken: { pass: '已核销', money: '已扣款' },
  kinds: {
    top_up: '已充值',
    bonus: '赠送',
    reversal: '已退回',
    reversal_top_up: '充值已撤回',
    refund: '已退款',
    transfer: '已转卡',
    adjustment: '已调整',
    expiry: '已过期',
    other: '有变动',
  },
  balance: '余额',
  statuses: {
    frozen: () => '账户已冻结',
    unfrozen: () => '账户已解冻',
    expires_at: (name, date) => (date === '' ? `${name}：不再过期` : `${name}：有效期改为 ${date}`),
    expires_soon: (name, date) => `${name}：${date} 到期`,
    expired: (name, date) => `${name}：已于 ${date} 到期`,
    paired: () => '新增了手机或会员卡',
    revoked: () => '有手机或会员卡已停用',
    renew: () => '本机将更换密钥',
  },
  refused: '未扣款',
  left: (unit, balance) =>
    unit.kind === 'money' ? `余额 ${formatAmount(unit, balance, 'zh')}` : `剩 ${formatAmount(unit, balance, 'zh')} 次`,
  balanceLabel: (unit) => (unit.kind === 'money' ? '余额' : `${unitName(unit, 'zh')} 剩余次数`),
  balanceInWords: (unit, balance) =>
    unit.kind === 'money'
      ? formatAmount(unit, balance, 'zh')
      : `${unitName(unit, 'zh')} ${formatAmount(unit, balance, 'zh')} 次`,
  refusals: refusalsZh,
};

/** A length of time in words, as exact as anybody cares. */
function ago(seconds: number, language: Language): string {
  const [count, unit]: [number, 0 | 1 | 2] = seconds < 100 ? [seconds, 0] : seconds < 6000 ? [Math.round(seconds / 60), 1] : [Math.round(seconds / 3600), 2];
  return `${count} ${UNITS[language][unit]}`;
}

const UNITS = { en: ['s', 'min', 'h'], zh: ['秒', '分钟', '小时'] } as const;

export function isStatus(word: unknown): word is Status {
  return typeof word === 'string' && Object.hasOwn(en.statuses, word);
}

const sayings: Record<Language, Say> = { en, zh };

export function sayIn(language: Language): Say {
  return sayings[language];
}
