//! The invitation in a join link: read from the address, out of sight at once, and kept over a reload until its
//! outcome is known.

const KEY = 'tillbeam.invite';

/** Where the browser keeps nothing. */
let inMemory: string | null = null;

export function inviteOf(fragment: string): string | null {
  return /^#?join=([\w-]{1,64})$/.exec(fragment)?.[1] ?? null;
}

/** Where there are no cookies the server does not know a phone again, and an invitation would be used up for nothing. */
export function takesCookies(): boolean {
  try {
    // Chromium's `navigator.cookieEnabled` says yes where its user blocked all site data.
    document.cookie = `${CRUMB}=1; SameSite=Strict`;
    const taken = document.cookie.includes(CRUMB);
    document.cookie = `${CRUMB}=; Max-Age=0; SameSite=Strict`;
    return taken;
  } catch {
    return false;
  }
}

const CRUMB = 'takes-cookies';

/** The invitation is nobody else's business: not in the address bar, the history or a bookmark. */
export function clearFragment(): void {
  history.replaceState(null, '', location.pathname + location.search);
}

export function recallInvite(): string | null {
  try {
    return sessionStorage.getItem(KEY) ?? inMemory;
  } catch {
    return inMemory;
  }
}

export function rememberInvite(invite: string): void {
  inMemory = invite;
  try {
    sessionStorage.setItem(KEY, invite);
  } catch {
    // Then a reload needs the link again.
  }
}

export function forgetInvite(): void {
  inMemory = null;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Nothing was kept either.
  }
}
