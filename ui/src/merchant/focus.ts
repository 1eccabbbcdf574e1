//! Where the keyboard goes when a dialog is gone: back to what opened it, or else to what is in front then.

/** Call it while the dialog closes; what is done after it may disable or remove the opener. */
export function giveBack(opener: Element | null): void {
  setTimeout(() => {
    const nobodyHasIt = () => document.activeElement === null || document.activeElement === document.body;
    if (nobodyHasIt() && opener instanceof HTMLElement && opener.isConnected) opener.focus();
    if (!nobodyHasIt()) return;
    const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
    const next = dialog?.querySelector('input:enabled, button:enabled') ?? document.querySelector('nav [aria-current=page]:enabled');
    if (next instanceof HTMLElement) next.focus();
  });
}
