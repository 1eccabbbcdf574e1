//! Digits that were typed, pasted or sent by a hand scanner: a code once they hold, or what is wrong with them.

import { CODE_LENGTH, isCode, parseCode } from '../shared/code';

export type TypedFault = 'short' | 'long' | 'not_digits' | 'misread';

export class TypedCode {
  text: string = $state('');
  fault: TypedFault | null = $state(null);

  #onCode: (code: string) => void;

  constructor(onCode: (code: string) => void) {
    this.#onCode = onCode;
  }

  typing(text: string): void {
    this.text = text;
    const parsed = parseCode(text);
    this.fault = isCode(parsed) || parsed === 'short' ? null : parsed;
  }

  send(text = this.text): void {
    const parsed = parseCode(text);
    if (!isCode(parsed)) {
      this.text = text;
      this.fault = parsed;
      return;
    }
    this.text = '';
    this.fault = null;
    this.#onCode(parsed);
  }

  /** How many digits of a code stand in the field. */
  get count(): number {
    return Math.min(CODE_LENGTH, this.text.replace(/\D/g, '').length);
  }
}
