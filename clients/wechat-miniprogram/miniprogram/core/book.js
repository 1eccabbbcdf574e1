// What the phone knows of the customer's accounts, kept up by events. Values in, values out.

/** Entries kept on the phone; the shop has them all. */
const HISTORY_MOST = 100;

/** The book of an answer of `/me`. Numbers of another epoch may be given to other events, so their history goes. */
function ofMe(me, before, nowMs) {
  return {
    epoch: me.epoch,
    seq: me.seq,
    accounts: me.accounts,
    units: me.units || {},
    history: before !== null && sameEpoch(before, me) ? before.history : [],
    frozen: me.frozen === true,
    asOfMs: nowMs,
  };
}

function sameEpoch(one, other) {
  return String(one.epoch) === String(other.epoch);
}

/** The book with its next event in. */
function enter(book, event, nowMs) {
  return {
    ...book,
    seq: event.seq,
    accounts: accountsAfter(book.accounts, event),
    history: [event, ...book.history].slice(0, HISTORY_MOST),
    frozen: event.type === 'status' && /^(un)?frozen$/.test(event.status) ? event.status === 'frozen' : book.frozen,
    asOfMs: nowMs,
  };
}

function accountsAfter(accounts, event) {
  const change = {};
  if (event.unit === undefined) return accounts;
  if (event.balance !== undefined) change.balance = event.balance;
  if (event.type === 'status' && event.status === 'expires_at') change.expires_at = event.expires_at || null;
  if (accounts.some(({ unit }) => unit === event.unit)) {
    return accounts.map((account) => (account.unit === event.unit ? { ...account, ...change } : account));
  }
  // A refusal may speak of an account that the customer does not have.
  if (event.balance === undefined || event.type === 'refusal') return accounts;
  const { unit, kind, decimals, balance } = event;
  return [...accounts, { unit, kind, decimals, balance, expires_at: null }];
}

/** Events from before the phone knew them; the balances are already later than these. */
function withPast(book, older) {
  const known = new Set(book.history.map(({ seq }) => seq));
  const fresh = older.filter(({ seq }) => seq <= book.seq && !known.has(seq));
  const history = [...book.history, ...fresh].sort((one, other) => other.seq - one.seq);
  return { ...book, history: history.slice(0, HISTORY_MOST) };
}

/** Whether one of the last `most` events is not in the history. */
function lacksPast(book, most) {
  const from = Math.max(0, book.seq - most);
  return book.history.filter(({ seq }) => seq > from).length < book.seq - from;
}

/** The step that an event used up of a credential's; 0 for none. A `code_expired` used up nothing, and may lie far ahead. */
function usedStep(event, credential) {
  const counts = event.credential === credential && typeof event.step === 'number' && event.code !== 'code_expired';
  return counts ? event.step : 0;
}

const GIVING = ['top_up', 'bonus'];

/** Whether an event took value, gave it, or did neither. */
function direction(event) {
  if (event.gain !== undefined) return event.gain ? '+' : '−';
  if (['redemption', 'refund', 'expiry'].includes(event.type)) return '−';
  // What is undone goes the other way.
  if (event.type === 'reversal') return GIVING.includes(event.of_type) ? '−' : '+';
  return GIVING.includes(event.type) ? '+' : '';
}

module.exports = { direction, enter, lacksPast, ofMe, sameEpoch, usedStep, withPast };
