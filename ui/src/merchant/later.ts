//! Screens that are not the first one seen, with what only they need (the charts): loaded when they are asked for, and in any
//! case once the till is painted and nobody waits.

export const customersScreen = () => import('./customers/CustomersScreen.svelte');
export const dayScreen = () => import('./day/DayScreen.svelte');
export const settingsScreen = () => import('./settings/SettingsScreen.svelte');

/** So long after the first paint; the first scan comes before. */
const LATER_MS = 3_000;

/** Call once, after the first paint. */
export function loadLater(): void {
  setTimeout(() => {
    for (const screen of [customersScreen, dayScreen, settingsScreen]) void screen().catch(() => undefined);
  }, LATER_MS);
}
