-- The books of every shop on this server.
--
-- Amounts are integers in minor units (money) or visits (passes). Times are
-- Unix milliseconds, UTC. A customer's value is a liability of the shop, so an
-- account's balance is its credits less its debits, and over one unit of one
-- shop all balances sum to zero.

-- One row: what makes this database itself.
create table meta (
    meta_id integer not null primary key check (meta_id = 1),
    -- Random, drawn anew by a restore: a cursor of another epoch is void.
    epoch text not null check (length(epoch) >= 16)
) strict;

create table shop (
    shop_id integer not null primary key check (shop_id between 1 and 9007199254740991),
    name text not null check (length(name) between 1 and 200),
    currency text not null check (currency glob '[A-Z][A-Z][A-Z]'),
    time_zone text not null,
    language text not null check (language in ('en', 'zh')),
    -- What a redemption without a unit takes.
    default_unit text not null,
    -- A printed card's code is not used up, so a shop has to want them.
    cards integer not null default 0 check (cards in (0, 1)),
    -- Practice shops are marked on every screen and never in the books.
    practice integer not null default 0 check (practice in (0, 1)),
    -- How old or early a phone's code may be, in steps of 5 s. Two digits of
    -- the step are in the code, so beyond 49 it would be ambiguous.
    step_tolerance integer not null default 12 check (step_tolerance between 1 and 49),
    -- The head of the ledger: the last entry's number, hash and time. Written
    -- once a commit, in the entries' own commit.
    last_number integer not null default 0 check (last_number >= 0),
    last_hash blob not null default (zeroblob(32)) check (length(last_hash) = 32),
    last_at integer not null default 0,
    created_at integer not null
) strict;

create table unit (
    shop_id integer not null references shop,
    unit text not null check (unit glob '[a-z]*' or unit glob '[A-Z][A-Z][A-Z]'),
    name_en text not null,
    name_zh text not null,
    primary key (shop_id, unit)
) strict, without rowid;

create table terminal (
    terminal_id integer not null primary key,
    shop_id integer not null references shop,
    name text not null,
    -- SHA-256 of the token: a leaked database opens nothing.
    token_hash blob not null unique check (length(token_hash) = 32),
    revoked_at integer,
    created_at integer not null
) strict;

create table customer (
    customer_id integer not null primary key check (customer_id between 1 and 9007199254740991),
    shop_id integer not null references shop,
    name text not null,
    frozen_at integer,
    -- The last event's number. Entries and refusals share one series.
    seq integer not null default 0 check (seq >= 0),
    -- The terminal's id for the call that made the customer, so that a
    -- repeated call makes no second one.
    request_id blob check (length(request_id) = 16),
    created_at integer not null
) strict;

create unique index customer_request on customer (shop_id, request_id) where request_id is not null;
create index customer_shop on customer (shop_id, customer_id);

-- What makes codes. The number is random and never given twice; the key is
-- derived from the master key of this generation and is not in the database.
create table credential (
    credential integer not null primary key check (credential between 0 and 9999999999),
    shop_id integer not null references shop,
    customer_id integer not null references customer,
    kind text not null check (kind in ('phone', 'card')),
    generation integer not null check (generation >= 1),
    revoked_at integer,
    created_at integer not null
) strict;

create index credential_customer on credential (customer_id);
create index credential_shop on credential (shop_id, kind, created_at);

-- A paired phone: its token and how far it says it has come.
create table phone (
    credential integer not null primary key references credential,
    token_hash blob not null unique check (length(token_hash) = 32),
    received integer not null default 0 check (received >= seen),
    seen integer not null default 0 check (seen >= 0),
    -- The old polling way: the last event handed out there.
    polled integer not null default 0 check (polled >= 0)
) strict;

-- A link that pairs one phone. The same device may ask again, because an
-- answer can be lost; another device may not.
create table invite (
    code_hash blob not null primary key check (length(code_hash) = 32),
    shop_id integer not null references shop,
    customer_id integer not null references customer,
    expires_at integer not null,
    device blob check (length(device) = 16),
    credential integer references credential,
    check ((device is null) = (credential is null))
) strict, without rowid;

create index invite_expiry on invite (expires_at);

-- A customer's account in one unit, or one of the shop's own (no customer).
create table account (
    account_id integer not null primary key,
    shop_id integer not null references shop,
    customer_id integer references customer,
    unit text not null,
    kind text not null check (kind in ('customer', 'cash', 'promotion', 'revenue', 'opening')),
    principal integer not null default 0,
    bonus integer not null default 0,
    expires_at integer,
    check ((kind = 'customer') = (customer_id is not null)),
    -- A customer is never below zero; the shop's own accounts have any sign.
    check (kind <> 'customer' or (principal >= 0 and bonus >= 0
        and principal + bonus <= 1000000000000000)),
    foreign key (shop_id, unit) references unit
) strict;

create unique index account_of_customer on account (customer_id, unit) where customer_id is not null;
create unique index account_of_shop on account (shop_id, unit, kind) where customer_id is null;

create trigger account_identity before update of shop_id, customer_id, unit, kind on account
begin select raise(abort, 'an account never changes its owner or unit'); end;
create trigger account_stays before delete on account
begin select raise(abort, 'an account is never deleted'); end;

-- One movement. A redemption is one row and nothing else: its event is
-- rendered from it, and its request id and its used code are unique here.
create table entry (
    shop_id integer not null references shop,
    number integer not null check (number >= 1),
    kind text not null check (kind in
        ('redemption', 'top_up', 'bonus', 'reversal', 'refund', 'transfer', 'adjustment', 'expiry')),
    at integer not null,
    request_id blob not null check (length(request_id) = 16),
    -- One request may move more than once (a top-up and its bonus). Leg 0
    -- carries the id's uniqueness; see `ledger.rs` for the others.
    leg integer not null check (leg between 0 and 9),
    -- Keyed digest of the request's meaning, to tell a repeat from a mismatch.
    fingerprint blob not null check (length(fingerprint) = 16),
    terminal_id integer references terminal,
    operator_id integer,
    customer_id integer not null references customer,
    -- Null: not told to the customer (opening balances).
    seq integer check (seq >= 1),
    debit_account_id integer not null references account,
    credit_account_id integer not null references account,
    principal integer not null check (principal >= 0),
    bonus integer not null check (bonus >= 0),
    -- The customer's account right after it.
    balance integer not null check (balance between 0 and 1000000000000000),
    credential integer references credential,
    -- Null for a printed card, whose code is not used up.
    step integer,
    -- The entry that this one undoes, wholly or in part.
    reverses integer,
    -- SHA-256 over the previous entry's hash and this row.
    hash blob not null check (length(hash) = 32),
    check (principal + bonus between 1 and 1000000000000000),
    check (debit_account_id <> credit_account_id),
    check ((kind = 'reversal') = (reverses is not null)),
    primary key (shop_id, number)
) strict, without rowid;

create unique index entry_request on entry (shop_id, request_id, leg);
create unique index entry_code on entry (credential, step) where step is not null;
create unique index entry_seq on entry (customer_id, seq) where seq is not null;
create index entry_reverses on entry (shop_id, reverses) where reverses is not null;
create index entry_card on entry (credential, number) where credential is not null and step is null;

create trigger entry_update before update on entry
begin select raise(abort, 'a ledger entry is never changed'); end;
create trigger entry_delete before delete on entry
begin select raise(abort, 'a ledger entry is never deleted'); end;

-- Free text lies beside the ledger, so that it can be erased.
create table note (
    shop_id integer not null,
    number integer not null,
    text text not null check (length(text) between 1 and 500),
    primary key (shop_id, number),
    foreign key (shop_id, number) references entry
) strict, without rowid;

-- A request that took nothing, final for its id. With a seq it is an event.
create table refusal (
    shop_id integer not null references shop,
    request_id blob not null check (length(request_id) = 16),
    noun text not null check (noun in ('redemption', 'top_up', 'reversal')),
    fingerprint blob not null check (length(fingerprint) = 16),
    terminal_id integer not null references terminal,
    at integer not null,
    code text not null,
    customer_id integer references customer,
    seq integer check (seq >= 1),
    credential integer references credential,
    step integer,
    unit text,
    amount integer,
    balance integer,
    clock_difference_s integer,
    check (seq is null or customer_id is not null),
    primary key (shop_id, request_id)
) strict, without rowid;

create unique index refusal_seq on refusal (customer_id, seq) where seq is not null;
-- A customer is told of one code's refusal once; a card has step 0 here.
create unique index refusal_told on refusal (credential, ifnull(step, 0), code) where seq is not null;

create trigger refusal_update before update on refusal
begin select raise(abort, 'a refusal is never changed'); end;
create trigger refusal_delete before delete on refusal
begin select raise(abort, 'a refusal is never deleted'); end;

-- A double scan: a new id that stands for an entry that was there before.
create table repeat (
    shop_id integer not null references shop,
    request_id blob not null check (length(request_id) = 16),
    fingerprint blob not null check (length(fingerprint) = 16),
    terminal_id integer not null references terminal,
    at integer not null,
    number integer not null,
    primary key (shop_id, request_id),
    foreign key (shop_id, number) references entry
) strict, without rowid;

create index repeat_number on repeat (shop_id, number, at);

create trigger repeat_update before update on repeat
begin select raise(abort, 'a repeat is never changed'); end;
create trigger repeat_delete before delete on repeat
begin select raise(abort, 'a repeat is never deleted'); end;

-- An id that a terminal made final: whatever it was, it has no effect now.
create table cancellation (
    shop_id integer not null references shop,
    request_id blob not null check (length(request_id) = 16),
    noun text not null check (noun in ('redemption', 'top_up', 'reversal')),
    was text not null check (was in ('unknown', 'refused', 'recorded')),
    terminal_id integer not null references terminal,
    at integer not null,
    primary key (shop_id, request_id)
) strict, without rowid;

create trigger cancellation_update before update on cancellation
begin select raise(abort, 'a cancellation is never changed'); end;
create trigger cancellation_delete before delete on cancellation
begin select raise(abort, 'a cancellation is never deleted'); end;

-- An entry with what it takes to show it: its unit, names, and what it undoes.
create view shown_entry as
select entry.*, account.unit, customer.name as customer_name, shop.name as shop_name,
    undone.request_id as of_request_id, undone.kind as of_kind
from entry
join account on account.customer_id = entry.customer_id
    and account.account_id in (entry.debit_account_id, entry.credit_account_id)
join customer on customer.customer_id = entry.customer_id
join shop on shop.shop_id = entry.shop_id
left join entry as undone on undone.shop_id = entry.shop_id and undone.number = entry.reverses;
