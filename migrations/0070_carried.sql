-- What a restore carries over from the books that it puts aside.

-- Steps before this one were used there: codes of this credential that were ahead of the clock when it was restored.
alter table credential add column codes_from integer not null default 0;

-- What the request asked for that made them, so that a different one under the same id is told apart: HMAC-SHA256 cut
-- to 16 bytes, as of other requests. Null before this column, and after an erasure.
alter table customer add column fingerprint blob check (length(fingerprint) = 16);
alter table operator add column fingerprint blob check (length(fingerprint) = 16);
