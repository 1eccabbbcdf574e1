//! Statuses: what a customer is told that moved no value.

use super::rows::unit;
use super::{Connection, Error, customer};
use crate::event::{self, ShopName, Told};
use crate::id::{AccountId, CustomerId, RequestId, ShopId};
use crate::ledger::Millis;
use crate::status::{News, Status, StatusKind};
use crate::unit::Unit;

/// Gives news the customer's next number and keeps it. The caller holds the write lock, and hands what comes back
/// to the hub after the commit.
pub async fn add(conn: &mut Connection, news: News, now: Millis) -> Result<Told, Error> {
    let seq = customer::last_seq(conn, news.customer).await? + 1;
    let status = Status { news, seq, at: now, request: RequestId::now() };
    let Status { news, request, .. } = &status;
    sqlx::query(
        "insert into status (customer_id, seq, shop_id, at, request_id, kind, unit, expires_at, terminal_id,
             operator_id)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(news.customer)
    .bind(seq)
    .bind(news.shop)
    .bind(now)
    .bind(request.as_bytes().to_vec())
    .bind(news.kind.as_str())
    .bind(news.unit.as_ref())
    .bind(news.expires_at)
    .bind(news.terminal)
    .bind(news.operator)
    .execute(&mut *conn)
    .await?;
    let name = sqlx::query_scalar("select name from shop where shop_id = ?1").bind(news.shop).fetch_one(conn).await?;
    Ok(event::of_status(&status, &ShopName { id: news.shop, name }))
}

/// Accounts of one page.
const PAGE: i64 = 200;

/// A customer's account with something in it and a date.
#[derive(Debug, Clone)]
pub struct Dated {
    /// The account.
    pub account_id: AccountId,
    /// Whose shop.
    pub shop: ShopId,
    /// Whose.
    pub customer: CustomerId,
    /// In what.
    pub unit: Unit,
    /// Its date.
    pub expires_at: Millis,
    /// Days before the date on which the customer is warned.
    pub warn_days: i64,
}

type DatedRow = (AccountId, ShopId, CustomerId, String, Millis, i64);

/// Every shop with units, and the earliest warning of any of them, in days before.
pub async fn warnings(conn: &mut Connection) -> Result<Vec<(ShopId, i64)>, Error> {
    Ok(sqlx::query_as("select shop_id, max(warn_days) from unit group by shop_id").fetch_all(conn).await?)
}

/// A shop's accounts with a date after `after` (date and account) and not after `until`, by date, one page at most.
pub async fn dated(
    conn: &mut Connection,
    shop: ShopId,
    after: (Millis, i64),
    until: Millis,
) -> Result<Vec<Dated>, Error> {
    let query = "select account_id, account.shop_id, account.customer_id, account.unit, expires_at, warn_days
         from account join unit on unit.shop_id = account.shop_id and unit.unit = account.unit
         join customer on customer.customer_id = account.customer_id
         where account.shop_id = ?5 and expires_at is not null and account.customer_id is not null and principal + bonus > 0
             and erased_at is null and expires_at <= ?3 and expires_at >= ?1
             and (expires_at > ?1 or account_id > ?2)
         order by expires_at, account_id limit ?4";
    let query = sqlx::query_as(query).bind(after.0).bind(after.1).bind(until).bind(PAGE).bind(shop);
    let rows: Vec<DatedRow> = query.fetch_all(conn).await?;
    rows.into_iter()
        .map(|(account_id, shop, customer, text, expires_at, warn_days)| {
            Ok(Dated { account_id, shop, customer, unit: unit(&text)?, expires_at, warn_days })
        })
        .collect()
}

/// Whether the customer was told this of the account and its date.
pub async fn was_told(conn: &mut Connection, dated: &Dated, kind: StatusKind) -> Result<bool, Error> {
    let query = "select exists (select 1 from status where customer_id = ?1 and kind = ?2 and unit = ?3
                     and expires_at = ?4)";
    let query = sqlx::query_scalar(query).bind(dated.customer).bind(kind.as_str());
    Ok(query.bind(dated.unit.as_str()).bind(dated.expires_at).fetch_one(conn).await?)
}

/// Whether the account still has that date.
pub async fn is_still(conn: &mut Connection, dated: &Dated) -> Result<bool, Error> {
    let query = "select exists (select 1 from account where account_id = ?1 and expires_at = ?2)";
    Ok(sqlx::query_scalar(query).bind(dated.account_id).bind(dated.expires_at).fetch_one(conn).await?)
}
