//! The fake till's reports: a shop of a few washes a day, a huge one with many units, and one that has just begun.

import type { Call, Schemas } from './asking';

type Line = Schemas['Line'];
type Held = Schemas['Held'];

const DAY_MS = 86_400_000;
const at = (msAgo: number) => new Date(Date.now() - msAgo).toISOString();
const id = (number: number) => `0190f6a2-7c11-7e3a-9b1e-${String(number).padStart(12, '0')}`;
const date = (daysAgo: number) => at(daysAgo * DAY_MS).slice(0, 10);

/** The same on each run: 0 … 1. */
const toss = (seed: number) => Math.abs(Math.sin(seed * 12.9898) * 43758.5453) % 1;

const AGAINST = { top_up: 'cash', bonus: 'promotion', redemption: 'revenue', refund: 'cash', transfer: 'transit', adjustment: 'adjustment', expiry: 'revenue', reversal: 'revenue' } as const;
const OUT: ReadonlySet<string> = new Set(['redemption', 'refund', 'expiry']);

function line(unit: string, kind: keyof typeof AGAINST, count: number, principal: number, change: Partial<Line> = {}): Line {
  return { unit, kind, direction: OUT.has(kind) ? 'out' : 'in', against: AGAINST[kind], count, principal: String(principal), bonus: '0', ...change };
}

const held = (unit: string, principal: number | string, bonus = 0): Held => ({ unit, principal: String(principal), bonus: String(bonus), expired: '0' });

/** What is taken in an hour: few in the morning, most after work. */
function hourLines(scale: number, units: readonly string[]): Schemas['HourLines'][] {
  const busy = [8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20];
  return busy.map((hour) => ({
    hour,
    lines: units.flatMap((unit, place) => {
      const load = Math.max(0, Math.sin(((hour - 6) / 16) * Math.PI) + toss(hour + place * 31) - 0.55);
      const count = Math.round(load * 9);
      return count === 0 ? [] : [line(unit, 'redemption', count, count * (unit === 'CNY' ? 2_850 : 1) * scale)];
    }),
  }));
}

function totals(name: string): Schemas['Totals'] {
  if (name === 'empty') {
    const none = [held('CNY', 0), held('wash', 0)];
    return { first_entry: 1, last_entry: 0, opening: none, closing: none, lines: [], operators: [], terminals: [], hours: [], days: [] };
  }
  const huge = name === 'huge';
  const scale = huge ? 1_234_567 : 1;
  const units = huge ? ['wash', 'wax', 'CNY', 'tyres', 'interior_cleaning'] : ['wash', 'CNY'];
  const hours = hourLines(scale, units);
  const sum = (unit: string) => hours.flatMap(({ lines }) => lines).filter((one) => one.unit === unit);
  const taken = units.map((unit) => {
    const all = sum(unit);
    return line(unit, 'redemption', all.reduce((n, one) => n + one.count, 0), all.reduce((n, one) => n + Number(one.principal), 0));
  });
  const lines: Line[] = [
    ...taken,
    line('wash', 'top_up', 3, 30 * scale),
    line('wash', 'reversal', 1, scale, { direction: 'in', of: 'redemption' }),
    line('CNY', 'top_up', 4, 80_000 * scale),
    line('CNY', 'bonus', 3, 0, { bonus: String(8_000 * scale) }),
    line('CNY', 'refund', 1, 4_150 * scale),
    ...(huge ? [line('wax', 'adjustment', 2, 500), line('wash', 'transfer', 1, 7, { direction: 'in' }), line('wash', 'transfer', 1, 7, { direction: 'out' }), line('tyres', 'expiry', 2, 11)] : []),
  ];
  hours[4]?.lines.push(line('wash', 'reversal', 1, scale, { direction: 'in', of: 'redemption' }));
  const opening = units.map((unit) => held(unit, unit === 'CNY' ? 1_284_500 * scale : 412 * scale, unit === 'CNY' ? 31_050 * scale : 0));
  const closing = opening.map((one) => {
    const moved = lines.filter(({ unit }) => unit === one.unit).reduce((total, { direction, principal, bonus }) => total + (direction === 'in' ? 1 : -1) * (Number(principal) + Number(bonus)), 0);
    return held(one.unit, Number(one.principal) + moved, Number(one.bonus));
  });
  const half = lines.map((one) => ({ ...one, count: Math.ceil(one.count / 2), principal: String(Math.ceil(Number(one.principal) / 2)) }));
  const staffed = ['staffed', 'consent', 'cashier', 'huge'].includes(name);
  return {
    first_entry: 1201, last_entry: 1377, opening, closing, lines, hours, days: [{ date: date(0), lines }],
    operators: staffed ? [{ operator: 1, lines: half }, { operator: 2, lines: half.slice(0, 3) }, { operator: 3, lines: half.slice(1) }] : [{ operator: null, lines }],
    terminals: staffed ? [{ terminal: 1, lines: half }, { terminal: 2, lines: half }] : [{ terminal: 1, lines }],
  };
}

const names = {
  practice: false,
  operator_names: [{ id: 1, name: 'Ann' }, { id: 2, name: 'محمد عبد الله الأنصاري' }, { id: 3, name: 'Bartholomew Featherstonehaugh of Lower Bottom' }],
  terminal_names: [{ id: 1, name: 'window' }, { id: 2, name: 'Second till, by the door of the extension' }],
};

function head(number: number): Schemas['ZHead'] {
  return { id: id(5000 + number), number, at: at((42 - number) * DAY_MS + 3_600_000), terminal: 1, operator: number % 3 === 0 ? 3 : 1, approver: number % 3 === 0 ? 1 : null, hash: '9f'.repeat(32) };
}

function chart(name: string, from: string, to: string): Schemas['Chart'] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  if (name === 'empty') return { practice: false, from, to, opening: [], days: [] };
  const scale = name === 'huge' ? 1_234_567 : 1;
  const owed: Record<string, number> = { wash: 380 * scale, CNY: 1_100_000 * scale };
  const days: Schemas['Day'][] = [];
  for (let ago = count - 1; ago >= 0; ago -= 1) {
    const [one, other] = [toss(ago), toss(ago + 500)];
    // Closed on some days, and nothing at all on the first ones of a young shop.
    if (one < 0.1 || (name === 'staffed' && ago > 12)) continue;
    const [washes, money] = [Math.round(8 + one * 30) * scale, Math.round(200 + other * 1100) * 100 * scale];
    const [added, paid] = [other > 0.6 ? Math.round(other * 90) * scale : 0, one > 0.4 ? Math.round(one * 2_400) * 100 * scale : 0];
    owed['wash'] = Math.max(0, (owed['wash'] ?? 0) + added - washes);
    owed['CNY'] = Math.max(0, (owed['CNY'] ?? 0) + paid - money);
    days.push({
      date: date(ago), first_entry: 1, last_entry: 40, closing: Object.entries(owed).map(([unit, value]) => held(unit, value)),
      lines: [
        line('wash', 'redemption', washes, washes), line('CNY', 'redemption', 12, money),
        ...(added > 0 ? [line('wash', 'top_up', 4, added)] : []), ...(paid > 0 ? [line('CNY', 'top_up', 5, paid), line('CNY', 'bonus', 5, 0, { bonus: String(paid / 10) })] : []),
      ],
    });
  }
  return { practice: false, from, to, opening: [held('wash', 380 * scale), held('CNY', 1_100_000 * scale)], days };
}

function entries(before: number): unknown[] {
  const customers = ['Li Wei', '欧阳娜娜', 'Zoë', 'محمد عبد الله الأنصاري 🚗', 'Alexandrina Konstantinopoulou-Featherstonehaugh of Lower Bottom', '王芳'];
  return Array.from({ length: before > 1300 ? 50 : 7 }, (_, index) => {
    const number = before - 1 - index;
    const back = index === 3;
    return {
      type: 'entry', number, kind: back ? 'reversal' : 'redemption', id: id(number), customer: { id: (number % 6) + 1, name: customers[number % 6] }, unit: 'wash', amount: index === 4 ? 1_234_567_890 : 1,
      balance: 9, at: at(index * 600_000), mark: '47 🐳', lamp: null, of: back ? id(number - 1) : null, of_kind: back ? 'redemption' : null, gain: null,
    };
  });
}

/** Null: none of these. */
export function dayAnswers(name: string, call: Call, query: Record<string, string | number>): unknown {
  const to = date(0);
  const answers: Partial<Record<Call, () => unknown>> = {
    'GET /reports/x': () => ({ ...names, time: at(0), ...totals(name) }),
    'POST /reports/z': () => ({ ...names, ...head(42), ...totals(name) }),
    'GET /reports/z': () => ({ reports: name === 'empty' ? [] : Array.from({ length: 14 }, (_, index) => ({ ...head(41 - index), first_entry: 1, last_entry: 40 })) }),
    'GET /reports/z/{id}': () => ({ ...names, ...head(39), ...totals(name) }),
    'GET /reports/days': () => chart(name, String(query['from'] ?? date(29)), String(query['to'] ?? to)),
    'GET /reports/day': () => ({ ...names, date: String(query['date'] ?? to), ...totals(name) }),
    'GET /reports/liability': () => ({
      practice: false, entry: 1377, time: at(0),
      units: totals(name).closing,
      expiring: name === 'empty' ? [] : [{ within_days: 30, unit: 'wash', principal: '12', bonus: '0' }, { within_days: 90, unit: 'wash', principal: '60', bonus: '3' }],
    }),
    'GET /reports/entries': () => ({ entries: name === 'none_behind' ? [] : entries(Number(query['before'] ?? 1378)) }),
  };
  return answers[call]?.() ?? null;
}
