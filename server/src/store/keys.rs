//! Which generation of the master key the books are at, and which credentials are to be renewed.

use super::rows::{number, number_column};
use super::{Connection, Error};
use crate::code::CredentialNumber;
use crate::id::{CustomerId, ShopId};

/// Credentials of older generations, those that were taken back left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct ToRenew {
    /// Phones: they renew by themselves.
    pub phones: i64,
    /// Printed cards.
    pub cards: i64,
}

/// A card whose key is old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldCard {
    /// Its number, which stays.
    pub credential: CredentialNumber,
    /// Whose it is.
    pub customer: CustomerId,
    /// Their name.
    pub name: String,
}

/// The generation of new credentials.
pub async fn current(conn: &mut Connection) -> Result<i64, Error> {
    Ok(sqlx::query_scalar("select generation from meta").fetch_one(conn).await?)
}

/// New credentials are of this generation from now on; it never goes back.
pub async fn set_current(conn: &mut Connection, generation: i64) -> Result<(), Error> {
    let query = "update meta set generation = max(generation, ?1)";
    sqlx::query(query).bind(generation).execute(conn).await?;
    Ok(())
}

/// Credentials of generations before the current one are not taken any more.
pub async fn stop_older(conn: &mut Connection) -> Result<(), Error> {
    sqlx::query("update meta set oldest_generation = generation").execute(conn).await?;
    Ok(())
}

/// How many are of older generations.
pub async fn to_renew(conn: &mut Connection) -> Result<ToRenew, Error> {
    let query =
        "select count(*) filter (where kind = 'phone') as phones, count(*) filter (where kind = 'card') as cards
                 from credential where revoked_at is null and generation < (select generation from meta)";
    Ok(sqlx::query_as(query).fetch_one(conn).await?)
}

/// Hands out the current generation's key beside the credential's own; both work until a code of it is shown.
pub async fn offer(conn: &mut Connection, credential: CredentialNumber) -> Result<(), Error> {
    let query = "update credential set renewing = meta.generation from meta
                 where credential = ?1 and credential.generation < meta.generation";
    sqlx::query(query).bind(number_column(credential)).execute(conn).await?;
    Ok(())
}

/// A shop's cards of older generations, by customer.
pub async fn old_cards(conn: &mut Connection, shop: ShopId) -> Result<Vec<OldCard>, Error> {
    let rows: Vec<(i64, CustomerId, String)> = sqlx::query_as(
        "select credential.credential, customer.customer_id, customer.name
         from credential join customer using (customer_id)
         where credential.shop_id = ?1 and kind = 'card' and revoked_at is null
             and generation < (select generation from meta)
         order by customer.customer_id, credential.credential",
    )
    .bind(shop)
    .fetch_all(conn)
    .await?;
    let card = |(credential, customer, name)| Ok(OldCard { credential: number(credential)?, customer, name });
    rows.into_iter().map(card).collect()
}
