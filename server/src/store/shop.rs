//! Shops and their units, and what makes this database itself.

use super::{Connection, Error};
use crate::id::ShopId;
use crate::ledger::{Millis, OwnAccount};
use crate::unit::{Unit, UnitKind};

/// A shop as terminals see it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ShopRow {
    /// Its id.
    pub shop_id: ShopId,
    /// Its name on screens.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// `en` or `zh`.
    pub language: String,
    /// What a redemption without a unit takes.
    pub default_unit: String,
    /// Marked on every screen, never in the books.
    pub practice: bool,
}

/// A unit and what screens call it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct UnitRow {
    /// The unit.
    pub unit: String,
    /// English name.
    pub name_en: String,
    /// Chinese name.
    pub name_zh: String,
}

/// A shop to be made.
#[derive(Debug, Clone)]
pub struct NewShop<'a> {
    /// Its name on screens.
    pub name: &'a str,
    /// ISO 4217.
    pub currency: &'a str,
    /// IANA name.
    pub time_zone: &'a str,
    /// `en` or `zh`.
    pub language: &'a str,
    /// What a redemption without a unit takes.
    pub default_unit: &'a Unit,
    /// Whether printed cards are taken.
    pub cards: bool,
    /// Marked on every screen, never in the books.
    pub practice: bool,
}

/// Gives a new database its epoch.
pub async fn ensure_meta(conn: &mut Connection) -> Result<(), Error> {
    sqlx::query("insert into meta (meta_id, epoch) values (1, ?1) on conflict do nothing")
        .bind(hex::encode(crate::master::random::<16>()))
        .execute(conn)
        .await?;
    Ok(())
}

/// The database's epoch.
pub async fn epoch(conn: &mut Connection) -> Result<String, Error> {
    Ok(sqlx::query_scalar("select epoch from meta").fetch_one(conn).await?)
}

/// Makes a shop, without units.
pub async fn create(conn: &mut Connection, shop: &NewShop<'_>, now: Millis) -> Result<ShopId, Error> {
    let id = sqlx::query_scalar(
        "insert into shop (name, currency, time_zone, language, default_unit, cards, practice, created_at)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) returning shop_id",
    )
    .bind(shop.name)
    .bind(shop.currency)
    .bind(shop.time_zone)
    .bind(shop.language)
    .bind(shop.default_unit.as_str())
    .bind(shop.cards)
    .bind(shop.practice)
    .bind(now)
    .fetch_one(conn)
    .await?;
    Ok(id)
}

/// Adds a unit with the shop's own accounts in it; one that is there stays as it is.
pub async fn add_unit(conn: &mut Connection, shop: ShopId, unit: &Unit, names: [&str; 2]) -> Result<(), Error> {
    sqlx::query("insert into unit (shop_id, unit, name_en, name_zh) values (?1, ?2, ?3, ?4) on conflict do nothing")
        .bind(shop)
        .bind(unit.as_str())
        .bind(names[0])
        .bind(names[1])
        .execute(&mut *conn)
        .await?;
    for kind in OwnAccount::ALL {
        sqlx::query("insert into account (shop_id, unit, kind) values (?1, ?2, ?3) on conflict do nothing")
            .bind(shop)
            .bind(unit.as_str())
            .bind(kind)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// The oldest shop of a name.
pub async fn find(conn: &mut Connection, name: &str, practice: bool) -> Result<Option<ShopId>, Error> {
    let query = "select shop_id from shop where name = ?1 and practice = ?2 order by shop_id limit 1";
    Ok(sqlx::query_scalar(query).bind(name).bind(practice).fetch_optional(conn).await?)
}

/// A shop.
pub async fn get(conn: &mut Connection, shop: ShopId) -> Result<ShopRow, Error> {
    let query = "select shop_id, name, currency, time_zone, language, default_unit, practice
                 from shop where shop_id = ?1";
    Ok(sqlx::query_as(query).bind(shop).fetch_one(conn).await?)
}

/// A shop's units, passes first.
pub async fn units(conn: &mut Connection, shop: ShopId) -> Result<Vec<UnitRow>, Error> {
    let query = "select unit, name_en, name_zh from unit where shop_id = ?1 order by unit";
    let mut units: Vec<UnitRow> = sqlx::query_as(query).bind(shop).fetch_all(conn).await?;
    units.sort_by_key(|row| Unit::parse(&row.unit).is_some_and(|unit| unit.kind() == UnitKind::Money));
    Ok(units)
}
