//! A deed as words: what, to whom or what, and who did it. Pure.

import { formatTime } from '../../shared/clock';
import type { Language } from '../../shared/language';
import { unitTitle, unitOf, type Desk } from '../desk';
import { sayCounter } from '../say/counter';
import { sayDeeds } from '../say/deeds';
import type { Deed } from './deeds.svelte';
import type { Operator, Terminal } from './settings.svelte';

/** Who and what a deed may name. */
export interface Known {
  desk: Desk;
  operators: readonly Operator[];
  terminals: readonly Terminal[];
  /** This till. */
  here: number;
}

export function deedWords({ act }: Deed, language: Language): string {
  const say = sayDeeds(language);
  // A server that is newer than this till may know more.
  const known: string | undefined = say.deeds[act];
  return known ?? say.other;
}

/** Whom or what it was done to; one after another. */
export function aboutWords(deed: Deed, known: Known): string[] {
  const { desk, operators, terminals } = known;
  const say = sayDeeds(desk.language);
  const detail: Record<string, unknown> = deed.detail;
  const parts: (string | undefined)[] = [];
  if (deed.customer != null) parts.push(deed.customer_name ?? say.erased);
  parts.push(operators.find(({ id }) => id === detail['operator'])?.name, terminals.find(({ id }) => id === detail['terminal'])?.name);
  if (typeof detail['unit'] === 'string') parts.push(unitTitle(unitOf(desk, detail['unit']), desk.language));
  parts.push(...changeWords(deed, desk));
  return parts.filter((part) => part !== undefined);
}

function changeWords({ act, detail: told }: Deed, desk: Desk): string[] {
  const say = sayDeeds(desk.language);
  const detail: Record<string, unknown> = told;
  if (act === 'expiry_set') {
    const { expires_at } = detail;
    return [typeof expires_at === 'string' ? say.expires(formatTime(expires_at, desk.language, 'date', desk.shop?.time_zone)) : say.expiresNever];
  }
  if (act !== 'operator_made' && act !== 'operator_changed' && act !== 'customer_changed') return [];
  const words = (['name', 'phone', 'pin'] as const).filter((name) => detail[name] === true).map((name) => say.changes[name]);
  const { role, disabled } = detail;
  if (role === 'cashier' || role === 'manager' || role === 'owner') words.push(sayCounter(desk.language).roles[role]);
  if (typeof disabled === 'boolean') words.push(disabled ? say.changes.off : say.changes.on);
  return words;
}

/** Who did it, whose consent it took, and where, if it was not here. */
export function whoWords(deed: Deed, { desk, operators, terminals, here }: Known): string[] {
  const say = sayDeeds(desk.language);
  const nameOf = (id: number) => operators.find((one) => one.id === id)?.name ?? String(id);
  const nobody = deed.terminal != null ? say.nobody : deed.customer != null ? say.byCustomer : say.byServer;
  const parts = [deed.operator != null ? nameOf(deed.operator) : nobody];
  if (deed.approver != null) parts.push(say.agreed(nameOf(deed.approver)));
  const till = terminals.find(({ id }) => id === deed.terminal && id !== here);
  if (till !== undefined) parts.push(say.atTill(till.name));
  return parts;
}
