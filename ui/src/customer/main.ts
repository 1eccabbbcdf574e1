//! The customer's page starts here.

import { mount } from 'svelte';
import '../shared/theme.css';
import App from './App.svelte';
import { clearFragment, Phone } from './phone.svelte';

const phone = new Phone();
const fragment = location.hash;
if (fragment !== '') clearFragment();
const target = document.getElementById('app');
if (target) mount(App, { target, props: { phone } });
void phone.start(fragment);
