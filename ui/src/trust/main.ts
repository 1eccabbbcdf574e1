//! The page on which a device learns to trust the server's own CA, and finds out whether everything works.

import { mount } from 'svelte';
import '../shared/theme.css';
import App from './App.svelte';

const target = document.getElementById('app');
if (target) mount(App, { target });
