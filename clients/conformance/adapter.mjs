//! The adapter's end of the lines, for clients in JavaScript: a clock that stands where it is put, and one answer a line.

import { createInterface } from 'node:readline';

/** The device's own clock. Timers go on by the real one. */
export function standingClock() {
  const RealDate = Date;
  let ms = 0;
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length === 0 ? [ms] : args));
    }
    static now() {
      return ms;
    }
  };
  return (to) => (ms = to);
}

/** `client` answers each word of the protocol's adapter: clock, start, join, visible, code, shows. */
export function serve(client) {
  createInterface({ input: process.stdin })
    .on('line', async (line) => {
      const { n, do: word, ...rest } = JSON.parse(line);
      process.stdout.write(`${JSON.stringify({ n, ...(await client[word](rest)) })}\n`);
    })
    .on('close', () => process.exit(0));
}
