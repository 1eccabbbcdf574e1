-- Who is told of a shop's entries by HTTP.
create table webhook (
    -- Never given twice: the secret is derived from it.
    webhook_id integer not null primary key autoincrement,
    shop_id integer not null references shop,
    url text not null check (length(url) between 1 and 2000),
    -- Of the master key from which its secret is derived; the secret itself is kept nowhere.
    generation integer not null check (generation >= 1),
    -- The last entry that the receiver took.
    taken integer not null default 0 check (taken >= 0),
    -- Of the entry after it: tries that failed in a row, since when, why, and when the next one may begin.
    tries integer not null default 0 check (tries >= 0),
    failing_since integer,
    failure text check (length(failure) <= 200),
    next_at integer not null default 0,
    paused_at integer,
    -- It failed for too long.
    disabled_at integer,
    created_at integer not null,
    check ((failing_since is null) = (tries = 0))
) strict;

create unique index webhook_url on webhook (shop_id, url);
