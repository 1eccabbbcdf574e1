//! The system's print dialog, by its keyboard: what the page prints, as a PDF and as its words.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from './window.mjs';

/** Prints by `press` into a file. `cwd` is the folder that the window was opened in: that is where the dialog puts it. */
export async function printed(till, cwd, press) {
  const pdf = join(cwd, 'output.pdf');
  rmSync(pdf, { force: true });
  const xdotool = (...args) => spawnSync('xdotool', args, { env: { ...process.env, DISPLAY: till.display }, encoding: 'utf8' }).stdout.trim();
  await press();
  await until('a PDF out of the print dialog', async () => {
    if (existsSync(pdf) && readFileSync(pdf).includes('%%EOF')) return true;
    const dialog = xdotool('search', '--onlyvisible', '--name', '^Print$').split('\n').at(-1);
    if (dialog === '') return false;
    xdotool('windowfocus', '--sync', dialog);
    // The only printer is a file; once it is chosen its button can be pressed.
    xdotool('key', 'Down');
    xdotool('key', 'alt+p');
    return false;
  });
  return { pdf, words: execFileSync('pdftotext', ['-layout', pdf, '-'], { encoding: 'utf8' }) };
}
