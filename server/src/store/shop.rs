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
    /// Whether printed cards are taken.
    pub cards: bool,
    /// Which part a redemption takes first: `principal`, `bonus` or `proportion`.
    pub redeem_order: String,
    /// Steps that a phone's code may be off.
    pub step_tolerance: i64,
    /// When a business day starts, in minutes after midnight in the shop's zone.
    pub day_start_min: i64,
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
    /// The most that an account may hold.
    pub max_balance: Option<i64>,
    /// The most that one redemption may take.
    pub max_per_use: Option<i64>,
    /// The most that may be taken in a business day.
    pub max_per_day: Option<i64>,
    /// A redemption of more asks for the customer's PIN.
    pub pin_above: Option<i64>,
    /// The most that one redemption by card may take without the PIN.
    pub card_max_per_use: Option<i64>,
    /// The most that may be taken by card in a business day without the PIN.
    pub card_max_per_day: Option<i64>,
    /// A top-up moves the account's date to this many days from now.
    pub expires_after_days: Option<i64>,
    /// The customer is warned this many days before.
    pub warn_days: i64,
    /// Since when there are no top-ups any more.
    pub retired_at: Option<Millis>,
}

/// What the shop gives on top of a top-up of at least `from_amount`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct BonusRow {
    /// In what.
    pub unit: String,
    /// From which amount on.
    pub from_amount: i64,
    /// How much.
    pub bonus: i64,
    /// And how many thousandths of the amount.
    pub per_mille: i64,
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

/// The time of the newest entry of any shop; 0 if there is none.
pub async fn last_at(conn: &mut Connection) -> Result<Millis, Error> {
    Ok(sqlx::query_scalar("select ifnull(max(last_at), 0) from shop").fetch_one(conn).await?)
}

/// Writes what is there already, to see whether the books can be written.
pub async fn touch(conn: &mut Connection) -> Result<(), Error> {
    sqlx::query("update meta set epoch = epoch").execute(conn).await?;
    Ok(())
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

/// The shops that are no practice, with their names, the oldest first.
pub async fn real(conn: &mut Connection) -> Result<Vec<(ShopId, String)>, Error> {
    let query = "select shop_id, name from shop where not practice order by shop_id";
    Ok(sqlx::query_as(query).fetch_all(conn).await?)
}

/// A shop.
pub async fn get(conn: &mut Connection, shop: ShopId) -> Result<ShopRow, Error> {
    let query = "select shop_id, name, currency, time_zone, language, default_unit, practice, cards, redeem_order, step_tolerance,
                     day_start_min
                 from shop where shop_id = ?1";
    Ok(sqlx::query_as(query).bind(shop).fetch_one(conn).await?)
}

/// A shop's units, passes first.
pub async fn units(conn: &mut Connection, shop: ShopId) -> Result<Vec<UnitRow>, Error> {
    let query = "select unit, name_en, name_zh, max_balance, max_per_use, max_per_day, pin_above, card_max_per_use,
                     card_max_per_day, expires_after_days, warn_days, retired_at
                 from unit where shop_id = ?1 order by unit";
    let mut units: Vec<UnitRow> = sqlx::query_as(query).bind(shop).fetch_all(conn).await?;
    units.sort_by_key(|row| Unit::parse(&row.unit).is_some_and(|unit| unit.kind() == UnitKind::Money));
    Ok(units)
}

/// Writes a shop's settings.
pub async fn change(conn: &mut Connection, shop: &ShopRow) -> Result<(), Error> {
    sqlx::query(
        "update shop set name = ?2, language = ?3, time_zone = ?4, day_start_min = ?5, cards = ?6, redeem_order = ?7,
             default_unit = ?8, step_tolerance = ?9
         where shop_id = ?1",
    )
    .bind(shop.shop_id)
    .bind(&shop.name)
    .bind(&shop.language)
    .bind(&shop.time_zone)
    .bind(shop.day_start_min)
    .bind(shop.cards)
    .bind(&shop.redeem_order)
    .bind(&shop.default_unit)
    .bind(shop.step_tolerance)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes a unit's names, limits and dates.
pub async fn change_unit(conn: &mut Connection, shop: ShopId, unit: &UnitRow) -> Result<(), Error> {
    sqlx::query(
        "update unit set name_en = ?3, name_zh = ?4, max_balance = ?5, max_per_use = ?6, max_per_day = ?7,
             pin_above = ?8, card_max_per_use = ?9, card_max_per_day = ?10, expires_after_days = ?11,
             warn_days = ?12, retired_at = ?13
         where shop_id = ?1 and unit = ?2",
    )
    .bind(shop)
    .bind(&unit.unit)
    .bind(&unit.name_en)
    .bind(&unit.name_zh)
    .bind(unit.max_balance)
    .bind(unit.max_per_use)
    .bind(unit.max_per_day)
    .bind(unit.pin_above)
    .bind(unit.card_max_per_use)
    .bind(unit.card_max_per_day)
    .bind(unit.expires_after_days)
    .bind(unit.warn_days)
    .bind(unit.retired_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A shop's bonus rules, by unit and amount.
pub async fn bonus_rules(conn: &mut Connection, shop: ShopId) -> Result<Vec<BonusRow>, Error> {
    let query = "select unit, from_amount, bonus, per_mille from bonus_rule where shop_id = ?1
                 order by unit, from_amount";
    Ok(sqlx::query_as(query).bind(shop).fetch_all(conn).await?)
}

/// Puts rules in place of a unit's own.
pub async fn set_bonus_rules(
    conn: &mut Connection,
    shop: ShopId,
    unit: &Unit,
    rules: &[BonusRow],
) -> Result<(), Error> {
    let gone = "delete from bonus_rule where shop_id = ?1 and unit = ?2";
    sqlx::query(gone).bind(shop).bind(unit.as_str()).execute(&mut *conn).await?;
    for rule in rules {
        let query = "insert into bonus_rule (shop_id, unit, from_amount, bonus, per_mille)
                     values (?1, ?2, ?3, ?4, ?5)";
        let query = sqlx::query(query).bind(shop).bind(unit.as_str()).bind(rule.from_amount);
        query.bind(rule.bonus).bind(rule.per_mille).execute(&mut *conn).await?;
    }
    Ok(())
}
