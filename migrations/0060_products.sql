-- The buttons of the shop's tills: what the next scan takes. A product is a name for an amount of a unit; the ledger
-- knows amounts alone, so changing or dropping a product changes nothing that was recorded.
create table product (
    shop_id integer not null references shop,
    -- The order on the screen.
    position integer not null check (position between 1 and 30),
    name_en text not null check (length(name_en) between 1 and 100),
    name_zh text not null check (length(name_zh) between 1 and 100),
    unit text not null,
    amount integer not null check (amount between 1 and 1000000000000),
    primary key (shop_id, position),
    foreign key (shop_id, unit) references unit
) strict, without rowid;
