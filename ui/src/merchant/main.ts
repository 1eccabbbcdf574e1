//! The merchant's window starts here.

import { mount } from 'svelte';
import '../shared/theme.css';
import App from './App.svelte';
import { chooseBridge } from './bridge';
import { Counter } from './counter.svelte';
import { loadLater } from './later';

async function start(): Promise<void> {
  const bridge = await chooseBridge(location.search);
  const counter = new Counter(bridge);
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { counter } });
  counter.watch();
  await painted();
  bridge?.firstPaint();
  loadLater();
  await counter.till.start();
}

/** A window that nobody sees is not painted. */
const UNSEEN_MS = 1_000;

/** The till is opened after the first paint: both at once would make the eye wait. */
function painted(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => requestAnimationFrame(() => done()));
    setTimeout(done, UNSEEN_MS);
  });
}

void start();
