import { describe, expect, it } from 'vitest';
import type { Doubt, DoubtState, Entry, Redemption, Shown, TillEvent } from '../shared/wire/till';
import { BRIGHT_MS, fieldOf, moved, newDesk, unitOf, type Desk } from './desk';
import { doubtWords, isCancelling, openDoubts } from './doubt';
import { paintGrey, readFrame } from './frame';
import { asReason, asTillsOwn } from './reason';
import { sayIn } from './say';
import { movedWords, refusalAdvice, spokenResult, statusOf, takenWords, topUpWords } from './telling';
import { topUpAfter, topUpNow } from './top-up';
import { newWedge, onKey, type Verdict } from './wedge';

const redemption: Redemption = {
  id: 'a', seq: 41, customer: { id: 7, name: 'Li' }, unit: 'wash', amount: 1, balance: 9, reversed: 0,
  at: '2026-11-22T06:03:22.123Z', mark: '47 🐳', lamp: 'recorded', repeated: false,
};
const shop: TillEvent = {
  type: 'shop',
  shop: { id: 1, name: 'Lotus', currency: 'CNY', time_zone: 'Asia/Shanghai', language: 'zh', practice: false },
  units: [
    { unit: 'wash', kind: 'pass', decimals: 0, names: { en: 'Wash', zh: '洗车' } },
    { unit: 'CNY', kind: 'money', decimals: 2, names: { en: 'Balance', zh: '储值' } },
  ],
  default_unit: 'wash',
  phone_url: 'http://192.168.1.5:8787',
  preset: { unit: 'wash', amount: 1 },
  language: 'en',
};
const result = (told: Shown): TillEvent => ({ type: 'result', result: told });

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

  it('stays at rest for a request just sent', () => {
    const sent = desk(result({ status: 'sending', id: 'a', unit: 'wash', amount: 1, since: redemption.at }));
    expect(fieldOf(sent, false, 1000).show).toBe('idle');
    expect(spokenResult(sent)).toBe('');
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
    const { customer, unit, amount, balance, at, mark } = redemption;
    const entry: Entry = { number: 1, kind: 'redemption', id: 'a', customer, unit, amount, balance, at, mark, lamp: 'recorded', of: null };
    const refusal = { kind: 'refusal', id: 'b', code: 'frozen', at } as const;
    const now = desk(result({ status: 'recorded', redemption }), { type: 'entries', entries: [refusal, entry] }, { type: 'lamp', id: 'a', lamp: 'seen' });
    expect(now.result).toMatchObject({ redemption: { lamp: 'seen' } });
    expect(now.entries).toEqual([refusal, { ...entry, lamp: 'seen' }]);
  });
});

const doubt = (state: DoubtState, change: Partial<Doubt> = {}): Doubt => ({
  id: state, kind: 'redemption', unit: 'wash', amount: 1, since: redemption.at, state, ...change,
});
const STATES: DoubtState[] = ['asking', 'unreachable', 'can_cancel', 'cancelling', 'recorded', 'refused', 'cancelled', 'gone'];

describe('the list of those in doubt', () => {
  it('counts only open cases', () => {
    const told = desk({ type: 'doubts', doubts: STATES.map((state) => doubt(state)) });
    expect(openDoubts(told)).toBe(4);
    expect(isCancelling(told, 'cancelling')).toBe(true);
    expect(isCancelling(told, 'asking')).toBe(false);
  });

  it('has its own words for each state of each kind', () => {
    const words = (['redemption', 'top_up'] as const).flatMap((kind) => STATES.map((state) => doubtWords(desk(), doubt(state, { kind }))));
    expect(words.every((word) => word !== '')).toBe(true);
    // The open states read the same for both kinds.
    expect(new Set(words).size).toBe(4 + 2 * 4);
  });

  it('tells a top-up from what was taken by its sign', () => {
    expect(movedWords(desk(), 'top_up', { unit: 'wash', amount: 10 })).toBe('+10 Wash');
    expect(movedWords(desk(), 'redemption', { unit: 'wash', amount: 10 })).toBe('−10 Wash');
  });
});

describe('a new customer’s top-up', () => {
  const preset = { unit: 'wash', amount: 10 };
  const asked = doubt('asking', { kind: 'top_up', ...preset, id: 'u' });

  it('that was recorded needs no word', () => {
    expect(topUpAfter(null, preset, [])).toBeNull();
  });

  it('that was refused says why', () => {
    const refused = topUpAfter('limit_exceeded', preset, [asked])!;
    expect(refused.state).toBe('refused');
    expect(topUpWords(desk(), refused)).toBe('Top-up +10 Wash was not recorded. Over the limit. The phone can join all the same.');
    expect(topUpAfter('busy', preset, [])).toMatchObject({ reason: 'still_open' });
    expect(topUpAfter('offline', preset, [])).toMatchObject({ state: 'refused', reason: 'offline' });
  });

  it('that is not known yet follows its line in the list, and keeps its end when the list forgets it', () => {
    const unknown = topUpAfter('offline', preset, [doubt('asking'), asked])!;
    expect(unknown).toEqual({ preset, state: 'unknown', id: 'u' });
    expect(topUpWords(desk(), unknown)).toMatch(/^Not known yet/);
    expect(topUpNow(unknown, [{ ...asked, state: 'cancelling' }])).toBe(unknown);
    expect(topUpNow(unknown, [])).toBe(unknown);
    expect(topUpNow(unknown, [{ ...asked, state: 'cancelled' }]).state).toBe('cancelled');
    const recorded = topUpNow(unknown, [{ ...asked, state: 'recorded' }]);
    expect(recorded.state).toBe('recorded');
    expect(topUpNow(recorded, [])).toBe(recorded);
  });
});

describe('the till’s own reasons', () => {
  it('are told from the server’s', () => {
    expect(asReason('journal_failed')).toBe('journal_failed');
    expect(asReason('from_the_future')).toBe('internal');
    expect(asTillsOwn('busy')).toBe('still_open');
    for (const language of ['en', 'zh'] as const) {
      for (const reason of ['journal_failed', 'still_open'] as const) {
        expect(sayIn(language).refusals[reason]({ left: '', clockDifferenceS: null }).todo).not.toBe('');
      }
    }
  });
});

describe('the desk', () => {
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
