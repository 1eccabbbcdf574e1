//! Draws the camera's grey frames onto a canvas, the newest only and when the screen is about to be drawn, and tells
//! the program of each that was: that is all that holds the program back from sending more.

import { paintGrey, readFrame, type Frame } from './frame';

export class Painter {
  #canvas: HTMLCanvasElement | null = null;
  #picture: ImageData | null = null;
  #waiting: Frame | null = null;
  #drawn: (frame: number) => void;

  constructor(drawn: (frame: number) => void) {
    this.#drawn = drawn;
  }

  attach(canvas: HTMLCanvasElement | null): void {
    this.#canvas = canvas;
    this.#picture = null;
  }

  take(bytes: ArrayBuffer): void {
    const frame = readFrame(bytes);
    if (frame === null) return;
    if (this.#waiting === null) requestAnimationFrame(() => this.#draw());
    this.#waiting = frame;
  }

  #draw(): void {
    const frame = this.#waiting;
    this.#waiting = null;
    if (frame === null) return;
    const { number, width, height, pixels } = frame;
    const context = this.#canvas?.getContext('2d', { alpha: false });
    if (this.#canvas && context) {
      if (this.#canvas.width !== width || this.#canvas.height !== height || this.#picture === null) {
        this.#canvas.width = width;
        this.#canvas.height = height;
        this.#picture = context.createImageData(width, height);
      }
      paintGrey(pixels, new Uint32Array(this.#picture.data.buffer));
      context.putImageData(this.#picture, 0, 0);
    }
    this.#drawn(number);
  }
}
