//! A till without a program behind it, for looking at every state in a plain browser:
//! `merchant.html?fake=recorded&lang=zh`. Makes no calls, and is left out of the production build.

import { codeSymbol } from '../shared/code-symbol';
import type { Digits27 } from '../shared/code';
import type { About, Address, Approval, BackupHolds, BackupPlan, Begin, CameraProblem, Certificate, Computer, Customer, Doubt, Entry, FirstStart, Habits, Imported, Join, Language, Listed, NewCustomer, Person, Preset, Receipts, Redemption, Saved, ServerAt, ServerFound, Shown, TillEvent, Way } from '../shared/wire/till';
import type { Answer, Call, Parts } from './asking';
import { Refused, type Bridge } from './bridge';
import { LONG_NAME, OPERATORS, PRODUCTS, WRONG_CELLS, answerOf } from './fake-books';

const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();
const id = (number: number) => `0190f6a2-7c11-7e3a-9b1e-${String(number).padStart(12, '0')}`;

function redemption(change: Partial<Redemption> = {}): Redemption {
  return {
    id: id(1),
    customer: { id: 7, name: 'Li Wei' },
    unit: 'wash',
    amount: 1,
    balance: 9,
    reversed: 0,
    at: at(1),
    seq: 41,
    mark: '47 🐳',
    lamp: 'received',
    repeated: false,
    ...change,
  };
}

function results(): Record<string, Shown> {
  const asked = { id: id(2), unit: 'wash', amount: 1 };
  return {
    idle: { status: 'idle' },
    checking: { status: 'checking', ...asked, since: at(3) },
    recorded: { status: 'recorded', redemption: redemption() },
    staffed_recorded: { status: 'recorded', redemption: redemption() },
    printer: { status: 'recorded', redemption: redemption() },
    printer_off: { status: 'recorded', redemption: redemption() },
    seen: { status: 'recorded', redemption: redemption({ lamp: 'seen', mark: '08 🦩' }) },
    money: {
      status: 'recorded',
      redemption: redemption({ unit: 'CNY', amount: 2500, balance: 10350, customer: { id: 8, name: '欧阳娜娜' }, mark: '93 🍉' }),
    },
    huge: {
      status: 'recorded',
      redemption: redemption({ unit: 'CNY', amount: 1234567890, balance: 998765432109, customer: { id: 9, name: LONG_NAME }, lamp: 'recorded' }),
    },
    rtl: { status: 'recorded', redemption: redemption({ customer: { id: 10, name: 'محمد عبد الله الأنصاري 🚗' }, unit: 'wax', amount: 2, balance: 12 }) },
    repeated: { status: 'recorded', redemption: redemption({ repeated: true, at: at(40), lamp: 'seen' }) },
    refused: { status: 'refused', id: id(3), code: 'insufficient_balance', customer: { id: 1, name: 'Li Wei' }, unit: 'wash', amount: 1, balance: 0, at: at(1) },
    expired: { status: 'refused', id: id(3), code: 'code_expired', clock_difference_s: -432, at: at(1) },
    pin_required: { status: 'refused', id: id(3), code: 'pin_required', customer: { id: 1, name: 'Li Wei' }, unit: 'CNY', amount: 25000, at: at(1) },
    invalid: { status: 'refused', id: id(3), code: 'code_invalid', at: at(1) },
    full_disk: { status: 'refused', id: id(3), code: 'journal_failed', at: at(1) },
    no_server: { status: 'refused', id: id(3), code: 'offline', at: at(1) },
    wait: { status: 'checking', ...asked, since: at(5) },
    doubt: { status: 'in_doubt', ...asked, since: at(15), can_cancel: true },
    cancelling: { status: 'in_doubt', ...asked, since: at(18), can_cancel: false },
    unpaired: { status: 'in_doubt', ...asked, since: at(18), can_cancel: false, code: 'token_invalid' },
    unreachable: { status: 'in_doubt', ...asked, since: at(95), can_cancel: false },
    cancelled: { status: 'cancelled', id: id(2), was: 'unknown', at: at(1) },
    given_back: { status: 'cancelled', id: id(2), was: 'recorded', at: at(1) },
  };
}

function entries(): Listed[] {
  const entry = (number: number, secondsAgo: number, change: Partial<Entry>): Entry => ({
    kind: 'redemption',
    id: id(number),
    number,
    at: at(secondsAgo),
    customer: { id: number, name: 'Li Wei' },
    unit: 'wash',
    amount: 1,
    balance: 9,
    mark: '47 🐳',
    lamp: 'seen',
    of: null,
    of_kind: null,
    gain: null,
    ...change,
  });
  return [
    entry(10, 20, { lamp: 'received' }),
    entry(9, 140, { customer: { id: 2, name: '欧阳娜娜' }, unit: 'CNY', amount: 2500, mark: '93 🍉' }),
    { kind: 'refusal', id: id(8), of: 'redemption', at: at(320), code: 'insufficient_balance' },
    entry(7, 500, { customer: { id: 3, name: LONG_NAME }, unit: 'wax', amount: 2, mark: '15 🎸' }),
    entry(6, 660, { kind: 'top_up', customer: { id: 4, name: 'محمد عبد الله' }, amount: 10, mark: '', lamp: null }),
    entry(5, 900, { customer: { id: 5, name: 'Zoë' }, lamp: 'recorded', mark: '60 🌵' }),
    entry(4, 1100, { kind: 'reversal', customer: { id: 5, name: 'Zoë' }, mark: '', lamp: null }),
    entry(3, 1500, { customer: { id: 6, name: '王芳' }, unit: 'CNY', amount: 123456789, mark: '31 🔑' }),
    { kind: 'refusal', id: id(2), of: 'redemption', at: at(2000), code: 'code_expired' },
    entry(1, 4000, { customer: { id: 1, name: 'Ann' }, mark: '02 ☔' }),
  ];
}

const PROBLEMS: readonly string[] = ['busy', 'denied', 'gone', 'no_frames', 'frozen', 'unsupported', 'other'];
const HINTS: readonly string[] = ['not_ours', 'misread', 'two_codes', 'wait', 'dark', 'far', 'blurred', 'glare'];
/** States before a till is open. */
const FIRST: readonly string[] = ['first', 'first_known', 'first_failed', 'first_twice'];

/** The server of a till that is paired elsewhere, and a code that it takes. */
const SERVER: ServerAt = { url: 'https://192.168.1.5:8787', shop: 'Lotus Car Wash', terminal: 'Front', pinned: true };
const PAIRING = '7KQ2-M9XD-4RTB';
const SITE = 'https://pay.example.org';
/** What phones come by, in the states that are about it. */
const WAYS: Record<string, { now: string; chosen: string | null; way: Way; certificate: Certificate | null }> = {
  own_ca: { now: 'https://192.168.1.5:8787', chosen: null, way: { kind: 'own_ca' }, certificate: null },
  waiting: publicly({ standing: 'waiting' }),
  held: publicly({ standing: 'held' }),
  unseen: publicly({ standing: 'unseen', cause: 'pay.example.org: Connection refused' }),
  refused_by_ca: publicly({ standing: 'refused', cause: 'non 2xx http status: 429 {"type":"urn:ietf:params:acme:error:rateLimited","detail":"too many certificates already issued"}' }),
  files: withFiles({ standing: 'held' }),
  ended: withFiles({ standing: 'ended' }),
  unusable: withFiles({ standing: 'unusable', cause: 'the file /etc/tillbeam/fullchain.pem cannot be used for TLS: No such file or directory (os error 2)' }),
  proxy: { now: SITE, chosen: SITE, way: { kind: 'proxy' }, certificate: null },
};

function withFiles(certificate: Certificate) {
  return { now: SITE, chosen: SITE, way: { kind: 'files', cert: '/etc/tillbeam/fullchain.pem', key: '/etc/tillbeam/privkey.pem' } as const, certificate };
}

function publicly(certificate: Certificate) {
  return { now: SITE, chosen: null, way: { kind: 'public', name: 'pay.example.org', contact: 'owner@example.org' } as const, certificate };
}

const addressOf = (name: string): Address => ({
  now: 'http://192.168.1.5:8787',
  chosen: null,
  before: name === 'moved' ? 'http://192.168.1.23:8787' : null,
  offers: ['http://till.local:8787'],
  fixed: name === 'fixed',
  here: '192.168.1.5:8787',
  way: WAYS[name]?.way ?? { kind: 'plain' },
  ...(WAYS[name] === undefined ? {} : { now: WAYS[name].now, chosen: WAYS[name].chosen }),
});

/** States of a shop with operators. */
const STAFFED: readonly string[] = ['staffed', 'staffed_recorded', 'locked', 'consent', 'cashier'];
/** Who stands at the till there. */
const STANDING: Record<string, number> = { staffed: 1, staffed_recorded: 1, consent: 1, cashier: 3 };

export class FakeBridge implements Bridge {
  #name: string;
  #language: Language;
  #practice: boolean;
  #computer: Computer = { autostart: false, customers: false, displays: 2, backups: { folder: null, every_h: 24 } };
  #onEvent: (event: TillEvent) => void = () => undefined;

  constructor(query: URLSearchParams) {
    this.#name = query.get('fake') ?? 'idle';
    this.#language = query.get('lang') === 'zh' ? 'zh' : 'en';
    this.#practice = query.has('practice');
  }

  async open(onEvent: (event: TillEvent) => void): Promise<FirstStart | null> {
    if (this.#name === 'opening') return new Promise(() => undefined);
    if (this.#name === 'broken') throw new Refused('offline');
    if (FIRST.includes(this.#name)) return { shops: this.#name === 'first_known' ? [{ id: 2, name: LONG_NAME }] : [], remote: this.#name === 'first_known' ? SERVER : null, failed: this.#name === 'first_twice' ? 'already_open' : null };
    this.#onEvent = onEvent;
    for (const event of this.#events()) onEvent(event);
    return null;
  }

  async begin(how: Begin): Promise<NewCustomer | null> {
    if (this.#name === 'first_failed') throw new Refused('name_taken');
    this.#name = 'idle';
    this.#practice = how.kind === 'practice';
    if (how.kind === 'pair' && how.code !== PAIRING) throw new Refused('pairing_expired');
    if (how.kind !== 'new') return null;
    this.#language = how.language;
    return { customer: { id: 1, name: how.customer }, join: await this.join(), top_up: null, top_up_failed: null };
  }

  async leave(allTheSame: boolean): Promise<void> {
    if (this.#name === 'doubt' && !allTheSame) throw new Refused('unsettled');
    this.#name = 'first';
  }

  async testServer(address: string | null): Promise<ServerFound> {
    if (address?.includes('other') === true) throw new Refused('server_other');
    return { url: SERVER.url, version: '0.1.0', encrypted: true, pinned: true, clock_difference_s: address === null ? null : 340 };
  }

  async setReceipts(receipts: Receipts): Promise<void> {
    this.#onEvent({ type: 'receipts', receipts, plugged_in: [] });
  }

  async printReceipt(_job: Uint8Array): Promise<void> {
    if (this.#name === 'printer_off') throw new Refused('printer_off');
  }

  async importCustomers(_bytes: Uint8Array, _id: string, dryRun: boolean): Promise<Imported> {
    if (this.#name === 'import_wrong') return { status: 'wrong', ...WRONG_CELLS };
    if (this.#name === 'import_lost' && !dryRun) throw new Refused('offline');
    const opened = [{ unit: 'wash', accounts: 812, principal: '6480', bonus: '0' }, { unit: 'CNY', accounts: 1204, principal: '24086050', bonus: '1200000' }];
    return { status: dryRun ? 'would' : 'done', encoding: 'gb18030', ignored: ['备注'], customers: 1280, opened };
  }

  async lookAtBackup(file: string, passphrase: string): Promise<BackupHolds> {
    if (!file.endsWith('.backup')) throw new Refused('backup_other');
    if (file.includes('sealed') && passphrase !== 'lotus') throw new Refused(passphrase === '' ? 'passphrase_needed' : 'passphrase_wrong');
    return { made_at: at(86_400), shops: ['Practice', 'Lotus Car Wash'], entries: 12_841, last_at: at(87_000) };
  }

  async restore(file: string, passphrase: string, allTheSame: boolean): Promise<BackupHolds> {
    if (this.#name === 'doubt' && !allTheSame) throw new Refused('unsettled');
    if (this.#name === 'not_saved') throw new Refused('not_saved');
    const holds = await this.lookAtBackup(file, passphrase);
    this.#name = 'first_known';
    return holds;
  }

  async setBackups(backups: BackupPlan): Promise<void> {
    if (backups.folder?.startsWith('/') === false) throw new Refused('folder_missing');
    this.#computer = { ...this.#computer, backups };
  }

  async setAddress(url: string | null, way: Way): Promise<void> {
    if (url !== null && !/^https?:\/\/[\w.:-]+$/.test(url)) throw new Refused('address_wrong');
    if (way.kind === 'public' && !way.name.includes('.')) throw new Refused('no_public_name');
    this.#onEvent({ type: 'address', ...addressOf(this.#name), now: url ?? addressOf(this.#name).now, chosen: url, before: null, way });
  }

  async knowAddress(): Promise<void> {
    this.#onEvent({ type: 'address', ...addressOf(this.#name), before: null });
  }

  async setHabits(_habits: Habits): Promise<void> {}

  #events(): TillEvent[] {
    const name = this.#name;
    const problem = PROBLEMS.includes(name) ? (name as CameraProblem) : null;
    const camera = problem === 'frozen' ? 'live' : problem !== null ? 'failed' : name === 'no_camera' ? 'none' : name === 'demo' ? 'demo' : 'live';
    const events: TillEvent[] = [
      {
        type: 'shop',
        shop: { id: 1, name: name === 'huge' ? LONG_NAME : 'Lotus Car Wash', currency: 'CNY', time_zone: 'Asia/Shanghai', language: 'zh', practice: this.#practice },
        units: [
          { unit: 'wash', kind: 'pass', decimals: 0, names: { en: 'Wash', zh: '洗车' } },
          { unit: 'wax', kind: 'pass', decimals: 0, names: { en: 'Wax', zh: '打蜡' } },
          { unit: 'CNY', kind: 'money', decimals: 2, names: { en: 'Balance', zh: '储值' } },
        ],
        products: name === 'bare' ? [] : PRODUCTS,
        default_unit: 'wash',
        choice: 0,
        phone_url: 'http://192.168.1.5:8787',
        preset: name === 'money' ? { unit: 'CNY', amount: 2500 } : name === 'huge' ? { unit: 'CNY', amount: 1234567890 } : { unit: 'wash', amount: 1 },
        language: this.#language,
        habits: { sounds: true, spoken: false, lock_after_min: 5 },
      },
      { type: 'staff', operators: STAFFED.includes(name) ? OPERATORS : [], standing: STANDING[name] ?? null },
      { type: 'link', state: name === 'revoked' ? 'revoked' : ['offline', 'unreachable', 'no_server'].includes(name) ? 'offline' : 'online' },
      { type: 'server', server: name === 'remote' || name === 'revoked' ? SERVER : null },
      { type: 'journal', damage: name === 'damaged' ? { lines: 2, asked: 1, kept: '/home/ann/.local/share/tillbeam/till/journal.damaged-2026-11-26T175846Z.jsonl' } : null },
      { type: 'address', ...addressOf(name) },
      { type: 'certificate', certificate: WAYS[name]?.certificate ?? null },
      { type: 'camera', state: camera, name: 'HD Webcam C270', problem },
      {
        type: 'cameras',
        cameras: [{ id: 'usb-046d_HD_Webcam', name: 'HD Webcam C270' }, ...(name === 'cameras' ? [{ id: 'usb-0bda', name: 'Integrated Camera: Integrated C' }] : [])],
        used: 'usb-046d_HD_Webcam',
      },
      { type: 'receipts', receipts: { printer: name.startsWith('printer') ? { kind: 'network', address: '192.168.1.9' } : { kind: 'none' }, always: false, drawer: true, paper: 'wide' }, plugged_in: [] },
      { type: 'online', customers: 3 },
      { type: 'entries', entries: name === 'empty' ? [] : entries() },
      { type: 'result', result: results()[name] ?? { status: 'idle' } },
    ];
    if (HINTS.includes(name)) events.push({ type: 'hint', hint: name as 'misread' });
    if (['recorded', 'rtl', 'checking', 'money', 'wait'].includes(name)) events.push({ type: 'found', corners: CORNERS });
    events.push({ type: 'doubts', doubts: doubts()[name] ?? [] });
    return events;
  }

  async preview(onFrame: (bytes: ArrayBuffer) => void): Promise<void> {
    if (!PROBLEMS.includes(this.#name) && this.#name !== 'no_camera') onFrame(scene());
  }

  async computer(): Promise<Computer> {
    return this.#computer;
  }

  async setAutostart(on: boolean): Promise<Computer> {
    if (this.#name === 'not_saved') throw new Refused('not_saved');
    return (this.#computer = { ...this.#computer, autostart: on });
  }

  async setCustomers(open: boolean): Promise<Computer> {
    return (this.#computer = { ...this.#computer, customers: open });
  }

  async showJoin(_join: Join | null): Promise<void> {}
  previewDrawn(): void {}
  firstPaint(): void {}

  async setPreset(preset: Preset, _choice: number): Promise<void> {
    if (preset.amount > 1e12) throw new Refused('amount_invalid');
  }

  async typeCode(): Promise<void> {
    if (this.#name === 'scans') return this.#onEvent({ type: 'result', result: results()['recorded'] ?? { status: 'idle' } });
    throw new Refused(this.#name === 'wait' ? 'busy' : 'offline');
  }

  async cancel(): Promise<void> {}
  async typeAmount(_open: boolean): Promise<void> {}

  async knowDamage(): Promise<void> {
    this.#onEvent({ type: 'journal', damage: null });
  }

  async dismiss(ids: string[]): Promise<void> {
    const left = (doubts()[this.#name] ?? []).filter((doubt) => !ids.includes(doubt.id));
    this.#onEvent({ type: 'doubts', doubts: left });
  }

  async setLanguage(): Promise<void> {}
  async chooseCamera(): Promise<void> {}
  async print(): Promise<void> {}
  async again(): Promise<void> {}

  async readPicture(): Promise<void> {
    throw new Refused('no_code');
  }

  async ask<C extends Call>(call: C, parts: Parts<C> = {}): Promise<Answer<C>> {
    return answerOf(this.#name, call, parts);
  }

  async save(_call: Call, _parts: unknown, name: string): Promise<Saved> {
    return { path: `/home/ann/Downloads/${name}` };
  }

  async moveValue(_id: string, about: About, { unit, amount }: Preset, approval: Approval | null): Promise<Redemption> {
    if (this.#name === 'move_refused') throw new Refused('limit_exceeded');
    if (this.#name === 'move_unknown') throw new Refused('in_doubt');
    if (this.#name === 'consent' && approval?.pin !== '2468') throw new Refused(approval === null ? 'approval_required' : 'pin_wrong');
    return redemption({ unit, amount, balance: about.kind === 'top_up' ? 9 + amount : 9 });
  }

  async unlock(operator: number, pin: string): Promise<void> {
    if (pin !== '2468') throw new Refused('pin_wrong');
    this.#onEvent({ type: 'staff', operators: OPERATORS, standing: operator });
  }

  async lock(): Promise<void> {
    this.#onEvent({ type: 'staff', operators: OPERATORS, standing: null });
  }

  async newCustomer(_id: string, { name }: Person, unit: string, amount: number): Promise<NewCustomer> {
    const failed = { top_up_refused: 'limit_exceeded', top_up_unknown: 'in_doubt' }[this.#name] ?? null;
    if (failed === 'in_doubt') this.tellDoubt({ id: id(30), kind: 'top_up', customer: 99, of: null, unit, amount, since: at(6), state: 'asking' });
    const customer = { id: 99, name };
    const top_up = failed === null && amount > 0 ? redemption({ customer, unit, amount, balance: amount }) : null;
    return { customer, join: await this.join(), top_up, top_up_failed: failed };
  }

  /** The list of those in doubt, with this one alone. */
  tellDoubt(doubt: Doubt): void {
    this.#onEvent({ type: 'doubts', doubts: [doubt] });
  }

  async findCustomers(query: string): Promise<Customer[]> {
    const names = ['Li Wei', '欧阳娜娜', 'Zoë', 'محمد عبد الله', LONG_NAME, '王芳'];
    return names.filter((name) => name.toLowerCase().includes(query.toLowerCase())).map((name, index) => ({ id: index + 1, name }));
  }

  async join(): Promise<Join> {
    return { url: 'http://192.168.1.5:8787/#join=pPq3vXo8cS1mZ0tYw2RkLA', expires_at: at(-899) };
  }
}

function doubts(): Record<string, Doubt[]> {
  const line = (number: number, state: Doubt['state'], change: Partial<Doubt> = {}): Doubt => ({
    id: id(number), kind: 'redemption', customer: null, of: null, unit: 'wash', amount: 1, since: at(95), state, ...change,
  });
  const money = { unit: 'CNY', amount: 2500 };
  const topUp = { kind: 'top_up', amount: 10 } as const;
  return {
    doubt: [line(2, 'can_cancel')],
    cancelling: [line(2, 'cancelling')],
    unpaired: [line(2, 'asking')],
    unreachable: [line(2, 'unreachable')],
    // After a minute the queue goes on: these are no longer in the field.
    parked: [line(20, 'can_cancel', money), line(21, 'can_cancel', topUp), line(22, 'cancelling', { unit: 'wax', amount: 2 })],
    restart: [line(2, 'cancelled'), line(20, 'recorded', money), line(21, 'asking', { unit: 'wax', amount: 2 }), line(22, 'recorded', topUp)],
    // What a sheet of the first customer's asked for.
    unsure: [line(20, 'asking', { ...topUp, customer: 1 })],
    sure: [line(20, 'refused', { ...topUp, customer: 1 })],
    restored: [line(20, 'gone', money), line(21, 'gone', topUp), line(22, 'refused')],
  };
}

const CORNERS: [[number, number], [number, number], [number, number], [number, number]] = [
  [0.39, 0.24],
  [0.63, 0.27],
  [0.61, 0.7],
  [0.37, 0.66],
];

/** A phone with a code, roughly where `CORNERS` are. */
function scene(): ArrayBuffer {
  const [width, height] = [640, 360];
  const bytes = new ArrayBuffer(8 + width * height);
  const head = new DataView(bytes);
  head.setUint32(0, 1, true);
  head.setUint16(4, width, true);
  head.setUint16(6, height, true);
  const pixels = new Uint8Array(bytes, 8);
  const modules = codeSymbol('112345678906058726934226722' as Digits27);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const [u, v] = [x - 320, y - 168];
      const [across, down] = [(u + v * 0.07) / 7.3 + 10.5, (v - u * 0.07) / 7.3 + 10.5];
      const inPhone = across > -6 && across < 27 && down > -12 && down < 40;
      const inCode = across > -4 && across < 25 && down > -4 && down < 25;
      const dark = modules[Math.floor(down)]?.[Math.floor(across)] === true;
      const room = 70 + 40 * Math.sin(x / 97) * Math.cos(y / 71) + (x % 160 < 4 ? 18 : 0);
      pixels[y * width + x] = inCode ? (dark ? 35 : 225) : inPhone ? 22 : room;
    }
  }
  return bytes;
}
