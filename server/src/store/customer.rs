//! Customers, what they hold, and the links by which their phones join.

use std::time::Instant;

use super::raw::{Raw, Value};
use super::rows::{number, number_column};
use super::{Connection, Error, told};
use crate::code::CredentialNumber;
use crate::id::{CustomerId, RequestId, ShopId};
use crate::ledger::{Fingerprint, Millis};
use crate::name::{PHONE_END, phone_end};
use crate::pin::Kept;
use crate::unit::Unit;

/// Customers that one search answers.
pub const MAX_FOUND: u32 = 20;
/// Customers that are looked at without a pause for others.
const SEARCHED_AT_ONCE: i64 = 1000;

/// A customer as screens name them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CustomerRow {
    /// Their id.
    pub customer_id: CustomerId,
    /// Their name.
    pub name: String,
}

/// A customer that was found.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FoundRow {
    /// Their id.
    pub customer_id: CustomerId,
    /// Their name.
    pub name: String,
    /// Digits of their phone number.
    pub phone: Option<String>,
    /// Whether they are frozen.
    pub frozen: bool,
}

/// All that is kept of a customer beside what they hold.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PersonRow {
    /// Their id.
    pub customer_id: CustomerId,
    /// Their name.
    pub name: String,
    /// Digits of their phone number.
    pub phone: Option<String>,
    /// The id in the system that they were imported from.
    pub external: Option<String>,
    /// Whether they have a PIN.
    pub pin: bool,
    /// Since when they are frozen.
    pub frozen_at: Option<Millis>,
    /// Since when nothing personal is kept.
    pub erased_at: Option<Millis>,
    /// When they were made.
    pub created_at: Millis,
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

const CUSTOMER: &str = "insert into customer (shop_id, name, request_id, created_at, phone, fingerprint)
    values (?1, ?2, ?3, ?4, ?5, ?6) returning customer_id, name";

/// Makes one of many customers, without a hop to another thread for each.
pub fn add(raw: &mut Raw<'_>, shop: ShopId, name: &str, now: Millis) -> Result<CustomerId, Error> {
    let values = [shop.0.into(), name.into(), Value::Null, now.into(), Value::Null, Value::Null];
    let made = raw.one(CUSTOMER, &values, |row| Ok(CustomerId(row.int(0))))?;
    made.ok_or(Error::Inconsistent("a customer who was not made"))
}

/// Makes a customer, by a request and its fingerprint if there is one.
pub async fn create(
    conn: &mut Connection,
    shop: ShopId,
    (name, phone): (&str, Option<&str>),
    request: Option<(RequestId, Fingerprint)>,
    now: Millis,
) -> Result<CustomerRow, Error> {
    let (request, fingerprint) = request.map(|(id, print)| (id.as_bytes().to_vec(), print.to_vec())).unzip();
    let query = sqlx::query_as(CUSTOMER).bind(shop).bind(name).bind(request).bind(now).bind(phone).bind(fingerprint);
    Ok(query.fetch_one(conn).await?)
}

/// The customer whom a request made, and its fingerprint if it was kept.
pub async fn by_request(
    conn: &mut Connection,
    shop: ShopId,
    request: RequestId,
) -> Result<Option<(CustomerRow, Option<Vec<u8>>)>, Error> {
    let query = "select customer_id, name, fingerprint from customer where shop_id = ?1 and request_id = ?2";
    let found: Option<(CustomerId, String, _)> =
        sqlx::query_as(query).bind(shop).bind(request.as_bytes().to_vec()).fetch_optional(conn).await?;
    Ok(found.map(|(customer_id, name, fingerprint)| (CustomerRow { customer_id, name }, fingerprint)))
}

/// A customer of a shop, unless they were erased.
pub async fn get(conn: &mut Connection, shop: ShopId, customer: CustomerId) -> Result<Option<CustomerRow>, Error> {
    let query = "select customer_id, name from customer
                 where shop_id = ?1 and customer_id = ?2 and erased_at is null";
    Ok(sqlx::query_as(query).bind(shop).bind(customer).fetch_optional(conn).await?)
}

/// Customers of a shop in this order, without those who were erased.
pub async fn named(conn: &mut Connection, shop: ShopId, customers: &[CustomerId]) -> Result<Vec<CustomerRow>, Error> {
    let ids = serde_json::json!(customers).to_string();
    let query = "select customer_id, name from json_each(?2) join customer on customer_id = value
                 where shop_id = ?1 and erased_at is null order by key";
    Ok(sqlx::query_as(query).bind(shop).bind(ids).fetch_all(conn).await?)
}

/// All that is kept of a customer of a shop.
pub async fn person(conn: &mut Connection, shop: ShopId, customer: CustomerId) -> Result<Option<PersonRow>, Error> {
    let query = "select customer_id, name, phone, external, pin_hash is not null as pin, frozen_at, erased_at,
                     created_at
                 from customer where shop_id = ?1 and customer_id = ?2";
    Ok(sqlx::query_as(query).bind(shop).bind(customer).fetch_optional(conn).await?)
}

/// Customers whose name has `part` in it, in any case of any script, the newest first; those found `until` then. `None`
/// if that was nobody and there was more to look at.
pub async fn find(
    conn: &mut Connection,
    shop: ShopId,
    part: &str,
    until: Instant,
) -> Result<Option<Vec<FoundRow>>, Error> {
    const PAGE: &str = "select customer_id, name, phone, frozen_at is not null, erased_at is not null from customer
        where shop_id = ?1 and customer_id < ?2 order by customer_id desc limit ?3";
    let part = part.to_lowercase();
    let (mut found, mut before) = (Vec::new(), i64::MAX);
    loop {
        let mut rows = 0;
        {
            let mut handle = conn.lock_handle().await?;
            let values = [shop.0.into(), before.into(), SEARCHED_AT_ONCE.into()];
            Raw::on(&mut handle).each(PAGE, &values, |row| {
                (rows, before) = (rows + 1, row.int(0));
                let name = row.text(1)?;
                if found.len() < MAX_FOUND as usize && !row.is(4) && name.to_lowercase().contains(&part) {
                    let phone = Some(row.text(2)?.to_owned()).filter(|phone| !phone.is_empty());
                    let customer_id = CustomerId(before);
                    found.push(FoundRow { customer_id, name: name.to_owned(), phone, frozen: row.is(3) });
                }
                Ok(())
            })?;
        }
        if found.len() == MAX_FOUND as usize || rows < SEARCHED_AT_ONCE {
            return Ok(Some(found));
        }
        if Instant::now() >= until {
            return Ok(Some(found).filter(|found| !found.is_empty()));
        }
        tokio::task::yield_now().await;
    }
}

/// Customers whose phone number ends with `digits`, at least three, the newest first.
pub async fn find_by_phone(conn: &mut Connection, shop: ShopId, digits: &str) -> Result<Vec<FoundRow>, Error> {
    // The index knows the last four digits; three are the end of ten of them, or a whole number.
    let mut ends: Vec<String> = Vec::new();
    if digits.len() < PHONE_END {
        ends.extend((0..10).map(|digit| format!("{digit}{digits}")));
    }
    ends.push(phone_end(digits).to_owned());
    let ends = serde_json::json!(ends).to_string();
    let query = "select customer_id, name, phone, frozen_at is not null as frozen from customer
                 where shop_id = ?1 and erased_at is null and phone is not null
                     and substr(phone, -4) in (select value from json_each(?3)) and phone like '%' || ?2
                 order by customer_id desc limit ?4";
    Ok(sqlx::query_as(query).bind(shop).bind(digits).bind(ends).bind(MAX_FOUND).fetch_all(conn).await?)
}

/// Writes a customer's name and phone number.
pub async fn change(conn: &mut Connection, person: &PersonRow) -> Result<(), Error> {
    let query = "update customer set name = ?2, phone = ?3 where customer_id = ?1";
    let query = sqlx::query(query).bind(person.customer_id).bind(&person.name).bind(person.phone.as_deref());
    query.execute(conn).await?;
    Ok(())
}

/// Freezes a customer or unfreezes them; false if they were so before.
pub async fn set_frozen(conn: &mut Connection, customer: CustomerId, frozen: bool, now: Millis) -> Result<bool, Error> {
    let query = "update customer set frozen_at = case when ?2 then ?3 end
                 where customer_id = ?1 and (frozen_at is not null) <> ?2";
    let changed = sqlx::query(query).bind(customer).bind(frozen).bind(now).execute(conn).await?;
    Ok(changed.rows_affected() == 1)
}

/// Sets a customer's PIN or takes it away; wrong ones are forgotten.
pub async fn set_pin(conn: &mut Connection, customer: CustomerId, pin: Option<&Kept>) -> Result<(), Error> {
    sqlx::query("update customer set pin_hash = ?2, pin_generation = ?3 where customer_id = ?1")
        .bind(customer)
        .bind(pin.map(|pin| pin.hash.as_str()))
        .bind(pin.map(|pin| pin.generation))
        .execute(&mut *conn)
        .await?;
    sqlx::query("update credential set pin_tries = 0, pin_blocked_until = null where customer_id = ?1")
        .bind(customer)
        .execute(conn)
        .await?;
    Ok(())
}

/// Erases what is personal: name, phone number, PIN, the id elsewhere, notes, links, tokens. The customer is frozen
/// and their credentials are taken back; the ledger's rows stay as they are.
pub async fn erase(conn: &mut Connection, customer: CustomerId, now: Millis) -> Result<(), Error> {
    const CLEARED: [&str; 2] = [
        "update customer set name = '#' || customer_id, phone = null, external = null, request_id = null,
             fingerprint = null, pin_hash = null, pin_generation = null, frozen_at = coalesce(frozen_at, ?2),
             erased_at = ?2
         where customer_id = ?1",
        "update credential set revoked_at = coalesce(revoked_at, ?2) where customer_id = ?1",
    ];
    const DELETED: [&str; 5] = [
        "delete from recovery where customer_id = ?1",
        "delete from invite where customer_id = ?1",
        "delete from phone where credential in (select credential from credential where customer_id = ?1)",
        "delete from note where (shop_id, number) in (
             select shop_id, number from entry where customer_id = ?1 and seq is not null)",
        "delete from note where (shop_id, number) in (
             select shop_id, number from entry where customer_id = ?1 and seq is null)",
    ];
    for statement in CLEARED {
        sqlx::query(statement).bind(customer).bind(now).execute(&mut *conn).await?;
    }
    for statement in DELETED {
        sqlx::query(statement).bind(customer).execute(&mut *conn).await?;
    }
    Ok(())
}

/// A customer's accounts, the shop's default unit first, and the number of their last event.
pub async fn held(conn: &mut Connection, customer: CustomerId) -> Result<(Vec<AccountRow>, i64), Error> {
    let accounts = "select unit, principal, bonus, expires_at from account join shop using (shop_id)
                    where customer_id = ?1 order by unit <> shop.default_unit, unit desc";
    let accounts = sqlx::query_as(accounts).bind(customer).fetch_all(&mut *conn).await?;
    Ok((accounts, last_seq(conn, customer).await?))
}

/// Gives an account another date, or none. False if it had it before; `None` if there is no such account.
pub async fn set_expiry(
    conn: &mut Connection,
    customer: CustomerId,
    unit: &Unit,
    expires_at: Option<Millis>,
) -> Result<Option<bool>, Error> {
    let query = "update account set expires_at = ?3 where customer_id = ?1 and unit = ?2 and expires_at is not ?3";
    let query = sqlx::query(query).bind(customer).bind(unit.as_str()).bind(expires_at);
    if query.execute(&mut *conn).await?.rows_affected() == 1 {
        return Ok(Some(true));
    }
    let known = "select exists (select 1 from account where customer_id = ?1 and unit = ?2)";
    let known: bool = sqlx::query_scalar(known).bind(customer).bind(unit.as_str()).fetch_one(conn).await?;
    Ok(known.then_some(false))
}

/// The number of a customer's last event.
pub async fn last_seq(conn: &mut Connection, customer: CustomerId) -> Result<i64, Error> {
    Ok(told::stands(&mut Raw::on(&mut conn.lock_handle().await?), customer)?.1)
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

/// The link of a code, unless it ended or its phone was taken back.
pub async fn invited(conn: &mut Connection, code_hash: &[u8; 32], now: Millis) -> Result<Option<Invite>, Error> {
    let row: Option<InviteRow> = sqlx::query_as(
        "select shop_id, customer_id, device, credential from invite where code_hash = ?1 and expires_at >= ?2
         and not exists (select 1 from credential where credential = invite.credential and revoked_at is not null)",
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
