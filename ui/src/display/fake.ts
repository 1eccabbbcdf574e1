//! What the customers' window shows, without a program behind it: `display.html?fake=recorded&lang=zh`. Left out of the
//! production build.

import type { Display, DisplayResult } from '../shared/wire/till';
import type { Source } from './source';

const at = (secondsAgo: number) => new Date(Date.now() - secondsAgo * 1000).toISOString();

const taken = { status: 'recorded', unit: 'wash', amount: 1, balance: 9, mark: '47 🐳', at: at(1), repeated: false, given_back: false } as const;

const RESULTS: Record<string, DisplayResult> = {
  recorded: taken,
  money: { ...taken, unit: 'CNY', amount: 2500, balance: 10350, mark: '93 🍉' },
  huge: { ...taken, unit: 'CNY', amount: 1234567890, balance: 998765432109, mark: '08 🦩' },
  repeated: { ...taken, repeated: true },
  given_back: { ...taken, given_back: true },
  checking: { status: 'checking' },
  refused: { status: 'refused', code: 'insufficient_balance', at: at(1) },
  expired: { status: 'refused', code: 'code_expired', at: at(1) },
  pin: { status: 'refused', code: 'pin_required', at: at(1) },
  cancelled: { status: 'cancelled', at: at(1) },
};

export class Fake implements Source {
  #query: URLSearchParams;

  constructor(query: URLSearchParams) {
    this.#query = query;
  }

  async watch(onChange: (display: Display) => void): Promise<void> {
    const name = this.#query.get('fake') ?? 'amount';
    const rest: Display = {
      shop: {
        name: name === 'huge' ? 'Lotus Car Wash and Detailing, the one behind the old railway station 莲花洗车' : 'Lotus Car Wash',
        time_zone: 'Asia/Shanghai',
        language: this.#query.get('lang') === 'zh' ? 'zh' : 'en',
        practice: this.#query.has('practice'),
        units: [
          { unit: 'wash', kind: 'pass', decimals: 0, names: { en: 'Wash', zh: '洗车' } },
          { unit: 'CNY', kind: 'money', decimals: 2, names: { en: 'Balance', zh: '储值' } },
        ],
      },
      takes: name === 'closed' ? null : ['money', 'amount_money'].includes(name) ? { unit: 'CNY', amount: 2500 } : { unit: 'wash', amount: 1 },
      join: name === 'join' ? { url: 'http://192.168.1.5:8787/#join=pPq3vXo8cS1mZ0tYw2RkLA', expires_at: at(-899) } : null,
      result: { status: 'idle' },
    };
    onChange(rest);
    const result = RESULTS[name];
    if (result !== undefined) onChange({ ...rest, result });
  }

  async fillScreen(): Promise<void> {}
}
