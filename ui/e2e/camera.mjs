//! What a webcam would see of a phone's screen: scaled, slightly turned, unevenly lit, noisy, as a JPEG.
//! Drawn in a browser's canvas, so that nothing but the browser is needed.

const WIDTH = 1280;
const HEIGHT = 720;

/** A JPEG of the picture of a screen (PNG bytes), held into a camera; `null` shows the empty counter. */
export async function seenByCamera(context, screen, { turn = 0.07, size = 0.62, noise = 14, quality = 0.7 } = {}) {
  const page = await context.newPage();
  const source = screen === null ? null : `data:image/png;base64,${screen.toString('base64')}`;
  const url = await page.evaluate(draw, { source, turn, size, noise, quality, width: WIDTH, height: HEIGHT });
  await page.close();
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

/** Runs in the browser. */
async function draw({ source, turn, size, noise, quality, width, height }) {
  const canvas = new OffscreenCanvas(width, height);
  const paint = canvas.getContext('2d');
  const light = paint.createLinearGradient(0, 0, width, height);
  light.addColorStop(0, '#8d8a84');
  light.addColorStop(1, '#4c4a46');
  paint.fillStyle = light;
  paint.fillRect(0, 0, width, height);
  if (source !== null) {
    const image = new Image();
    image.src = source;
    await image.decode();
    const scale = (height * size) / image.height;
    paint.translate(width * 0.54, height * 0.48);
    paint.transform(1, turn * 0.4, 0, 1, 0, 0);
    paint.rotate(turn);
    paint.filter = 'blur(0.8px) brightness(0.92)';
    paint.drawImage(image, (-image.width * scale) / 2, (-image.height * scale) / 2, image.width * scale, image.height * scale);
    paint.filter = 'none';
    paint.resetTransform();
  }
  const pixels = paint.getImageData(0, 0, width, height);
  let state = 1;
  for (let at = 0; at < pixels.data.length; at += 4) {
    // A small generator of its own: the same noise in every run.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const grain = ((state >>> 16) / 65535 - 0.5) * 2 * noise;
    for (let channel = 0; channel < 3; channel++) pixels.data[at + channel] += grain;
  }
  paint.putImageData(pixels, 0, 0);
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality });
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(blob);
  });
}
