//! The record of deeds that moved no value.

use super::{Connection, Error};
use crate::audit::Act;
use crate::id::{CustomerId, OperatorId, ShopId, TerminalId};
use crate::ledger::Millis;

/// Deeds of one page.
pub const PAGE: i64 = 100;

/// A deed as it is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ActRow {
    /// Its number; later deeds have higher ones.
    pub audit_id: i64,
    /// When, Unix ms.
    pub at: Millis,
    /// What.
    pub act: String,
    /// Where.
    pub terminal_id: Option<TerminalId>,
    /// Who.
    pub operator_id: Option<OperatorId>,
    /// Who consented.
    pub approver_id: Option<OperatorId>,
    /// To whom.
    pub customer_id: Option<CustomerId>,
    /// To what and how, JSON.
    pub detail: String,
}

/// A shop's deeds with a number below `before`, the newest first, one page at most.
pub async fn page(conn: &mut Connection, shop: ShopId, before: i64) -> Result<Vec<ActRow>, Error> {
    let query = "select audit_id, at, act, terminal_id, operator_id, approver_id, customer_id, detail
                 from audit where shop_id = ?1 and audit_id < ?2 order by audit_id desc limit ?3";
    Ok(sqlx::query_as(query).bind(shop).bind(before).bind(PAGE).fetch_all(conn).await?)
}

/// Adds a deed; in the transaction in which it was done.
pub async fn add(conn: &mut Connection, act: &Act) -> Result<(), Error> {
    sqlx::query(
        "insert into audit (shop_id, at, act, terminal_id, operator_id, approver_id, customer_id, detail)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(act.shop)
    .bind(act.at)
    .bind(act.deed.as_str())
    .bind(act.terminal)
    .bind(act.operator)
    .bind(act.approver)
    .bind(act.customer)
    .bind(act.detail.to_string())
    .execute(conn)
    .await?;
    Ok(())
}
