//! The page on the home screen: whether it is there already, and how it gets there. Over https alone: elsewhere it would not
//! open without a network.

/** `ask`: the browser asks when it is told to; `share`: people do it themselves, by the browser's share menu (iPhone, iPad). */
export type Offer = 'none' | 'ask' | 'share';

/** Chromium's event; no standard has it. */
interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

export class Install {
  offer: Offer = $state('none');
  #prompt: InstallPrompt | null = null;

  /** Call once. */
  watch(): void {
    const { standalone } = navigator as { standalone?: boolean };
    if (globalThis.isSecureContext && standalone === false) this.offer = 'share';
    addEventListener('beforeinstallprompt', (event) => {
      // The browser's own bar would lie over the code.
      event.preventDefault();
      this.#prompt = event as InstallPrompt;
      this.offer = 'ask';
    });
    addEventListener('appinstalled', () => (this.offer = 'none'));
  }

  /** Has the browser ask; it does so once for each of its offers. */
  async ask(): Promise<void> {
    this.offer = 'none';
    await this.#prompt?.prompt();
  }
}
