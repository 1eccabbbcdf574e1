//! The client under test, behind its adapter: one process that reads and writes lines of JSON.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** How long an answer may take, in milliseconds. */
const ANSWER_MS = 10_000;

export class Client {
  #command;
  #process = null;
  #waiting = new Map();
  #last = 0;
  #store = mkdtempSync(join(tmpdir(), 'tillbeam-client-'));
  /** What it wrote to its standard error. */
  said = '';

  constructor(command) {
    this.#command = command;
  }

  /** A new process, with what an older one stored. */
  async start(ownMs) {
    const [program, ...args] = this.#command;
    const child = spawn(program, args, { env: { ...process.env, TILLBEAM_STORE: this.#store } });
    this.#process = child;
    child.stderr.on('data', (text) => (this.said += text));
    child.on('error', (error) => (this.said += `${error.message}\n`));
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => this.#hear(line));
    await this.clock(ownMs);
    await this.#ask({ do: 'start' });
  }

  /** Without a goodbye. */
  async kill() {
    const child = this.#process;
    this.#process = null;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  }

  async end() {
    await this.kill();
    rmSync(this.#store, { recursive: true, force: true });
  }

  clock(ms) {
    return this.#ask({ do: 'clock', ms });
  }

  join(server, code) {
    return this.#ask({ do: 'join', server, code });
  }

  visible(visible) {
    return this.#ask({ do: 'visible', visible });
  }

  async code() {
    return (await this.#ask({ do: 'code' })).code;
  }

  shows() {
    return this.#ask({ do: 'shows' });
  }

  #ask(question) {
    const n = (this.#last += 1);
    const answer = new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`no answer to ${JSON.stringify(question)}`)), ANSWER_MS);
      this.#waiting.set(n, (value) => {
        clearTimeout(timer);
        done(value);
      });
    });
    this.#process.stdin.write(`${JSON.stringify({ n, ...question })}\n`);
    return answer;
  }

  #hear(line) {
    let answer;
    try {
      answer = JSON.parse(line);
    } catch {
      this.said += `not JSON: ${line}\n`;
      return;
    }
    this.#waiting.get(answer.n)?.(answer);
    this.#waiting.delete(answer.n);
  }
}
