//! QR symbols as rows of modules. A customer's code is always numeric, version 1, level Q: 21 × 21.

import { encodeQR } from 'qr';
import type { Digits27 } from './code';

/** Light modules that must surround a symbol, in modules. */
export const QUIET_MODULES = 4;

/** Rows of modules without the quiet zone; true is dark. */
export type Modules = readonly (readonly boolean[])[];

export function codeSymbol(digits: Digits27): Modules {
  return bare(encodeQR(digits, 'raw', { ecc: 'quartile', encoding: 'numeric', version: 1, border: 1 }));
}

/** A link, for a phone's own camera app. */
export function linkSymbol(url: string): Modules {
  return bare(encodeQR(url, 'raw', { ecc: 'medium', border: 1 }));
}

/** The library draws a border of at least one module; the quiet zone is the drawing's business. */
function bare(bordered: boolean[][]): Modules {
  return bordered.slice(1, -1).map((row) => row.slice(1, -1));
}

/** One SVG path over the dark modules, a run of neighbours in a row as one rectangle. */
export function symbolPath(modules: Modules): string {
  let path = '';
  modules.forEach((row, y) => {
    let x = 0;
    while (x < row.length) {
      let end = x;
      while (row[end]) end += 1;
      if (end > x) path += `M${x} ${y}h${end - x}v1h${x - end}z`;
      x = end + 1;
    }
  });
  return path;
}

/** The largest whole number of device pixels a module can have, in CSS pixels, so that every module is equal. */
export function moduleSize(availablePx: number, modules: number, pixelRatio: number): number {
  const whole = Math.floor((availablePx * pixelRatio) / modules);
  return Math.max(1, whole) / pixelRatio;
}
