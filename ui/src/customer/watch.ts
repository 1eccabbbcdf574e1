//! What the browser tells the page: looked at again, network gone and back, touched, another tab, another link.

import { clearFragment, inviteOf } from './invite';

export interface Watcher {
  /** The page came to the front. */
  toFront(): void;
  online(): void;
  offline(): void;
  touched(): void;
  /** Another tab wrote this name of localStorage. */
  otherTab(name: string | null): void;
  /** A join link was opened in this page. */
  invited(invite: string): void;
}

export function isVisible(): boolean {
  return document.visibilityState === 'visible';
}

/** Call once. */
export function watchPage(watcher: Watcher): void {
  document.addEventListener('visibilitychange', () => {
    if (isVisible()) watcher.toFront();
  });
  // A page that is restored from memory fires this alone.
  addEventListener('pageshow', (event) => {
    if (event.persisted) watcher.toFront();
  });
  addEventListener('online', () => watcher.online());
  addEventListener('offline', () => watcher.offline());
  for (const touch of ['pointerdown', 'keydown']) addEventListener(touch, () => watcher.touched());
  addEventListener('storage', ({ key }) => watcher.otherTab(key));
  addEventListener('hashchange', () => {
    const invite = inviteOf(location.hash);
    if (invite === null) return;
    clearFragment();
    watcher.invited(invite);
  });
}
