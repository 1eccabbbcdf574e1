import { describe, expect, it } from 'vitest';
import type { Redemption, Result, TillEvent } from './bridge';
import { BRIGHT_MS, fieldOf, moved, newDesk, openDoubts, unitOf, type Desk } from './desk';
import { paintGrey, readFrame } from './frame';
import { refusalAdvice, spokenResult, statusOf, takenWords } from './telling';
import { newWedge, onKey, type Verdict } from './wedge';

const redemption: Redemption = {
  id: 'a', status: 'recorded', customer: { id: 7, name: 'Li' }, unit: 'wash', amount: 1, balance: 9, reversed: 0,
  at: '2026-11-22T06:03:22.123Z', mark: '47 🐳', lamp: 'recorded', repeated: false,
};
const shop: TillEvent = {
  type: 'shop',
  shop: { id: 1, name: 'Lotus', currency: 'CNY', time_zone: 'Asia/Shanghai', language: 'zh', practice: false },
  units: [
    { unit: 'wash', kind: 'pass', decimals: 0, names: { en: 'Wash', zh: '洗车' } },
    { unit: 'CNY', kind: 'money', decimals: 2 },
  ],
  default_unit: 'wash',
  phone_url: 'http://192.168.1.5:8787',
  preset: { unit: 'wash', amount: 1 },
  language: 'en',
};
const result = (told: Result): TillEvent => ({ type: 'result', result: told });

function desk(...events: TillEvent[]): Desk {
  return events.reduce((now, event) => moved(now, event, 1000), moved(newDesk('zh'), shop, 1000));
}

describe('the light', () => {
  it('shines for eight seconds, then rests', () => {
    const now = desk(result({ status: 'recorded', redemption }));
    expect(fieldOf(now, false, 1000 + BRIGHT_MS - 1)).toMatchObject({ show: 'result', bright: true });
    expect(fieldOf(now, false, 1000 + BRIGHT_MS)).toMatchObject({ show: 'result', bright: false });
  });

  it('never rests on what is not settled', () => {
    const asked = { id: 'a', unit: 'wash', amount: 1, since: redemption.at };
    for (const told of [{ status: 'checking', ...asked } as const, { status: 'in_doubt', ...asked, can_cancel: true } as const]) {
      expect(fieldOf(desk(result(told)), true, 10_000_000)).toMatchObject({ show: 'result', bright: true });
    }
  });

  it('shows a join code at rest only', () => {
    const now = desk(result({ status: 'recorded', redemption }));
    expect(fieldOf(now, true, 2000).show).toBe('result');
    expect(fieldOf(now, true, 10_000).show).toBe('join');
    expect(fieldOf(desk(), true, 0).show).toBe('join');
    expect(fieldOf(desk(), false, 0).show).toBe('idle');
  });

  it('does not shine anew for a lamp, but does for the same code again', () => {
    const first = desk(result({ status: 'recorded', redemption }));
    const lamp = moved(first, result({ status: 'recorded', redemption: { ...redemption, lamp: 'seen' } }), 5000);
    expect(lamp.resultMs).toBe(1000);
    const again = moved(first, result({ status: 'recorded', redemption: { ...redemption, repeated: true } }), 5000);
    expect(again.resultMs).toBe(5000);
    expect(statusOf(again.result)).toBe('repeated');
  });

  it('lights the lamp of the result and of its entry', () => {
    const entry = { kind: 'redemption', id: 'a', at: redemption.at, lamp: 'recorded' } as const;
    const now = desk(result({ status: 'recorded', redemption }), { type: 'entries', entries: [entry] }, { type: 'lamp', id: 'a', lamp: 'seen' });
    expect(now.result).toMatchObject({ redemption: { lamp: 'seen' } });
    expect(now.entries[0]?.lamp).toBe('seen');
  });
});

describe('the desk', () => {
  it('counts only open cases as in doubt', () => {
    const doubt = (id: string, state: string) => ({ id, unit: 'wash', amount: 1, since: redemption.at, state });
    expect(openDoubts(desk({ type: 'doubts', doubts: [doubt('a', 'asking'), doubt('b', 'cancelled'), doubt('c', 'unreachable')] }))).toBe(2);
  });

  it('takes an event it does not know for nothing', () => {
    const before = desk();
    expect(moved(before, { type: 'weather' } as never, 0)).toBe(before);
  });

  it('knows a unit it was never told of by its name', () => {
    expect(unitOf(desk(), 'USD')).toMatchObject({ kind: 'money', decimals: 2 });
    expect(unitOf(desk(), null).kind).toBe('pass');
  });
});

describe('a result in words', () => {
  it('says what was taken, what is left and whose it was', () => {
    expect(spokenResult(desk(result({ status: 'recorded', redemption })))).toBe('Taken. −1 Wash. 9 left. Li');
    expect(takenWords(desk(), 'CNY', 2500)).toBe('−¥25.00');
  });

  it('says of the same code again that nothing was taken', () => {
    const words = spokenResult(desk(result({ status: 'recorded', redemption: { ...redemption, repeated: true } })));
    expect(words).toBe('Already taken at 14:03. Nothing was taken this time');
  });

  it('says what is left when it is too little, and how old a code is', () => {
    const refused = { status: 'refused', id: 'a', at: redemption.at } as const;
    expect(refusalAdvice(desk(), { ...refused, code: 'insufficient_balance', unit: 'wash', balance: 0 }).what).toBe('Not enough left: 0 Wash');
    expect(refusalAdvice(desk(), { ...refused, code: 'code_expired', clock_difference_s: -432 }).what).toBe('This code is 7\u00a0minutes old');
    expect(refusalAdvice(desk(), { ...refused, code: 'from_the_future' }).what).toBe('The server failed');
  });
});

describe('a keyboard-wedge scanner', () => {
  const code = '112345678906058726934226722';

  function type(text: string, gapMs: number, inField: boolean, end = ''): Verdict[] {
    let wedge = newWedge();
    const verdicts: Verdict[] = [];
    [...text, ...(end === '' ? [] : [end])].forEach((key, index) => {
      const [next, verdict] = onKey(wedge, key, 1000 + index * gapMs, inField);
      wedge = next;
      verdicts.push(verdict);
    });
    return verdicts;
  }

  it('is heard anywhere, and its Enter presses nothing', () => {
    const verdicts = type(code, 4, false, 'Enter');
    expect(verdicts.filter(({ kind }) => kind === 'code')).toEqual([{ kind: 'code', digits: code }]);
    expect(verdicts.at(-1)).toEqual({ kind: 'swallow' });
  });

  it('is told from typing inside a field, which gets its digits taken back', () => {
    const verdicts = type(code, 4, true, 'Enter');
    expect(verdicts.slice(0, 5).every(({ kind }) => kind === 'let')).toBe(true);
    expect(verdicts[5]).toEqual({ kind: 'take_back', keys: 5 });
    expect(verdicts[26]).toEqual({ kind: 'code', digits: code });
    expect(verdicts[27]).toEqual({ kind: 'swallow' });
  });

  it('is not a person typing into a field', () => {
    expect(type(code, 120, true, 'Enter').every(({ kind }) => kind === 'let')).toBe(true);
  });

  it('may also be a person typing the code outside any field', () => {
    expect(type(code, 300, false).at(-1)).toEqual({ kind: 'code', digits: code });
  });

  it('with something that is no code is handed on to be refused in words', () => {
    expect(type('690123456789', 4, false, 'Enter').at(-1)).toEqual({ kind: 'code', digits: '690123456789' });
  });
});

describe('a preview frame', () => {
  it('is read, and rubbish is not', () => {
    const bytes = new ArrayBuffer(8 + 6);
    new DataView(bytes).setUint32(0, 9, true);
    new DataView(bytes).setUint16(4, 3, true);
    new DataView(bytes).setUint16(6, 2, true);
    expect(readFrame(bytes)).toMatchObject({ number: 9, width: 3, height: 2 });
    expect(readFrame(bytes.slice(0, 13))).toBeNull();
    expect(readFrame(new ArrayBuffer(3))).toBeNull();
  });

  it('is painted grey and opaque', () => {
    const rgba = new Uint32Array(2);
    paintGrey(new Uint8Array([0, 255]), rgba);
    expect([...rgba]).toEqual([0xff000000, 0xffffffff]);
  });
});
