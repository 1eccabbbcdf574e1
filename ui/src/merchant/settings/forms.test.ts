import { describe, expect, it } from 'vitest';
import { amountText, namesOf, otherName, readAmount, readPerMille, readTime, readWhole, timeText, wordFor } from './forms';

const money = { unit: 'CNY', kind: 'money', decimals: 2 } as const;
const wash = { unit: 'wash', kind: 'pass', decimals: 0 } as const;

describe('the settings’ forms', () => {
  it('read amounts as they are typed, and nothing as none', () => {
    expect(readAmount('25.5', money)).toBe(2550);
    expect(readAmount(' ', money)).toBeNull();
    for (const wrong of ['x', '0', '1.234', '-1']) expect(readAmount(wrong, money)).toBeUndefined();
    expect(readAmount('0', money, 0)).toBe(0);
    expect(readAmount('1.5', wash)).toBeUndefined();
    for (const [unit, amount] of [[money, 2550], [money, 5], [wash, 10]] as const) expect(readAmount(amountText(unit, amount), unit)).toBe(amount);
    expect(amountText(money, null)).toBe('');
  });

  it('read whole numbers, percents and times within their bounds', () => {
    expect([readWhole('365', 1, 36500), readWhole('', 1, 5), readWhole('0', 1, 5), readWhole('6', 1, 5), readWhole('1e3', 1, 5000)]).toEqual([365, null, undefined, undefined, undefined]);
    expect([readPerMille('7.5'), readPerMille('10'), readPerMille(''), readPerMille('1001'), readPerMille('5%')]).toEqual([75, 100, null, undefined, undefined]);
    for (const minutes of [0, 240, 1439]) expect(readTime(timeText(minutes))).toBe(minutes);
    for (const wrong of ['', '24:00', '7:00', 'noon']) expect(readTime(wrong)).toBeUndefined();
  });

  it('give a thing one name or two', () => {
    expect(namesOf('zh', ' 洗车 ', '')).toEqual({ zh: '洗车', en: '洗车' });
    expect(namesOf('en', 'Wash', '洗车')).toEqual({ zh: '洗车', en: 'Wash' });
    expect(otherName('en', { en: 'Wash', zh: '洗车' })).toBe('洗车');
    expect(otherName('zh', { en: '洗车', zh: '洗车' })).toBe('');
  });

  it('find a word for the books that is free', () => {
    expect(wordFor('Full wash!', [])).toBe('full_wash');
    expect(wordFor('洗车', ['visit'])).toBe('visit_2');
    expect(wordFor('10 visits', ['visits', 'visits_2'])).toBe('visits_3');
    expect(wordFor('Haircut '.repeat(10), [])).toMatch(/^[a-z][a-z0-9_]{0,31}$/);
  });
});
