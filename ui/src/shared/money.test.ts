import { describe, expect, it } from 'vitest';
import { bareUnit, formatAmount, formatShort, formatTotal, isUnclear, parseAmount, unitName, type Unit } from './money';

const wash: Unit = { unit: 'wash', kind: 'pass', decimals: 0, names: { en: 'Wash', zh: '洗车' } };
const cny: Unit = { unit: 'CNY', kind: 'money', decimals: 2 };
const jpy: Unit = { unit: 'JPY', kind: 'money', decimals: 0 };
const kwd: Unit = { unit: 'KWD', kind: 'money', decimals: 3 };

describe('an amount', () => {
  it('of money has the currency’s decimals and short sign', () => {
    expect(formatAmount(cny, 2500, 'en', '−')).toBe('−¥25.00');
    expect(formatAmount(cny, 5, 'zh')).toBe('¥0.05');
    expect(formatAmount(jpy, 2500, 'en')).toBe('¥2,500');
  });

  it('keeps every digit of the largest balance', () => {
    expect(formatAmount(cny, 999_999_999_999_999, 'en')).toBe('¥9,999,999,999,999.99');
    expect(formatAmount(cny, 1_000_000_000_000_000, 'en')).toBe('¥10,000,000,000,000.00');
  });

  it('of visits is a count', () => {
    expect(formatAmount(wash, 1, 'en', '−')).toBe('−1');
    expect(formatAmount(wash, 1200, 'zh')).toBe('1,200');
  });

  it('added up keeps every digit, whatever its size', () => {
    expect(formatTotal(cny, 170141183460469231731687303715884105727n, 'en')).toBe('¥1,701,411,834,604,692,317,316,873,037,158,841,057.27');
    expect(formatTotal(cny, -5n, 'zh')).toBe('−¥0.05');
    expect(formatTotal(jpy, 2500n, 'en')).toBe('¥2,500');
    expect(formatTotal(wash, -1200n, 'en')).toBe('−1,200');
    expect(formatTotal(wash, 0n, 'zh')).toBe('0');
  });

  it('is short beside a chart', () => {
    expect(formatShort(cny, 1_250_000, 'en')).toBe('¥12.5K');
    expect(formatShort(cny, -50, 'en')).toBe('−¥0.5');
    expect(formatShort(wash, 20_000, 'zh')).toBe('2万');
  });

  it('is parsed as people type it', () => {
    expect(parseAmount('25', cny)).toBe(2500);
    expect(parseAmount('25.5', cny)).toBe(2550);
    expect(parseAmount('.5', cny)).toBe(50);
    expect(parseAmount('２５．０５', cny)).toBe(2505);
    expect(parseAmount('1,250', cny)).toBe(125000);
    expect(parseAmount('3', wash)).toBe(3);
  });

  it('has a comma before the decimals where people write one, or between thousands', () => {
    expect(parseAmount('12,50', cny)).toBe(1250);
    expect(parseAmount('12,5', cny)).toBe(1250);
    expect(parseAmount('0,05', cny)).toBe(5);
    expect(parseAmount('１２，５０', cny)).toBe(1250);
    expect(parseAmount('1,250.50', cny)).toBe(125050);
    expect(parseAmount('1,250,000', cny)).toBe(125000000);
    expect(parseAmount("1'250,50", cny)).toBe(125050);
    expect(parseAmount('1’250.50', cny)).toBe(125050);
    expect(parseAmount('1 250,50', cny)).toBe(125050);
    expect(parseAmount('1,250', jpy)).toBe(1250);
    expect(parseAmount('1,200', wash)).toBe(1200);
    expect(parseAmount('12,500.250', kwd)).toBe(12500250);
    expect(parseAmount('0,250', kwd)).toBe(250);
  });

  it('that could be two is refused', () => {
    expect(parseAmount('1,250', kwd)).toBeNull();
    for (const text of ['1,25,00', '1,250,50', '1.250.50', '12,5000', '0,250', '1250,000', "1'25", '12 50', ',,5', '1,,250', "'5"]) expect(parseAmount(text, cny), text).toBeNull();
    for (const text of ['12,50', '1,5', '0,250']) expect(parseAmount(text, jpy), text).toBeNull();
  });

  it('that is unclear is said to be, but not while it is only begun', () => {
    for (const text of ['1.250', '12,5000', 'x', '-1', '1,25,']) expect(isUnclear(text, cny), text).toBe(true);
    for (const text of ['', ' ', '.', ',', '0', '12,', '12,5', '1,25', '1,250']) expect(isUnclear(text, cny), text).toBe(false);
  });

  it('that is none is refused', () => {
    for (const text of ['', '.', '-1', '1.234', '1e3', 'x', '1.2.3', '99999999999999']) expect(parseAmount(text, cny)).toBeNull();
    expect(parseAmount('1.5', wash)).toBeNull();
    expect(parseAmount('10000000000.01', cny)).toBeNull();
  });
});

describe('a unit', () => {
  it('is called what the shop calls it, in this language or else the other', () => {
    expect(unitName(wash, 'zh')).toBe('洗车');
    expect(unitName({ ...wash, names: { zh: '洗车' } }, 'en')).toBe('洗车');
    expect(unitName(bareUnit('inner_wash'), 'en')).toBe('Inner wash');
    expect(unitName(cny, 'en')).toBe('');
  });

  it('seen only by its code is money when it is in capitals', () => {
    expect(bareUnit('JPY')).toEqual(jpy);
    expect(bareUnit('wash').kind).toBe('pass');
  });
});
