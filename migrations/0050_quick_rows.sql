-- What the checks of a redemption's row cost. SQLite compares with a list of more than two by building a table of it,
-- anew for each row; written out, it compares. The meaning is the same, so no row on the disk changes (see 0004).
pragma writable_schema = on;
update sqlite_schema set sql = replace(sql, 'kind text not null check (kind in
        (''redemption'', ''top_up'', ''bonus'', ''reversal'', ''refund'', ''transfer'', ''adjustment'', ''expiry''))',
    'kind text not null check (kind = ''redemption'' or kind = ''top_up'' or kind = ''bonus'' or kind = ''reversal''
        or kind = ''refund'' or kind = ''transfer'' or kind = ''adjustment'' or kind = ''expiry'')')
    where type = 'table' and name = 'entry';
pragma writable_schema = reset;

-- Tells other connections that the schema is another one.
drop trigger entry_delete;
create trigger entry_delete before delete on entry
begin select raise(abort, 'a ledger entry is never deleted'); end;
