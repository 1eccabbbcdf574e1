import { describe, expect, it } from 'vitest';
import { formatCountdown, formatTime } from './clock';
import { preferredLanguage } from './language';
import { MARKS, parseMark } from './marks';
import { asReason, lampsLit } from './wire';

const pictures = Object.keys(import.meta.glob('../../public/marks/*.svg'));

describe('the marks', () => {
  it('are 64 different ones, each with its picture', () => {
    expect(new Set(MARKS).size).toBe(64);
    for (const emoji of MARKS) {
      const { picture } = parseMark(`07 ${emoji}`);
      expect(picture).not.toBeNull();
      expect(pictures).toContain(`../../public/${picture}`);
    }
  });

  it('come apart, also unknown ones', () => {
    expect(parseMark('47 🐳')).toEqual({ digits: '47', emoji: '🐳', picture: 'marks/1f433.svg' });
    expect(parseMark('47 🛸').picture).toBeNull();
    expect(parseMark('47')).toEqual({ digits: '47', emoji: '', picture: null });
  });
});

describe('the language', () => {
  it('is the first of ours that the browser prefers', () => {
    expect(preferredLanguage(['fr', 'zh-TW', 'en'])).toBe('zh');
    expect(preferredLanguage(['en-GB', 'zh'])).toBe('en');
    expect(preferredLanguage(['fr'])).toBe('en');
  });
});

describe('times', () => {
  it('are the shop’s', () => {
    expect(formatTime('2026-11-22T06:03:22.123Z', 'en', 'second', 'Asia/Shanghai')).toBe('14:03:22');
    expect(formatTime('2026-11-22T16:03:22.123Z', 'zh', 'minute', 'Asia/Shanghai')).toBe('00:03');
  });

  it('that cannot be read are shown as nothing', () => {
    expect(formatTime('soon', 'en', 'minute')).toBe('');
  });

  it('left are counted down to zero', () => {
    expect(formatCountdown(899_001)).toBe('15:00');
    expect(formatCountdown(61_000)).toBe('1:01');
    expect(formatCountdown(-5)).toBe('0:00');
  });
});

describe('what comes over the wire', () => {
  it('with a code of a later server is a reason without a name', () => {
    expect(asReason('frozen')).toBe('frozen');
    expect(asReason('from_the_future')).toBe('internal');
    expect(asReason(undefined)).toBe('internal');
  });

  it('lights lamps one after the other', () => {
    expect((['recorded', 'received', 'seen'] as const).map(lampsLit)).toEqual([1, 2, 3]);
  });
});
