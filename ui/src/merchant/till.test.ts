import { describe, expect, it } from 'vitest';
import type { Doubt, DoubtState, Entry, Redemption, Shown, TillEvent } from '../shared/wire/till';
import { BRIGHT_MS, fieldOf, moved, newDesk, takeButtons, unitOf, withPreset, type Desk } from './desk';
import { doubtWords, isCancelling, openDoubts } from './doubt';
import { paintMirrored, readFrame } from './frame';
import { asReason, asTillsOwn } from './reason';
import { sayIn } from './say';
import { movedWords, refusalAdvice, spokenResult, statusOf, takenWords, topUpWords } from './telling';
import { topUpAfter, topUpNow } from './top-up';
import { newWedge, onKey, onPause, type Key, type Verdict } from './wedge';

const redemption: Redemption = {
  id: 'a', seq: 41, customer: { id: 7, name: 'Li' }, unit: 'wash', amount: 1, balance: 9, reversed: 0,
  at: '2026-11-22T06:03:22.123Z', mark: '47 🐳', lamp: 'recorded', repeated: false,
};
const shop: Extract<TillEvent, { type: 'shop' }> = {
  type: 'shop',
  shop: { id: 1, name: 'Lotus', currency: 'CNY', time_zone: 'Asia/Shanghai', language: 'zh', practice: false },
  units: [
    { unit: 'wash', kind: 'pass', decimals: 0, names: { en: 'Wash', zh: '洗车' } },
    { unit: 'CNY', kind: 'money', decimals: 2, names: { en: 'Balance', zh: '储值' } },
  ],
  default_unit: 'wash',
  choice: 0,
  phone_url: 'http://192.168.1.5:8787',
  preset: { unit: 'wash', amount: 1 },
  products: [],
  habits: { sounds: true, spoken: false, lock_after_min: 5 },
  language: 'en',
};
const result = (told: Shown): TillEvent => ({ type: 'result', result: told });

function desk(...events: TillEvent[]): Desk {
  return events.reduce((now, event) => moved(now, event, 1000), moved(newDesk('zh'), shop, 1000));
}

describe('what the next scan takes', () => {
  const wash = (amount: number) => ({ names: { en: `Wash ${amount}`, zh: '洗' }, unit: 'wash', amount });
  const shown = (now: Desk) => takeButtons(now).map(({ name, amount, chosen }) => [name, amount, chosen]);

  it('is a button for each unit in a shop without products, and money asks for its amount', () => {
    expect(shown(moved(newDesk('zh'), shop, 0))).toEqual([['Wash', 1, true], ['Balance', null, false]]);
  });

  it('is the shop’s own buttons, then money, and an amount that none of them has', () => {
    const now = moved(newDesk('zh'), { ...shop, products: [wash(2), wash(1), wash(1)] }, 0);
    expect(shown(now)).toEqual([['Wash 2', 2, false], ['Wash 1', 1, true], ['Wash 1', 1, false], ['Balance', null, false]]);
    const three = withPreset(now, { unit: 'wash', amount: 3 });
    expect(shown(three).slice(3)).toEqual([['Wash', 3, true], ['Balance', null, false]]);
    const money = withPreset(three, { unit: 'CNY', amount: 990 });
    expect(shown(money).slice(3)).toEqual([['Balance', 990, true]]);
    expect(shown(withPreset(money, { unit: 'wash', amount: 2 }))[0]).toEqual(['Wash 2', 2, true]);
  });

  it('keeps a price of a product apart from an amount of one’s own', () => {
    const meal = { names: { en: 'Meal', zh: '餐' }, unit: 'CNY', amount: 500 };
    const now = withPreset(moved(newDesk('zh'), { ...shop, products: [meal] }, 0), { unit: 'CNY', amount: 500 });
    expect(shown(now)).toEqual([['Meal', 500, true], ['Wash', 1, false], ['Balance', null, false]]);
  });
});

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
    const entry: Entry = { number: 1, kind: 'redemption', id: 'a', customer, unit, amount, balance, at, mark, lamp: 'recorded', of: null, of_kind: null, gain: null };
    const refusal = { kind: 'refusal', id: 'b', of: 'redemption', code: 'frozen', at } as const;
    const now = desk(result({ status: 'recorded', redemption }), { type: 'entries', entries: [refusal, entry] }, { type: 'lamp', id: 'a', lamp: 'seen' });
    expect(now.result).toMatchObject({ redemption: { lamp: 'seen' } });
    expect(now.entries).toEqual([refusal, { ...entry, lamp: 'seen' }]);
  });
});

const doubt = (state: DoubtState, change: Partial<Doubt> = {}): Doubt => ({
  customer: null, of: null, id: state, kind: 'redemption', unit: 'wash', amount: 1, since: redemption.at, state, ...change,
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
  const asked = doubt('asking', { kind: 'top_up', customer: 7, ...preset, id: 'u' });

  it('that was recorded needs no word', () => {
    expect(topUpAfter(null, 7, preset, [])).toBeNull();
  });

  it('that was refused says why', () => {
    const refused = topUpAfter('limit_exceeded', 7, preset, [asked])!;
    expect(refused.state).toBe('refused');
    expect(topUpWords(desk(), refused)).toBe('Top-up +10 Wash was not recorded. Over the limit. The phone can join all the same.');
    expect(topUpAfter('busy', 7, preset, [])).toMatchObject({ reason: 'still_open' });
    expect(topUpAfter('offline', 7, preset, [])).toMatchObject({ state: 'refused', reason: 'offline' });
  });

  it('that is not known yet follows its line in the list, and keeps its end when the list forgets it', () => {
    const unknown = topUpAfter('in_doubt', 7, preset, [doubt('asking', { kind: 'top_up', customer: 8 }), asked])!;
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
  type Press = Pick<Key, 'key' | 'code'>;
  const english = (digit: string): Press => ({ key: digit, code: `Digit${digit}` });
  const azerty = (digit: string): Press => ({ key: 'à&é"\'(-è_ç'[Number(digit)] ?? '', code: `Digit${digit}` });
  const wide = (digit: string): Press => ({ key: String.fromCharCode(0xff10 + Number(digit)), code: '' });
  const numpad = (digit: string): Press => ({ key: digit, code: `Numpad${digit}` });
  const numpadOff = (digit: string): Press => ({ key: 'Home', code: `Numpad${digit}` });
  const enter: Press = { key: 'Enter', code: 'Enter' };

  /** What becomes of each key, and of the pause after the last. */
  function type(presses: Press[], gapMs: number, inField: boolean): { verdicts: Verdict[]; ended: string | null } {
    let wedge = newWedge();
    const verdicts = presses.map((press, index) => {
      const [next, verdict] = onKey(wedge, { ...press, atMs: 1000 + index * gapMs, inField });
      wedge = next;
      return verdict;
    });
    return { verdicts, ended: onPause(wedge)[1] };
  }

  it.each([['English', english], ['French', azerty], ['full-width', wide], ['number pad', numpad], ['number pad without Num Lock', numpadOff]])(
    'is heard on a layout that is %s, with Enter and without',
    (_, layout) => {
      const presses = [...code].map(layout);
      for (const inField of [false, true]) {
        expect(type(presses, 4, inField).ended).toBe(code);
        const { verdicts, ended } = type([...presses, enter], 4, inField);
        expect(verdicts.at(-1)).toEqual({ kind: 'code', digits: code });
        expect(ended).toBeNull();
      }
    },
  );

  it('is told from typing inside a field, which gets its digits taken back and no more of them', () => {
    const { verdicts } = type([...code].map(english), 4, true);
    expect(verdicts[0]).toEqual({ kind: 'let', first: true });
    expect(verdicts.slice(1, 5).every((verdict) => verdict.kind === 'let' && !verdict.first)).toBe(true);
    expect(verdicts[5]).toEqual({ kind: 'take_back' });
    expect(verdicts.slice(6).every(({ kind }) => kind === 'swallow')).toBe(true);
  });

  it('presses nothing and sends nothing with its Enter or Tab, also when that comes late', () => {
    let wedge = newWedge();
    [...code].forEach((digit, index) => ([wedge] = onKey(wedge, { ...english(digit), atMs: index * 4, inField: true })));
    const [paused, digits] = onPause(wedge);
    expect(digits).toBe(code);
    expect(onKey(paused, { ...enter, atMs: 26 * 4 + 120, inField: true })[1]).toEqual({ kind: 'swallow' });
    expect(onKey(paused, { ...enter, atMs: 26 * 4 + 2000, inField: true })[1]).toEqual({ kind: 'let', first: false });
  });

  it('is not a person typing into a field', () => {
    const { verdicts, ended } = type([...[...code].map(english), enter], 120, true);
    expect(verdicts.every(({ kind }) => kind === 'let')).toBe(true);
    expect(ended).toBeNull();
  });

  it('may also be a person typing the code outside any field', () => {
    expect(type([...code].map(english), 300, false).ended).toBe(code);
  });

  it('leaves the other meaning of a key to a person, who presses one at a time', () => {
    const minus = { key: '-', code: 'Digit6' };
    expect(type([minus], 0, false)).toEqual({ verdicts: [{ kind: 'hold' }], ended: null });
    expect(type([minus, minus], 400, false).verdicts).toEqual([{ kind: 'hold' }, { kind: 'hold' }]);
  });

  it('with something that is no code is handed on to be refused in words', () => {
    const other = [...'690123456789'].map(english);
    expect(type(other, 4, false).ended).toBe('690123456789');
    expect(type([...other, enter], 4, true).verdicts.at(-1)).toEqual({ kind: 'code', digits: '690123456789' });
    expect(type([...(code + code[0])].map(english), 4, true).ended).toHaveLength(28);
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

  it('is painted grey and opaque, as in a mirror', () => {
    const rgba = new Uint32Array(6);
    paintMirrored(new Uint8Array([0, 1, 255, 2, 2, 16]), 3, rgba);
    expect([...rgba]).toEqual([0xffffffff, 0xff010101, 0xff000000, 0xff101010, 0xff020202, 0xff020202]);
  });
});
