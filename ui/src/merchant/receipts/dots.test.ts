//! From a picture to a printer's dots, and a text to lines.

import { describe, expect, it } from 'vitest';
import { dithered, packed, pieces, wrapped } from './dots';

function pixels(dots: readonly number[]): Uint8ClampedArray {
  return Uint8ClampedArray.from(dots.flatMap((grey) => [grey, grey, grey, 255]));
}

describe('dots', () => {
  it('are eight a byte, the leftmost first, black where the picture is dark', () => {
    const row = [0, 255, 255, 255, 255, 255, 255, 0, 255, 0, 255, 255, 255, 255, 255, 255];
    expect([...packed(pixels([...row, ...row]), 16)]).toEqual([0x81, 0x40, 0x81, 0x40]);
  });

  it('are half black where a picture is grey, and the rest stays', () => {
    const width = 16;
    const picture = pixels(Array.from({ length: width * width }, () => 128));
    dithered(picture, width, 4, 4, 8);
    const inside = Array.from({ length: 64 }, (_, at) => picture[((4 + (at >> 3)) * width + 4 + (at & 7)) * 4] ?? -1);
    expect(inside.every((grey) => grey === 0 || grey === 255)).toBe(true);
    const black = inside.filter((grey) => grey === 0).length;
    expect(black).toBeGreaterThan(24);
    expect(black).toBeLessThan(40);
    expect(picture[0]).toBe(128);
  });
});

describe('a text', () => {
  const measure = (text: string) => [...text].length;

  it('breaks between words, between any two Chinese characters, and in a word only where it must', () => {
    expect(pieces('Li Wei 洗车 ok')).toEqual(['Li', ' Wei', ' 洗', '车', ' ok']);
    expect(wrapped('one two three', 7, measure)).toEqual(['one two', 'three']);
    expect(wrapped('欧阳娜娜的车', 4, measure)).toEqual(['欧阳娜娜', '的车']);
    expect(wrapped('abcdefghij k', 4, measure)).toEqual(['abcd', 'efgh', 'ij k']);
    expect(wrapped('Li Wei 李伟', 20, measure)).toEqual(['Li Wei 李伟']);
    expect(wrapped('', 4, measure)).toEqual([]);
  });

  it('loses nothing but the blanks at its breaks', () => {
    const text = 'محمد عبد الله 👩‍👩‍👧‍👦 欧阳娜娜 Łukasz';
    expect(wrapped(text, 6, measure).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
  });
});
