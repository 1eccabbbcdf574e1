// The code as a picture: runs of dark modules, each a rectangle of whole device pixels.

const { encodeQR } = require('../vendor/qr');

const MODULES = 21;
/** Light modules that must surround it. */
const QUIET = 4;

/** Rectangles in CSS pixels, and the side of the whole with its border; `width` is what there is. */
function symbolOf(digits, width, pixelRatio) {
  const across = MODULES + 2 * QUIET;
  const module = Math.max(1, Math.floor((width * pixelRatio) / across)) / pixelRatio;
  // The library draws a border of one module at least.
  const rows = encodeQR(digits, 'raw', { ecc: 'quartile', encoding: 'numeric', version: 1, border: 1 });
  const runs = [];
  rows.slice(1, -1).forEach((row, y) => {
    for (let x = 0; x < MODULES; x += 1) {
      let end = x;
      while (row[end + 1]) end += 1;
      if (end === x) continue;
      runs.push({ key: `${x} ${y}`, left: (QUIET + x) * module, top: (QUIET + y) * module, width: (end - x) * module });
      x = end;
    }
  });
  return { runs, module, side: across * module };
}

module.exports = { symbolOf };
