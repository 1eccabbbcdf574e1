//! A folder of pictures in a camera's place: what the till's camera sees next is put there.

import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeQR } from 'qr';

const [WIDTH, HEIGHT, DOT] = [640, 480, 12];
/** Long enough away that the next code is a scan of its own. */
const AWAY_MS = 1700;

export class Spool {
  /** What `--source` names. */
  path;
  #folder;
  #frames = 0;

  /** In `folder`, which is there. */
  constructor(folder) {
    this.#folder = folder;
    this.path = join(folder, 'camera');
    mkdirSync(this.path, { recursive: true });
  }

  /** The next frame: a code, or nothing; a rename, so that nobody reads half of it. */
  show(digits) {
    const pixels = Buffer.alloc(WIDTH * HEIGHT, 200);
    const rows = digits === null ? [] : encodeQR(digits, 'raw', { ecc: 'quartile', encoding: 'numeric', version: 1, border: 4 });
    rows.forEach((row, y) => row.forEach((dark, x) => {
      for (let line = 0; line < DOT; line += 1) pixels.fill(dark ? 20 : 235, (60 + y * DOT + line) * WIDTH + 140 + x * DOT, (60 + y * DOT + line) * WIDTH + 140 + (x + 1) * DOT);
    }));
    const name = `${String((this.#frames += 1)).padStart(4, '0')}.pgm`;
    writeFileSync(join(this.#folder, name), Buffer.concat([Buffer.from(`P5\n${WIDTH} ${HEIGHT}\n255\n`), pixels]));
    renameSync(join(this.#folder, name), join(this.path, name));
  }

  /** A till that opens begins with the first picture in the folder: nobody stands before the camera. */
  nobody() {
    for (const name of readdirSync(this.path)) rmSync(join(this.path, name));
    this.show(null);
  }

  async scan(digits) {
    this.show(null);
    await new Promise((done) => setTimeout(done, AWAY_MS));
    this.show(digits);
  }
}
