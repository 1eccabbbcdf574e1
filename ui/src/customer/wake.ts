//! Keeps the screen from going dark under a code, where the browser offers it (https only).

export class Wake {
  #lock: WakeLockSentinel | null = null;
  #wanted = false;

  hold(): void {
    this.#wanted = true;
    if (this.#lock !== null || document.visibilityState !== 'visible') return;
    // Absent over plain http, whatever the types say.
    const wakeLock = (navigator as { wakeLock?: WakeLock }).wakeLock;
    void wakeLock
      ?.request('screen')
      .then((lock) => {
        if (!this.#wanted) return lock.release();
        this.#lock = lock;
        lock.addEventListener('release', () => (this.#lock = null));
      })
      .catch(() => undefined);
  }

  release(): void {
    this.#wanted = false;
    void this.#lock?.release();
    this.#lock = null;
  }
}
