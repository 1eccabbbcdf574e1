//! Keys as they come from a keyboard-wedge scanner and from a person, at a field, a button and nowhere.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Keys } from './keys';

const CODE = '112345678906058726934226722';

/** As much of a text field as keys.ts knows. */
class Field extends EventTarget {
  value = '';
  selectionStart: number | null = 0;
  selectionEnd: number | null = 0;

  setSelectionRange(start: number, end: number): void {
    [this.selectionStart, this.selectionEnd] = [start, end];
  }
}

interface Pressed {
  kept: boolean;
}

let now = 0;
let codes: string[] = [];
let others: string[] = [];
let keys: Keys;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('HTMLInputElement', Field);
  vi.stubGlobal('HTMLTextAreaElement', class {});
  [now, codes, others] = [1_000, [], []];
  keys = new Keys({ code: (digits) => codes.push(digits), key: (event) => others.push(event.key) });
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function press(key: string, gapMs: number, target: unknown = null, more: Partial<KeyboardEvent> = {}): Pressed {
  now += gapMs;
  vi.advanceTimersByTime(gapMs);
  const pressed = { kept: false };
  const event = {
    key,
    code: /^[0-9]$/.test(key) ? `Digit${key}` : key,
    timeStamp: now,
    target,
    ...more,
    preventDefault: () => (pressed.kept = true),
    stopPropagation: () => undefined,
  };
  keys.take(event as unknown as KeyboardEvent);
  // What the browser does with a key that nobody kept from it.
  if (!pressed.kept && target instanceof Field && key.length === 1) {
    target.value += key;
    target.setSelectionRange(target.value.length, target.value.length);
  }
  return pressed;
}

const burst = (text: string, gapMs: number, target: unknown = null) => [...text].map((key) => press(key, gapMs, target));
const pause = () => vi.advanceTimersByTime(300);

describe('a scanner', () => {
  it('gives one code, with Enter, with Tab and with neither, and its closing key presses nothing', () => {
    for (const end of ['Enter', 'Tab', null]) {
      codes = [];
      press('Shift', 5_000);
      burst(CODE, 8);
      if (end !== null) expect(press(end, 8).kept).toBe(true);
      pause();
      expect(codes).toEqual([CODE]);
    }
    expect(others).toEqual([]);
  });

  it('leaves no digit in the field that has the focus, and puts back what was there', () => {
    const field = new Field();
    field.value = 'Mei ';
    field.setSelectionRange(4, 4);
    const input = vi.fn();
    field.addEventListener('input', input);
    burst(CODE, 12, field);
    expect(press('Enter', 12, field).kept).toBe(true);
    expect([field.value, field.selectionStart, codes]).toEqual(['Mei ', 4, [CODE]]);
    expect(input).toHaveBeenCalledOnce();
  });

  it('is understood on a layout whose digits need Shift, and with full-width digits', () => {
    const azerty = 'à&é"\'(-è_ç';
    [...CODE].forEach((digit) => press(azerty[Number(digit)] ?? '', 8, null, { code: `Digit${digit}` }));
    press('Enter', 8);
    [...CODE].forEach((digit) => press(String.fromCodePoint(0xff10 + Number(digit)), 8));
    press('Enter', 8);
    expect(codes).toEqual([CODE, CODE]);
  });

  it('is heard outside every field also where it pauses between keys, and its Enter presses nothing', () => {
    burst(CODE, 120);
    expect(press('Enter', 60).kept).toBe(true);
    pause();
    expect(codes).toEqual([CODE]);
    burst(CODE.slice(1), 120);
    expect(press('Enter', 60).kept, 'no whole code: it is a person’s').toBe(false);
    expect(codes).toEqual([CODE]);
  });

  it('is heard twice when it reads twice', () => {
    for (let time = 0; time < 2; time += 1) {
      burst(CODE, 4);
      press('Enter', 4);
    }
    pause();
    expect(codes).toEqual([CODE, CODE]);
  });

  it('is not mixed up with an amount that somebody typed just before', () => {
    for (const target of [new Field(), null]) {
      codes = [];
      press('Shift', 5_000);
      press('1', 200, target);
      press('0', 200, target);
      press(CODE.charAt(0), 900);
      burst(CODE.slice(1), 8);
      press('Enter', 8);
      pause();
      expect(codes).toEqual([CODE]);
    }
  });

  it('hands on a code that is too short too, so that the window can say so', () => {
    burst(CODE.slice(0, 20), 8);
    press('Enter', 8);
    expect(codes).toEqual([CODE.slice(0, 20)]);
  });
});

describe('a person', () => {
  it('types an amount into a field, and Enter sends its form', () => {
    const field = new Field();
    burst('1250', 140, field);
    expect(press('Enter', 400, field).kept).toBe(false);
    pause();
    expect([field.value, codes]).toEqual(['1250', []]);
  });

  it('types a code outside every field in their own time', () => {
    burst(CODE, 700);
    pause();
    expect(codes).toEqual([CODE]);
  });

  it('begins again after a long pause, and a letter ends it', () => {
    burst('123', 200);
    burst(CODE.slice(0, 10), 200);
    press('a', 200);
    press('Escape', 200);
    now += 10_000;
    burst(CODE, 200);
    pause();
    expect([codes, others]).toEqual([[CODE], ['a', 'Escape']]);
  });

  it('holds a key down, or uses a shortcut: neither is a scanner', () => {
    for (let times = 0; times < 40; times += 1) press('1', 30, null, { repeat: true });
    burst('112', 5);
    press('v', 5, null, { ctrlKey: true });
    pause();
    expect(codes).toEqual([]);
  });

  it('presses a key that is a digit on another layout: it comes a moment later, as what it is', () => {
    expect(press('&', 500, null, { code: 'Digit1' }).kept).toBe(true);
    pause();
    expect([codes, others]).toEqual([[], ['&']]);
  });
});
