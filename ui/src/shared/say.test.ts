import { describe, expect, it } from 'vitest';
import * as customer from '../customer/say';
import * as merchant from '../merchant/say';
import { CODES } from './wire';

/** Every string a table can give, with its path. */
function sentences(table: object, path = ''): [string, string][] {
  return Object.entries(table).flatMap(([key, value]): [string, string][] => {
    const at = `${path}.${key}`;
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'object' && value !== null) return sentences(value, at);
    return [];
  });
}

describe.each([
  ['customer', customer.sayIn('en'), customer.sayIn('zh')],
  ['merchant', merchant.sayIn('en'), merchant.sayIn('zh')],
] as const)('the sentences of the %s page', (_, en, zh) => {
  it('exist in both languages, and the Chinese ones are Chinese', () => {
    const spokenChinese = new Map(sentences(zh));
    for (const [path, sentence] of sentences(en)) {
      const chinese = spokenChinese.get(path);
      expect(chinese, path).toBeDefined();
      expect(chinese === '', path).toBe(sentence === '');
      if (chinese && !path.endsWith('otherLanguage')) expect(chinese, path).toMatch(/\p{Script=Han}/u);
    }
  });

  it('have no exclamation marks and show no codes', () => {
    for (const [path, sentence] of [...sentences(en), ...sentences(zh)]) expect(sentence, path).not.toMatch(/[!！]|[a-z]_[a-z]/);
  });
});

describe('every reason', () => {
  it('has a sentence on both pages in both languages', () => {
    for (const code of [...CODES, 'offline'] as const) {
      for (const language of ['en', 'zh'] as const) {
        const told = merchant.sayIn(language).refusals[code]({ left: '', clockDifferenceS: null });
        expect(told.what).not.toBe('');
        expect(told.todo).not.toBe('');
        expect(customer.sayIn(language).refusals[code]('').what).not.toBe('');
      }
    }
  });
});
