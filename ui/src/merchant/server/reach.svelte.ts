//! The way to a server on another computer: a test that names what is wrong, and pairing. Components draw `state`.

import type { ServerFound } from '../../shared/wire/till';
import { reasonOf, type Bridge } from '../bridge';
import type { Reason } from '../reason';

export type ReachState =
  | { status: 'rest' }
  | { status: 'testing' }
  | { status: 'found'; found: ServerFound }
  | { status: 'connecting' }
  | { status: 'failed'; reason: Reason };

export class Reach {
  address: string = $state('');
  code: string = $state('');
  state: ReachState = $state.raw({ status: 'rest' });

  #bridge: Bridge | null;
  #opened: () => Promise<void>;

  constructor(bridge: Bridge | null, opened: () => Promise<void>) {
    this.#bridge = bridge;
    this.#opened = opened;
  }

  get busy(): boolean {
    return this.state.status === 'testing' || this.state.status === 'connecting';
  }

  /** For a form that is opened. */
  begin(address = ''): void {
    this.address = address;
    this.code = '';
    this.state = { status: 'rest' };
  }

  /** Looks for the server at the address; with a code, for the one that the code is of. */
  async test(): Promise<void> {
    if (this.busy || this.address.trim() === '') return;
    await this.#try('testing', (bridge) => bridge.testServer(this.address.trim(), this.code.trim()));
  }

  /** Looks for the server that is used now. */
  async testAgain(): Promise<void> {
    await this.#try('testing', (bridge) => bridge.testServer(null, ''));
  }

  /** Pairs, and opens the shop there; `allTheSame`: also where something is in doubt here. */
  async connect(allTheSame = false): Promise<void> {
    if (this.address.trim() === '' || this.code.trim() === '') return;
    const how = { kind: 'pair', address: this.address.trim(), code: this.code.trim() } as const;
    await this.#try('connecting', async (bridge) => {
      await bridge.begin(how, allTheSame);
      await this.#opened();
      this.begin();
      return null;
    });
  }

  async #try(status: 'testing' | 'connecting', act: (bridge: Bridge) => Promise<ServerFound | null>): Promise<void> {
    const bridge = this.#bridge;
    if (bridge === null || this.busy) return;
    this.state = { status };
    try {
      const found = await act(bridge);
      this.state = found === null ? { status: 'rest' } : { status: 'found', found };
    } catch (failure) {
      this.state = { status: 'failed', reason: reasonOf(failure) };
    }
  }
}
