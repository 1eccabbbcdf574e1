//! Imports: customers written in bulk, what of them is there already, and what was imported.

use super::raw::Raw;
use super::rows::fixed;
use super::{Connection, Error};
use crate::id::{CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Hash, Millis};
use crate::sheet::Row;

/// An import that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// Whose.
    pub shop: ShopId,
    /// The idempotency key.
    pub request: RequestId,
    /// When.
    pub at: Millis,
    /// None: the server's command line.
    pub terminal: Option<TerminalId>,
    /// Who; none in a shop without operators.
    pub operator: Option<OperatorId>,
    /// SHA-256 of the file.
    pub file_hash: Hash,
    /// The first entry of its opening balances; one more than the last if there are none.
    pub first_entry: i64,
    /// The last one.
    pub last_entry: i64,
    /// What was done, JSON.
    pub summary: String,
}

#[derive(sqlx::FromRow)]
struct ImportRow {
    shop_id: ShopId,
    at: Millis,
    terminal_id: Option<TerminalId>,
    operator_id: Option<OperatorId>,
    file_hash: Vec<u8>,
    first_entry: i64,
    last_entry: i64,
    summary: String,
}

/// The import that a request made.
pub async fn get(conn: &mut Connection, shop: ShopId, request: RequestId) -> Result<Option<Import>, Error> {
    let query = "select * from import where shop_id = ?1 and request_id = ?2";
    let row: Option<ImportRow> =
        sqlx::query_as(query).bind(shop).bind(request.as_bytes().to_vec()).fetch_optional(conn).await?;
    row.map(|row| {
        Ok(Import {
            shop: row.shop_id,
            request,
            at: row.at,
            terminal: row.terminal_id,
            operator: row.operator_id,
            file_hash: fixed(&row.file_hash)?,
            first_entry: row.first_entry,
            last_entry: row.last_entry,
            summary: row.summary,
        })
    })
    .transpose()
}

/// Keeps an import.
pub async fn add(conn: &mut Connection, import: &Import) -> Result<(), Error> {
    sqlx::query(
        "insert into import (shop_id, request_id, at, terminal_id, operator_id, file_hash, first_entry, last_entry,
             summary)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )
    .bind(import.shop)
    .bind(import.request.as_bytes().to_vec())
    .bind(import.at)
    .bind(import.terminal)
    .bind(import.operator)
    .bind(import.file_hash.to_vec())
    .bind(import.first_entry)
    .bind(import.last_entry)
    .bind(import.summary.as_str())
    .execute(conn)
    .await?;
    Ok(())
}

/// Imports whose entries are not opening balances that nobody was told of: shop and request id, hexadecimal.
pub async fn broken(conn: &mut Connection) -> Result<Vec<(ShopId, String)>, Error> {
    let query = "select shop_id, lower(hex(request_id)) from import
        where last_entry - first_entry + 1 <> (select count(*) from entry
            where entry.shop_id = import.shop_id and number between first_entry and last_entry
                and kind = 'adjustment' and seq is null and terminal_id is import.terminal_id)";
    Ok(sqlx::query_as(query).fetch_all(conn).await?)
}

const EXTERNAL: &str = "select 1 from customer where shop_id = ?1 and external = ?2";
const PHONE: &str = "select 1 from customer
    where shop_id = ?1 and phone is not null and substr(phone, -4) = substr(?2, -4) and phone = ?2";

/// Whether a customer of the shop has the external id, and whether one has the phone number, of each row.
pub fn known(raw: &mut Raw<'_>, shop: ShopId, rows: &[Row]) -> Result<Vec<[bool; 2]>, Error> {
    let mut is = |query: &'static str, value: &Option<String>| -> Result<bool, Error> {
        let Some(value) = value else { return Ok(false) };
        Ok(raw.one(query, &[shop.0.into(), value.as_str().into()], |_| Ok(()))?.is_some())
    };
    rows.iter().map(|row| Ok([is(EXTERNAL, &row.external)?, is(PHONE, &row.phone)?])).collect()
}

const CUSTOMER: &str = "insert into customer (shop_id, name, phone, external, created_at)
    values (?1, ?2, ?3, ?4, ?5) returning customer_id";

/// Makes a customer of each row.
pub fn customers(raw: &mut Raw<'_>, shop: ShopId, rows: &[Row], now: Millis) -> Result<Vec<CustomerId>, Error> {
    let mut made = Vec::with_capacity(rows.len());
    for row in rows {
        let values = [
            shop.0.into(),
            row.name.as_str().into(),
            row.phone.as_deref().into(),
            row.external.as_deref().into(),
            now.into(),
        ];
        let id = raw.one(CUSTOMER, &values, |row| Ok(CustomerId(row.int(0))))?;
        made.push(id.ok_or(Error::Inconsistent("a customer who was not made"))?);
    }
    Ok(made)
}
