//! The way back from a backup: a file is named and looked at, then its books take the place of those that are there.
//! Components draw `state`.

import type { BackupHolds } from '../../shared/wire/till';
import { reasonOf, type Bridge } from '../bridge';
import type { Reason } from '../reason';

export type RestoreState =
  | { status: 'rest' }
  | { status: 'looking' }
  | { status: 'looked'; holds: BackupHolds }
  | { status: 'restoring'; holds: BackupHolds }
  /** `holds`: it was looked at before, so that the same may be tried once more. */
  | { status: 'failed'; reason: Reason; holds: BackupHolds | null };

export class Restoring {
  file: string = $state('');
  passphrase: string = $state('');
  state: RestoreState = $state.raw({ status: 'rest' });

  #bridge: Bridge | null;
  #ended: (restored: boolean) => Promise<void>;

  /** `ended`: the till behind the page is none, or, where nothing came of it, another one. */
  constructor(bridge: Bridge | null, ended: (restored: boolean) => Promise<void>) {
    this.#bridge = bridge;
    this.#ended = ended;
  }

  get busy(): boolean {
    return this.state.status === 'looking' || this.state.status === 'restoring';
  }

  /** Whether a passphrase is asked for: most backups have none. */
  get isSealed(): boolean {
    const { state } = this;
    return this.passphrase !== '' || (state.status === 'failed' && (state.reason === 'passphrase_needed' || state.reason === 'passphrase_wrong'));
  }

  begin(): void {
    if (this.busy) return;
    this.file = '';
    this.forget();
    this.passphrase = '';
  }

  choose(file: string): void {
    this.file = file;
    this.forget();
  }

  /** Another file than the one that was looked at. */
  forget(): void {
    if (!this.busy) this.state = { status: 'rest' };
  }

  async look(): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null || this.busy || this.file.trim() === '') return;
    this.state = { status: 'looking' };
    try {
      this.state = { status: 'looked', holds: await bridge.lookAtBackup(this.file.trim(), this.passphrase) };
    } catch (failure) {
      this.state = { status: 'failed', reason: reasonOf(failure), holds: null };
    }
  }

  /** `allTheSame`: also where something is in doubt. */
  async restore(allTheSame = false): Promise<void> {
    const { state } = this;
    const bridge = this.#bridge;
    const holds = 'holds' in state ? state.holds : null;
    if (bridge === null || this.busy || holds === null) return;
    this.state = { status: 'restoring', holds };
    try {
      await bridge.restore(this.file.trim(), this.passphrase, allTheSame);
      this.state = { status: 'rest' };
      this.begin();
      await this.#ended(true);
    } catch (failure) {
      const reason = reasonOf(failure);
      this.state = { status: 'failed', reason, holds };
      // Otherwise it was closed, and opened anew.
      if (reason !== 'unsettled') await this.#ended(false);
    }
  }
}
