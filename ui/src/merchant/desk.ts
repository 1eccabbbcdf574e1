//! What the till's screen knows, moved on by the program's events. Values in, values out; draws and asks nothing.

import { bareUnit, unitName, type Unit } from '../shared/money';
import type { Address, Camera, CameraListed, Certificate, Damage, Doubt, Habits, Hint, Language, LinkState, Listed, Preset, Product, ServerAt, Shop, Shown, TillEvent } from '../shared/wire/till';

export interface Desk {
  /** Null until the program has told it. */
  shop: Shop | null;
  units: Unit[];
  /** The shop's own buttons, in its order. */
  products: Product[];
  phoneUrl: string;
  /** Where phones reach the till; null until the program has told it. */
  address: Address | null;
  /** What was wrong with this till's journal at start, until somebody has seen it. */
  damage: Damage | null;
  /** The server on another computer; null: the books are on this one. */
  server: ServerAt | null;
  /** How it stands with what phones are shown; null: there is nothing to say. */
  certificate: Certificate | null;
  habits: Habits;
  preset: Preset;
  /** As the program told it last. */
  presetTold: Preset;
  /** How often the preset was chosen. */
  choice: number;
  /** The amount last chosen for each unit. */
  amounts: Readonly<Record<string, number>>;
  language: Language;
  link: LinkState;
  camera: Camera;
  /** Those that can be chosen. */
  cameras: CameraListed[];
  /** The id of the one in use. */
  cameraUsed: string | null;
  hint: Hint;
  result: Shown;
  /** When the result came, in milliseconds of the page's steady clock. */
  resultMs: number;
  doubts: Doubt[];
  online: number;
  entries: Listed[];
}

/** A settled result shines this long, then rests on paper with a coloured edge. */
export const BRIGHT_MS = 8_000;

export function newDesk(language: Language): Desk {
  return {
    shop: null,
    units: [],
    products: [],
    phoneUrl: '',
    address: null,
    damage: null,
    server: null,
    certificate: null,
    habits: { sounds: true, spoken: false, lock_after_min: 5 },
    preset: { unit: '', amount: 1 },
    presetTold: { unit: '', amount: 1 },
    choice: 0,
    amounts: {},
    language,
    link: 'connecting',
    camera: { state: 'opening', name: '', problem: null },
    cameras: [],
    cameraUsed: null,
    hint: 'none',
    result: { status: 'idle' },
    resultMs: 0,
    doubts: [],
    online: 0,
    entries: [],
  };
}

export function moved(desk: Desk, event: TillEvent, nowMs: number): Desk {
  switch (event.type) {
    case 'shop':
      return {
        // An echo of what was chosen before, or what the program itself decided since.
        ...(event.choice < desk.choice ? desk : withPreset(desk, event.preset)),
        choice: Math.max(desk.choice, event.choice),
        presetTold: event.preset,
        shop: event.shop,
        units: event.units,
        products: event.products,
        habits: event.habits,
        phoneUrl: event.phone_url,
        language: event.language,
      };
    case 'link':
      return { ...desk, link: event.state };
    case 'address': {
      const { now, chosen, before, offers, fixed, way, here } = event;
      return { ...desk, address: { now, chosen, before, offers, fixed, way, here } };
    }
    case 'journal':
      return { ...desk, damage: event.damage };
    case 'server':
      return { ...desk, server: event.server };
    case 'certificate':
      return { ...desk, certificate: event.certificate };
    case 'camera':
      return { ...desk, camera: { state: event.state, name: event.name, problem: event.problem } };
    case 'cameras':
      return { ...desk, cameras: event.cameras, cameraUsed: event.used };
    case 'hint':
      return { ...desk, hint: event.hint };
    case 'result':
      return { ...desk, result: event.result, resultMs: startOf(desk, event.result, nowMs) };
    case 'doubts':
      return { ...desk, doubts: event.doubts };
    case 'lamp':
      return withLamp(desk, event);
    case 'online':
      return { ...desk, online: event.customers };
    case 'entries':
      return { ...desk, entries: event.entries };
    default:
      // The page may be older than the program for as long as an update takes.
      return desk;
  }
}

/** A result told again, with a lamp more perhaps, does not shine anew. */
function startOf(desk: Desk, result: Shown, nowMs: number): number {
  const same =
    result.status === desk.result.status &&
    resultId(result) === resultId(desk.result) &&
    !(result.status === 'recorded' && result.redemption.repeated);
  return same ? desk.resultMs : nowMs;
}

export function resultId(result: Shown): string {
  switch (result.status) {
    case 'idle':
      return '';
    case 'recorded':
      return result.redemption.id;
    case 'sending':
    case 'checking':
    case 'refused':
    case 'in_doubt':
    case 'cancelled':
      return result.id;
  }
}

function withLamp(desk: Desk, { id, lamp }: Extract<TillEvent, { type: 'lamp' }>): Desk {
  const { result } = desk;
  const lit =
    result.status === 'recorded' && result.redemption.id === id
      ? { ...result, redemption: { ...result.redemption, lamp } }
      : result;
  const entries = desk.entries.map((entry) => (entry.id === id && 'lamp' in entry ? { ...entry, lamp } : entry));
  return { ...desk, result: lit, entries };
}

export function withPreset(desk: Desk, preset: Preset): Desk {
  return { ...desk, preset, amounts: { ...desk.amounts, [preset.unit]: preset.amount } };
}

/** The shop's own unit, or what its bare name tells. */
export function unitOf(desk: Desk, unit: string | null | undefined): Unit {
  return desk.units.find((one) => one.unit === unit) ?? bareUnit(unit ?? '');
}

/** A button of the till: what the next scan takes when it is pressed. */
export interface TakeButton {
  name: string;
  unit: Unit;
  /** Null: it is asked for. */
  amount: number | null;
  chosen: boolean;
}

/** The shop's own buttons; then one for each unit that has none of them, for money, and for an amount that is none of theirs. */
export function takeButtons(desk: Desk): TakeButton[] {
  const { preset, products, language } = desk;
  const isPreset = ({ unit, amount }: Preset) => unit === preset.unit && amount === preset.amount;
  const first = products.findIndex(isPreset);
  const own = products.map(({ names, unit, amount }, index): TakeButton => ({ name: names[language], unit: unitOf(desk, unit), amount, chosen: index === first }));
  const bare = desk.units.filter((unit) => {
    const isOther = first === -1 && unit.unit === preset.unit;
    return unit.kind === 'money' || isOther || !products.some((product) => product.unit === unit.unit);
  });
  const others = bare.map((unit): TakeButton => {
    const chosen = first === -1 && unit.unit === preset.unit;
    const isOwn = (amount: number) => products.some((product) => product.unit === unit.unit && product.amount === amount);
    const last = chosen ? preset.amount : desk.amounts[unit.unit];
    const amount = last !== undefined && (chosen || !isOwn(last)) ? last : unit.kind === 'pass' ? 1 : null;
    return { name: unitTitle(unit, language), unit, amount, chosen };
  });
  return [...own, ...others];
}

/** The unit's name, for money too. */
export function unitTitle(unit: Unit, language: Language): string {
  return unit.kind === 'money' ? (unit.names?.[language] ?? unit.unit) : unitName(unit, language);
}

/** What is worth the light: a request just sent is normally answered before anybody could read of it. */
export type Lit = Exclude<Shown, { status: 'idle' | 'sending' }>;

/** What the light shows. A join code waits behind what is happening, never in front of it. */
export type Field =
  | { show: 'idle' }
  | { show: 'join' }
  | { show: 'result'; result: Lit; bright: boolean };

export function fieldOf(desk: Desk, joinOpen: boolean, nowMs: number): Field {
  const { result } = desk;
  if (result.status === 'idle' || result.status === 'sending') return joinOpen ? { show: 'join' } : { show: 'idle' };
  const unsettled = result.status === 'checking' || result.status === 'in_doubt';
  const bright = unsettled || nowMs - desk.resultMs < BRIGHT_MS;
  return joinOpen && !bright ? { show: 'join' } : { show: 'result', result, bright };
}
