//! The window's key presses: what a keyboard-wedge scanner types is kept from fields and buttons and handed on as a
//! code, wherever the focus is; everything else goes its way.

import { newWedge, onKey, onPause, PAUSE_MS, type Wedge } from './wedge';

type Field = HTMLInputElement | HTMLTextAreaElement;

/** A field as it was before a scanner typed into it. */
interface Before {
  field: Field;
  value: string;
  selection: readonly [number | null, number | null];
}

export interface KeyTaker {
  /** Digits of a scanner, or typed outside every field; whole or not. */
  code(digits: string): void;
  /** A key for nobody else. */
  key(event: KeyboardEvent, inField: boolean): void;
}

export class Keys {
  #taker: KeyTaker;
  #wedge: Wedge = newWedge();
  #before: Before | null = null;
  #held: KeyboardEvent | null = null;
  #pause: ReturnType<typeof setTimeout> | undefined;

  constructor(taker: KeyTaker) {
    this.#taker = taker;
  }

  /** Call it for every `keydown` of the window, before anybody else gets it. */
  take(event: KeyboardEvent): void {
    // A key that is held down repeats faster than any scanner.
    if (event.ctrlKey || event.altKey || event.metaKey || event.key === 'Shift' || event.repeat) return;
    const field = fieldOf(event.target);
    const { key, code, timeStamp: atMs } = event;
    const [wedge, verdict] = onKey(this.#wedge, { key, code, atMs, inField: field !== null });
    this.#wedge = wedge;
    clearTimeout(this.#pause);
    if (wedge.digits !== '') this.#pause = setTimeout(() => this.#onPause(), PAUSE_MS);
    if (verdict.kind !== 'hold') this.#held = null;
    if (verdict.kind === 'let') {
      if (verdict.first && field !== null) this.#before = remember(field);
      this.#taker.key(event, field !== null);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (verdict.kind === 'hold') this.#held = event;
    if (verdict.kind === 'take_back' && this.#before?.field === field) restore(this.#before);
    if (verdict.kind === 'code') this.#taker.code(verdict.digits);
  }

  #onPause(): void {
    const [wedge, digits] = onPause(this.#wedge);
    this.#wedge = wedge;
    if (digits !== null) this.#taker.code(digits);
    else if (this.#held !== null) this.#taker.key(this.#held, false);
    this.#held = null;
  }
}

function fieldOf(target: EventTarget | null): Field | null {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement ? target : null;
}

function remember(field: Field): Before {
  return { field, value: field.value, selection: [field.selectionStart, field.selectionEnd] };
}

function restore({ field, value, selection: [start, end] }: Before): void {
  field.value = value;
  // Fields of numbers and the like have no selection to set.
  if (start !== null && end !== null) field.setSelectionRange(start, end);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}
