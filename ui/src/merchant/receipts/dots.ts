//! A picture as the dots of a thermal printer. Pure.

/** Darker than this is printed: thin strokes survive. */
const INK = 150;

/** Eight dots a byte, the leftmost first, from four bytes a pixel; `width` is a multiple of eight. */
export function packed(pixels: Uint8ClampedArray, width: number): Uint8Array<ArrayBuffer> {
  const dots = pixels.length / 4;
  const bits = new Uint8Array(dots / 8);
  for (let dot = 0; dot < dots; dot += 1) {
    if (luminance(pixels, dot) < INK) bits[dot >> 3] = (bits[dot >> 3] ?? 0) | (0x80 >> (dot & 7));
  }
  return bits.subarray(0, (width / 8) * Math.floor(dots / width));
}

/** Grey as a pattern of black and white, in a part of a picture (Floyd and Steinberg's way), in place. */
export function dithered(pixels: Uint8ClampedArray, width: number, left: number, top: number, size: number): void {
  const grey = new Float32Array(size * size);
  for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) grey[y * size + x] = luminance(pixels, (top + y) * width + left + x);
  const spread = (x: number, y: number, error: number) => {
    if (x >= 0 && x < size && y < size) grey[y * size + x] = (grey[y * size + x] ?? 0) + error;
  };
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const was = grey[y * size + x] ?? 255;
      const is = was < 128 ? 0 : 255;
      spread(x + 1, y, ((was - is) * 7) / 16);
      spread(x - 1, y + 1, ((was - is) * 3) / 16);
      spread(x, y + 1, ((was - is) * 5) / 16);
      spread(x + 1, y + 1, (was - is) / 16);
      pixels.fill(is, ((top + y) * width + left + x) * 4, ((top + y) * width + left + x) * 4 + 3);
    }
  }
}

function luminance(pixels: Uint8ClampedArray, dot: number): number {
  const [red = 255, green = 255, blue = 255] = pixels.subarray(dot * 4, dot * 4 + 3);
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

/** A text in pieces of which each begins a new line where the last one is full: words, and every Chinese character. */
export function pieces(text: string): string[] {
  return text.match(/\s*[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]|\s*[^\s\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]+/gu) ?? [];
}

/** Lines no wider than `width`; a word that is wider alone is broken. */
export function wrapped(text: string, width: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  const add = (piece: string) => {
    if (line !== '' && measure(line + piece) > width) {
      lines.push(line);
      line = '';
      piece = piece.trimStart();
    }
    line += piece;
  };
  for (const piece of pieces(text)) {
    if (measure(piece.trimStart()) <= width) add(piece);
    else for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(piece)) add(segment);
  }
  if (line !== '') lines.push(line);
  return lines;
}
