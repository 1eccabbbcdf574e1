//! Customers, what they hold, and the links by which their phones join.

use super::rows::{number, number_column};
use super::{Connection, Error};
use crate::code::CredentialNumber;
use crate::id::{CustomerId, RequestId, ShopId};
use crate::ledger::Millis;

/// Customers that one search answers.
pub const MAX_FOUND: i64 = 20;

/// A customer as screens name them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CustomerRow {
    /// Their id.
    pub customer_id: CustomerId,
    /// Their name.
    pub name: String,
}

/// What a customer holds in one unit.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct AccountRow {
    /// The unit.
    pub unit: String,
    /// What was paid for.
    pub principal: i64,
    /// What the shop gave on top.
    pub bonus: i64,
    /// The date after which it blocks.
    pub expires_at: Option<Millis>,
}

/// A link that is still good.
#[derive(Debug, Clone)]
pub struct Invite {
    /// The shop it joins.
    pub shop: ShopId,
    /// The customer it joins.
    pub customer: CustomerId,
    /// The device and credential that used it.
    pub used: Option<(Vec<u8>, CredentialNumber)>,
}

type InviteRow = (ShopId, CustomerId, Option<Vec<u8>>, Option<i64>);

/// Makes a customer; the same request id again finds the one it made. The flag tells whether they are new.
pub async fn create(
    conn: &mut Connection,
    shop: ShopId,
    name: &str,
    request: Option<RequestId>,
    now: Millis,
) -> Result<(CustomerRow, bool), Error> {
    let request = request.map(|request| request.as_bytes().to_vec());
    let known = "select customer_id, name from customer where shop_id = ?1 and request_id = ?2";
    if let Some(row) = sqlx::query_as(known).bind(shop).bind(request.clone()).fetch_optional(&mut *conn).await? {
        return Ok((row, false));
    }
    let query = "insert into customer (shop_id, name, request_id, created_at) values (?1, ?2, ?3, ?4)
                 returning customer_id, name";
    let query = sqlx::query_as(query).bind(shop).bind(name).bind(request).bind(now);
    Ok((query.fetch_one(conn).await?, true))
}

/// A customer of a shop.
pub async fn get(conn: &mut Connection, shop: ShopId, customer: CustomerId) -> Result<Option<CustomerRow>, Error> {
    let query = "select customer_id, name from customer where shop_id = ?1 and customer_id = ?2";
    Ok(sqlx::query_as(query).bind(shop).bind(customer).fetch_optional(conn).await?)
}

/// Customers whose name has `part` in it, the newest first.
pub async fn find(conn: &mut Connection, shop: ShopId, part: &str) -> Result<Vec<CustomerRow>, Error> {
    let query = "select customer_id, name from customer where shop_id = ?1 and instr(lower(name), lower(?2)) > 0
                 order by customer_id desc limit ?3";
    Ok(sqlx::query_as(query).bind(shop).bind(part).bind(MAX_FOUND).fetch_all(conn).await?)
}

/// A customer's accounts, the shop's default unit first, and the number of their last event.
pub async fn held(conn: &mut Connection, customer: CustomerId) -> Result<(Vec<AccountRow>, i64), Error> {
    let accounts = "select unit, principal, bonus, expires_at from account join shop using (shop_id)
                    where customer_id = ?1 order by unit <> shop.default_unit, unit desc";
    let accounts = sqlx::query_as(accounts).bind(customer).fetch_all(&mut *conn).await?;
    Ok((accounts, last_seq(conn, customer).await?))
}

/// The number of a customer's last event.
pub async fn last_seq(conn: &mut Connection, customer: CustomerId) -> Result<i64, Error> {
    let query = "select coalesce(max(seq), 0) from (
         select max(seq) as seq from entry where customer_id = ?1 and seq is not null
         union all select max(seq) from refusal where customer_id = ?1 and seq is not null
         union all select max(seq) from status where customer_id = ?1)";
    Ok(sqlx::query_scalar(query).bind(customer).fetch_one(conn).await?)
}

/// Makes a link and sweeps those that ended.
pub async fn invite(
    conn: &mut Connection,
    shop: ShopId,
    customer: CustomerId,
    code_hash: &[u8; 32],
    now: Millis,
    expires_at: Millis,
) -> Result<(), Error> {
    sqlx::query("delete from invite where expires_at < ?1").bind(now).execute(&mut *conn).await?;
    sqlx::query("insert into invite (code_hash, shop_id, customer_id, expires_at) values (?1, ?2, ?3, ?4)")
        .bind(code_hash.to_vec())
        .bind(shop)
        .bind(customer)
        .bind(expires_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// The link of a code, unless it ended.
pub async fn invited(conn: &mut Connection, code_hash: &[u8; 32], now: Millis) -> Result<Option<Invite>, Error> {
    let row: Option<InviteRow> = sqlx::query_as(
        "select shop_id, customer_id, device, credential from invite where code_hash = ?1 and expires_at >= ?2",
    )
    .bind(code_hash.to_vec())
    .bind(now)
    .fetch_optional(conn)
    .await?;
    row.map(|(shop, customer, device, credential)| {
        let used = device.zip(credential).map(|(device, id)| Ok::<_, Error>((device, number(id)?))).transpose()?;
        Ok(Invite { shop, customer, used })
    })
    .transpose()
}

/// Notes who used a link.
pub async fn use_invite(
    conn: &mut Connection,
    code_hash: &[u8; 32],
    device: &[u8; 16],
    credential: CredentialNumber,
) -> Result<(), Error> {
    sqlx::query("update invite set device = ?2, credential = ?3 where code_hash = ?1")
        .bind(code_hash.to_vec())
        .bind(device.to_vec())
        .bind(number_column(credential))
        .execute(conn)
        .await?;
    Ok(())
}
