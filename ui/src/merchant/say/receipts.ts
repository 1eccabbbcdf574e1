//! The sentences of receipts.

import type { Language } from '../../shared/wire/till';

const en = {
  title: 'Receipts',
  text: 'A thermal printer that speaks ESC/POS, in the network or by USB. Names and texts in any script are printed as the screen shows them.',
  printer: 'Printer',
  none: 'None',
  noneText: 'A receipt can still be saved as PDF or printed on another printer, from an entry.',
  network: 'In the network',
  networkText: 'Its number is on the slip that most printers print when they are turned on with the feed button held.',
  address: 'Address of the printer',
  usb: 'By USB',
  usbPath: 'The printer, as the system calls it',
  usbNone: 'None is plugged in, or the system shows none.',
  when: 'A receipt is printed',
  wish: 'when somebody asks for it',
  always: 'after every scan and top-up',
  paper: 'Paper',
  papers: { wide: '80 mm', narrow: '58 mm' },
  drawer: 'The drawer on the printer opens for top-ups and refunds',
  save: 'Save',
  testPrint: 'Print a test',
  openDrawer: 'Open the drawer',
  printing: 'Printing',
  printed: 'Sent to the printer.',
  unproven: 'This was tried without a printer: against a socket and a pipe in its place.',
  test: 'Test',
  customer: 'Customer',
  balance: 'Left',
  time: 'Time',
  operator: 'By',
  copy: (number: number) => `Copy · entry ${number}`,
  print: 'Receipt',
  printCopy: 'Print the receipt again',
  asPdf: 'PDF or another printer',
  notPrinted: (count: number) => (count === 1 ? 'A receipt was not printed.' : `${count} receipts were not printed.`),
  notOpened: 'The drawer was not opened.',
  printAgain: 'Try again',
  leaveIt: 'Leave it',
};

export type SayReceipts = typeof en;

const zh: SayReceipts = {
  title: '小票',
  text: '支持 ESC/POS 的热敏打印机，网络或 USB 连接。任何文字都按屏幕上的样子打印。',
  printer: '打印机',
  none: '无',
  noneText: '仍可在流水中把小票存为 PDF，或用其他打印机打印。',
  network: '网络打印机',
  networkText: '多数打印机按住走纸键开机，会打出它的网络地址。',
  address: '打印机地址',
  usb: 'USB 打印机',
  usbPath: '系统中的打印机名称',
  usbNone: '没有插入打印机，或系统没有识别到。',
  when: '何时打印小票',
  wish: '需要时手动打印',
  always: '每次扣款和充值后自动打印',
  paper: '纸宽',
  papers: { wide: '80 毫米', narrow: '58 毫米' },
  drawer: '充值和退款时弹出打印机所接的钱箱',
  save: '保存',
  testPrint: '打印测试页',
  openDrawer: '打开钱箱',
  printing: '正在打印',
  printed: '已发送到打印机。',
  unproven: '此功能未用真实打印机试过，只用网络端口和管道代替测试。',
  test: '测试',
  customer: '会员',
  balance: '剩余',
  time: '时间',
  operator: '操作员',
  copy: (number) => `补打 · 流水 ${number}`,
  print: '小票',
  printCopy: '补打小票',
  asPdf: 'PDF 或其他打印机',
  notPrinted: (count) => `有 ${count} 张小票没有打印。`,
  notOpened: '钱箱没有打开。',
  printAgain: '重试',
  leaveIt: '不打了',
};

const both: Record<Language, SayReceipts> = { en, zh };

export function sayReceipts(language: Language): SayReceipts {
  return both[language];
}
