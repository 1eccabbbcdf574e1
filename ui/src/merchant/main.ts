//! The merchant's window starts here.

import { mount } from 'svelte';
import '../shared/theme.css';
import App from './App.svelte';
import { chooseBridge } from './bridge';
import { Counter } from './counter.svelte';
import { loadLater } from './later';

async function start(): Promise<void> {
  const counter = new Counter(await chooseBridge(location.search));
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { counter } });
  counter.watch();
  loadLater();
  await counter.till.start();
}

void start();
