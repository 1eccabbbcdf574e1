//! Draws a receipt's lines with the web view's own fonts, as wide as the paper has dots.

import type { Paper } from '../../shared/wire/till';
import { dithered, packed, wrapped } from './dots';
import type { Line } from './receipt';

/** Dots across the paper, 8 a millimetre. */
export const DOTS: Record<Paper, number> = { wide: 576, narrow: 384 };

const SIZES = { small: 22, body: 26, large: 34, huge: 60 } as const;
const FAMILY = 'system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
const MARK_DOTS = 72;
/** No receipt is longer, in dots: what is beyond is not printed. */
const HEIGHT = 3_000;

interface Place {
  context: CanvasRenderingContext2D;
  width: number;
  y: number;
}

/** As the program takes it: whether the drawer opens, bytes of a row, rows. */
export async function drawn(lines: Line[], paper: Paper, drawer: boolean): Promise<Uint8Array<ArrayBuffer>> {
  const width = DOTS[paper];
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, HEIGHT];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('this web view draws no pictures');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, HEIGHT);
  context.fillStyle = '#000';
  context.textBaseline = 'alphabetic';
  const place: Place = { context, width, y: 8 };
  const shaded: [number, number][] = [];
  for (const line of lines) {
    if (line.is === 'text') text(place, line.text, line.size);
    else if (line.is === 'pair') pair(place, line.name, line.value);
    else if (line.is === 'rule') rule(place);
    else await mark(place, line.mark.digits, line.mark.picture, line.mark.emoji, shaded);
  }
  const height = Math.min(HEIGHT, place.y + 8);
  const { data } = context.getImageData(0, 0, width, height);
  for (const [left, top] of shaded) if (top + MARK_DOTS <= height) dithered(data, width, left, top, MARK_DOTS);
  const rows = packed(data, width);
  const job = new Uint8Array(2 + rows.length);
  job.set([drawer ? 1 : 0, width / 8]);
  job.set(rows, 2);
  return job;
}

/** No receipt, only the drawer. */
export const DRAWER_ALONE = new Uint8Array([1, 0]);

function font(context: CanvasRenderingContext2D, px: number, bold: boolean): void {
  context.font = `${bold ? '700' : '400'} ${px}px ${FAMILY}`;
}

/** In the middle, in as many lines as it takes; the largest shrinks until its longest word fits. */
function text(place: Place, words: string, size: keyof typeof SIZES): void {
  const { context, width } = place;
  const bold = size === 'large' || size === 'huge';
  let px: number = SIZES[size];
  font(context, px, bold);
  while (size === 'huge' && px > SIZES.large && context.measureText(words).width > width) font(context, (px -= 2), bold);
  context.textAlign = 'center';
  for (const line of wrapped(words, width, (part) => context.measureText(part).width)) {
    place.y += Math.round(px * 1.3);
    context.fillText(line, width / 2, place.y - Math.round(px * 0.3));
  }
}

/** What it is at the left, the value at the right; below each other where there is no room. */
function pair(place: Place, name: string, value: string): void {
  const { context, width } = place;
  const px = SIZES.body;
  font(context, px, false);
  const named = context.measureText(`${name}  `).width;
  const beside = named + context.measureText(value).width <= width;
  context.textAlign = 'left';
  place.y += Math.round(px * 1.4);
  context.fillText(name, 0, place.y - Math.round(px * 0.35));
  context.textAlign = 'right';
  for (const [index, line] of wrapped(value, beside ? width - named : width, (part) => context.measureText(part).width).entries()) {
    if (!beside || index > 0) place.y += Math.round(px * 1.3);
    context.fillText(line, width, place.y - Math.round(px * 0.35));
  }
}

function rule(place: Place): void {
  place.context.fillRect(0, place.y + 10, place.width, 2);
  place.y += 22;
}

async function mark(place: Place, digits: string, picture: string | null, emoji: string, shaded: [number, number][]): Promise<void> {
  const { context, width } = place;
  font(context, SIZES.huge, true);
  const image = picture === null ? null : await loaded(picture);
  const words = image === null ? `${digits} ${emoji}` : digits;
  const wide = context.measureText(words).width;
  const left = Math.round((width - wide - (image === null ? 0 : MARK_DOTS + 16)) / 2);
  context.textAlign = 'left';
  context.fillText(words, left, place.y + MARK_DOTS - 16);
  if (image !== null) {
    const at: [number, number] = [Math.round(left + wide + 16), place.y + 2];
    context.drawImage(image, ...at, MARK_DOTS, MARK_DOTS);
    shaded.push(at);
  }
  place.y += MARK_DOTS + 8;
}

async function loaded(path: string): Promise<HTMLImageElement | null> {
  const image = new Image();
  image.src = path;
  return image.decode().then(() => image, () => null);
}
