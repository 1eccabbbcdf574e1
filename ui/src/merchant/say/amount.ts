//! The sentences of amounts that are typed, and of the buttons that move them.

import type { Language } from '../../shared/wire/till';

const en = {
  unclear: (example: string) => `Not clear how much this is. Write it like ${example}, without a comma.`,
  withBonus: (amount: string, bonus: string) => `${amount} + ${bonus} bonus`,
  createWith: (amount: string) => `Create and top up ${amount}`,
};

export type SayAmount = typeof en;

const zh: SayAmount = {
  unclear: (example) => `看不出是多少，请写成 ${example}，不用逗号。`,
  withBonus: (amount, bonus) => `${amount}，送 ${bonus}`,
  createWith: (amount) => `创建并充值 ${amount}`,
};

const both: Record<Language, SayAmount> = { en, zh };

export function sayAmount(language: Language): SayAmount {
  return both[language];
}
