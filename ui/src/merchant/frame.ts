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

/** Grey to RGBA, opaque, into `rgba` of four bytes a pixel. */
export function paintGrey(pixels: Uint8Array, rgba: Uint32Array): void {
  for (let index = 0; index < pixels.length; index += 1) {
    // 0xAABBGGRR on every machine that browsers run on.
    rgba[index] = 0xff000000 | ((pixels[index] ?? 0) * 0x010101);
  }
}
