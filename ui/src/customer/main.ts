//! The customer's page starts here.

import { mount } from 'svelte';
import '../shared/theme.css';
import App from './App.svelte';
import { clearFragment } from './invite';
import { Phone } from './phone.svelte';

const phone = new Phone();
const fragment = location.hash;
if (fragment !== '') clearFragment();
const target = document.getElementById('app');
if (target) mount(App, { target, props: { phone } });
void phone.start(fragment);

// Absent over plain http. Not before the page is there: its files come first.
if ('serviceWorker' in navigator && !__FAKES__) {
  addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined));
}
