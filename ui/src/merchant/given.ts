//! What somebody drops on the window or pastes into it: a picture, or the digits of a code.

/** Bytes of the largest picture that the program takes. */
export const PICTURE_BYTES = 32 * 1024 * 1024;

export type Given =
  | { kind: 'picture'; file: Blob }
  | { kind: 'text'; text: string }
  | { kind: 'nothing' };

/** A picture goes before text: what is copied from a page has both. */
export function givenIn(transfer: Pick<DataTransfer, 'files' | 'getData'> | null): Given {
  const files = [...(transfer?.files ?? [])];
  const file = files.find(({ type }) => type.startsWith('image/')) ?? files[0];
  if (file !== undefined) return { kind: 'picture', file };
  const text = transfer?.getData('text/plain').trim() ?? '';
  return text === '' ? { kind: 'nothing' } : { kind: 'text', text };
}

/** Listens for both in the whole window. `over`: something is held above it. */
export function listen(take: (given: Given) => void, over: (isOver: boolean) => void): void {
  addEventListener('dragover', (event) => {
    // Without this the web view would open the file itself.
    event.preventDefault();
    over(true);
  });
  addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) over(false);
  });
  addEventListener('drop', (event) => {
    event.preventDefault();
    over(false);
    take(givenIn(event.dataTransfer));
  });
  addEventListener('paste', (event) => {
    const given = givenIn(event.clipboardData);
    const inField = event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
    // Text in a field is the field's.
    if (given.kind === 'nothing' || (given.kind === 'text' && inField)) return;
    event.preventDefault();
    take(given);
  });
}
