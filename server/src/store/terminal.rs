//! Terminals: paired merchant devices and their tokens.

use super::{Connection, Error};
use crate::id::{ShopId, TerminalId};
use crate::ledger::Millis;

/// A terminal whose token held.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct TerminalRow {
    /// Its id.
    pub terminal_id: TerminalId,
    /// Its shop.
    pub shop_id: ShopId,
    /// Its name on screens.
    pub name: String,
}

/// Pairs a terminal.
pub async fn create(
    conn: &mut Connection,
    shop: ShopId,
    name: &str,
    token_hash: &[u8; 32],
    now: Millis,
) -> Result<TerminalId, Error> {
    let query = "insert into terminal (shop_id, name, token_hash, created_at) values (?1, ?2, ?3, ?4)
                 returning terminal_id";
    let query = sqlx::query_scalar(query).bind(shop).bind(name).bind(token_hash.to_vec()).bind(now);
    Ok(query.fetch_one(conn).await?)
}

/// The shop's terminal of a name, made if it is new; a new token takes the place of its old one.
pub async fn replace(
    conn: &mut Connection,
    shop: ShopId,
    name: &str,
    token_hash: &[u8; 32],
    now: Millis,
) -> Result<TerminalId, Error> {
    let known: Option<TerminalId> = sqlx::query_scalar(
        "update terminal set token_hash = ?3 where terminal_id = (
             select terminal_id from terminal where shop_id = ?1 and name = ?2 and revoked_at is null limit 1)
         returning terminal_id",
    )
    .bind(shop)
    .bind(name)
    .bind(token_hash.to_vec())
    .fetch_optional(&mut *conn)
    .await?;
    match known {
        Some(terminal) => Ok(terminal),
        None => create(conn, shop, name, token_hash, now).await,
    }
}

/// The terminal of a token, unless it was revoked.
pub async fn by_token(conn: &mut Connection, token_hash: &[u8; 32]) -> Result<Option<TerminalRow>, Error> {
    let query = "select terminal_id, shop_id, name from terminal where token_hash = ?1 and revoked_at is null";
    Ok(sqlx::query_as(query).bind(token_hash.to_vec()).fetch_optional(conn).await?)
}

/// Takes a terminal's token away.
pub async fn revoke(conn: &mut Connection, terminal: TerminalId, now: Millis) -> Result<(), Error> {
    sqlx::query("update terminal set revoked_at = ?2 where terminal_id = ?1 and revoked_at is null")
        .bind(terminal)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}
