// What the server said, looked at before it is believed: rubbish is null. What a later server adds is let through.

const isText = (value) => typeof value === 'string';
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isTime = (value) => isText(value) && !Number.isNaN(Date.parse(value));
const isEpoch = (value) => (isText(value) && value !== '') || isCount(value);
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const isNamed = (value) => isObject(value) && isCount(value.id) && isText(value.name);
const may = (value, is) => value === undefined || value === null || is(value);

const COUNTS = ['amount', 'principal', 'bonus', 'balance', 'step', 'decimals'];
const TEXTS = ['unit', 'kind', 'mark', 'credential', 'code', 'of', 'of_type', 'status'];

/** What has a type and a number is an event, whatever else is in it: of one that cannot be read it has those alone, and `unread`. */
function event(value) {
  if (!isObject(value) || !isText(value.type) || !isCount(value.seq) || value.seq === 0) return null;
  const { type, seq, id, at } = value;
  const right =
    isText(id) &&
    isTime(at) &&
    COUNTS.every((name) => may(value[name], isCount)) &&
    TEXTS.every((name) => may(value[name], isText)) &&
    may(value.expires_at, isTime);
  return right ? value : { type, seq, id: isText(id) ? id : '', at: isTime(at) ? at : '', unread: true };
}

/** One frame: a hello, an event, what has no number (`unknown`), or null. */
function message(data) {
  const value = parse(data);
  if (!isObject(value) || !isText(value.type)) return null;
  if (value.type === 'hello') return isEpoch(value.epoch) && isCount(value.seq) && isTime(value.time) ? value : null;
  if (!('seq' in value)) return { type: 'unknown' };
  return event(value);
}

/** An answer of `/me/events`. */
function page(value) {
  if (!isObject(value) || !isEpoch(value.epoch) || !Array.isArray(value.events)) return null;
  const events = value.events.map(event);
  return events.includes(null) ? null : { ...value, events };
}

function account(value) {
  return isObject(value) && isText(value.unit) && isText(value.kind) && isCount(value.balance) && may(value.expires_at, isTime);
}

function me(value) {
  const right =
    isObject(value) &&
    isNamed(value.customer) &&
    isNamed(value.shop) &&
    Array.isArray(value.accounts) &&
    value.accounts.every(account) &&
    isEpoch(value.epoch) &&
    isCount(value.seq) &&
    isTime(value.time);
  return right ? value : null;
}

/** An answer of `/join`. */
function joined(value) {
  const right =
    isObject(value) &&
    isText(value.token) &&
    isText(value.credential) &&
    /^\d{10}$/.test(value.credential) &&
    isKey(value.key) &&
    isNamed(value.customer) &&
    isNamed(value.shop) &&
    isTime(value.time);
  return right ? value : null;
}

/** An answer of `/me/renew`. */
function renewed(value) {
  return isObject(value) && isText(value.credential) && isKey(value.key) ? value : null;
}

function isKey(value) {
  return isText(value) && /^[0-9a-f]{64}$/.test(value);
}

function parse(data) {
  try {
    return JSON.parse(data);
  } catch (error) {
    return null;
  }
}

module.exports = { joined, me, message, page, renewed };
