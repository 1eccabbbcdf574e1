//! The sentences of the way back from a backup.

import type { Language } from '../../shared/wire/till';

const en = {
  title: 'Restore a backup',
  door: 'I have a backup',
  doorText: 'Books of this shop from another computer, or of earlier',
  text: 'The books as they were when the backup was made. It is looked at first; nothing is changed by that.',
  elsewhere: 'The books are on the server’s computer: restore them there.',
  file: 'Backup file',
  fileHint: 'Where it lies on this computer or on a stick that is plugged in.',
  last: 'The last one of this computer',
  passphrase: 'Passphrase of the backup',
  madeAt: 'Made',
  shops: 'Shops',
  entries: 'Entries',
  lastAt: (at: string) => `the last of ${at}`,
  warning: 'What was recorded after that is not in it. The books that are here now are put aside in the data directory, never deleted. Phones take their new key by themselves.',
  look: 'Look at it',
  looking: 'Opening and checking all of it',
  go: 'Restore these books',
  restoring: 'Restoring',
  allTheSame: 'Restore all the same',
};

export type SayRestore = typeof en;

const zh: SayRestore = {
  title: '恢复备份',
  door: '我有备份',
  doorText: '来自另一台电脑或更早时候的本店账本',
  text: '恢复到备份时的账本。会先检查备份内容，这一步不会改动任何东西。',
  elsewhere: '账本在服务器所在的电脑上，请在那里恢复。',
  file: '备份文件',
  fileHint: '它在本机或已插入的 U 盘上的位置。',
  last: '本机最近的备份',
  passphrase: '备份的口令',
  madeAt: '备份时间',
  shops: '门店',
  entries: '流水',
  lastAt: (at) => `最后一笔 ${at}`,
  warning: '之后的记录不在其中。现有账本会另存在数据目录中，不会删除。手机会自动获取新密钥。',
  look: '查看内容',
  looking: '正在打开并逐项检查',
  go: '恢复这些账本',
  restoring: '正在恢复',
  allTheSame: '仍要恢复',
};

const both: Record<Language, SayRestore> = { en, zh };

export function sayRestore(language: Language): SayRestore {
  return both[language];
}
