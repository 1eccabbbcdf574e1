//! The record of deeds that moved no value.

use std::ops::Range;

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
    /// How that customer is called now; none: nobody, or they were erased.
    pub customer_name: Option<String>,
    /// To what and how, JSON.
    pub detail: String,
}

/// Which deeds are asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Only with a lower number.
    pub before: i64,
    /// By whom; none of the inner: by nobody who said who they were.
    pub by: Option<Option<OperatorId>>,
    /// When, Unix ms.
    pub during: Range<Millis>,
}

/// A shop's deeds of those that are wanted, the newest first, one page at most.
pub async fn page(conn: &mut Connection, shop: ShopId, wanted: &Wanted) -> Result<Vec<ActRow>, Error> {
    let query = "select audit_id, at, act, audit.terminal_id, operator_id, approver_id, audit.customer_id, detail,
                        case when erased_at is null then customer.name end as customer_name
                 from audit left join customer on customer.customer_id = audit.customer_id
                 where audit.shop_id = ?1 and audit_id < ?2 and at >= ?3 and at < ?4 and (?5 = 0 or operator_id is ?6)
                 order by audit_id desc limit ?7";
    let rows = sqlx::query_as(query).bind(shop).bind(wanted.before).bind(wanted.during.start).bind(wanted.during.end);
    let rows = rows.bind(wanted.by.is_some()).bind(wanted.by.flatten()).bind(PAGE);
    Ok(rows.fetch_all(conn).await?)
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
