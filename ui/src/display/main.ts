//! The customers' window starts here.

import { mount } from 'svelte';
import '../shared/theme.css';
import App from './App.svelte';
import { chooseSource } from './source';
import { Screen } from './screen.svelte';

async function start(): Promise<void> {
  const screen = new Screen(await chooseSource(location.search));
  const target = document.getElementById('app');
  if (target) mount(App, { target, props: { screen } });
  await screen.start();
}

void start();
