import { describe, expect, it } from 'vitest';
import vectors from '../fixtures/code-vectors.json';
import { fromHex, importKey, signer } from '../customer/key';
import { cardCode, dammDigit, groupDigits, isCode, parseCode, phoneCode, stepAt } from './code';
import { codeSymbol } from './code-symbol';
import { linkSymbol, moduleSize, symbolPath } from './qr';

describe('the 27 digits', () => {
  it.each(vectors)('agree with the vector of credential $credential at $unix, by WebCrypto and without', async (vector) => {
    const step = stepAt(vector.unix * 1000);
    for (const key of [await importKey(vector.key), fromHex(vector.key)]) {
      expect(await phoneCode(signer(key), vector.credential, step)).toBe(vector.phone_code);
      expect(await cardCode(signer(key), vector.credential)).toBe(vector.card_code);
    }
  });

  it('have the check digit of the thesis', () => {
    expect(dammDigit('572')).toBe('4');
  });

  it('are read as people type them', () => {
    const code = vectors[0]!.phone_code;
    expect(parseCode(groupDigits(code))).toBe(code);
    expect(parseCode(code.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))))).toBe(code);
    expect(isCode(parseCode(code))).toBe(true);
  });

  it('with one digit wrong, or two neighbours swapped, are misread', () => {
    const code = vectors[0]!.phone_code;
    for (let index = 0; index < code.length; index += 1) {
      const wrong = code.slice(0, index) + ((Number(code[index]) + 1) % 10) + code.slice(index + 1);
      expect(parseCode(wrong)).toBe('misread');
      const swapped = code.slice(0, index) + (code[index + 1] ?? '') + code[index] + code.slice(index + 2);
      if (swapped !== code) expect(parseCode(swapped)).toBe('misread');
    }
  });

  it('of another length or with letters are said to be so', () => {
    expect(parseCode('123')).toBe('short');
    expect(parseCode('1'.repeat(28))).toBe('long');
    expect(parseCode('12a')).toBe('not_digits');
  });
});

describe('a symbol', () => {
  it('of a code has 21 modules each way, and its finders', () => {
    const modules = codeSymbol(parseCode(vectors[0]!.phone_code) as never);
    expect(modules).toHaveLength(21);
    for (const row of modules) expect(row).toHaveLength(21);
    const finder = modules.slice(0, 7).map((row) => row.slice(0, 7).map(Number).join(''));
    expect(finder).toEqual(['1111111', '1000001', '1011101', '1011101', '1011101', '1000001', '1111111']);
  });

  it('of a join link fits', () => {
    expect(linkSymbol('http://192.168.1.5:8787/#join=pPq3vXo8cS1mZ0tYw2RkLA').length).toBeLessThanOrEqual(37);
  });

  it('is drawn in whole device pixels', () => {
    expect(moduleSize(390, 29, 3)).toBe(40 / 3);
    expect(moduleSize(10, 29, 1)).toBe(1);
  });

  it('becomes a path of runs', () => {
    expect(symbolPath([[true, true, false], [false, false, true]])).toBe('M0 0h2v1h-2zM2 1h1v1h-1z');
  });
});
