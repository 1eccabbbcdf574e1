-- Day closings and imports.

-- A Z report: a range of a shop's entries that was closed. Numbered 1, 2, 3 … per shop; each begins right after the
-- one before, so that every entry is in one of them at most, and none is left out. A day without entries is closed
-- too: its range is empty and ends before it begins.
create table z_report (
    shop_id integer not null references shop,
    number integer not null check (number >= 1),
    -- The idempotency key: the same id answers the same report.
    request_id blob not null check (length(request_id) = 16),
    at integer not null,
    terminal_id integer not null references terminal,
    operator_id integer references operator,
    approver_id integer references operator,
    first_entry integer not null check (first_entry >= 1),
    last_entry integer not null check (last_entry >= first_entry - 1),
    -- The ledger's hash at the last entry; zeros before the first one.
    entry_hash blob not null check (length(entry_hash) = 32),
    -- The report as it was, JSON with ids in place of names.
    totals text not null check (json_valid(totals)),
    -- SHA-256 over the report before and this row.
    hash blob not null check (length(hash) = 32),
    primary key (shop_id, number)
) strict, without rowid;

create unique index z_report_request on z_report (shop_id, request_id);
create index z_report_entry on z_report (shop_id, last_entry);

create trigger z_report_update before update on z_report
begin select raise(abort, 'a Z report is never changed'); end;
create trigger z_report_delete before delete on z_report
begin select raise(abort, 'a Z report is never deleted'); end;

-- What is past its date is a part of what the shop owes.
create index account_expiry on account (shop_id, expires_at) where expires_at is not null;

-- Customers that came in from a file, and the entries of their opening balances.
create table import (
    shop_id integer not null references shop,
    request_id blob not null check (length(request_id) = 16),
    at integer not null,
    -- None: the command line of the server.
    terminal_id integer references terminal,
    operator_id integer references operator,
    -- SHA-256 of the file, to tell a repeat from a mismatch.
    file_hash blob not null check (length(file_hash) = 32),
    first_entry integer not null check (first_entry >= 1),
    last_entry integer not null check (last_entry >= first_entry - 1),
    -- What was done, JSON.
    summary text not null check (json_valid(summary)),
    primary key (shop_id, request_id)
) strict, without rowid;

create trigger import_update before update on import
begin select raise(abort, 'an import is never changed'); end;
create trigger import_delete before delete on import
begin select raise(abort, 'an import is never deleted'); end;
