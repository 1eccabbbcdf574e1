//! A stand-in for WeChat's `wx`, as far as the mini program uses it: real sockets and requests, and storage in memory or
//! in a folder. It follows WeChat's documentation; nobody has held it against WeChat itself.

import { randomFillSync } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';

/** `storage` is a folder, or left out for one in memory; `language` as WeChat has it. */
export function makeWx({ storage, language = 'en', ...more } = {}) {
  return {
    ...(storage === undefined ? inMemory() : inFolder(storage)),
    request,
    ...sockets(),
    getRandomValues({ length, success }) {
      success({ randomValues: randomFillSync(new Uint8Array(length)).buffer });
    },
    getAppBaseInfo: () => ({ language }),
    getWindowInfo: () => ({ windowWidth: 390, pixelRatio: 3 }),
    setNavigationBarTitle: () => undefined,
    setKeepScreenOn: () => undefined,
    setScreenBrightness: () => undefined,
    vibrateShort: () => undefined,
    vibrateLong: () => undefined,
    ...more,
  };
}

function request({ url, method, data, header, timeout, success, fail }) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeout);
  fetch(url, { method, body: data, headers: header, signal: abort.signal })
    .then(async (response) => {
      const text = await response.text();
      success({ statusCode: response.status, data: json(text), header: {} });
    })
    .catch((error) => fail({ errMsg: `request:fail ${error.message}` }))
    .finally(() => clearTimeout(timer));
  return { abort: () => abort.abort() };
}

/** WeChat parses what is JSON by itself. */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The task that `connectSocket` gives, and the older way to hear of the only socket. */
function sockets() {
  const hearing = {};
  const heard = (name) => (event) => hearing[name]?.(event);
  return {
    connectSocket(options) {
      const task = connectSocket(options);
      task.onOpen(heard('open'));
      task.onMessage(heard('message'));
      task.onError(heard('error'));
      return task;
    },
    onSocketOpen: (hear) => void (hearing.open = hear),
    onSocketMessage: (hear) => void (hearing.message = hear),
    onSocketError: (hear) => void (hearing.error = hear),
  };
}

function connectSocket({ url, header }) {
  const socket = new WebSocket(url, { headers: header });
  const listen = (name, hear) => socket.on(name, hear);
  return {
    onOpen: (hear) => listen('open', () => hear({})),
    onMessage: (hear) => listen('message', (data) => hear({ data: String(data) })),
    onClose: (hear) => listen('close', (code) => hear({ code, reason: '' })),
    onError: (hear) => listen('error', (error) => hear({ errMsg: error.message })),
    send({ data, fail }) {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
      else fail?.({ errMsg: 'sendSocketMessage:fail' });
    },
    close({ code } = {}) {
      socket.on('error', () => undefined);
      socket.close(code);
    },
  };
}

function inMemory() {
  const kept = new Map();
  return {
    getStorageSync: (key) => structuredClone(kept.get(key) ?? ''),
    setStorageSync: (key, value) => void kept.set(key, structuredClone(value)),
    removeStorageSync: (key) => void kept.delete(key),
  };
}

function inFolder(folder) {
  mkdirSync(folder, { recursive: true });
  const file = (key) => join(folder, encodeURIComponent(key));
  return {
    getStorageSync(key) {
      try {
        return JSON.parse(readFileSync(file(key), 'utf8'));
      } catch {
        return '';
      }
    },
    setStorageSync(key, value) {
      writeFileSync(`${file(key)}.new`, JSON.stringify(value));
      renameSync(`${file(key)}.new`, file(key));
    },
    removeStorageSync: (key) => rmSync(file(key), { force: true }),
  };
}
