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

/// A terminal as its shop lists it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PairedRow {
    /// Its id.
    pub terminal_id: TerminalId,
    /// Its name on screens.
    pub name: String,
    /// When it was paired.
    pub created_at: Millis,
    /// Since when its token is void.
    pub revoked_at: Option<Millis>,
}

/// A pairing code that is still good.
#[derive(Debug, Clone)]
pub struct Pairing {
    /// The shop of the new terminal.
    pub shop: ShopId,
    /// Its name.
    pub name: String,
    /// The device that used it, and the terminal that it became.
    pub used: Option<(Vec<u8>, TerminalId)>,
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

/// Takes a terminal's token away and locks its operators' sessions; false if it was taken before.
pub async fn revoke(conn: &mut Connection, terminal: TerminalId, now: Millis) -> Result<bool, Error> {
    let query = "update terminal set revoked_at = ?2 where terminal_id = ?1 and revoked_at is null";
    let revoked = sqlx::query(query).bind(terminal).bind(now).execute(&mut *conn).await?;
    sqlx::query("delete from operator_session where terminal_id = ?1").bind(terminal).execute(conn).await?;
    Ok(revoked.rows_affected() == 1)
}

/// Gives a terminal a new token in place of its old one; false if it was revoked.
pub async fn set_token(conn: &mut Connection, terminal: TerminalId, token_hash: &[u8; 32]) -> Result<bool, Error> {
    let query = "update terminal set token_hash = ?2 where terminal_id = ?1 and revoked_at is null";
    Ok(sqlx::query(query).bind(terminal).bind(token_hash.to_vec()).execute(conn).await?.rows_affected() == 1)
}

const PAIRED: &str = "select terminal_id, name, created_at, revoked_at from terminal where shop_id = ?1";

/// A shop's terminals, the oldest first.
pub async fn all(conn: &mut Connection, shop: ShopId) -> Result<Vec<PairedRow>, Error> {
    let query = format!("{PAIRED} order by terminal_id");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(shop).fetch_all(conn).await?)
}

/// One of a shop's terminals.
pub async fn get(conn: &mut Connection, shop: ShopId, terminal: TerminalId) -> Result<Option<PairedRow>, Error> {
    let query = format!("{PAIRED} and terminal_id = ?2");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(shop).bind(terminal).fetch_optional(conn).await?)
}

/// Makes a pairing code and sweeps those that ended.
pub async fn invite(
    conn: &mut Connection,
    shop: ShopId,
    name: &str,
    code_hash: &[u8; 32],
    now: Millis,
    expires_at: Millis,
) -> Result<(), Error> {
    sqlx::query("delete from pairing where expires_at < ?1").bind(now).execute(&mut *conn).await?;
    sqlx::query("insert into pairing (code_hash, shop_id, name, expires_at) values (?1, ?2, ?3, ?4)")
        .bind(code_hash.to_vec())
        .bind(shop)
        .bind(name)
        .bind(expires_at)
        .execute(conn)
        .await?;
    Ok(())
}

type PairingRow = (ShopId, String, Option<Vec<u8>>, Option<TerminalId>);

/// The pairing of a code, unless it ended.
pub async fn invited(conn: &mut Connection, code_hash: &[u8; 32], now: Millis) -> Result<Option<Pairing>, Error> {
    let query = "select shop_id, name, device, terminal_id from pairing where code_hash = ?1 and expires_at >= ?2";
    let query = sqlx::query_as(query).bind(code_hash.to_vec()).bind(now);
    let row: Option<PairingRow> = query.fetch_optional(conn).await?;
    Ok(row.map(|(shop, name, device, terminal)| Pairing { shop, name, used: device.zip(terminal) }))
}

/// Notes who used a pairing code.
pub async fn use_pairing(
    conn: &mut Connection,
    code_hash: &[u8; 32],
    device: &[u8; 16],
    terminal: TerminalId,
) -> Result<(), Error> {
    sqlx::query("update pairing set device = ?2, terminal_id = ?3 where code_hash = ?1")
        .bind(code_hash.to_vec())
        .bind(device.to_vec())
        .bind(terminal)
        .execute(conn)
        .await?;
    Ok(())
}
