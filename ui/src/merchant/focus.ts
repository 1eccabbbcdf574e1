//! The keyboard: where it goes when a dialog is gone, and how it reaches what does not fit.

/** To what opened a dialog, or else to what is in front then. Call it while the dialog closes; the opener may be disabled or
 * removed by what is done just after. */
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

/** Attach it to what scrolls where it does not fit: the keys do it too then. */
export function scrolledByKeys(element: HTMLElement): () => void {
  const look = () => {
    if (element.scrollHeight > element.clientHeight + 1) element.tabIndex = 0;
    else element.removeAttribute('tabindex');
  };
  const sizes = new ResizeObserver(look);
  const words = new MutationObserver(look);
  sizes.observe(element);
  words.observe(element, { childList: true, characterData: true, subtree: true });
  return () => {
    sizes.disconnect();
    words.disconnect();
  };
}
