//! What the phone's page asks of a browser, for a process without one. Everything that a browser keeps is a file.

import { randomFillSync } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { WebSocket } from 'ws';

/** A map that is on the disk before `set` is done. */
class Kept extends Map {
  #file;

  constructor(file) {
    super();
    try {
      for (const [key, value] of deserialize(readFileSync(file))) super.set(key, value);
    } catch {
      // The first time there is none.
    }
    this.#file = file;
  }

  set(key, value) {
    super.set(key, value);
    this.#write();
    return this;
  }

  delete(key) {
    super.delete(key);
    this.#write();
  }

  #write() {
    writeFileSync(`${this.#file}.new`, serialize([...this]));
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** Puts the browser's parts where the page looks for them. */
export function standIn(folder) {
  const kept = (name) => new Kept(join(folder, name));
  const small = kept('local');
  const cookies = kept('cookies');
  const hearing = new EventTarget();
  const page = new EventTarget();
  let server = small.get('server') ?? null;
  page.visibilityState = 'visible';

  define({
    localStorage: storage(small),
    sessionStorage: storage(new Map()),
    indexedDB: { open: () => openDatabase(kept('database')) },
    IDBKeyRange: { bound: (from, to) => (key) => key >= from && key <= to },
    document: page,
    navigator: { languages: ['en'], language: 'en', onLine: true },
    // Over plain http there is no more than this.
    crypto: { getRandomValues: (bytes) => randomFillSync(bytes) },
    addEventListener: hearing.addEventListener.bind(hearing),
    location: { get href() { return `${server}/`; }, protocol: 'http:', hash: '' },
    fetch: within(() => server, cookies),
    WebSocket: withCookies(cookies),
  });
  // The clock that never jumps stands as the other does.
  performance.now = () => Date.now();
  define({ EventSource: eventSource(globalThis.fetch) });

  return {
    hasServer: () => server !== null,
    useServer(address) {
      server = address;
      small.set('server', address);
    },
    show(visible) {
      page.visibilityState = visible ? 'visible' : 'hidden';
      page.dispatchEvent(new Event('visibilitychange'));
    },
  };
}

function define(parts) {
  for (const [name, value] of Object.entries(parts)) Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

function storage(map) {
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, String(value)),
    removeItem: (key) => void map.delete(key),
  };
}

const cookieLine = (cookies) => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

/** `fetch` as a page of the server has it. */
function within(server, cookies) {
  const plain = globalThis.fetch;
  return async (path, options = {}) => {
    const response = await plain(new URL(path, server()), {
      ...options,
      headers: { ...options.headers, cookie: cookieLine(cookies), origin: server() },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      cookies.set(name, value);
    }
    return response;
  };
}

function withCookies(cookies) {
  return class extends WebSocket {
    constructor(url) {
      super(url, { headers: { cookie: cookieLine(cookies) } });
      this.on('error', () => undefined);
    }
  };
}

/** As much of Server-Sent Events as the page uses. */
function eventSource(fetch) {
  return class extends EventTarget {
    #abort = new AbortController();

    constructor(path) {
      super();
      this.#read(path).catch(() => this.onerror?.());
    }

    close() {
      this.#abort.abort();
    }

    async #read(path) {
      const response = await fetch(path, { signal: this.#abort.signal });
      if (!response.ok) throw new Error('refused');
      let text = '';
      for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
        text += piece;
        const blocks = text.split('\n\n');
        text = blocks.pop();
        for (const block of blocks) this.onmessage?.({ data: block.replace(/^data: /, '') });
      }
      throw new Error('ended');
    }
  };
}

/** One store of one database, each transaction whole before it is said to be done. */
function openDatabase(map) {
  const asked = (result) => {
    const request = { result };
    setTimeout(() => request.onsuccess?.());
    return request;
  };
  const store = {
    get: (key) => asked(map.get(key)),
    getAll: (within) => asked([...map].filter(([key]) => within(key)).map(([, value]) => value)),
    put: (value, key) => asked(map.set(key, structuredClone(value)) && key),
    delete: (key) => asked(map.delete(key)),
    count: () => asked(map.size),
  };
  const transaction = () => {
    const begun = { objectStore: () => store };
    setTimeout(() => begun.oncomplete?.());
    return begun;
  };
  return asked({ transaction });
}
