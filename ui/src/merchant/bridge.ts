//! The page's only way out of the merchant window: commands to the desktop program and its events back. The
//! program holds the token, the camera and the journal; nothing here reaches a server.

import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { About, Approval, BackupHolds, BackupPlan, Begin, Computer, Customer, FirstStart, Habits, Imported, Join, Language, NewCustomer, Person, Preset, Receipts, Redemption, Saved, ServerFound, TillEvent, Way } from '../shared/wire/till';
import { asSent, type Answer, type Call, type Parts } from './asking';
import { asReason, type Reason } from './reason';

/** What a command may fail with. */
export class Refused extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason);
    this.reason = reason;
  }
}

/** What a failed command says, for a screen. */
export function reasonOf(failure: unknown): Reason {
  if (failure instanceof Refused) return failure.reason;
  // Our own mistake, not an answer: the only place that can still tell of it.
  console.error(failure);
  return 'internal';
}

/** The desktop program, or in a plain browser the fake till. Every command may throw `Refused`. */
export interface Bridge {
  /** The till's state and every change; or, where none is open, what there is to choose. */
  open(onEvent: (event: TillEvent) => void): Promise<FirstStart | null>;
  /** Opens a shop; a new one comes with a first customer. `allTheSame`: also where something is in doubt. */
  begin(how: Begin, allTheSame: boolean): Promise<NewCustomer | null>;
  /** Closes the till: `open` then says what there is to choose. `unsettled` where something is in doubt, unless all the same. */
  leave(allTheSame: boolean): Promise<void>;
  /** The server at an address, or null for the one that is used, if all is well on the way there. */
  testServer(address: string | null, code: string): Promise<ServerFound>;
  /** How phones come, and the address that they use; null: the computer's own. The till opens anew. */
  setAddress(url: string | null, way: Way): Promise<void>;
  /** Somebody saw that the address changed. */
  knowAddress(): Promise<void>;
  setHabits(habits: Habits): Promise<void>;
  /** Grey frames; see `frame.ts` for their bytes. */
  preview(onFrame: (bytes: ArrayBuffer) => void): Promise<void>;
  previewDrawn(frame: number): void;
  /** Of choices that overtake each other the highest holds. */
  setPreset(preset: Preset, choice: number): Promise<void>;
  typeCode(code: string): Promise<void>;
  cancel(id: string): Promise<void>;
  /** An amount is being typed: no scan takes the one before it. Setting a preset ends it, too. */
  typeAmount(open: boolean): Promise<void>;
  /** Somebody has seen how these of the list ended. */
  dismiss(ids: string[]): Promise<void>;
  /** Somebody has seen that the journal was damaged. */
  knowDamage(): Promise<void>;
  /** `amount` 0: no top-up. The same id again is the same customer. */
  newCustomer(id: string, person: Person, unit: string, amount: number): Promise<NewCustomer>;
  findCustomers(query: string): Promise<Customer[]>;
  join(customer: number): Promise<Join>;
  /** What the server knows, and what is changed there without moving value. */
  ask<C extends Call>(call: C, parts?: Parts<C>): Promise<Answer<C>>;
  /** The same, into a file of that name. */
  save<C extends Call>(call: C, parts: Parts<C>, name: string): Promise<Saved>;
  /** Through the journal, like a scan; the same id again moves nothing again. `in_doubt` when the answer does not come in time. */
  moveValue(id: string, about: About, preset: Preset, approval: Approval | null): Promise<Redemption>;
  /** The refused scan of that id once more, with what its refusal asked for; `scan_over` where another came meanwhile. */
  again(of: string, pin: string | null, approval: Approval | null): Promise<void>;
  unlock(operator: number, pin: string): Promise<void>;
  lock(): Promise<void>;
  /** The page as it is, by the system's dialog. */
  print(): Promise<void>;
  setLanguage(language: Language): Promise<void>;
  chooseCamera(id: string): Promise<void>;
  /** The bytes of a picture's file; the code in it is taken like a typed one. */
  readPicture(bytes: Uint8Array): Promise<void>;
  /** Customers out of a CSV file, or what that would do; the same id and file again are done once. */
  importCustomers(bytes: Uint8Array, id: string, dryRun: boolean): Promise<Imported>;
  /** What a backup's file holds; nothing is changed. An empty passphrase is none. */
  lookAtBackup(file: string, passphrase: string): Promise<BackupHolds>;
  /** Its books in the place of those that are there; no till is open afterwards, or the same one anew where it failed. */
  restore(file: string, passphrase: string, allTheSame: boolean): Promise<BackupHolds>;
  /** Where and how often this computer's own server makes backups, if one can be written there. The till opens anew. */
  setBackups(plan: BackupPlan): Promise<void>;
  setReceipts(receipts: Receipts): Promise<void>;
  /** A receipt as it was drawn, or the drawer alone; see `receipts/draw.ts` for its bytes. */
  printReceipt(job: Uint8Array): Promise<void>;
  /** What of the till belongs to this computer. */
  computer(): Promise<Computer>;
  setAutostart(on: boolean): Promise<Computer>;
  setCustomers(open: boolean): Promise<Computer>;
  /** On the customers' window; null: nothing any more. */
  showJoin(join: Join | null): Promise<void>;
  firstPaint(): void;
}

export class DesktopBridge implements Bridge {
  open(onEvent: (event: TillEvent) => void): Promise<FirstStart | null> {
    return ask('open', { events: new Channel<TillEvent>(onEvent) });
  }

  begin(how: Begin, allTheSame: boolean): Promise<NewCustomer | null> {
    return ask('begin', { how, allTheSame });
  }

  leave(allTheSame: boolean): Promise<void> {
    return ask('leave', { allTheSame });
  }

  testServer(address: string | null, code: string): Promise<ServerFound> {
    return ask('test_server', { address, code });
  }

  lookAtBackup(file: string, passphrase: string): Promise<BackupHolds> {
    return ask('look_at_backup', { file, passphrase });
  }

  restore(file: string, passphrase: string, allTheSame: boolean): Promise<BackupHolds> {
    return ask('restore', { file, passphrase, allTheSame });
  }

  setBackups(plan: BackupPlan): Promise<void> {
    return ask('set_backups', { plan });
  }

  setAddress(url: string | null, way: Way): Promise<void> {
    return ask('set_address', { url, way });
  }

  knowAddress(): Promise<void> {
    return ask('know_address');
  }

  setHabits(habits: Habits): Promise<void> {
    return ask('set_habits', { habits });
  }

  async preview(onFrame: (bytes: ArrayBuffer) => void): Promise<void> {
    await ask('preview', { frames: new Channel<ArrayBuffer>(onFrame) });
  }

  previewDrawn(frame: number): void {
    void ask('preview_drawn', { frame }).catch(() => undefined);
  }

  setPreset(preset: Preset, choice: number): Promise<void> {
    return ask('set_preset', { ...preset, choice });
  }

  typeCode(code: string): Promise<void> {
    return ask('type_code', { code });
  }

  cancel(id: string): Promise<void> {
    return ask('cancel', { id });
  }

  typeAmount(open: boolean): Promise<void> {
    return ask('type_amount', { open });
  }

  dismiss(ids: string[]): Promise<void> {
    return ask('dismiss', { ids });
  }

  knowDamage(): Promise<void> {
    return ask('know_damage');
  }

  newCustomer(id: string, person: Person, unit: string, amount: number): Promise<NewCustomer> {
    return ask('new_customer', { id, person, unit, amount });
  }

  ask<C extends Call>(call: C, parts: Parts<C> = {}): Promise<Answer<C>> {
    return ask('ask', { ask: asSent(call, parts) });
  }

  save<C extends Call>(call: C, parts: Parts<C>, name: string): Promise<Saved> {
    return ask('save', { ask: asSent(call, parts), name });
  }

  moveValue(id: string, about: About, { unit, amount }: Preset, approval: Approval | null): Promise<Redemption> {
    return ask('move_value', { id, about, unit, amount, approval });
  }

  again(of: string, pin: string | null, approval: Approval | null): Promise<void> {
    return ask('again', { of, pin, approval });
  }

  unlock(operator: number, pin: string): Promise<void> {
    return ask('unlock', { operator, pin });
  }

  lock(): Promise<void> {
    return ask('lock');
  }

  print(): Promise<void> {
    return ask('print');
  }

  findCustomers(query: string): Promise<Customer[]> {
    return ask('find_customers', { query });
  }

  join(customer: number): Promise<Join> {
    return ask('join', { customer });
  }

  setLanguage(language: Language): Promise<void> {
    return ask('set_language', { language });
  }

  chooseCamera(id: string): Promise<void> {
    return ask('choose_camera', { id });
  }

  readPicture(bytes: Uint8Array): Promise<void> {
    return ask('read_picture', bytes);
  }

  importCustomers(bytes: Uint8Array, id: string, dryRun: boolean): Promise<Imported> {
    return ask('import_customers', bytes, { 'import-id': id, 'import-dry-run': String(dryRun) });
  }

  setReceipts(receipts: Receipts): Promise<void> {
    return ask('set_receipts', { receipts });
  }

  printReceipt(job: Uint8Array): Promise<void> {
    return ask('print_receipt', job);
  }

  computer(): Promise<Computer> {
    return ask('computer');
  }

  setAutostart(on: boolean): Promise<Computer> {
    return ask('set_autostart', { on });
  }

  setCustomers(open: boolean): Promise<Computer> {
    return ask('set_customers', { open });
  }

  showJoin(join: Join | null): Promise<void> {
    return ask('show_join', { join });
  }

  firstPaint(): void {
    void ask('first_paint').catch(() => undefined);
  }
}

/** `headers` go with raw bytes. */
async function ask<T>(command: string, args: Record<string, unknown> | Uint8Array = {}, headers?: Record<string, string>): Promise<T> {
  try {
    return await invoke<T>(command, args, headers && { headers });
  } catch (failure) {
    const code: unknown = typeof failure === 'object' && failure !== null && 'code' in failure ? failure.code : failure;
    throw new Refused(asReason(code));
  }
}

/** Null in a plain browser that has no fake till: the page then says where it belongs. */
export async function chooseBridge(search: string): Promise<Bridge | null> {
  if (isTauri()) return new DesktopBridge();
  if (!__FAKES__) return null;
  const { FakeBridge } = await import('./fake');
  return new FakeBridge(new URLSearchParams(search));
}

