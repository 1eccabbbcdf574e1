//! The 64 emoji a redemption's mark is drawn from, in the server's order, and where their pictures are.
//! The server picks the mark; this page only draws it. Called by Mark.svelte and the tests.

/** In the order of the server's own list: never reorder, only the server and this file together. */
export const MARKS = [
  '🐳', '🐼', '🦊', '🐸', '🐷', '🐘', '🦒', '🦁',
  '🐧', '🦉', '🐢', '🐙', '🦀', '🐝', '🦋', '🐞',
  '🐌', '🦔', '🦩', '🐰', '🦓', '🍎', '🍌', '🍇',
  '🍉', '🍍', '🍒', '🍓', '🥕', '🌽', '🍄', '🥑',
  '🍩', '🍦', '🥨', '🌵', '🌻', '🍀', '🌈', '🌙',
  '⭐', '🌲', '🔥', '🔑', '🎈', '🎁', '🎩', '👑',
  '⚓', '🚀', '🚲', '⛵', '🎸', '🎲', '🧩', '💎',
  '⏰', '☔', '🏠', '🧲', '💡', '🧦', '🪁', '🎯',
] as const;

const known: ReadonlySet<string> = new Set(MARKS);

/** A mark as the server sends it, taken apart: two digits and, when it is one of ours, its picture. */
export interface Mark {
  digits: string;
  emoji: string;
  /** Path of the SVG below the page's own folder, or null for an emoji we have no picture of. */
  picture: string | null;
}

/** `picture` is hex code points joined by a dash: 🐳 is marks/1f433.svg. */
export function parseMark(mark: string): Mark {
  const space = mark.indexOf(' ');
  const digits = space < 0 ? mark : mark.slice(0, space);
  const emoji = space < 0 ? '' : mark.slice(space + 1);
  return { digits, emoji, picture: known.has(emoji) ? `marks/${codePoints(emoji)}.svg` : null };
}

function codePoints(emoji: string): string {
  return [...emoji].map((character) => character.codePointAt(0)?.toString(16) ?? '').join('-');
}
