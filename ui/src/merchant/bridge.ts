//! The page's only way out of the merchant window: commands to the desktop program and its events back. The
//! program holds the token, the camera and the journal; nothing here reaches a server.

import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { Customer, Join, Language, NewCustomer, Preset, TillEvent } from '../shared/wire/till';
import { asReason, type Reason } from './reason';

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
  newCustomer(name: string, unit: string, amount: number): Promise<NewCustomer>;
  findCustomers(query: string): Promise<Customer[]>;
  join(customer: number): Promise<Join>;
  setLanguage(language: Language): Promise<void>;
  chooseCamera(id: string): Promise<void>;
  /** The bytes of a picture's file; the code in it is taken like a typed one. */
  readPicture(bytes: Uint8Array): Promise<void>;
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

  newCustomer(name: string, unit: string, amount: number): Promise<NewCustomer> {
    return ask('new_customer', { name, unit, amount });
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

  firstPaint(): void {
    void ask('first_paint').catch(() => undefined);
  }
}

async function ask<T>(command: string, args: Record<string, unknown> | Uint8Array = {}): Promise<T> {
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

