//! Bringing customers in from a file: first what it would do, or what is wrong with it, then all of it or nothing.
//! Components draw `state`.

import type { Import, WrongCells } from '../../../shared/wire/till';
import { reasonOf, type Bridge } from '../../bridge';
import type { Reason } from '../../reason';

/** The server's own limit. */
export const FILE_BYTES = 32 * 1024 * 1024;

interface Chosen {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** One for each choice: sent twice, it brings everybody in once. */
  id: string;
}

export type ImportState =
  | { status: 'rest' }
  | { status: 'trying'; file: string }
  | { status: 'wrong'; file: string; cells: WrongCells }
  | { status: 'would'; file: string; what: Import }
  | { status: 'importing'; file: string; what: Import }
  | { status: 'done'; file: string; what: Import }
  /** `what`: it was tried before, so that the same may be sent once more. */
  | { status: 'failed'; file: string; reason: Reason; what: Import | null };

export class Imports {
  state: ImportState = $state.raw({ status: 'rest' });

  #bridge: Bridge | null;
  #chosen: Chosen | null = null;

  constructor(bridge: Bridge | null) {
    this.#bridge = bridge;
  }

  get busy(): boolean {
    return this.state.status === 'trying' || this.state.status === 'importing';
  }

  /** A file was chosen or dropped: says what it would do, and writes nothing. */
  async choose(file: File): Promise<void> {
    if (this.#bridge === null || this.busy) return;
    this.#chosen = null;
    if (file.size > FILE_BYTES) {
      this.state = { status: 'failed', file: file.name, reason: 'too_large', what: null };
      return;
    }
    this.state = { status: 'trying', file: file.name };
    try {
      const chosen = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()), id: crypto.randomUUID() };
      const answer = await this.#bridge.importCustomers(chosen.bytes, chosen.id, true);
      this.#chosen = chosen;
      this.state = answer.status === 'wrong' ? { status: 'wrong', file: file.name, cells: answer } : { status: 'would', file: file.name, what: answer };
    } catch (failure) {
      this.state = { status: 'failed', file: file.name, reason: reasonOf(failure), what: null };
    }
  }

  /** All of the file, or nothing; again after a lost answer, it is done once. */
  async bring(): Promise<void> {
    const { state } = this;
    const chosen = this.#chosen;
    if (this.#bridge === null || chosen === null || this.busy || !('what' in state) || state.what === null || state.status === 'done') return;
    const { what } = state;
    this.state = { status: 'importing', file: chosen.name, what };
    try {
      const answer = await this.#bridge.importCustomers(chosen.bytes, chosen.id, false);
      this.state = answer.status === 'wrong' ? { status: 'wrong', file: chosen.name, cells: answer } : { status: 'done', file: chosen.name, what: answer };
      this.#chosen = null;
    } catch (failure) {
      this.state = { status: 'failed', file: chosen.name, reason: reasonOf(failure), what };
    }
  }

  forget(): void {
    if (this.busy) return;
    this.#chosen = null;
    this.state = { status: 'rest' };
  }
}
