//! Why something did not happen, and the one thing to do, in both languages. Keyed by the server's codes: a missing one
//! is a type error.

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

export const refusalsEn: Record<Reason, SayRefusal> = {
  insufficient_balance: (left) => ({ what: left === '' ? 'Not enough left' : `Not enough left: ${left}`, todo: 'Top up at the till?' }),
  frozen: fixed('Your account is frozen or paused', 'Is your code paused? If not, ask at the till.'),
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
};

export const refusalsZh: Record<Reason, SayRefusal> = {
  insufficient_balance: (left) => ({ what: left === '' ? '余额不足' : `余额不足（${left}）`, todo: '在收银台充值？' }),
  frozen: fixed('账户已冻结或暂停', '会员码暂停了吗？若没有，请咨询收银台。'),
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
  offline: fixed('连不上门店电脑', '手机连上本店 WiFi 了吗？连上后请重试。'),
};
