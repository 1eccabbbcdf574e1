//! QR symbols as rows of modules: how links are encoded and all are drawn. A customer's code is `code-symbol.ts`'s.

import { encodeQR } from 'qr';

/** Light modules that must surround a symbol, in modules. */
export const QUIET_MODULES = 4;

/** Rows of modules without the quiet zone; true is dark. */
export type Modules = readonly (readonly boolean[])[];

/** A link, for a phone's own camera app. */
export function linkSymbol(url: string): Modules {
  const bordered = encodeQR(url, 'raw', { ecc: 'medium', border: 1 });
  // The library draws a border of at least one module; the quiet zone is the drawing's business.
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
