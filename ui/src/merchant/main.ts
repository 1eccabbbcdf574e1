//! The merchant's window starts here.

import { mount } from 'svelte';
import '../shared/theme.css';
import App from './App.svelte';
import { chooseBridge } from './bridge';
import { Till } from './till.svelte';

async function start(): Promise<void> {
  const till = new Till(await chooseBridge(location.search));
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { till } });
  till.watch();
  await till.start();
}

void start();
