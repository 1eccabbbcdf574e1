//! Entries read again, in the order of a shop's or of a customer's numbers.

use super::rows::EntryRow;
use super::{Connection, Error};
use crate::event::ShownEntry;
use crate::id::{CustomerId, ShopId};

/// Entries of one page.
pub const PAGE: i64 = 500;

/// A shop's entries with `number > after`, in order, one page at most.
pub async fn entries(conn: &mut Connection, shop: ShopId, after: i64) -> Result<Vec<ShownEntry>, Error> {
    let rows: Vec<EntryRow> =
        sqlx::query_as("select * from shown_entry where shop_id = ?1 and number > ?2 order by number limit ?3")
            .bind(shop)
            .bind(after)
            .bind(PAGE)
            .fetch_all(conn)
            .await?;
    rows.into_iter().map(ShownEntry::try_from).collect()
}

/// A shop's entries of these numbers, in their order.
pub async fn numbered(conn: &mut Connection, shop: ShopId, numbers: &[i64]) -> Result<Vec<ShownEntry>, Error> {
    let mut shown = Vec::with_capacity(numbers.len());
    for number in numbers {
        let query = sqlx::query_as("select * from shown_entry where shop_id = ?1 and number = ?2");
        let row: EntryRow = query.bind(shop).bind(number).fetch_one(&mut *conn).await?;
        shown.push(ShownEntry::try_from(row)?);
    }
    Ok(shown)
}

/// The number of a shop's last entry.
pub async fn last_number(conn: &mut Connection, shop: ShopId) -> Result<i64, Error> {
    let query = "select last_number from shop where shop_id = ?1";
    Ok(sqlx::query_scalar(query).bind(shop).fetch_one(conn).await?)
}

/// A customer's entries with `number < before`, the newest first, `length` at most; also those that they were not
/// told.
pub async fn of_customer(
    conn: &mut Connection,
    customer: CustomerId,
    before: i64,
    length: i64,
) -> Result<Vec<ShownEntry>, Error> {
    // Two halves, each on an index of its own.
    const HALVES: [&str; 2] = [
        "select * from shown_entry where customer_id = ?1 and seq is not null and number < ?2
         order by seq desc limit ?3",
        "select * from shown_entry where customer_id = ?1 and seq is null and number < ?2
         order by number desc limit ?3",
    ];
    let mut shown = Vec::new();
    for half in HALVES {
        let query = sqlx::query_as(half).bind(customer).bind(before).bind(length);
        let rows: Vec<EntryRow> = query.fetch_all(&mut *conn).await?;
        for row in rows {
            shown.push(ShownEntry::try_from(row)?);
        }
    }
    shown.sort_by_key(|shown| std::cmp::Reverse(shown.entry.number));
    shown.truncate(usize::try_from(length).unwrap_or(usize::MAX));
    Ok(shown)
}

/// The notes on a customer's entries: the entry's number and the text, the oldest first.
pub async fn notes_of_customer(conn: &mut Connection, customer: CustomerId) -> Result<Vec<(i64, String)>, Error> {
    let query = "select number, text from note where (shop_id, number) in (
                     select shop_id, number from entry where customer_id = ?1 and seq is not null
                     union all select shop_id, number from entry where customer_id = ?1 and seq is null)
                 order by number";
    Ok(sqlx::query_as(query).bind(customer).fetch_all(conn).await?)
}
