//! The buttons of a shop's tills.

use super::{Connection, Error};
use crate::id::ShopId;

/// A name for an amount of a unit.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ProductRow {
    /// English name.
    pub name_en: String,
    /// Chinese name.
    pub name_zh: String,
    /// One of the shop's units.
    pub unit: String,
    /// In minor units or visits.
    pub amount: i64,
}

/// A shop's products, in their order.
pub async fn all(conn: &mut Connection, shop: ShopId) -> Result<Vec<ProductRow>, Error> {
    let query = "select name_en, name_zh, unit, amount from product where shop_id = ?1 order by position";
    Ok(sqlx::query_as(query).bind(shop).fetch_all(conn).await?)
}

/// Puts products in place of a shop's own.
pub async fn set(conn: &mut Connection, shop: ShopId, products: &[ProductRow]) -> Result<(), Error> {
    sqlx::query("delete from product where shop_id = ?1").bind(shop).execute(&mut *conn).await?;
    for (position, product) in (1_i64..).zip(products) {
        sqlx::query(
            "insert into product (shop_id, position, name_en, name_zh, unit, amount) values (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(shop)
        .bind(position)
        .bind(&product.name_en)
        .bind(&product.name_zh)
        .bind(&product.unit)
        .bind(product.amount)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
