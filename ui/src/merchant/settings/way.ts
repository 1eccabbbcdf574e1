//! What the form of the phones' way holds, and what it means. Values in, values out.

import type { Address, Certificate, Way } from '../../shared/wire/till';

export const WAYS = ['plain', 'public', 'own_ca', 'files', 'proxy'] as const satisfies readonly Way['kind'][];

/** How it may stand with a certificate that was good once, so that somebody at the till has to know. */
export const KEEPS_OUT: ReadonlySet<Certificate['standing']> = new Set(['ended', 'early', 'unusable']);

/** As it stands in the fields. */
export interface WayForm {
  kind: Way['kind'];
  name: string;
  contact: string;
  cert: string;
  key: string;
  /** `own`: the computer's address, whatever it is; `other`: what is typed; else one that is offered. */
  place: string;
  typed: string;
  /** The address of a certificate. */
  site: string;
}

export interface Reach {
  url: string | null;
  way: Way;
}

export function formOf({ way, chosen, offers }: Address): WayForm {
  const place = chosen === null ? 'own' : offers.some((offer) => hostOf(offer) === hostOf(chosen)) ? hostOf(chosen) : 'other';
  const empty = { name: '', contact: '', cert: '', key: '' };
  const filled = way.kind === 'public' ? { ...way, contact: way.contact ?? '' } : way;
  return { ...empty, ...filled, place, typed: chosen ?? '', site: chosen?.startsWith('https:') === true ? chosen : '' };
}

/** Null while something is missing. */
export function reachOf(form: WayForm): Reach | null {
  const [name, contact, cert, key, typed, site] = [form.name, form.contact, form.cert, form.key, form.typed, form.site].map((text) => text.trim()) as [string, string, string, string, string, string];
  switch (form.kind) {
    case 'public':
      return name === '' ? null : { url: null, way: { kind: 'public', name, contact: contact === '' ? null : contact } };
    case 'files':
      return cert === '' || key === '' || site === '' ? null : { url: site, way: { kind: 'files', cert, key } };
    case 'proxy':
      return site === '' ? null : { url: site, way: { kind: 'proxy' } };
    case 'plain':
    case 'own_ca': {
      const way = { kind: form.kind };
      if (form.place === 'own') return { url: null, way };
      if (form.place === 'other' && typed === '') return null;
      // An address of before may begin as this way does not.
      return { url: `${schemeOf(form.kind)}://${form.place === 'other' ? hostOf(typed) : form.place}`, way };
    }
  }
}

export function isSame(form: WayForm, address: Address): boolean {
  const [now, before] = [reachOf(form), reachOf(formOf(address))];
  return JSON.stringify(now) === JSON.stringify(before);
}

export function schemeOf(kind: Way['kind']): 'http' | 'https' {
  return kind === 'plain' ? 'http' : 'https';
}

/** With the port, without the scheme: the same computer by another way. */
export function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, '');
}
