//! Operators, their PINs, and the sessions that they opened on terminals.

use super::{Connection, Error};
use crate::id::{OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Fingerprint, Millis};
use crate::operator::Role;
use crate::pin::{Kept, Tries};

/// An operator as screens show them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OperatorRow {
    /// Their id.
    pub operator_id: OperatorId,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Whether they may do nothing any more.
    pub disabled: bool,
    /// Whether their session is open on the terminal that asks.
    pub open: bool,
}

/// An operator's PIN, and the wrong ones in a row.
pub struct Secret {
    /// What is kept of it.
    pub kept: Kept,
    /// Wrong ones.
    pub tries: Tries,
    /// What they may do.
    pub role: Role,
}

/// Makes an operator, by a request and its fingerprint if there is one; `None` if another has the name.
pub async fn create(
    conn: &mut Connection,
    shop: ShopId,
    (name, role, pin): (&str, Role, &Kept),
    request: Option<(RequestId, Fingerprint)>,
    now: Millis,
) -> Result<Option<OperatorId>, Error> {
    let (request, fingerprint) = request.map(|(id, print)| (id.as_bytes().to_vec(), print.to_vec())).unzip();
    let query = "insert into operator
                     (shop_id, name, role, pin_hash, pin_generation, request_id, created_at, fingerprint)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) on conflict do nothing returning operator_id";
    let query = sqlx::query_scalar(query).bind(shop).bind(name).bind(role);
    let query = query.bind(&pin.hash).bind(pin.generation).bind(request).bind(now).bind(fingerprint);
    Ok(query.fetch_optional(conn).await?)
}

/// The operator whom a request made, and its fingerprint if it was kept.
pub async fn by_request(
    conn: &mut Connection,
    shop: ShopId,
    request: RequestId,
) -> Result<Option<(OperatorId, Option<Vec<u8>>)>, Error> {
    let query = "select operator_id, fingerprint from operator where shop_id = ?1 and request_id = ?2";
    Ok(sqlx::query_as(query).bind(shop).bind(request.as_bytes().to_vec()).fetch_optional(conn).await?)
}

const SHOWN: &str = "select operator_id, name, role, disabled_at is not null as disabled,
        exists (select 1 from operator_session as s where s.operator_id = operator.operator_id
            and s.terminal_id = ?2 and s.expires_at > ?3) as open
    from operator where shop_id = ?1";

/// A shop's operators by name, with their sessions on one terminal; disabled ones last.
pub async fn all(
    conn: &mut Connection,
    shop: ShopId,
    terminal: TerminalId,
    now: Millis,
) -> Result<Vec<OperatorRow>, Error> {
    let query = format!("{SHOWN} order by disabled, name, operator_id");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(shop).bind(terminal).bind(now);
    Ok(query.fetch_all(conn).await?)
}

/// One of a shop's operators.
pub async fn get(
    conn: &mut Connection,
    shop: ShopId,
    terminal: TerminalId,
    operator: OperatorId,
    now: Millis,
) -> Result<Option<OperatorRow>, Error> {
    let query = format!("{SHOWN} and operator_id = ?4");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(query)).bind(shop).bind(terminal).bind(now).bind(operator);
    Ok(query.fetch_optional(conn).await?)
}

/// Whether a shop has operators: in one without, nobody is asked who they are.
pub async fn any(conn: &mut Connection, shop: ShopId) -> Result<bool, Error> {
    let query = "select exists (select 1 from operator where shop_id = ?1 and disabled_at is null)";
    Ok(sqlx::query_scalar(query).bind(shop).fetch_one(conn).await?)
}

/// A shop's owners who are not disabled.
pub async fn owners(conn: &mut Connection, shop: ShopId) -> Result<i64, Error> {
    let query = "select count(*) from operator where shop_id = ?1 and role = 'owner' and disabled_at is null";
    Ok(sqlx::query_scalar(query).bind(shop).fetch_one(conn).await?)
}

/// A shop's owners who are not disabled, the oldest first, with their names.
pub async fn owners_by_name(conn: &mut Connection, shop: ShopId) -> Result<Vec<(OperatorId, String)>, Error> {
    let query = "select operator_id, name from operator
                 where shop_id = ?1 and role = 'owner' and disabled_at is null order by operator_id";
    Ok(sqlx::query_as(query).bind(shop).fetch_all(conn).await?)
}

/// Writes an operator's name, role and whether they are disabled; false if another has the name.
pub async fn change(conn: &mut Connection, row: &OperatorRow, now: Millis) -> Result<bool, Error> {
    let query = "update or ignore operator set name = ?2, role = ?3,
                     disabled_at = case when ?4 then coalesce(disabled_at, ?5) end
                 where operator_id = ?1";
    let query = sqlx::query(query).bind(row.operator_id).bind(&row.name).bind(row.role).bind(row.disabled).bind(now);
    Ok(query.execute(conn).await?.rows_affected() == 1)
}

/// Gives an operator a PIN; wrong ones are forgotten.
pub async fn set_pin(conn: &mut Connection, operator: OperatorId, pin: &Kept) -> Result<(), Error> {
    let query = "update operator set pin_hash = ?2, pin_generation = ?3, pin_tries = 0, pin_blocked_until = null
                 where operator_id = ?1";
    sqlx::query(query).bind(operator).bind(&pin.hash).bind(pin.generation).execute(conn).await?;
    Ok(())
}

type SecretRow = (String, i64, i64, Option<Millis>, Role);

/// What a PIN is compared with, of an operator who is not disabled.
pub async fn secret(conn: &mut Connection, shop: ShopId, operator: OperatorId) -> Result<Option<Secret>, Error> {
    let query = "select pin_hash, pin_generation, pin_tries, pin_blocked_until, role from operator
                 where shop_id = ?1 and operator_id = ?2 and disabled_at is null";
    let row: Option<SecretRow> = sqlx::query_as(query).bind(shop).bind(operator).fetch_optional(conn).await?;
    Ok(row.map(|(hash, generation, wrong, blocked_until, role)| Secret {
        kept: Kept { hash, generation },
        tries: Tries { wrong, blocked_until },
        role,
    }))
}

/// Notes how many wrong PINs there were in a row.
pub async fn set_tries(conn: &mut Connection, operator: OperatorId, tries: Tries) -> Result<(), Error> {
    let query = "update operator set pin_tries = ?2, pin_blocked_until = ?3 where operator_id = ?1";
    sqlx::query(query).bind(operator).bind(tries.wrong).bind(tries.blocked_until).execute(conn).await?;
    Ok(())
}

/// Opens an operator's session on a terminal, and sweeps those that ended.
pub async fn open_session(
    conn: &mut Connection,
    terminal: TerminalId,
    operator: OperatorId,
    now: Millis,
    expires_at: Millis,
) -> Result<(), Error> {
    sqlx::query("delete from operator_session where expires_at <= ?1").bind(now).execute(&mut *conn).await?;
    let query = "insert into operator_session (terminal_id, operator_id, opened_at, expires_at)
                 values (?1, ?2, ?3, ?4)
                 on conflict do update set opened_at = excluded.opened_at, expires_at = excluded.expires_at";
    sqlx::query(query).bind(terminal).bind(operator).bind(now).bind(expires_at).execute(conn).await?;
    Ok(())
}

/// Locks an operator's session on a terminal; false if there was none.
pub async fn close_session(conn: &mut Connection, terminal: TerminalId, operator: OperatorId) -> Result<bool, Error> {
    let query = "delete from operator_session where terminal_id = ?1 and operator_id = ?2";
    let gone = sqlx::query(query).bind(terminal).bind(operator).execute(conn).await?;
    Ok(gone.rows_affected() == 1)
}

/// Locks an operator's sessions on every terminal.
pub async fn close_sessions_of(conn: &mut Connection, operator: OperatorId) -> Result<(), Error> {
    sqlx::query("delete from operator_session where operator_id = ?1").bind(operator).execute(conn).await?;
    Ok(())
}

/// The role of an operator whose session is open on a terminal of their shop.
pub async fn role_in_session(
    conn: &mut Connection,
    shop: ShopId,
    terminal: TerminalId,
    operator: OperatorId,
    now: Millis,
) -> Result<Option<Role>, Error> {
    let query = "select role from operator join operator_session using (operator_id)
                 where shop_id = ?1 and terminal_id = ?2 and operator_id = ?3 and expires_at > ?4
                     and disabled_at is null";
    let query = sqlx::query_scalar(query).bind(shop).bind(terminal).bind(operator).bind(now);
    Ok(query.fetch_optional(conn).await?)
}
