//! A whole batch at once: what its requests may touch comes in, what is fresh goes out.
//!
//! `read` looks rows up one by one and `write` adds them one by one, on statements that stay prepared: in
//! `SQLite` a call costs less than packing a batch into one statement. A database at the end of a wire would
//! do it otherwise, behind the same two functions.

mod read;
mod settings;
mod write;

use std::collections::HashMap;

use super::rows::{fixed, unit};
use super::{Connection, Error};
use crate::book::Account;
use crate::id::{AccountId, ShopId};
use crate::ledger::{Hash, Millis, OwnAccount, Split};
use crate::unit::Unit;

pub use self::read::read;
pub use self::write::{acks, write, write_openings};

/// The head of a shop's ledger.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// The last entry's number.
    pub number: i64,
    /// Its hash.
    pub hash: Hash,
    /// Its time.
    pub at: Millis,
}

/// Where a shop's ledger stands.
pub async fn head(conn: &mut Connection, shop: ShopId) -> Result<Head, Error> {
    let query = "select last_number, last_hash, last_at from shop where shop_id = ?1";
    let (number, hash, at): (i64, Vec<u8>, i64) = sqlx::query_as(query).bind(shop).fetch_one(conn).await?;
    Ok(Head { number, hash: fixed(&hash)?, at })
}

/// The first account id that is free.
pub async fn next_account(conn: &mut Connection) -> Result<i64, Error> {
    Ok(sqlx::query_scalar("select coalesce(max(account_id), 0) + 1 from account").fetch_one(conn).await?)
}

/// A shop's own accounts of one kind, by unit.
pub async fn own_accounts(
    conn: &mut Connection,
    shop: ShopId,
    kind: OwnAccount,
) -> Result<HashMap<Unit, Account>, Error> {
    let rows: Vec<(String, AccountId, i64, i64)> = sqlx::query_as(
        "select unit, account_id, principal, bonus from account
         where shop_id = ?1 and customer_id is null and kind = ?2",
    )
    .bind(shop)
    .bind(kind)
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(text, id, principal, bonus)| {
            Ok((unit(&text)?, Account { id, split: Split { principal, bonus }, expires_at: None }))
        })
        .collect()
}
