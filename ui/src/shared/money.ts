//! The one place where amounts become text. Money by `Intl`, visits as a count beside the unit's name:
//! names are the shop's own words, so they are never bent into a plural.

import type { Language, Names, UnitKind } from './wire/till';

/** What an amount is counted in, as the server tells it. */
export interface Unit {
  unit: string;
  kind: UnitKind;
  /** Decimal places of a money unit's minor unit; 0 for a pass. */
  decimals: number;
  names?: Partial<Names> | null | undefined;
}

/** Real minus and plus signs, of one width with the figures. */
export type Sign = '' | '−' | '+';

const formats = new Map<string, Intl.NumberFormat>();

/** `amount` in minor units or visits, never negative; the sign is the caller's. */
export function formatAmount(unit: Unit, amount: number, language: Language, sign: Sign = ''): string {
  // Which both languages write as it is; a browser takes long over its first format.
  if (unit.kind === 'pass' && amount < 1000) return sign + String(amount);
  if (unit.kind === 'pass') return sign + plain(language).format(amount);
  return sign + currency(unit, language).format(amount / 10 ** unit.decimals);
}

/** "−1 Wash", "¥25.00": with the name of what is counted. */
export function formatNamed(unit: Unit, amount: number, language: Language, sign: Sign = ''): string {
  return `${formatAmount(unit, amount, language, sign)} ${unitName(unit, language)}`.trim();
}

/** A sum of any size, to its last digit; a negative one has its sign. */
export function formatTotal(unit: Unit, total: bigint, language: Language): string {
  const [sign, size] = total < 0n ? (['−', -total] as const) : (['', total] as const);
  if (unit.kind === 'pass') return sign + plain(language).format(size);
  const scale = 10n ** BigInt(unit.decimals);
  const fraction = unit.decimals === 0 ? '' : `.${String(size % scale).padStart(unit.decimals, '0')}`;
  // A decimal text is formatted as it is, which this library's types do not know yet; a number would lose digits.
  return sign + currency(unit, language).format(`${size / scale}${fraction}` as unknown as bigint);
}

/** Short, for a chart's axis: "12K", "¥1.2万". */
export function formatShort(unit: Unit, amount: number, language: Language): string {
  const money = unit.kind === 'money';
  const format = cached(`short ${money ? unit.unit : ''} ${language}`, () => {
    const style = money ? ({ style: 'currency', currency: unit.unit, currencyDisplay: 'narrowSymbol' } as const) : {};
    return new Intl.NumberFormat(locale(language), { ...style, notation: 'compact', minimumFractionDigits: 0, maximumFractionDigits: 1 });
  });
  return (amount < 0 ? '−' : '') + format.format(Math.abs(amount) / 10 ** unit.decimals);
}

/** The unit's name in this language, in the other, or the bare unit made readable. Empty for money. */
export function unitName(unit: Unit, language: Language): string {
  if (unit.kind === 'money') return '';
  const other = language === 'zh' ? 'en' : 'zh';
  const named = unit.names?.[language] ?? unit.names?.[other];
  if (named !== undefined && named !== '') return named;
  const bare = unit.unit.replaceAll('_', ' ');
  return bare.charAt(0).toUpperCase() + bare.slice(1);
}

/** A unit seen only by its code, such as in an old event: capitals are a currency. */
export function bareUnit(unit: string): Unit {
  if (!/^[A-Z]{3}$/.test(unit)) return { unit, kind: 'pass', decimals: 0 };
  const decimals = new Intl.NumberFormat('en', { style: 'currency', currency: unit }).resolvedOptions();
  return { unit, kind: 'money', decimals: decimals.maximumFractionDigits ?? 2 };
}

/** The currency's short sign, for a key or a button. */
export function currencySign(unit: Unit, language: Language): string {
  const part = currency(unit, language)
    .formatToParts(0)
    .find(({ type }) => type === 'currency');
  return part?.value ?? unit.unit;
}

function plain(language: Language): Intl.NumberFormat {
  return cached(`plain ${language}`, () => new Intl.NumberFormat(locale(language)));
}

function currency({ unit, decimals }: Unit, language: Language): Intl.NumberFormat {
  return cached(
    `${unit} ${decimals} ${language}`,
    () =>
      new Intl.NumberFormat(locale(language), {
        style: 'currency',
        currency: unit,
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: decimals,
        maximumFractionDigits: decimals,
      }),
  );
}

function cached(key: string, make: () => Intl.NumberFormat): Intl.NumberFormat {
  const found = formats.get(key);
  if (found) return found;
  const made = make();
  formats.set(key, made);
  return made;
}

export function locale(language: Language): string {
  return language === 'zh' ? 'zh-CN' : 'en';
}

/** The contract's limits, in minor units or visits. */
export const AMOUNT_MOST = 1_000_000_000_000;

/** Thousands in groups of three by one mark, then the decimals behind another: "1,250.50", "1'250,50", "12,50". */
const TYPED = /^(?:([1-9]\d{0,2}(?:([, '])\d{3})(?:\2\d{3})*)|(\d*))(?:([.,])(\d*))?$/;

/**
 * What a person typed, in major units ("25", "12,50", "1,250", "２５"), as minor units; null when it is no amount from 0,
 * and when it could be two: with three decimals "1,250" is either.
 */
export function parseAmount(text: string, unit: Unit): number | null {
  const plainText = asTyped(text);
  const match = TYPED.exec(plainText);
  if (!match || !/\d/.test(plainText)) return null;
  const [, grouped, mark, bare = '', point, fraction = ''] = match;
  const marks = grouped?.split(mark ?? ',').length ?? 1;
  if (point !== undefined && point === mark) return null;
  if (mark === ',' && marks === 2 && point === undefined && unit.decimals >= 3) return null;
  if (fraction.length > unit.decimals) return null;
  const whole = grouped?.replace(/\D/g, '') ?? bare;
  if (whole.length > 13) return null;
  const amount = Number(whole + fraction.padEnd(unit.decimals, '0'));
  return amount <= AMOUNT_MOST ? amount : null;
}

/** Whether something stands there that is no amount; the beginning of one is still none. */
export function isUnclear(text: string, unit: Unit): boolean {
  return !/^[.,]?$/.test(asTyped(text)) && parseAmount(text, unit) === null;
}

/** Digits, points and spaces of every width as the narrow ones. */
function asTyped(text: string): string {
  return text.normalize('NFKC').replaceAll('’', "'").trim();
}
