//! Who stands at the till: the lock, and a manager's consent where the server asks for it. Components draw `lock`
//! and `consent`.

import type { Approval, Operator, Role, Staff as StaffTold } from '../shared/wire/till';
import { Refused, reasonOf, type Bridge } from './bridge';
import type { Reason } from './reason';

export type Lock =
  | { status: 'open' }
  | { status: 'choosing' }
  | { status: 'pin'; operator: Operator; checking: boolean; failed: Reason | null };

export type Consent =
  | { status: 'none' }
  | { status: 'asked'; checking: boolean; failed: Reason | null };

const RANKS: Record<Role, number> = { cashier: 0, manager: 1, owner: 2 };

export class Staff {
  told: StaffTold = $state.raw({ operators: [], standing: null });
  lock: Lock = $state.raw({ status: 'open' });
  consent: Consent = $state.raw({ status: 'none' });

  #bridge: Bridge | null;
  #lastTouchMs = Date.now();
  #answer: ((approval: Approval | null) => void) | null = null;

  constructor(bridge: Bridge | null) {
    this.#bridge = bridge;
  }

  /** Nobody is asked in a shop without operators. */
  get standing(): Operator | null {
    return this.told.operators.find(({ id }) => id === this.told.standing) ?? null;
  }

  get isLocked(): boolean {
    return this.told.standing === null && this.enabled.length > 0;
  }

  get enabled(): Operator[] {
    return this.told.operators.filter(({ disabled }) => !disabled);
  }

  /** Who may consent to what a manager may do. */
  get approvers(): Operator[] {
    return this.enabled.filter(({ role }) => RANKS[role] >= RANKS.manager);
  }

  /** Whether whoever stands here may do this by themselves; what they may not is still shown, and asks. */
  may(role: Role): boolean {
    return this.enabled.length === 0 || RANKS[this.standing?.role ?? 'cashier'] >= RANKS[role];
  }

  take(told: StaffTold): void {
    this.told = told;
    if (!this.isLocked) this.lock = { status: 'open' };
    else if (this.lock.status === 'open') {
      this.dissent();
      this.lock = { status: 'choosing' };
    }
  }

  choose(operator: Operator | null): void {
    this.lock = operator === null ? { status: 'choosing' } : { status: 'pin', operator, checking: false, failed: null };
  }

  async unlock(pin: string): Promise<void> {
    if (this.#bridge === null || this.lock.status !== 'pin' || this.lock.checking) return;
    const { operator } = this.lock;
    this.lock = { status: 'pin', operator, checking: true, failed: null };
    this.touched();
    try {
      await this.#bridge.unlock(operator.id, pin);
    } catch (failure) {
      this.lock = { status: 'pin', operator, checking: false, failed: reasonOf(failure) };
    }
  }

  async lockNow(): Promise<void> {
    if (this.enabled.length === 0 || this.isLocked) return;
    await this.#bridge?.lock().catch(reasonOf);
  }

  touched(): void {
    this.#lastTouchMs = Date.now();
  }

  /** Without a key, a touch or a scan for so long, whoever comes next says who they are; 0: never. */
  tick(nowMs: number, lockAfterMin: number): void {
    if (lockAfterMin > 0 && nowMs - this.#lastTouchMs >= lockAfterMin * 60_000) void this.lockNow();
  }

  /** Does it; where the server asks for a manager's consent, gets it and does it once more. A wrong PIN asks again. Once what it
   * was about is `gone`, nobody is asked any more. */
  async withConsent<T>(act: (approval: Approval | null) => Promise<T>, gone?: AbortSignal): Promise<T> {
    let failed: Reason | null = null;
    let approval: Approval | null = null;
    for (;;) {
      try {
        return await act(approval);
      } catch (failure) {
        const asks = failure instanceof Refused && (failure.reason === 'approval_required' || (approval !== null && failure.reason === 'pin_wrong'));
        if (!asks || this.enabled.length === 0) throw failure;
        failed = approval === null ? null : failure.reason;
        approval = await this.#ask(failed, gone);
        if (approval === null) throw gone?.aborted === true ? new Refused('scan_over') : failure;
      } finally {
        this.consent = { status: 'none' };
      }
    }
  }

  agree(operator: number, pin: string): void {
    if (this.consent.status !== 'asked' || this.consent.checking) return;
    this.consent = { ...this.consent, checking: true };
    this.#settle({ operator, pin });
  }

  dissent(): void {
    this.#settle(null);
  }

  #ask(failed: Reason | null, gone?: AbortSignal): Promise<Approval | null> {
    if (gone?.aborted === true) return Promise.resolve(null);
    this.consent = { status: 'asked', checking: false, failed };
    return new Promise((settle) => {
      const leave = () => this.#settle(null);
      gone?.addEventListener('abort', leave, { once: true });
      this.#answer = (approval) => {
        gone?.removeEventListener('abort', leave);
        settle(approval);
      };
    });
  }

  #settle(approval: Approval | null): void {
    this.#answer?.(approval);
    this.#answer = null;
  }
}
