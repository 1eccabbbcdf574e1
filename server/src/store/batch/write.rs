//! What is fresh in a settled book, in multi-row statements.

use std::collections::{BTreeSet, HashMap};

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite};

use super::Head;
use crate::book::{Account, Book};
use crate::event::{ShownEntry, json};
use crate::id::{CustomerId, ShopId};
use crate::ledger::OwnAccount;
use crate::outcome::Refused;
use crate::store::rows::number_column;
use crate::store::{Connection, Error};
use crate::unit::Unit;

/// Rows of one insert statement; the largest that fits comes first.
const CHUNKS: [usize; 4] = [64, 16, 4, 1];
/// Writes what is fresh in a settled book.
pub async fn write(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    write_accounts(conn, book).await?;
    write_entries(conn, &book.fresh.entries).await?;
    write_refusals(conn, &book.fresh.refusals).await?;
    write_repeats(conn, book).await?;
    write_cancellations(conn, book).await?;
    write_heads(conn, book).await
}

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

/// Inserts rows in chunks of fixed sizes; `bind` adds one row's values.
async fn insert<T>(
    conn: &mut Connection,
    into: &str,
    columns: usize,
    after: &str,
    rows: &[T],
    bind: impl for<'q> Fn(Bound<'q>, &T) -> Bound<'q>,
) -> Result<(), Error> {
    let row = format!("(?{})", ", ?".repeat(columns - 1));
    let mut rest = rows;
    for size in CHUNKS {
        let values = format!("{row}{}", format!(", {row}").repeat(size - 1));
        while rest.len() >= size {
            let (chunk, left) = rest.split_at(size);
            // The text is made of our own names and question marks alone.
            let query = sqlx::query(AssertSqlSafe(format!("insert into {into} values {values} {after}")));
            let query = chunk.iter().fold(query, &bind);
            query.execute(&mut *conn).await?;
            rest = left;
        }
    }
    Ok(())
}

/// An account as it is written.
struct Held {
    shop: ShopId,
    customer: Option<CustomerId>,
    unit: Unit,
    kind: &'static str,
    account: Account,
}

async fn write_accounts(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    let mut held = Vec::new();
    for key in &book.fresh.moved {
        let (customer, unit) = key;
        let account = book.accounts.get(key).ok_or(Error::Inconsistent("a moved account that is not there"))?.clone();
        let shop = book.customers.get(customer).ok_or(Error::Inconsistent("a customer who is not there"))?.shop;
        held.push(Held { shop, customer: Some(*customer), unit: unit.clone(), kind: "customer", account });
    }
    for (shop, unit, kind) in &book.fresh.own_moved {
        let account = book.shop(*shop).own.get(&(unit.clone(), *kind));
        let account = account.ok_or(Error::Inconsistent("a moved account that is not there"))?.clone();
        held.push(Held { shop: *shop, customer: None, unit: unit.clone(), kind: kind.as_str(), account });
    }
    write_held(conn, &held).await
}

async fn write_held(conn: &mut Connection, held: &[Held]) -> Result<(), Error> {
    insert(
        conn,
        "account (account_id, shop_id, customer_id, unit, kind, principal, bonus)",
        7,
        "on conflict (account_id) do update set principal = excluded.principal, bonus = excluded.bonus",
        held,
        |query, held| {
            let query = query.bind(held.account.id).bind(held.shop).bind(held.customer);
            let query = query.bind(held.unit.as_str().to_owned()).bind(held.kind);
            query.bind(held.account.split.principal).bind(held.account.split.bonus)
        },
    )
    .await
}

async fn write_head(conn: &mut Connection, shop: ShopId, head: Head) -> Result<(), Error> {
    sqlx::query("update shop set last_number = ?2, last_hash = ?3, last_at = ?4 where shop_id = ?1")
        .bind(shop)
        .bind(head.number)
        .bind(head.hash.to_vec())
        .bind(head.at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes opening balances: the entries, the new accounts, the shop's own side and its head.
pub async fn write_openings(
    conn: &mut Connection,
    shop: ShopId,
    head: Head,
    entries: &[ShownEntry],
    accounts: &[(CustomerId, Unit, Account)],
    own: &HashMap<Unit, Account>,
) -> Result<(), Error> {
    let customers = accounts.iter().map(|(customer, unit, account)| Held {
        shop,
        customer: Some(*customer),
        unit: unit.clone(),
        kind: "customer",
        account: account.clone(),
    });
    let own = own.iter().map(|(unit, account)| Held {
        shop,
        customer: None,
        unit: unit.clone(),
        kind: OwnAccount::Opening.as_str(),
        account: account.clone(),
    });
    write_held(conn, &customers.chain(own).collect::<Vec<_>>()).await?;
    write_entries(conn, entries).await?;
    write_head(conn, shop, head).await
}

async fn write_entries(conn: &mut Connection, entries: &[ShownEntry]) -> Result<(), Error> {
    insert(
        conn,
        "entry (shop_id, number, kind, at, request_id, leg, fingerprint, terminal_id, customer_id, seq,
             debit_account_id, credit_account_id, principal, bonus, balance, credential, step, reverses, hash)",
        19,
        "",
        entries,
        |query, ShownEntry { entry: e, .. }| {
            query
                .bind(e.shop)
                .bind(e.number)
                .bind(e.kind)
                .bind(e.at)
                .bind(e.request.as_bytes().to_vec())
                .bind(e.leg)
                .bind(e.fingerprint.to_vec())
                .bind(e.terminal)
                .bind(e.customer)
                .bind(e.seq)
                .bind(e.debit)
                .bind(e.credit)
                .bind(e.split.principal)
                .bind(e.split.bonus)
                .bind(e.balance)
                .bind(e.credential.map(number_column))
                .bind(e.step.map(|step| step.0))
                .bind(e.reverses)
                .bind(e.hash.to_vec())
        },
    )
    .await
}

async fn write_refusals(conn: &mut Connection, refusals: &[Refused]) -> Result<(), Error> {
    insert(
        conn,
        "refusal (shop_id, request_id, noun, fingerprint, terminal_id, at, code, customer_id, seq,
             credential, step, unit, amount, balance, clock_difference_s)",
        15,
        "",
        refusals,
        |query, r| {
            query
                .bind(r.shop)
                .bind(r.request.as_bytes().to_vec())
                .bind(r.noun)
                .bind(r.fingerprint.to_vec())
                .bind(r.terminal)
                .bind(r.at)
                .bind(r.refusal.code())
                .bind(r.customer)
                .bind(r.seq)
                .bind(r.credential.map(number_column))
                .bind(r.step.map(|step| step.0))
                .bind(r.unit.clone())
                .bind(r.amount)
                .bind(r.refusal.balance())
                .bind(r.refusal.clock_difference_s())
        },
    )
    .await
}

async fn write_repeats(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    let into = "repeat (shop_id, request_id, fingerprint, terminal_id, at, number)";
    insert(conn, into, 6, "", &book.fresh.repeats, |query, r| {
        let query = query.bind(r.shop).bind(r.request.as_bytes().to_vec()).bind(r.fingerprint.to_vec());
        query.bind(r.terminal).bind(r.at).bind(r.number)
    })
    .await
}

async fn write_cancellations(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    let into = "cancellation (shop_id, request_id, noun, was, terminal_id, at)";
    insert(conn, into, 6, "", &book.fresh.cancellations, |query, c| {
        let query = query.bind(c.shop).bind(c.request.as_bytes().to_vec()).bind(c.noun).bind(c.was);
        query.bind(c.terminal).bind(c.at)
    })
    .await
}

/// The heads of the ledgers, the customers' last event numbers, and free text.
async fn write_heads(conn: &mut Connection, book: &Book) -> Result<(), Error> {
    let shops: BTreeSet<ShopId> = book.fresh.entries.iter().map(|shown| shown.entry.shop).collect();
    for id in shops {
        let shop = book.shop(id);
        let head = Head { number: shop.last_number, hash: shop.last_hash, at: shop.last_at };
        write_head(conn, id, head).await?;
    }
    let seqs: Vec<(i64, i64)> =
        book.fresh.told.iter().filter_map(|id| Some((id.0, book.customers.get(id)?.seq))).collect();
    if !seqs.is_empty() {
        sqlx::query(
            "update customer set seq = j.value ->> 1 from json_each(?1) as j where customer_id = j.value ->> 0",
        )
        .bind(json(&seqs))
        .execute(&mut *conn)
        .await?;
    }
    insert(conn, "note (shop_id, number, text)", 3, "", &book.fresh.notes, |query, (shop, number, text)| {
        query.bind(*shop).bind(*number).bind(text.clone())
    })
    .await
}
