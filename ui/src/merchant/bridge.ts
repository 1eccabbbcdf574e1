//! The page's only way out of the merchant window: commands to the desktop program and its events back. The
//! program holds the token, the camera and the journal; nothing here reaches a server.

import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { Language } from '../shared/language';
import type { Unit } from '../shared/money';
import { asReason, type Lamp, type Named, type Reason } from '../shared/wire';

export interface Shop extends Named {
  currency: string;
  time_zone: string;
  language: Language;
  practice: boolean;
}

/** What the next scan takes. */
export interface Preset {
  unit: string;
  amount: number;
}

export interface Redemption {
  id: string;
  status: 'recorded' | 'cancelled' | 'refused';
  customer: Named;
  unit: string;
  amount: number;
  balance: number;
  reversed: number;
  at: string;
  mark: string;
  lamp: Lamp;
  /** The same code again: nothing was taken this time. */
  repeated: boolean;
}

export type Result =
  | { status: 'idle' }
  | { status: 'checking'; id: string; unit: string; amount: number; since: string }
  | { status: 'recorded'; redemption: Redemption }
  | {
      status: 'refused';
      id: string;
      code: string;
      unit?: string | null;
      amount?: number | null;
      balance?: number | null;
      clock_difference_s?: number | null;
      at: string;
    }
  | { status: 'in_doubt'; id: string; unit: string; amount: number; since: string; can_cancel: boolean }
  | { status: 'cancelled'; id: string; was: string; at: string };

export interface Doubt {
  id: string;
  unit: string;
  amount: number;
  since: string;
  /** asking, unreachable, cancelled, recorded, refused; a later program may have more. */
  state: string;
}

/** One of the last things this till did, or another till of the shop. */
export interface Entry {
  kind: string;
  id: string;
  at: string;
  number?: number;
  customer?: Named | null;
  unit?: string | null;
  amount?: number | null;
  balance?: number | null;
  mark?: string | null;
  lamp?: Lamp | null;
  of?: string | null;
  /** Why, for a refusal. */
  code?: string | null;
}

export type CameraState = 'opening' | 'live' | 'demo' | 'pictures' | 'none' | 'failed';
export type CameraProblem = 'busy' | 'denied' | 'gone' | 'no_frames' | 'unsupported' | 'other';
export type Hint = 'none' | 'not_ours' | 'misread' | 'two_codes';
/** Clockwise from the top left, in 0 … 1 of the picture as the camera saw it. */
export type Corners = readonly (readonly [number, number])[];

export type TillEvent =
  | { type: 'shop'; shop: Shop; units: Unit[]; default_unit: string; phone_url: string; preset: Preset; language: Language }
  | { type: 'link'; state: 'connecting' | 'online' | 'offline' }
  | { type: 'camera'; state: CameraState; name: string; problem: CameraProblem | null }
  | { type: 'hint'; hint: Hint }
  | { type: 'found'; corners: Corners | null }
  | { type: 'result'; result: Result }
  | { type: 'doubts'; doubts: Doubt[] }
  | { type: 'lamp'; id: string; lamp: Lamp }
  | { type: 'online'; customers: number }
  | { type: 'entries'; entries: Entry[] };

export interface JoinLink {
  url: string;
  expires_at: string;
}

/** What a command may fail with. */
export class Refused extends Error {
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(reason);
    this.reason = reason;
  }
}

/** The desktop program, or in a plain browser the fake till. Every command may throw `Refused`. */
export interface Bridge {
  open(onEvent: (event: TillEvent) => void): Promise<void>;
  /** Grey frames; see `frame.ts` for their bytes. */
  preview(onFrame: (bytes: ArrayBuffer) => void): Promise<void>;
  previewDrawn(frame: number): void;
  setPreset(preset: Preset): Promise<void>;
  typeCode(code: string): Promise<void>;
  cancel(id: string): Promise<void>;
  /** `amount` 0: no top-up. */
  newCustomer(name: string, unit: string, amount: number): Promise<{ customer: Named; join: JoinLink }>;
  findCustomers(query: string): Promise<Named[]>;
  join(customer: number): Promise<JoinLink>;
  setLanguage(language: Language): Promise<void>;
  firstPaint(): void;
}

export class DesktopBridge implements Bridge {
  async open(onEvent: (event: TillEvent) => void): Promise<void> {
    await ask('open', { events: new Channel<TillEvent>(onEvent) });
  }

  async preview(onFrame: (bytes: ArrayBuffer) => void): Promise<void> {
    await ask('preview', { frames: new Channel<ArrayBuffer>(onFrame) });
  }

  previewDrawn(frame: number): void {
    void ask('preview_drawn', { frame }).catch(() => undefined);
  }

  setPreset(preset: Preset): Promise<void> {
    return ask('set_preset', { ...preset });
  }

  typeCode(code: string): Promise<void> {
    return ask('type_code', { code });
  }

  cancel(id: string): Promise<void> {
    return ask('cancel', { id });
  }

  newCustomer(name: string, unit: string, amount: number): Promise<{ customer: Named; join: JoinLink }> {
    return ask('new_customer', { name, unit, amount });
  }

  async findCustomers(query: string): Promise<Named[]> {
    const found = await ask<Named[] | { customers: Named[] }>('find_customers', { query });
    return Array.isArray(found) ? found : found.customers;
  }

  join(customer: number): Promise<JoinLink> {
    return ask('join', { customer });
  }

  setLanguage(language: Language): Promise<void> {
    return ask('set_language', { language });
  }

  firstPaint(): void {
    void ask('first_paint').catch(() => undefined);
  }
}

async function ask<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  try {
    return await invoke<T>(command, args);
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

