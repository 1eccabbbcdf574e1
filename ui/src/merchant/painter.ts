//! Draws the camera's grey frames onto a canvas, as in a mirror and with an outline on the code that was found: the
//! newest only and when the screen is about to be drawn. It tells the program of each that was: that is all that
//! holds the program back from sending more.

import { paintMirrored, readFrame, type Frame } from './frame';

/** Corners as parts of the picture, clockwise from the top left, in its own direction. */
export type Outline = readonly (readonly [number, number])[] | null;

/** Drawn one over the other, by the picture's width: it is seen on light and on dark. */
const STROKES = [
  { color: '#0b2a20', width: 1 / 90 },
  { color: '#35d6a0', width: 1 / 180 },
];

export class Painter {
  #canvas: HTMLCanvasElement | null = null;
  #picture: ImageData | null = null;
  #waiting: Frame | null = null;
  #last: Frame | null = null;
  #outline: Outline = null;
  #asked = false;
  #drawn: (frame: number) => void;

  constructor(drawn: (frame: number) => void) {
    this.#drawn = drawn;
  }

  /** A canvas that comes later begins with the last picture. */
  attach(canvas: HTMLCanvasElement | null): void {
    this.#canvas = canvas;
    this.#picture = null;
    if (canvas === null || this.#last === null) return;
    this.#waiting ??= this.#last;
    this.#ask();
  }

  take(bytes: ArrayBuffer): void {
    const frame = readFrame(bytes);
    if (frame === null) return;
    this.#last = frame;
    this.#waiting = frame;
    this.#ask();
  }

  /** Drawn with the next picture, which is on its way; only that there is none any more does not wait for one. */
  outline(corners: Outline): void {
    if (corners === this.#outline) return;
    this.#outline = corners;
    if (corners === null) this.#ask();
  }

  #ask(): void {
    if (!this.#asked) requestAnimationFrame(() => this.#draw());
    this.#asked = true;
  }

  #draw(): void {
    const frame = this.#waiting;
    this.#waiting = null;
    this.#asked = false;
    const context = this.#canvas?.getContext('2d', { alpha: false });
    if (this.#canvas && context) {
      if (frame !== null) this.#picture = paint(frame, this.#picture, this.#canvas, context);
      if (this.#picture !== null) {
        context.putImageData(this.#picture, 0, 0);
        if (this.#outline !== null) stroke(this.#outline, context);
      }
    }
    if (frame !== null) this.#drawn(frame.number);
  }
}

function paint(frame: Frame, last: ImageData | null, canvas: HTMLCanvasElement, context: CanvasRenderingContext2D): ImageData {
  const { width, height, pixels } = frame;
  let picture = last;
  if (picture?.width !== width || picture.height !== height) {
    canvas.width = width;
    canvas.height = height;
    picture = context.createImageData(width, height);
  }
  paintMirrored(pixels, width, new Uint32Array(picture.data.buffer));
  return picture;
}

function stroke(outline: readonly (readonly [number, number])[], context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas;
  context.beginPath();
  for (const [x, y] of outline) context.lineTo((1 - x) * width, y * height);
  context.closePath();
  context.lineJoin = 'round';
  for (const { color, width: part } of STROKES) {
    context.strokeStyle = color;
    context.lineWidth = part * width;
    context.stroke();
  }
}
