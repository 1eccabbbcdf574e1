-- What customers do by themselves: pausing a phone's codes, and the recovery word.

-- The customer paused the codes of this phone; only a phone of theirs switches them on again.
alter table credential add column paused_at integer;

-- One word a customer, by which they freeze a lost phone or connect a new one.
create table recovery (
    customer_id integer not null primary key references customer,
    -- HMAC-SHA256 of the word under a key derived from the master key: a leaked database gives no word to guess.
    word_hash blob not null unique check (length(word_hash) = 32),
    made_at integer not null,
    -- The phone that it connected last: the same device may ask again, because an answer can be lost.
    device blob check (length(device) = 16),
    credential integer references credential,
    used_at integer,
    check ((device is null) = (credential is null) and (device is null) = (used_at is null))
) strict;
