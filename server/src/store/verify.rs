//! The queries of `verify`: everything in the books, in an order that can be walked.

use futures_util::{Stream, StreamExt as _};

use super::rows::EntryRow;
use super::{Connection, Error};
use crate::event::ShownEntry;
use crate::id::{AccountId, CustomerId, ShopId};

/// An account as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct KeptAccount {
    /// Its id.
    pub account_id: AccountId,
    /// Its shop.
    pub shop_id: ShopId,
    /// Its owner; none: the shop itself.
    pub customer_id: Option<CustomerId>,
    /// Its unit.
    pub unit: String,
    /// What it is for.
    pub kind: String,
    /// What it is said to hold.
    pub principal: i64,
    /// What it is said to hold of bonus.
    pub bonus: i64,
}

/// A shop's head as it is kept: number, hash and time of the last entry.
pub type KeptHead = (ShopId, i64, Vec<u8>, i64);

/// What `SQLite` itself finds wrong; `ok` and nothing else when all is well.
pub async fn integrity(conn: &mut Connection) -> Result<Vec<String>, Error> {
    Ok(sqlx::query_scalar("pragma integrity_check(20)").fetch_all(conn).await?)
}

/// Rows that refer to what is not there: their table, their id if it has one, and what they refer to.
pub async fn dangling(conn: &mut Connection) -> Result<Vec<(String, Option<i64>, String, i64)>, Error> {
    Ok(sqlx::query_as("pragma foreign_key_check").fetch_all(conn).await?)
}

/// Every account.
pub async fn accounts(conn: &mut Connection) -> Result<Vec<KeptAccount>, Error> {
    let query = "select account_id, shop_id, customer_id, unit, kind, principal, bonus from account";
    Ok(sqlx::query_as(query).fetch_all(conn).await?)
}

/// Every shop's head.
pub async fn heads(conn: &mut Connection) -> Result<Vec<KeptHead>, Error> {
    Ok(sqlx::query_as("select shop_id, last_number, last_hash, last_at from shop").fetch_all(conn).await?)
}

/// Every entry, shop by shop, in order.
pub fn entries(conn: &mut Connection) -> impl Stream<Item = Result<ShownEntry, Error>> + '_ {
    sqlx::query_as::<_, EntryRow>("select * from shown_entry order by shop_id, number")
        .fetch(conn)
        .map(|row| ShownEntry::try_from(row?))
}

/// Entries in the table; fewer in `shown_entry` mean that one names an account that is not its customer's.
pub async fn entry_count(conn: &mut Connection) -> Result<i64, Error> {
    Ok(sqlx::query_scalar("select count(*) from entry").fetch_one(conn).await?)
}

/// Customers whose event numbers are not 1, 2, 3 …: id, count, highest.
pub async fn broken_seqs(conn: &mut Connection) -> Result<Vec<(CustomerId, i64, i64)>, Error> {
    Ok(sqlx::query_as(
        "select customer_id, count(*), max(seq) from (
             select customer_id, seq from entry where seq is not null
             union all select customer_id, seq from refusal where seq is not null
             union all select customer_id, seq from status)
         group by customer_id having count(*) <> max(seq) or count(distinct seq) <> max(seq)",
    )
    .fetch_all(conn)
    .await?)
}

/// Phone codes that were used more than once: credential and step.
pub async fn reused_codes(conn: &mut Connection) -> Result<Vec<(i64, i64)>, Error> {
    Ok(sqlx::query_as(
        "select credential, step from entry where step is not null group by credential, step having count(*) > 1",
    )
    .fetch_all(conn)
    .await?)
}

/// Request ids that are of two things: an entry and a refusal, a Z report and a customer, and so on.
pub async fn ended_twice(conn: &mut Connection) -> Result<i64, Error> {
    Ok(sqlx::query_scalar(
        "select count(*) from (
             select 1 from (
                 select shop_id, request_id from entry where leg = 0
                 union all select shop_id, request_id from refusal
                 union all select shop_id, request_id from repeat
                 union all select shop_id, request_id from z_report
                 union all select shop_id, request_id from import
                 union all select shop_id, request_id from customer where request_id is not null
                 union all select shop_id, request_id from operator where request_id is not null)
             group by shop_id, request_id having count(*) > 1)",
    )
    .fetch_one(conn)
    .await?)
}
