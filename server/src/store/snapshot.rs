//! Copies of the whole database, what one holds, and what makes a restored one another database.

use std::path::Path;

use super::{Connection, Error, audit};
use crate::audit::{Act, Deed};
use crate::code::Step;
use crate::ledger::Millis;

/// A shop in a copy.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Held {
    /// Its name.
    pub name: String,
    /// Its entries.
    pub last_number: i64,
    /// The last one's time; 0 if there is none.
    pub last_at: Millis,
}

/// Writes one moment of the books to a new file, beside whoever writes.
pub async fn into(conn: &mut Connection, file: &Path) -> Result<(), Error> {
    let file = file.to_str().ok_or(Error::Inconsistent("a data directory whose name is not UTF-8"))?;
    sqlx::query("vacuum into ?1").bind(file).execute(conn).await?;
    Ok(())
}

/// Every shop, practice ones too.
pub async fn held(conn: &mut Connection) -> Result<Vec<Held>, Error> {
    Ok(sqlx::query_as("select name, last_number, last_at from shop order by shop_id").fetch_all(conn).await?)
}

/// The newest generation of the master key that anything in the books needs.
pub async fn newest_generation(conn: &mut Connection) -> Result<i64, Error> {
    Ok(sqlx::query_scalar(
        "select max(
             (select generation from meta),
             coalesce((select max(max(generation, coalesce(renewing, 1))) from credential), 1),
             coalesce((select max(pin_generation) from customer), 1),
             coalesce((select max(pin_generation) from operator), 1))",
    )
    .fetch_one(conn)
    .await?)
}

/// Makes a restored database another one than it was: cursors of before are void, and so are codes of steps
/// before `codes_from`.
pub async fn start_anew(conn: &mut Connection, codes_from: Step, now: Millis) -> Result<(), Error> {
    sqlx::query("update meta set epoch = ?1, codes_from = max(codes_from, ?2)")
        .bind(hex::encode(crate::master::random::<16>()))
        .bind(codes_from.0)
        .execute(&mut *conn)
        .await?;
    audit::add(conn, &Act::of_server(Deed::Restored, now, serde_json::json!({}))).await
}
