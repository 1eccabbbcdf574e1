//! Rows on their way out of the books: entries, customers, and the shop itself, page by page.

use super::rows::{request_id, unit};
use super::{Connection, Error};
use crate::code::CredentialNumber;
use crate::export::{Customer, Entry, Holds};
use crate::id::{CustomerId, OperatorId, ShopId, TerminalId};
use crate::ledger::{EntryKind, Millis, OwnAccount, Split};
use crate::report::Direction;

/// Rows of one page.
pub const PAGE: i64 = 500;

#[derive(sqlx::FromRow)]
struct EntryRow {
    number: i64,
    at: Millis,
    kind: EntryKind,
    of: Option<EntryKind>,
    reverses: Option<i64>,
    request_id: Vec<u8>,
    unit: String,
    inward: bool,
    against: OwnAccount,
    principal: i64,
    bonus: i64,
    balance: i64,
    customer_id: CustomerId,
    customer_name: String,
    terminal_id: Option<TerminalId>,
    terminal_name: Option<String>,
    operator_id: Option<OperatorId>,
    operator_name: Option<String>,
    approver_id: Option<OperatorId>,
    peer_customer_id: Option<CustomerId>,
    credential: Option<i64>,
    note: Option<String>,
}

impl TryFrom<EntryRow> for Entry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self, Error> {
        let credential = row.credential.map(super::rows::number).transpose()?;
        Ok(Self {
            number: row.number,
            at: row.at,
            kind: row.kind,
            of: row.of,
            reverses: row.reverses,
            id: request_id(&row.request_id)?,
            unit: unit(&row.unit)?,
            direction: if row.inward { Direction::In } else { Direction::Out },
            against: row.against,
            split: Split { principal: row.principal, bonus: row.bonus },
            balance: row.balance,
            customer: row.customer_id,
            customer_name: row.customer_name,
            terminal: row.terminal_id,
            terminal_name: row.terminal_name,
            operator: row.operator_id,
            operator_name: row.operator_name,
            approver: row.approver_id,
            peer: row.peer_customer_id,
            credential: credential.map(|number: CredentialNumber| number.to_string()),
            note: row.note,
        })
    }
}

/// Entries after a number, up to another and including it; one page at most.
pub async fn entries(conn: &mut Connection, shop: ShopId, after: i64, last: i64) -> Result<Vec<Entry>, Error> {
    let query = "select entry.number, entry.at, entry.kind, undone.kind as of, entry.reverses, entry.request_id,
            debit.unit, debit.customer_id is null as inward,
            iif(debit.customer_id is null, debit.kind, credit.kind) as against, entry.principal, entry.bonus,
            entry.balance, entry.customer_id, customer.name as customer_name, entry.terminal_id,
            terminal.name as terminal_name, entry.operator_id, operator.name as operator_name, entry.approver_id,
            entry.peer_customer_id, entry.credential, note.text as note
        from entry
        join account as debit on debit.account_id = entry.debit_account_id
        join account as credit on credit.account_id = entry.credit_account_id
        join customer on customer.customer_id = entry.customer_id
        left join entry as undone on undone.shop_id = entry.shop_id and undone.number = entry.reverses
        left join terminal on terminal.terminal_id = entry.terminal_id
        left join operator on operator.operator_id = entry.operator_id
        left join note on note.shop_id = entry.shop_id and note.number = entry.number
        where entry.shop_id = ?1 and entry.number > ?2 and entry.number <= ?3 order by entry.number limit ?4";
    let rows: Vec<EntryRow> =
        sqlx::query_as(query).bind(shop).bind(after).bind(last).bind(PAGE).fetch_all(conn).await?;
    rows.into_iter().map(Entry::try_from).collect()
}

#[derive(sqlx::FromRow)]
struct CustomerRow {
    customer_id: CustomerId,
    external: Option<String>,
    name: String,
    phone: Option<String>,
    created_at: Millis,
    frozen_at: Option<Millis>,
    erased_at: Option<Millis>,
}

type HoldsRow = (CustomerId, String, i64, i64, Option<Millis>);

/// Customers after an id with what they hold, one page at most.
pub async fn customers(conn: &mut Connection, shop: ShopId, after: CustomerId) -> Result<Vec<Customer>, Error> {
    let query = "select customer_id, external, name, phone, created_at, frozen_at, erased_at from customer
        where shop_id = ?1 and customer_id > ?2 order by customer_id limit ?3";
    let rows: Vec<CustomerRow> = sqlx::query_as(query).bind(shop).bind(after).bind(PAGE).fetch_all(&mut *conn).await?;
    let last = rows.last().map_or(after, |row| row.customer_id);
    let accounts = "select customer_id, unit, principal, bonus, expires_at from account
        where customer_id > ?2 and customer_id <= ?3 and shop_id = ?1 order by customer_id, unit";
    let accounts: Vec<HoldsRow> = sqlx::query_as(accounts).bind(shop).bind(after).bind(last).fetch_all(conn).await?;
    let mut accounts = accounts.into_iter().peekable();
    let mut customers = Vec::with_capacity(rows.len());
    for row in rows {
        let mut holds = Vec::new();
        while let Some((_, text, principal, bonus, expires_at)) =
            accounts.next_if(|account| account.0 == row.customer_id)
        {
            holds.push(Holds { unit: unit(&text)?, split: Split { principal, bonus }, expires_at });
        }
        customers.push(Customer {
            id: row.customer_id,
            external: row.external,
            name: row.name,
            phone: row.phone,
            created_at: row.created_at,
            frozen_at: row.frozen_at,
            erased_at: row.erased_at,
            holds,
        });
    }
    Ok(customers)
}

/// A shop's settings, units, products, bonus rules, terminals and operators as one JSON object, without secrets.
pub async fn shop(conn: &mut Connection, shop: ShopId) -> Result<String, Error> {
    let query = "select json_object('id', shop_id, 'name', name, 'currency', currency, 'time_zone', time_zone,
            'language', language, 'default_unit', default_unit, 'redeem_order', redeem_order,
            'day_start_min', day_start_min, 'step_tolerance', step_tolerance,
            'cards', json(iif(cards, 'true', 'false')), 'practice', json(iif(practice, 'true', 'false')),
            'units', (select json_group_array(json_object('unit', unit, 'name_en', name_en, 'name_zh', name_zh,
                    'max_balance', max_balance, 'max_per_use', max_per_use, 'max_per_day', max_per_day,
                    'pin_above', pin_above, 'card_max_per_use', card_max_per_use,
                    'card_max_per_day', card_max_per_day, 'expires_after_days', expires_after_days,
                    'warn_days', warn_days, 'retired', json(iif(retired_at is null, 'false', 'true'))))
                from unit where unit.shop_id = shop.shop_id),
            'products', (select json_group_array(json_object('name_en', name_en, 'name_zh', name_zh, 'unit', unit,
                    'amount', amount) order by position)
                from product where product.shop_id = shop.shop_id),
            'bonus_rules', (select json_group_array(json_object('unit', unit, 'from_amount', from_amount,
                    'bonus', bonus, 'per_mille', per_mille))
                from bonus_rule where bonus_rule.shop_id = shop.shop_id),
            'terminals', (select json_group_array(json_object('id', terminal_id, 'name', terminal.name,
                    'revoked', json(iif(revoked_at is null, 'false', 'true'))))
                from terminal where terminal.shop_id = shop.shop_id),
            'operators', (select json_group_array(json_object('id', operator_id, 'name', operator.name, 'role', role,
                    'disabled', json(iif(disabled_at is null, 'false', 'true'))))
                from operator where operator.shop_id = shop.shop_id))
        from shop where shop_id = ?1";
    Ok(sqlx::query_scalar(query).bind(shop).fetch_one(conn).await?)
}
