// What the phone knows, as the words and numbers that the pages draw. Values in, values out; WeChat has no `Intl` to lean on.

const { direction } = require('./book');
const { refusal } = require('./say');

const SIGNS = { CNY: '¥', JPY: '¥', USD: '$', EUR: '€', GBP: '£' };
const TWO = (number) => String(number).padStart(2, '0');

/** `amount` in minor units or visits. */
function formatAmount({ unit, kind, decimals = 0 }, amount, sign = '') {
  const digits = String(amount).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',');
  const fraction = decimals === 0 ? '' : `.${digits.slice(-decimals)}`;
  return `${sign}${kind === 'money' ? SIGNS[unit] || `${unit} ` : ''}${whole}${fraction}`;
}

/** What the shop calls a unit; empty for money. */
function unitName({ unit, kind, names }, book, say) {
  if (kind === 'money') return '';
  const known = names || book.units[unit] || {};
  const bare = unit.replace(/_/g, ' ');
  return known[say.language] || known.en || known.zh || bare.charAt(0).toUpperCase() + bare.slice(1);
}

function clockTime(at) {
  const moment = new Date(at);
  return `${TWO(moment.getHours())}:${TWO(moment.getMinutes())}`;
}

function dayOf(at, say) {
  const moment = new Date(at);
  return say.day(say.months[moment.getMonth()], moment.getDate());
}

function dateOf(at, say) {
  const moment = new Date(at);
  return say.date(moment.getFullYear(), say.months[moment.getMonth()], moment.getDate());
}

function balances(book, say) {
  return book.accounts.map((account) => ({
    unit: account.unit,
    label: account.kind === 'money' ? say.balance : say.left(unitName(account, book, say)),
    amount: formatAmount(account, account.balance),
    until: account.expires_at ? say.until(dateOf(account.expires_at, say)) : '',
  }));
}

/** One event as words: `{tone, title, amount, left, todo, mark}`; `tone` is recorded, refused or news. */
function tell(event, book, say) {
  const account = book.accounts.find(({ unit }) => unit === event.unit) || {};
  const unit = { ...account, ...event, names: account.names };
  const words = { tone: 'recorded', title: titleOf(event, unit, book, say), amount: '', left: '', todo: '', mark: event.mark || '' };
  if (event.unread) return { ...words, tone: 'news', title: say.kinds.other };
  if (event.type === 'status') return { ...words, tone: 'news' };
  if (event.type === 'refusal') {
    const left = event.balance === undefined ? '' : say.balanceInWords(formatAmount(unit, event.balance), unitName(unit, book, say));
    const { what, todo } = refusal(say, event.code, left);
    return { ...words, tone: 'refused', left: what, todo };
  }
  if (event.amount !== undefined) {
    const name = unitName(unit, book, say);
    words.amount = `${formatAmount(unit, event.amount, direction(event))} ${name}`.trim();
  }
  if (event.balance !== undefined) words.left = say.leftInWords(formatAmount(unit, event.balance), unit.kind);
  return words;
}

function titleOf(event, unit, book, say) {
  if (event.type === 'redemption') return say.taken[unit.kind] || say.taken.pass;
  if (event.type === 'reversal' && event.of_type === 'top_up') return say.kinds.undone;
  if (event.type !== 'status') return say.kinds[event.type] || say.kinds.other;
  const known = say.statuses[event.status];
  if (known === undefined) return say.kinds.other;
  const name = event.unit === undefined ? '' : unitName(unit, book, say) || say.balance;
  return known(name, event.expires_at ? dateOf(event.expires_at, say) : '');
}

function historyOf(book, shop, say) {
  return book.history.map((event) => ({
    seq: event.seq,
    when: `${dayOf(event.at, say)} ${clockTime(event.at)} · ${shop}`,
    ...tell(event, book, say),
  }));
}

/** How the phone stands with the server, in words; empty while it is sure. */
function standing({ sure, at, book }, say) {
  if (sure) return '';
  const link = at === 'resting' ? say.noConnection : say.connecting;
  return book === null ? link : `${link} ${say.asOf(clockTime(book.asOfMs))}`;
}

module.exports = { balances, formatAmount, historyOf, standing, tell };
