-- Whether the customer gained: a transfer and an adjustment go either way.
drop view shown_entry;
create view shown_entry as
select entry.*, account.unit, account.account_id = entry.credit_account_id as gain,
    customer.name as customer_name, shop.name as shop_name,
    undone.request_id as of_request_id, undone.kind as of_kind
from entry
join account on account.customer_id = entry.customer_id
    and account.account_id in (entry.debit_account_id, entry.credit_account_id)
join customer on customer.customer_id = entry.customer_id
join shop on shop.shop_id = entry.shop_id
left join entry as undone on undone.shop_id = entry.shop_id and undone.number = entry.reverses;
