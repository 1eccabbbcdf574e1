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

/// What must not be open again when older books take the place of these.
#[derive(Debug, Default)]
pub struct Closed {
    /// Credentials and the last steps that they used of those ahead of the clock.
    used: Vec<(i64, i64)>,
    /// Rows to be closed, by what they are and how they are known again, with the time at which they were.
    rows: Vec<(&'static str, Vec<ClosedRow>)>,
}

/// A row's number, what else it is known by, and when it was closed.
type ClosedRow = (i64, Vec<u8>, Millis);

/// What can be closed: how it is read of the old books, and how it is written to the new ones. Numbers are given anew
/// after a restore, so a row is known again by its number and something that no other has.
const CLOSED: [(&str, &str); 5] = [
    (
        "select terminal_id, token_hash, revoked_at from terminal where revoked_at is not null",
        "update terminal set revoked_at = ?3 where terminal_id = ?1 and token_hash = ?2 and revoked_at is null",
    ),
    (
        "select credential, x'', revoked_at from credential where revoked_at is not null",
        "update credential set revoked_at = ?3 where credential = ?1 and ?2 = x'' and revoked_at is null",
    ),
    (
        "select credential, x'', paused_at from credential where paused_at is not null",
        "update credential set paused_at = ?3 where credential = ?1 and ?2 = x'' and paused_at is null",
    ),
    (
        "select customer_id, cast(created_at as blob), frozen_at from customer where frozen_at is not null",
        "update customer set frozen_at = ?3
            where customer_id = ?1 and cast(created_at as blob) = ?2 and frozen_at is null",
    ),
    (
        "select operator_id, cast(created_at as blob), disabled_at from operator where disabled_at is not null",
        "update operator set disabled_at = ?3
            where operator_id = ?1 and cast(created_at as blob) = ?2 and disabled_at is null",
    ),
];

/// Reads what was closed in books that are to be put aside, and the codes of `from` and later that were used there.
pub async fn closed(conn: &mut Connection, from: Step) -> Result<Closed, Error> {
    let used = sqlx::query_as(
        "select credential, max(step) from entry where step >= ?1 and credential is not null group by credential",
    );
    let mut closed = Closed { used: used.bind(from.0).fetch_all(&mut *conn).await?, rows: Vec::new() };
    for (read, write) in CLOSED {
        closed.rows.push((write, sqlx::query_as(read).fetch_all(&mut *conn).await?));
    }
    Ok(closed)
}

/// Closes it in the books that take their place.
async fn close(conn: &mut Connection, closed: &Closed) -> Result<(), Error> {
    for (credential, step) in &closed.used {
        let later = sqlx::query("update credential set codes_from = max(codes_from, ?2 + 1) where credential = ?1");
        later.bind(credential).bind(step).execute(&mut *conn).await?;
    }
    for (write, rows) in &closed.rows {
        for (number, known_by, at) in rows {
            sqlx::query(*write).bind(number).bind(known_by).bind(at).execute(&mut *conn).await?;
        }
    }
    Ok(())
}

/// Makes a restored database another one than it was: cursors of before are void, so are codes of steps before `from`,
/// and what was `closed` in the books put aside stays so. Where those cannot be read any more, no code is taken that
/// they could have taken.
pub async fn start_anew(conn: &mut Connection, from: Step, closed: Option<&Closed>, now: Millis) -> Result<(), Error> {
    let ahead: i64 = match closed {
        Some(_) => 0,
        None => {
            sqlx::query_scalar("select coalesce(max(step_tolerance), 0) + 1 from shop").fetch_one(&mut *conn).await?
        }
    };
    sqlx::query("update meta set epoch = ?1, codes_from = max(codes_from, ?2)")
        .bind(hex::encode(crate::master::random::<16>()))
        .bind(from.0 + ahead)
        .execute(&mut *conn)
        .await?;
    if let Some(closed) = closed {
        close(conn, closed).await?;
    }
    audit::add(conn, &Act::of_server(Deed::Restored, now, serde_json::json!({}))).await
}
