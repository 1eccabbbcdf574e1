-- A customer's entries that they were not told (opening balances), to list them; those they were told have their seq.
create index entry_untold on entry (customer_id, number) where seq is null;
