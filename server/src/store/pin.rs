//! What customers' PINs are compared with. How many wrong ones there were is the writer's to count, in `batch`.

use super::rows::number_column;
use super::{Connection, Error};
use crate::code::CredentialNumber;
use crate::id::ShopId;
use crate::pin::Kept;

/// A credential, as far as a PIN that comes with its code needs it.
pub struct Shown {
    /// Of the master key: the one that its codes are made with, and the one that was handed out to take its place.
    pub generations: [Option<i64>; 2],
    /// Its customer's PIN, if they set one.
    pub kept: Option<Kept>,
}

/// The credential's generations, then the PIN's hash and generation.
type Row = (i64, Option<i64>, Option<String>, Option<i64>);

/// Of a credential of this shop.
pub async fn of_credential(
    conn: &mut Connection,
    shop: ShopId,
    credential: CredentialNumber,
) -> Result<Option<Shown>, Error> {
    let query =
        "select generation, renewing, pin_hash, pin_generation from credential join customer using (customer_id)
                 where credential.shop_id = ?1 and credential = ?2";
    let query = sqlx::query_as(query).bind(shop).bind(number_column(credential));
    let row: Option<Row> = query.fetch_optional(conn).await?;
    Ok(row.map(|(generation, renewing, hash, pin_generation)| Shown {
        generations: [Some(generation), renewing],
        kept: hash.zip(pin_generation).map(|(hash, generation)| Kept { hash, generation }),
    }))
}
