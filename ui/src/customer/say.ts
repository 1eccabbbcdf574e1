//! Every sentence of the customer's page, in both languages, written for each and not translated word by word.
//! Keyed by the server's codes: a missing one is a type error.

import type { Language } from '../shared/language';
import { formatAmount, unitName, type Unit } from '../shared/money';
import type { Reason } from '../shared/wire';

export interface Refusal {
  /** What is the matter. */
  what: string;
  /** The one thing to do; empty when there is nothing. */
  todo: string;
}

/** `left` is the balance in words, or empty when nobody told it. */
export type SayRefusal = (left: string) => Refusal;

const fixed = (what: string, todo: string): SayRefusal => () => ({ what, todo });

const en = {
  code: 'Code',
  history: 'History',
  more: 'More',
  codeLabel: 'Your code as a QR picture',
  secondsLeft: 'Time until the next code',
  digitsLabel: 'The code in digits',
  showIt: 'Hold this up to the camera',
  loading: 'One moment',
  noAccounts: 'Nothing on your account yet',
  noAccountsHint: 'Top up at the till.',
  noHistory: 'Nothing has happened here yet',
  asOf: (time: string) => `as of ${time}`,
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
  refused: 'Nothing was taken',
  left: (unit: Unit, balance: number) => `${formatAmount(unit, balance, 'en')} left`,
  balanceLabel: (unit: Unit) => (unit.kind === 'money' ? 'Balance' : `${unitName(unit, 'en')} left`),
  balanceInWords: (unit: Unit, balance: number) =>
    unit.kind === 'money' ? formatAmount(unit, balance, 'en') : `${formatAmount(unit, balance, 'en')} ${unitName(unit, 'en')}`,
  refusals: {
    insufficient_balance: (left) => ({ what: left === '' ? 'Not enough left' : `Not enough left: ${left}`, todo: 'Top up at the till?' }),
    frozen: fixed('Your account is frozen', 'Ask at the till.'),
    credential_revoked: fixed('This phone’s code is no longer valid', 'Ask at the till for a new join code.'),
    wrong_shop: fixed('This code belongs to another shop', 'Open the page of the shop you are in.'),
    pin_required: fixed('Your PIN is needed', 'Enter it at the till.'),
    pin_wrong: fixed('The PIN was wrong', 'Try again at the till.'),
    limit_exceeded: fixed('That is over your limit', 'Ask at the till.'),
    approval_required: fixed('The manager has to agree', 'Ask at the till.'),
    forbidden: fixed('The till may not do this', 'Ask at the till.'),
    code_used: fixed('This code was used already', 'Show the new one.'),
    cancelled: fixed('The till cancelled it', 'Show your code again.'),
    id_mismatch: fixed('The till mixed something up', 'Show your code again.'),
    reversal_exceeds: fixed('More than was taken cannot be given back', 'Ask at the till.'),
    stands: fixed('It can no longer be undone', 'Ask at the till.'),
    code_expired: fixed('This code was too old', 'Show the new one.'),
    pass_expired: fixed('Your pass has run out', 'Ask at the till. What is on it is not lost.'),
    invite_expired: fixed('This join code was used or is too old', 'Ask at the till for a new one.'),
    code_invalid: fixed('The code was not recognised', 'Show it again.'),
    amount_invalid: fixed('The amount was not valid', 'Ask at the till.'),
    unit_unknown: fixed('You have no such pass here', 'Ask at the till.'),
    malformed: fixed('Something was mixed up', 'Try again.'),
    token_invalid: fixed('This phone is not connected to the shop', 'Ask at the till for a join code.'),
    too_many_attempts: fixed('Too many tries', 'Wait a moment, then try again.'),
    busy: fixed('The shop’s computer is busy', 'Wait a moment, then try again.'),
    clock_wrong: fixed('The clock of the shop’s computer is wrong', 'Tell the till.'),
    not_found: fixed('That is not known here', 'Ask at the till.'),
    too_large: fixed('That was too much at once', 'Try again.'),
    internal: fixed('Something failed on the shop’s computer', 'Tell the till.'),
    offline: fixed('The shop’s computer cannot be reached', 'Is the phone in the shop’s Wi-Fi? Then try again.'),
  } satisfies Record<Reason, SayRefusal> as Record<Reason, SayRefusal>,
};

export type Say = typeof en;

const zh: Say = {
  code: '会员码',
  history: '明细',
  more: '更多',
  codeLabel: '您的会员码（二维码）',
  secondsLeft: '距下次更新',
  digitsLabel: '会员码数字',
  showIt: '请对准收银台摄像头',
  loading: '请稍候',
  noAccounts: '账户里还没有余额',
  noAccountsHint: '请到收银台充值。',
  noHistory: '还没有任何记录',
  asOf: (time) => `截至 ${time}`,
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
  refused: '未扣款',
  left: (unit, balance) =>
    unit.kind === 'money' ? `余额 ${formatAmount(unit, balance, 'zh')}` : `剩 ${formatAmount(unit, balance, 'zh')} 次`,
  balanceLabel: (unit) => (unit.kind === 'money' ? '余额' : `${unitName(unit, 'zh')} 剩余次数`),
  balanceInWords: (unit, balance) =>
    unit.kind === 'money'
      ? formatAmount(unit, balance, 'zh')
      : `${unitName(unit, 'zh')} ${formatAmount(unit, balance, 'zh')} 次`,
  refusals: {
    insufficient_balance: (left) => ({ what: left === '' ? '余额不足' : `余额不足（${left}）`, todo: '在收银台充值？' }),
    frozen: fixed('账户已冻结', '请咨询收银台。'),
    credential_revoked: fixed('本机的会员码已失效', '请在收银台重新绑定。'),
    wrong_shop: fixed('这是另一家门店的会员码', '请打开本店的页面。'),
    pin_required: fixed('需要输入密码', '请在收银台输入。'),
    pin_wrong: fixed('密码不对', '请在收银台重试。'),
    limit_exceeded: fixed('超出限额', '请咨询收银台。'),
    approval_required: fixed('需要店长同意', '请咨询收银台。'),
    forbidden: fixed('收银台无权操作', '请咨询收银台。'),
    code_used: fixed('这个码已经用过', '请出示新的会员码。'),
    cancelled: fixed('收银台已撤销', '请重新出示会员码。'),
    id_mismatch: fixed('收银台的请求有误', '请重新出示会员码。'),
    reversal_exceeds: fixed('退回金额超过已扣金额', '请咨询收银台。'),
    stands: fixed('已经无法撤回', '请咨询收银台。'),
    code_expired: fixed('这个码已经过时', '请出示新的会员码。'),
    pass_expired: fixed('次卡已到期', '请咨询收银台，剩余次数不会丢失。'),
    invite_expired: fixed('绑定码已用过或已过期', '请在收银台索取新的绑定码。'),
    code_invalid: fixed('会员码无法识别', '请重新出示。'),
    amount_invalid: fixed('金额有误', '请咨询收银台。'),
    unit_unknown: fixed('您没有这种次卡', '请咨询收银台。'),
    malformed: fixed('请求有误', '请重试。'),
    token_invalid: fixed('本机尚未绑定门店', '请在收银台索取绑定码。'),
    too_many_attempts: fixed('尝试次数太多', '请稍等再试。'),
    busy: fixed('门店电脑正忙', '请稍等再试。'),
    clock_wrong: fixed('门店电脑的时间不对', '请告知收银台。'),
    not_found: fixed('没有找到', '请咨询收银台。'),
    too_large: fixed('内容过多', '请重试。'),
    internal: fixed('门店电脑出了故障', '请告知收银台。'),
    offline: fixed('连不上门店电脑', '手机连上本店 Wi-Fi 了吗？连上后请重试。'),
  },
};

const sayings: Record<Language, Say> = { en, zh };

export function sayIn(language: Language): Say {
  return sayings[language];
}
