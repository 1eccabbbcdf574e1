//! The sentences of bringing customers in from a file.

import type { Language, WrongWhat } from '../../shared/wire/till';

type Known = Exclude<WrongWhat, 'other'>;

const en = {
  title: 'Bring customers in',
  text: 'From another system or a spreadsheet, saved as CSV: customers with what they hold.',
  allOrNothing: 'First you see what the file would do. Then all of it is brought in, or nothing. Nobody’s phone is told.',
  columns: 'The first line names the columns. Only name is needed; amounts as 12.50, dates as 2027-12-31.',
  limits: 'At most 200,000 customers and 32 MB in one file; UTF-8, UTF-16 or GB18030, as Excel and WPS save it.',
  choose: 'Choose a file',
  orDrop: 'or drop it here',
  trying: 'Looking at every line. Nothing is written yet.',
  would: 'Every line is right. This is what would be brought in:',
  customers: 'Customers',
  holds: (accounts: string, principal: string, bonus: string) => `${accounts} accounts, ${principal} in all${bonus === '' ? '' : `, and ${bonus} of bonus`}`,
  readAs: 'Read as',
  ignored: 'Columns left aside',
  go: (count: number) => (count === 1 ? 'Bring in 1 customer' : `Bring in ${new Intl.NumberFormat('en').format(count)} customers`),
  importing: 'Bringing them in',
  done: 'All of them are in.',
  onceOnly: 'If the answer was lost, everybody may be in already. Trying again brings nobody in twice.',
  wrong: (count: number) => (count === 1 ? 'Nothing was brought in: one cell is wrong.' : `Nothing was brought in: ${new Intl.NumberFormat('en').format(count)} cells are wrong.`),
  more: (count: number) => `and ${new Intl.NumberFormat('en').format(count)} more. Mend these first, then choose the file again.`,
  line: 'Line',
  column: 'Column',
  what: 'What is wrong',
  wrongs: {
    encoding: 'This is no text file that can be read. Save it as CSV, UTF-8.',
    header_missing: 'The first line has no column called name.',
    header_unknown: 'There is no such column, or the shop has no such pass.',
    header_twice: 'This column is there twice.',
    too_many_columns: 'Too many columns.',
    too_many_rows: 'Too many customers: split the file.',
    no_rows: 'There are no customers in the file.',
    fields: 'More or fewer cells than the first line has.',
    quote: 'A quotation mark that does not open or close a cell.',
    too_long: 'Too long.',
    name: 'A name is missing, or cannot be shown.',
    external: 'This id cannot be shown.',
    phone: 'This is no phone number.',
    amount: 'This is no amount.',
    too_much: 'More than an account may hold.',
    date: 'This is no date. Write it as 2027-12-31.',
    twice: 'The same is on another line.',
    known: 'A customer of the shop has it already.',
  } satisfies Record<Known, string> as Record<Known, string>,
};

export type SayImport = typeof en;

const zh: SayImport = {
  title: '导入会员',
  text: '从其他系统或表格导入会员及余额，请先另存为 CSV。',
  allOrNothing: '先显示文件会带来什么，确认后全部导入，或一个也不导入。不会通知顾客手机。',
  columns: '第一行是列名。只有 name 必填；金额写作 12.50，日期写作 2027-12-31。',
  limits: '每个文件最多 20 万会员、32 MB；支持 UTF-8、UTF-16 或 GB18030，Excel 和 WPS 保存的都可以。',
  choose: '选择文件',
  orDrop: '或拖到这里',
  trying: '正在逐行检查，尚未写入。',
  would: '每一行都没问题，将导入：',
  customers: '会员',
  holds: (accounts, principal, bonus) => `${accounts} 个账户，共 ${principal}${bonus === '' ? '' : `，另有赠金 ${bonus}`}`,
  readAs: '文件编码',
  ignored: '未使用的列',
  go: (count) => `导入 ${new Intl.NumberFormat('zh').format(count)} 位会员`,
  importing: '正在导入',
  done: '已全部导入。',
  onceOnly: '如果只是回应丢失，可能已经导入。再试一次不会重复导入。',
  wrong: (count) => `没有导入：有 ${new Intl.NumberFormat('zh').format(count)} 处错误。`,
  more: (count) => `还有 ${new Intl.NumberFormat('zh').format(count)} 处。请先改好这些，再重新选择文件。`,
  line: '行',
  column: '列',
  what: '问题',
  wrongs: {
    encoding: '不是能读取的文本文件，请另存为 CSV（UTF-8）。',
    header_missing: '第一行没有 name 列。',
    header_unknown: '没有这一列，或本店没有这种次卡。',
    header_twice: '这一列出现了两次。',
    too_many_columns: '列太多。',
    too_many_rows: '会员太多，请拆分文件。',
    no_rows: '文件里没有会员。',
    fields: '单元格数与第一行不一致。',
    quote: '引号没有成对。',
    too_long: '太长。',
    name: '缺少姓名，或姓名无法显示。',
    external: '这个编号无法显示。',
    phone: '不是电话号码。',
    amount: '不是数额。',
    too_much: '超过账户上限。',
    date: '不是日期，请写作 2027-12-31。',
    twice: '与另一行重复。',
    known: '本店已有会员使用。',
  },
};

const both: Record<Language, SayImport> = { en, zh };

export function sayImport(language: Language): SayImport {
  return both[language];
}
