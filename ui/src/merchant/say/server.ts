//! The sentences of a server on another computer.

import type { Language } from '../../shared/wire/till';

const minutes = (seconds: number) => Math.max(1, Math.round(Math.abs(seconds) / 60));

const en = {
  title: 'Server',
  here: 'This shop’s books are on this computer.',
  hereText: 'Other tills and phones reach them while this program runs here.',
  other: 'Use a server on another computer',
  otherText: 'For a second till, or a server that always runs. What is here stays as it is, and can be opened again.',
  there: 'This shop’s books are on another computer.',
  address: 'Address of the server',
  code: 'Pairing code',
  where: 'Both are shown on a till that is there already: Settings, Tills, Pair another till.',
  test: 'Test the connection',
  connect: 'Pair and open',
  allTheSame: 'Switch all the same',
  looking: 'Looking for the server',
  found: (url: string, version: string) => `Found at ${url}, version ${version}.`,
  pinned: 'Encrypted, and certainly the server that the code is of: this till will believe no other.',
  encrypted: 'Encrypted, with a certificate that is generally known.',
  unencrypted: 'Not encrypted: only for the shop’s own network.',
  clock: (seconds: number) => `The server’s clock is ${minutes(seconds)} min ${seconds > 0 ? 'ahead of' : 'behind'} this computer’s. Set both to the right time.`,
  shop: 'Shop',
  till: 'This till is called',
  believes: 'Certificate',
  believesPinned: 'the server’s own CA, and no other',
  believesKnown: 'generally known ones',
  believesNone: 'none: not encrypted',
  leave: 'Another shop, or practice',
  leaveText: 'This till stays paired. The next screen asks what to open, this one included.',
  door: 'This shop already has a server',
  doorText: 'On another computer. You need its address and a pairing code.',
  doorKnown: (shop: string) => `Open ${shop}`,
  doorKnownText: (url: string) => `Its books are on the server at ${url}.`,
  formTitle: 'The shop’s server',
  revoked: 'This till was disconnected from its shop: nothing can be taken.',
  revokedTodo: 'Pair it again',
  revokedBig: 'This till is no longer paired',
};

export type SayServer = typeof en;

const zh: SayServer = {
  title: '服务器',
  here: '本店账本在这台电脑上。',
  hereText: '本程序运行时，其他收银终端和手机都能访问。',
  other: '使用另一台电脑上的服务器',
  otherText: '适合第二台收银终端，或一直开着的服务器。本机的账本保持不变，随时可以再打开。',
  there: '本店账本在另一台电脑上。',
  address: '服务器地址',
  code: '配对码',
  where: '在已配对的收银终端上查看：设置 → 收银终端 → 配对另一台。',
  test: '测试连接',
  connect: '配对并打开',
  allTheSame: '仍然切换',
  looking: '正在查找服务器',
  found: (url, version) => `已找到 ${url}，版本 ${version}。`,
  pinned: '已加密，并确认就是配对码所属的服务器；本机今后只信任它。',
  encrypted: '已加密，使用公认的证书。',
  unencrypted: '未加密：只适合店内网络。',
  clock: (seconds) => `服务器时间比本机${seconds > 0 ? '快' : '慢'} ${minutes(seconds)} 分钟，请把两边都校准。`,
  shop: '门店',
  till: '本机名称',
  believes: '证书',
  believesPinned: '只信任服务器自己的 CA',
  believesKnown: '公认的证书',
  believesNone: '无：未加密',
  leave: '其他门店或练习',
  leaveText: '本机保持配对。下一个画面会询问要打开哪家店，也可以再打开这家。',
  door: '本店已有服务器',
  doorText: '在另一台电脑上。需要它的地址和配对码。',
  doorKnown: (shop) => `打开 ${shop}`,
  doorKnownText: (url) => `账本在服务器 ${url} 上。`,
  formTitle: '门店的服务器',
  revoked: '本机已被门店解除配对，无法扣款。',
  revokedTodo: '重新配对',
  revokedBig: '本机已解除配对',
};

const both: Record<Language, SayServer> = { en, zh };

export function sayServer(language: Language): SayServer {
  return both[language];
}
