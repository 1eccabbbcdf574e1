//! What customers' PINs are compared with. How many wrong ones there were is the writer's to count, in `batch`.

use super::rows::number_column;
use super::{Connection, Error};
use crate::code::CredentialNumber;
use crate::id::ShopId;
use crate::pin::Kept;

/// Of the customer whose credential it is; `None` also if they set none.
pub async fn of_credential(
    conn: &mut Connection,
    shop: ShopId,
    credential: CredentialNumber,
) -> Result<Option<Kept>, Error> {
    let query = "select pin_hash, pin_generation from credential join customer using (customer_id)
                 where credential.shop_id = ?1 and credential = ?2 and pin_hash is not null";
    let query = sqlx::query_as(query).bind(shop).bind(number_column(credential));
    let row: Option<(String, i64)> = query.fetch_optional(conn).await?;
    Ok(row.map(|(hash, generation)| Kept { hash, generation }))
}
