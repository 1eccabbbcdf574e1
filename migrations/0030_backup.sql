-- What a restore and a new master key leave behind.

-- Codes of steps before this one are refused: they may have been used after the backup was made.
alter table meta add column codes_from integer not null default 0;
-- The generation of the master key that new credentials are of.
alter table meta add column generation integer not null default 1 check (generation >= 1);
-- Credentials of older generations of the master key are not taken any more.
alter table meta add column oldest_generation integer not null default 1 check (oldest_generation >= 1);
-- The generation of the key that was handed out to take the place of this one: both work until the new one is shown.
alter table credential add column renewing integer check (renewing > generation);
