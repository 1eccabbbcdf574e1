//! The fake till's books: answers to what the screens ask, so that each can be looked at in a plain browser.

import type { Entry, Operator, Product, WrongCells } from '../shared/wire/till';
import type { Answer, Call, Parts, Person, Schemas } from './asking';
import { Refused } from './bridge';
import { dayAnswers } from './fake-day';

const day = 86_400_000;
const at = (msAgo: number) => new Date(Date.now() - msAgo).toISOString();
const id = (number: number) => `0190f6a2-7c11-7e3a-9b1e-${String(number).padStart(12, '0')}`;

export const LONG_NAME = 'Alexandrina Konstantinopoulou-Featherstonehaugh of Lower Bottom';
const NAMES = ['Li Wei', '欧阳娜娜', 'Zoë', 'محمد عبد الله الأنصاري 🚗', LONG_NAME, '王芳'];

/** What the server keeps from a cashier. */
const MANAGERS: ReadonlySet<string> = new Set(['GET /reports/z', 'GET /reports/z/{id}', 'GET /reports/days', 'GET /reports/day', 'GET /reports/liability', 'GET /reports/entries']);

export const OPERATORS: Operator[] = [
  { id: 1, name: 'Ann', role: 'owner', open: true, disabled: false },
  { id: 2, name: '小李', role: 'manager', open: false, disabled: false },
  { id: 3, name: 'Bartholomew Featherstonehaugh', role: 'cashier', open: false, disabled: false },
  { id: 4, name: 'Kim', role: 'cashier', open: false, disabled: true },
];

export const PRODUCTS: Product[] = [
  { names: { en: 'Wash', zh: '洗车' }, unit: 'wash', amount: 1 },
  { names: { en: 'Wash and wax, with the interior', zh: '精洗打蜡加内饰清洁' }, unit: 'wax', amount: 2 },
  { names: { en: 'Interior', zh: '内饰' }, unit: 'CNY', amount: 6000 },
];

function shop(name: string): Answer<'GET /shop'> {
  const unit = (one: string, en: string, zh: string, change: Partial<Schemas['ShownUnit']> = {}): Schemas['ShownUnit'] => ({
    unit: one, kind: 'pass', decimals: 0, names: { en, zh }, limits: {}, expiry: { warn_days: 0 }, retired: false, bonus_rules: [], ...change,
  });
  return {
    shop: { id: 1, name: name === 'huge' ? LONG_NAME : 'Lotus Car Wash', currency: 'CNY', time_zone: 'Asia/Shanghai', language: 'zh', practice: false, cards: true, redeem_order: 'principal', step_tolerance: 12, day_start_min: 0 },
    units: [
      unit('wash', 'Wash', '洗车'),
      unit('wax', 'Wax', '打蜡', { retired: true }),
      unit('CNY', 'Balance', '储值', { kind: 'money', decimals: 2, bonus_rules: [{ from_amount: 10000, bonus: 1000, per_mille: 0 }] }),
    ],
    products: PRODUCTS,
    default_unit: 'wash',
    terminal: { id: 1, name: 'window' },
    phone_url: 'http://192.168.1.5:8787',
    time: at(0),
  };
}

const terminals = (): Schemas['ListedTerminal'][] => [
  { id: 1, name: 'window', paired_at: at(90 * day), revoked_at: null },
  { id: 2, name: 'Second till, by the door of the extension', paired_at: at(9 * day), revoked_at: null },
  { id: 3, name: 'old', paired_at: at(300 * day), revoked_at: at(90 * day) },
];

const backups = (): Schemas['Backups'] => ({
  dir: '/var/lib/tillbeam/backups', every_s: 86_400, keep: 14, sealed: true, running: false, next_at: at(-day / 2),
  last: { file: 'tillbeam-20261124T180000Z.backup', made_at: at(day / 2) }, failed: { at: at(3_600_000), why: 'the disk is full' },
});

function acts(): Schemas['ShownAct'][] {
  const act = (number: number, msAgo: number, name: Schemas['Deed'], change: Partial<Schemas['ShownAct']> = {}, detail: object = {}): Schemas['ShownAct'] => ({
    number, at: at(msAgo), act: name, terminal: 1, operator: 1, approver: null, customer: null, customer_name: null, ...change, detail: detail as Record<string, never>,
  });
  const li = { customer: 1, customer_name: 'Li Wei' };
  return [
    act(120, 40_000, 'session_opened'),
    act(119, 300_000, 'join_made', { ...li, operator: 3 }),
    act(118, 900_000, 'customer_erased', { customer: 9, operator: 2, approver: 1 }),
    act(117, 3_600_000, 'expiry_set', { ...li, operator: 3, approver: 2, terminal: 2 }, { unit: 'wash', expires_at: at(-90 * day) }),
    act(116, 4_000_000, 'operator_changed', {}, { operator: 3, name: false, pin: true, role: 'cashier', disabled: null }),
    act(115, 5_000_000, 'pin_blocked', { operator: 3 }),
    act(90, day, 'phone_rejoined', { customer: 5, customer_name: LONG_NAME, operator: null, terminal: null }),
    act(89, day + 60_000, 'unit_changed', {}, { unit: 'CNY' }),
    act(88, day + 90_000, 'terminal_revoked', {}, { terminal: 3 }),
    act(2, 9 * day, 'customer_made', { customer: 4, customer_name: 'محمد عبد الله', operator: null }),
    act(1, 9 * day, 'shop_made', { operator: null, terminal: null }, { owner: 1 }),
  ];
}

function person(number: number): Person {
  const huge = number === 5;
  const wash = { unit: 'wash', kind: 'pass', decimals: 0, names: { en: 'Wash', zh: '洗车' }, balance: 9, principal: 9, bonus: 0, expires_at: at(-120 * day) } as const;
  const money = { unit: 'CNY', kind: 'money', decimals: 2, names: { en: 'Balance', zh: '储值' }, balance: huge ? 998765432109 : 12850, principal: huge ? 998765400000 : 10000, bonus: huge ? 32109 : 2850, expires_at: null } as const;
  const wax = { unit: 'wax', kind: 'pass', decimals: 0, names: { en: 'Wax', zh: '打蜡' }, balance: 2, principal: 2, bonus: 0, expires_at: at(3 * day) } as const;
  const empty = number === 6;
  return {
    id: number,
    name: NAMES[number - 1] ?? 'Li Wei',
    phone: empty ? null : '+86 138 0013 8000',
    phone_end: empty ? null : '8000',
    external: null,
    pin: number === 1,
    frozen_at: number === 2 ? at(2 * day) : null,
    erased_at: null,
    created_at: at(400 * day),
    accounts: empty ? [] : [wash, money, wax],
    credentials: empty
      ? []
      : [
          { credential: '1234567890', kind: 'phone', created_at: at(40 * day), revoked_at: null, pin_blocked_until: null },
          { credential: '2234567890', kind: 'card', created_at: at(90 * day), revoked_at: null, pin_blocked_until: at(-600_000) },
          { credential: '3234567890', kind: 'phone', created_at: at(300 * day), revoked_at: at(40 * day), pin_blocked_until: null },
        ],
    seq: 12,
  };
}

function entriesOf(number: number): Entry[] {
  const customer = { id: number, name: NAMES[number - 1] ?? 'Li Wei' };
  const entry = (n: number, msAgo: number, change: Partial<Entry>): Entry => ({
    kind: 'redemption', id: id(n), number: n, at: at(msAgo), customer, unit: 'wash', amount: 1, balance: 9, mark: '47 🐳', lamp: null, of: null, of_kind: null, gain: null, ...change,
  });
  if (number === 6) return [];
  return [
    entry(210, 40_000, {}),
    entry(204, 3_600_000, { unit: 'CNY', amount: 2500, balance: 12850, mark: '93 🍉' }),
    entry(180, day, { kind: 'reversal', balance: 10, of: id(179), of_kind: 'redemption' }),
    entry(179, day + 60_000, {}),
    entry(120, 9 * day, { kind: 'transfer', gain: true, amount: 3, balance: 10 }),
    entry(90, 20 * day, { kind: 'top_up', amount: 10, balance: 10 }),
    entry(88, 20 * day, { kind: 'bonus', unit: 'CNY', amount: 2850, balance: 15350 }),
    entry(87, 20 * day, { kind: 'top_up', unit: 'CNY', amount: 12500, balance: 12500 }),
    entry(12, 100 * day, { kind: 'adjustment', gain: false, amount: 1, balance: 0 }),
  ];
}

/** The answer to a call; `name` is the state that is looked at. */
export function answerOf<C extends Call>(name: string, call: C, parts: Parts<C>): Answer<C> {
  const number = Number(parts.path?.['id'] ?? 1);
  const query = String(parts.query?.['query'] ?? '').toLowerCase();
  const body: Record<string, unknown> = parts.body ?? {};
  if (name === 'asking_offline') throw new Refused('offline');
  if (name === 'cashier' && MANAGERS.has(call)) throw new Refused('approval_required');
  if (['consent', 'cashier'].includes(name) && !call.startsWith('GET') && body['approval'] == null) throw new Refused('approval_required');
  const answers: Partial<Record<Call, unknown>> = {
    'GET /shop': shop(name),
    'GET /operators': { operators: ['staffed', 'consent', 'cashier'].includes(name) ? OPERATORS : [] },
    'GET /audit': { acts: name === 'empty' ? [] : acts() },
    'GET /online': { customers: name === 'empty' ? [] : NAMES.map((one, index) => ({ id: index + 1, name: one })), more: name === 'huge' },
    'GET /terminals': { terminals: terminals() },
    'GET /backups': { backups: name === 'empty' ? null : backups() },
    'POST /terminals/pairings': { code: '7KQ2-M9XD-4RTB-0123-4567-89AB-CDEF-GHJK', expires_at: at(-600_000), url: 'https://192.168.1.5:8787', ca_sha256: 'ab'.repeat(32) },
    'GET /customers': {
      customers: NAMES.map((one, index) => ({ id: index + 1, name: one, phone_end: index === 5 ? null : '8000', frozen: index === 1 })).filter((one) => one.name.toLowerCase().includes(query)),
    },
    'GET /customers/{id}': person(number),
    'GET /customers/{id}/entries': { entries: entriesOf(number) },
    'POST /customers/{id}/joins': { url: 'http://192.168.1.5:8787/#join=pPq3vXo8cS1mZ0tYw2RkLA', expires_at: at(-899_000) },
    'POST /customers/{id}/cards': { credential: '9234567890', code: '992345678900012345678901234' },
    'POST /customers/{id}/credentials/{credential}/replace': { join: { url: 'http://192.168.1.5:8787/#join=pPq3vXo8cS1mZ0tYw2RkLA', expires_at: at(-899_000) } },
  };
  return (answers[call] ?? dayAnswers(name, call, parts.query ?? {}) ?? null) as Answer<C>;
}

/** A file that is not brought in. */
export const WRONG_CELLS: WrongCells = {
  wrong: [
    { line: 1, column: 'coffee', what: 'header_unknown', detail: '' },
    { line: 3, column: 'phone', what: 'phone', detail: '' },
    { line: 17, column: 'CNY', what: 'amount', detail: '' },
    { line: 18, column: null, what: 'fields', detail: '' },
    { line: 204, column: 'external_id', what: 'twice', detail: '' },
  ],
  wrong_count: 41,
};
