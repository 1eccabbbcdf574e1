//! Recovery words: one a customer, kept as an HMAC.

use super::rows::{number, number_column};
use super::{Connection, Error};
use crate::code::CredentialNumber;
use crate::id::{CustomerId, ShopId};
use crate::ledger::Millis;

/// Whose a word is.
#[derive(Debug, Clone)]
pub struct Recovery {
    /// The customer.
    pub customer: CustomerId,
    /// Their shop.
    pub shop: ShopId,
    /// The device that it connected last, as which credential, and when.
    used: Option<(Vec<u8>, CredentialNumber, Millis)>,
}

impl Recovery {
    /// What the word made this device, and when, if it was the last one.
    pub fn used_by(&self, device: &[u8; 16]) -> Option<(CredentialNumber, Millis)> {
        self.used.as_ref().filter(|(known, _, _)| known == device).map(|(_, credential, at)| (*credential, *at))
    }
}

/// Gives a customer a word in the place of the one before.
pub async fn set(conn: &mut Connection, customer: CustomerId, hash: &[u8; 32], now: Millis) -> Result<(), Error> {
    sqlx::query("insert or replace into recovery (customer_id, word_hash, made_at) values (?1, ?2, ?3)")
        .bind(customer)
        .bind(hash.to_vec())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

type Row = (CustomerId, ShopId, Option<Vec<u8>>, Option<i64>, Option<Millis>);

/// Whose a word is; a credential that was taken back since is no use of it.
pub async fn find(conn: &mut Connection, hash: &[u8; 32]) -> Result<Option<Recovery>, Error> {
    let row: Option<Row> = sqlx::query_as(
        "select recovery.customer_id, customer.shop_id, recovery.device, credential.credential, used_at
         from recovery join customer on customer.customer_id = recovery.customer_id
         left join credential on credential.credential = recovery.credential and credential.revoked_at is null
         where word_hash = ?1",
    )
    .bind(hash.to_vec())
    .fetch_optional(conn)
    .await?;
    row.map(|(customer, shop, device, credential, used_at)| {
        let used = match (device, credential, used_at) {
            (Some(device), Some(credential), Some(at)) => Some((device, number(credential)?, at)),
            _ => None,
        };
        Ok(Recovery { customer, shop, used })
    })
    .transpose()
}

/// Notes which device a word connected.
pub async fn note_use(
    conn: &mut Connection,
    customer: CustomerId,
    device: &[u8; 16],
    credential: CredentialNumber,
    now: Millis,
) -> Result<(), Error> {
    sqlx::query("update recovery set device = ?2, credential = ?3, used_at = ?4 where customer_id = ?1")
        .bind(customer)
        .bind(device.to_vec())
        .bind(number_column(credential))
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}
