//! Draws the camera's grey frames onto a canvas, the newest only, and tells the program of each that it is drawn:
//! that is all that holds the program back from sending more.

import { paintGrey, readFrame } from './frame';

export class Painter {
  #canvas: HTMLCanvasElement | null = null;
  #picture: ImageData | null = null;
  #drawn: (frame: number) => void;

  constructor(drawn: (frame: number) => void) {
    this.#drawn = drawn;
  }

  attach(canvas: HTMLCanvasElement | null): void {
    this.#canvas = canvas;
  }

  take(bytes: ArrayBuffer): void {
    const frame = readFrame(bytes);
    if (frame === null) return;
    this.#draw(frame.width, frame.height, frame.pixels);
    this.#drawn(frame.number);
  }

  #draw(width: number, height: number, pixels: Uint8Array): void {
    const context = this.#canvas?.getContext('2d', { alpha: false });
    if (!this.#canvas || !context) return;
    if (this.#canvas.width !== width || this.#canvas.height !== height || this.#picture === null) {
      this.#canvas.width = width;
      this.#canvas.height = height;
      this.#picture = context.createImageData(width, height);
    }
    paintGrey(pixels, new Uint32Array(this.#picture.data.buffer));
    context.putImageData(this.#picture, 0, 0);
  }
}
