//! What the owner's nginx is told: the configuration that the tests run, for this name and this till.

import { hostOf } from './way';

/** `url`: the address that phones use, as far as it is typed. `here`: this computer, with the till's port. */
export async function nginxConf(url: string, here: string): Promise<string> {
  const { default: conf } = await import('../../../../docs/nginx.conf?raw');
  return confFor(conf, url, here);
}

/** Without its first paragraph: how to start a server without a window. */
export function confFor(conf: string, url: string, here: string): string {
  const name = /^[\w.-]+/.exec(hostOf(url))?.[0] ?? 'pay.example.org';
  const body = conf.slice(conf.indexOf('\n\n') + 2);
  return body.replaceAll('pay.example.org', name).replaceAll('127.0.0.1:8787', `127.0.0.1:${portOf(here)}`);
}

export function portOf(here: string): string {
  return /\d+$/.exec(here)?.[0] ?? '8787';
}
