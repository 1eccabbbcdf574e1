//! The merchant's window: which screen is shown, who stands at it, and the keys that reach every screen. Each screen
//! has its own class; this one passes on what the program tells.

import type { Shown, TillEvent } from '../shared/wire/till';
import type { Bridge } from './bridge';
import { First } from './first/first.svelte';
import { Customers } from './customers/customers.svelte';
import { Day } from './day/day.svelte';
import { Online } from './online.svelte';
import { Receipts } from './receipts/receipts.svelte';
import { Reach } from './server/reach.svelte';
import { Restoring } from './settings/restoring.svelte';
import { Settings } from './settings/settings.svelte';
import { Staff } from './staff.svelte';
import { Till } from './till.svelte';

export const SCREENS = ['till', 'customers', 'day', 'settings'] as const;
export type ScreenName = (typeof SCREENS)[number];

export class Counter {
  screen: ScreenName = $state('till');
  /** Alt is held down: shortcuts are shown. */
  keysShown: boolean = $state(false);
  readonly staff: Staff;
  readonly till: Till;
  readonly first: First;
  readonly reach: Reach;
  readonly restoring: Restoring;
  readonly receipts: Receipts;
  readonly customers: Customers;
  readonly day: Day;
  readonly settings: Settings;
  readonly online: Online;

  constructor(bridge: Bridge | null) {
    this.staff = new Staff(bridge);
    this.till = new Till(bridge, (event, before) => this.#take(event, before));
    this.till.withConsent = (act, gone) => this.staff.withConsent(act, gone);
    this.till.isInFront = () => this.screen === 'till' && !this.staff.isLocked;
    this.reach = new Reach(bridge, async () => {
      await this.till.start();
      this.screen = 'till';
    });
    this.restoring = new Restoring(bridge, async (restored) => {
      if (restored) this.first.step = 'welcome';
      await this.till.start();
    });
    this.first = new First(bridge, this.till, this.reach, this.restoring, () => (this.screen = 'till'));
    this.receipts = new Receipts(bridge, () => this.till.desk, () => this.staff.standing?.name ?? null);
    this.till.sheets.onToppedUp = (moved) => this.receipts.after('top_up', moved);
    this.customers = new Customers(bridge, this.staff, this.till);
    this.customers.onMoved = (kind, moved) => this.receipts.after(kind, moved);
    this.day = new Day(bridge, this.staff);
    this.settings = new Settings(bridge, this.staff);
    this.online = new Online(bridge);
  }

  /** Call once: the page's clock and keys. */
  watch(): void {
    this.till.watch();
    setInterval(() => this.staff.tick(Date.now(), this.till.desk.habits.lock_after_min), 1000);
    addEventListener('keydown', (event) => this.#key(event), { capture: true });
    addEventListener('keyup', (event) => event.key === 'Alt' && (this.keysShown = false), { capture: true });
    addEventListener('blur', () => (this.keysShown = false));
    addEventListener('pointerdown', () => this.staff.touched(), { capture: true });
  }

  /** Something lies over the screen and has its keys. */
  get isCovered(): boolean {
    const sheets = [this.customers.sheet, this.day.sheet, this.settings.sheet];
    return this.till.isCovered || this.online.isOpen || this.staff.consent.status === 'asked' || sheets.some(({ name }) => name !== 'none');
  }

  show(screen: ScreenName): void {
    if (this.staff.isLocked) return;
    this.screen = screen;
    this.till.closePanel();
    this.online.close();
    this.#openScreen();
  }

  #openScreen(): void {
    const { screen } = this;
    if (screen === 'customers') this.customers.open();
    if (screen === 'day') this.day.open();
    if (screen === 'settings') this.settings.open();
  }

  #take(event: TillEvent, before: Shown): void {
    if (event.type === 'staff') this.#takeStaff(event);
    if (event.type === 'receipts') this.receipts.take(event);
    if (event.type === 'online') this.online.changed();
    if (event.type === 'link' && event.state === 'online') this.customers.linked();
    if (event.type === 'entries' && this.screen === 'customers') this.customers.heard(event.entries);
    if (event.type !== 'result' || event.result.status === 'idle') return;
    this.#printReceipt(event.result, before);
    this.staff.touched();
    // What is taken is seen, whatever was on the screen; half-typed work is not thrown away.
    const isBusy = this.customers.isBusy || this.day.isBusy || this.settings.isBusy || this.restoring.busy;
    if (!isBusy && !this.isCovered) this.screen = 'till';
  }

  /** Of what was sent from here; what a page that opens anew is told once more was printed before. */
  #printReceipt(result: Shown, before: Shown): void {
    const awaited = before.status === 'sending' || before.status === 'checking' || before.status === 'in_doubt';
    if (result.status !== 'recorded' || result.redemption.repeated || !awaited || before.id !== result.redemption.id) return;
    this.receipts.after('redemption', result.redemption);
  }

  /** What one may see, and what one left open, is not for the next one. */
  #takeStaff(event: Extract<TillEvent, { type: 'staff' }>): void {
    const before = this.#whoStands();
    this.staff.take(event);
    if (this.#whoStands() === before) return;
    this.staff.dissent();
    this.till.closePanel();
    this.online.close();
    for (const screen of [this.customers, this.day, this.settings]) screen.forget();
    this.restoring.begin();
    if (!this.staff.isLocked && this.screen !== 'till') this.#openScreen();
  }

  #whoStands(): string {
    const { isLocked, standing } = this.staff;
    return isLocked ? 'nobody' : standing === null ? 'anybody' : `${standing.id} ${standing.role}`;
  }

  #key(event: KeyboardEvent): void {
    if (this.till.state.status !== 'open') return;
    this.staff.touched();
    this.keysShown = event.key === 'Alt';
    if (event.ctrlKey && event.key.toLowerCase() === 'z' && !isTyping(event)) {
      event.preventDefault();
      // A key that is held down takes back one result, not the one after it, too.
      if (!event.repeat && this.till.isInFront() && this.till.panel.name === 'none') void this.till.undo.now();
    }
    if (event.ctrlKey && event.key.toLowerCase() === 'p') {
      event.preventDefault();
      const { result } = this.till.desk;
      if (this.till.isInFront() && this.receipts.on && result.status === 'recorded') this.receipts.ofResult(result.redemption);
    }
    if (event.ctrlKey && event.key.toLowerCase() === 'l') {
      event.preventDefault();
      void this.staff.lockNow();
    }
    if (event.key === 'F3' && this.screen === 'customers' && !this.isCovered && !this.customers.isBusy && !this.staff.isLocked) {
      event.preventDefault();
      this.till.sheets.openNewCustomer();
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const screen = SCREENS[Number(event.key) - 1];
    if (screen === undefined) return;
    event.preventDefault();
    if (!this.isCovered) this.show(screen);
  }
}

/** A field that has something in it keeps its own undo. */
function isTyping({ target }: KeyboardEvent): boolean {
  return target instanceof HTMLInputElement && target.value !== '';
}
