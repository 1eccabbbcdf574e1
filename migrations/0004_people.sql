-- Operators, limits, expiry, PINs, pairing, and the movements between customers.

-- Two more accounts of the shop's own, and the nouns of the new requests. A CHECK cannot be altered, and rebuilding
-- a table that the ledger points at would break its keys; the schema's text is changed instead, as SQLite's manual
-- describes for a constraint that only becomes wider: no row on the disk changes.
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, '''revenue'', ''opening'')', '''revenue'', ''opening'', ''transit'', ''adjustment'')')
    where type = 'table' and name = 'account';
update sqlite_schema set sql = replace(sql, '''top_up'', ''reversal'')', '''top_up'', ''reversal'', ''refund'', ''transfer'', ''adjustment'')')
    where type = 'table' and name in ('refusal', 'cancellation');
pragma writable_schema = reset;

insert into account (shop_id, unit, kind)
    select shop_id, unit, kind from unit, (select 'transit' as kind union all select 'adjustment');

-- Which part a redemption takes first.
alter table shop add column redeem_order text not null default 'principal'
    check (redeem_order in ('principal', 'bonus', 'proportion'));
-- A business day is [start, next start) in the shop's zone; minutes after midnight.
alter table shop add column day_start_min integer not null default 0 check (day_start_min between 0 and 1439);

-- Limits of a unit; null: none. A customer's PIN is asked for above `pin_above` in one use.
alter table unit add column max_balance integer check (max_balance >= 1);
alter table unit add column max_per_use integer check (max_per_use >= 1);
alter table unit add column max_per_day integer check (max_per_day >= 1);
alter table unit add column pin_above integer check (pin_above >= 0);
-- Of a printed card without the customer's PIN.
alter table unit add column card_max_per_use integer check (card_max_per_use >= 1);
alter table unit add column card_max_per_day integer check (card_max_per_day >= 1);
-- A top-up moves the account's date to this many days from now, if that is later; null: it does not expire.
alter table unit add column expires_after_days integer check (expires_after_days between 1 and 36500);
-- The customer is warned this many days before.
alter table unit add column warn_days integer not null default 14 check (warn_days between 0 and 365);
-- No top-ups any more; what is there is still taken.
alter table unit add column retired_at integer;

-- What the shop gives on top where a top-up names no bonus: the rule with the highest `from_amount` that is reached.
create table bonus_rule (
    shop_id integer not null,
    unit text not null,
    from_amount integer not null check (from_amount >= 1),
    bonus integer not null default 0 check (bonus between 0 and 1000000000000),
    -- Of the amount, in thousandths, rounded down; added to `bonus`.
    per_mille integer not null default 0 check (per_mille between 0 and 10000),
    primary key (shop_id, unit, from_amount),
    foreign key (shop_id, unit) references unit
) strict, without rowid;

-- Digits alone, with the country code if it was given.
alter table customer add column phone text check (phone is null or (length(phone) between 3 and 20 and phone not glob '*[^0-9]*'));
create index customer_phone on customer (shop_id, substr(phone, -4)) where phone is not null;
-- Argon2id (PHC string) of an HMAC of the PIN under a key of this generation of the master key.
alter table customer add column pin_hash text;
alter table customer add column pin_generation integer;
-- The id in the system that the customer was imported from.
alter table customer add column external text check (length(external) between 1 and 100);
create unique index customer_external on customer (shop_id, external) where external is not null;
-- Personal data was erased; the ledger's rows stay.
alter table customer add column erased_at integer;

-- Wrong PINs in a row; too many block the PIN of this credential for a while, never its code.
alter table credential add column pin_tries integer not null default 0 check (pin_tries >= 0);
alter table credential add column pin_blocked_until integer;

create table operator (
    operator_id integer not null primary key,
    shop_id integer not null references shop,
    name text not null check (length(name) between 1 and 100),
    role text not null check (role in ('cashier', 'manager', 'owner')),
    -- As the customer's.
    pin_hash text not null,
    pin_generation integer not null check (pin_generation >= 1),
    pin_tries integer not null default 0 check (pin_tries >= 0),
    pin_blocked_until integer,
    disabled_at integer,
    -- The terminal's id for the call that made the operator, so that a repeated call makes no second one.
    request_id blob check (length(request_id) = 16),
    created_at integer not null
) strict;

create unique index operator_request on operator (shop_id, request_id) where request_id is not null;
create unique index operator_name on operator (shop_id, name) where disabled_at is null;

-- Who opened the till with a PIN, and until when.
create table operator_session (
    terminal_id integer not null references terminal,
    operator_id integer not null references operator,
    opened_at integer not null,
    expires_at integer not null,
    primary key (terminal_id, operator_id)
) strict, without rowid;

-- A short-lived code by which a terminal is paired. The same device may ask again, because an answer can be lost.
create table pairing (
    code_hash blob not null primary key check (length(code_hash) = 32),
    shop_id integer not null references shop,
    name text not null check (length(name) between 1 and 100),
    expires_at integer not null,
    device blob check (length(device) = 16),
    terminal_id integer references terminal,
    check ((device is null) = (terminal_id is null))
) strict, without rowid;

-- Who approved what an operator alone may not do.
alter table entry add column approver_id integer references operator;
-- The other customer of a transfer.
alter table entry add column peer_customer_id integer references customer;

-- What a customer is told that moved no value: frozen, a new date, soon to expire. In the same series of numbers as
-- entries and refusals.
create table status (
    customer_id integer not null references customer,
    seq integer not null check (seq >= 1),
    shop_id integer not null references shop,
    at integer not null,
    request_id blob not null check (length(request_id) = 16),
    kind text not null check (kind in ('frozen', 'unfrozen', 'expires_at', 'expires_soon', 'expired', 'paired', 'revoked', 'renew')),
    unit text,
    expires_at integer,
    terminal_id integer references terminal,
    operator_id integer references operator,
    primary key (customer_id, seq)
) strict, without rowid;

create trigger status_update before update on status
begin select raise(abort, 'a status is never changed'); end;
create trigger status_delete before delete on status
begin select raise(abort, 'a status is never deleted'); end;

-- What was done that moved no value, for whoever has to answer for it later.
create table audit (
    audit_id integer not null primary key,
    -- None: it concerns the whole server.
    shop_id integer references shop,
    at integer not null,
    -- One of the words in `audit.rs`.
    act text not null check (length(act) between 1 and 50),
    terminal_id integer references terminal,
    operator_id integer references operator,
    approver_id integer references operator,
    customer_id integer references customer,
    -- What it was done to and how, JSON, without names or secrets.
    detail text not null default '{}' check (json_valid(detail))
) strict;

create index audit_shop on audit (shop_id, audit_id);

create trigger audit_update before update on audit
begin select raise(abort, 'an act is never changed'); end;
create trigger audit_delete before delete on audit
begin select raise(abort, 'an act is never deleted'); end;
