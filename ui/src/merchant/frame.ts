//! The preview's bytes: u32 LE frame number, u16 LE width, u16 LE height, then width × height grey bytes.

export interface Frame {
  number: number;
  width: number;
  height: number;
  pixels: Uint8Array;
}

const HEAD_BYTES = 8;

/** Null for bytes that are no frame. */
export function readFrame(bytes: ArrayBuffer): Frame | null {
  if (bytes.byteLength < HEAD_BYTES) return null;
  const head = new DataView(bytes);
  const width = head.getUint16(4, true);
  const height = head.getUint16(6, true);
  if (width === 0 || height === 0 || bytes.byteLength < HEAD_BYTES + width * height) return null;
  return { number: head.getUint32(0, true), width, height, pixels: new Uint8Array(bytes, HEAD_BYTES, width * height) };
}

// 0xAABBGGRR on every machine that browsers run on.
const GREYS = Uint32Array.from({ length: 256 }, (_, grey) => 0xff000000 + grey * 0x010101);

/** Grey to RGBA, opaque and every row from its end, into `rgba` of one number a pixel. */
export function paintMirrored(pixels: Uint8Array, width: number, rgba: Uint32Array): void {
  for (let row = 0; row < pixels.length; row += width) {
    for (let from = row, to = row + width - 1; to >= row; from += 1, to -= 1) rgba[to] = GREYS[pixels[from] ?? 0] ?? 0;
  }
}
