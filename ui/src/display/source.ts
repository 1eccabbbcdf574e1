//! Where the customers' window hears what to show: from the desktop program, which lets nothing else through.

import { Channel, invoke, isTauri } from '@tauri-apps/api/core';
import type { Display } from '../shared/wire/till';

export interface Source {
  watch(onChange: (display: Display) => void): Promise<void>;
  fillScreen(): Promise<void>;
}

class Desktop implements Source {
  watch(onChange: (display: Display) => void): Promise<void> {
    return invoke('watch', { told: new Channel<Display>(onChange) });
  }

  fillScreen(): Promise<void> {
    return invoke('fill_screen');
  }
}

/** Null in a plain browser: nothing is shown there. */
export async function chooseSource(search: string): Promise<Source | null> {
  if (isTauri()) return new Desktop();
  if (!__FAKES__) return null;
  const { Fake } = await import('./fake');
  return new Fake(new URLSearchParams(search));
}
