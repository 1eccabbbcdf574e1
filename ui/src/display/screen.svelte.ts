//! What customers see, moment by moment. `App.svelte` draws `shows`.

import { bareUnit, type Unit } from '../shared/money';
import type { Display, DisplayResult, Join, Language, Preset } from '../shared/wire/till';
import type { Source } from './source';

/** A result stays this long. */
export const SHOWN_MS = 12_000;

export type Lit = Exclude<DisplayResult, { status: 'idle' }>;

export type Shows =
  /** No till is open behind it, or it takes no code now. */
  | { what: 'closed' }
  /** What the next code will pay. */
  | { what: 'amount'; takes: Preset }
  | { what: 'join'; join: Join; leftMs: number }
  | { what: 'result'; result: Lit };

const NOTHING: Display = { shop: null, takes: null, join: null, result: { status: 'idle' } };

export class Screen {
  display: Display = $state.raw(NOTHING);
  nowMs: number = $state(Date.now());

  #source: Source | null;
  /** When the result came; one that was there before this window is nobody's any more. */
  #resultMs = -Infinity;
  #told = false;

  constructor(source: Source | null) {
    this.#source = source;
  }

  async start(): Promise<void> {
    setInterval(() => (this.nowMs = Date.now()), 500);
    await this.#source?.watch((display) => this.take(display, Date.now()));
  }

  take(display: Display, nowMs: number): void {
    if (this.#told && isNews(this.display.result, display.result)) this.#resultMs = nowMs;
    this.#told = true;
    this.nowMs = nowMs;
    this.display = display;
  }

  fillScreen(): void {
    void this.#source?.fillScreen().catch(() => undefined);
  }

  get shows(): Shows {
    const { shop, takes, join, result } = this.display;
    if (shop === null) return { what: 'closed' };
    const isLit = result.status === 'checking' || this.nowMs - this.#resultMs < SHOWN_MS;
    if (result.status !== 'idle' && isLit) return { what: 'result', result };
    const leftMs = join === null ? 0 : Date.parse(join.expires_at) - this.nowMs;
    if (join !== null && leftMs > 0) return { what: 'join', join, leftMs };
    return takes === null ? { what: 'closed' } : { what: 'amount', takes };
  }

  get language(): Language {
    return this.display.shop?.language ?? 'en';
  }

  unit(unit: string): Unit {
    return this.display.shop?.units.find((one) => one.unit === unit) ?? bareUnit(unit);
  }
}

/** Told again with nothing new, a result does not shine anew. */
function isNews(before: DisplayResult, now: DisplayResult): boolean {
  if (now.status === 'idle' || now.status === 'checking') return false;
  return JSON.stringify(before) !== JSON.stringify(now);
}
