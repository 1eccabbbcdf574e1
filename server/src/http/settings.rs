//! The shop's settings: its name and day, its units and their limits, what it gives on top.
//!
//! An owner changes them. They hold from the next request on; the shop's terminals are told to look again.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::operator::parse_name;
use super::problem::refuses;
use super::shop::{Names, ShopAnswer, answer};
use super::who::{ApprovalBody, Who, WhoProblems};
use crate::audit::Deed;
use crate::code::MAX_TOLERANCE;
use crate::day;
use crate::hub::Notice;
use crate::id::{OperatorId, ShopId};
use crate::name::Name;
use crate::operator::Role;
use crate::provision::default_names;
use crate::store::Connection;
use crate::store::shop::{self, BonusRow, UnitRow};
use crate::unit::{MAX_AMOUNT, MAX_BALANCE, Unit, UnitKind};

/// Units of a shop, at most.
pub const MAX_UNITS: usize = 50;
/// Bonus rules of a unit, at most.
pub const MAX_RULES: usize = 20;
/// The longest that an account may last after a top-up, in days.
pub const MAX_EXPIRY_DAYS: i64 = 36_500;
/// The earliest warning, in days before.
pub const MAX_WARN_DAYS: i64 = 365;
/// Thousandths of the amount that a rule gives, at most: ten times the amount.
pub const MAX_PER_MILLE: i64 = 10_000;

/// Which part of an account a redemption takes first.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RedeemOrder {
    /// What was paid for.
    Principal,
    /// What the shop gave on top.
    Bonus,
    /// Both, as they are held; rounded down on bonus.
    Proportion,
}

impl RedeemOrder {
    fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Bonus => "bonus",
            Self::Proportion => "proportion",
        }
    }
}

/// What screens speak.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Chinese.
    Zh,
}

/// The body of `PATCH /shop/settings`; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsChange {
    #[schema(value_type = Option<Name>)]
    name: Option<String>,
    language: Option<Language>,
    /// IANA name.
    #[schema(schema_with = time_zones)]
    time_zone: Option<String>,
    /// When a business day starts, in minutes after midnight in the shop's zone.
    #[schema(minimum = 0, maximum = 1439)]
    day_start_min: Option<i64>,
    /// Whether printed cards are taken.
    cards: Option<bool>,
    redeem_order: Option<RedeemOrder>,
    /// By how many steps of five seconds a phone's clock may be off.
    #[schema(minimum = 1, maximum = 49)]
    step_tolerance: Option<i64>,
    /// What a redemption without a unit takes.
    #[schema(value_type = Option<Unit>)]
    default_unit: Option<String>,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// A unit's limits, in minor units or visits; what is left out is not limited.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The most that an account may hold.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64)]
    max_balance: Option<i64>,
    /// The most that one redemption may take.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    max_per_use: Option<i64>,
    /// The most that may be taken in a business day.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64)]
    max_per_day: Option<i64>,
    /// A redemption of more asks for the customer's PIN.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pin_above: Option<i64>,
    /// The most that one redemption by card may take without the PIN.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    card_max_per_use: Option<i64>,
    /// The most that may be taken by card in a business day without the PIN.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_000_i64)]
    card_max_per_day: Option<i64>,
}

impl Limits {
    /// The limits of a unit.
    pub fn of(row: &UnitRow) -> Self {
        Self {
            max_balance: row.max_balance,
            max_per_use: row.max_per_use,
            max_per_day: row.max_per_day,
            pin_above: row.pin_above,
            card_max_per_use: row.card_max_per_use,
            card_max_per_day: row.card_max_per_day,
        }
    }

    fn check(&self) -> Result<(), ApiError> {
        within("max_balance", self.max_balance, 1, MAX_BALANCE)?;
        within("max_per_use", self.max_per_use, 1, MAX_AMOUNT)?;
        within("max_per_day", self.max_per_day, 1, MAX_BALANCE)?;
        within("pin_above", self.pin_above, 0, MAX_AMOUNT)?;
        within("card_max_per_use", self.card_max_per_use, 1, MAX_AMOUNT)?;
        within("card_max_per_day", self.card_max_per_day, 1, MAX_BALANCE)
    }
}

/// When an account in a unit expires.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Expiry {
    /// A top-up moves the account's date to this many days from now, if that is later; left out, it does not expire.
    #[schema(minimum = 1, maximum = 36_500)]
    after_days: Option<i64>,
    /// The customer is warned this many days before; 0: not at all.
    #[schema(minimum = 0, maximum = 365)]
    warn_days: i64,
}

impl Expiry {
    /// The expiry of a unit.
    pub fn of(row: &UnitRow) -> Self {
        Self { after_days: row.expires_after_days, warn_days: row.warn_days }
    }
}

/// The body of `POST /units`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitChange {
    /// A pass, or the shop's currency; made if the shop does not have it.
    #[schema(value_type = Unit)]
    unit: String,
    /// Left out: as they are.
    names: Option<Names>,
    /// All of them at once; left out: as they are.
    limits: Option<Limits>,
    /// Left out: as it is.
    expiry: Option<Expiry>,
    /// True: no top-ups any more; what is there is still taken.
    retired: Option<bool>,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// What the shop gives on top of a top-up that names no bonus.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BonusRule {
    /// From which amount on; of several rules the one with the highest is taken.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    from_amount: i64,
    /// How much.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    bonus: i64,
    /// And how many thousandths of the amount, rounded down.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10_000)]
    per_mille: i64,
}

impl From<&BonusRow> for BonusRule {
    fn from(row: &BonusRow) -> Self {
        Self { from_amount: row.from_amount, bonus: row.bonus, per_mille: row.per_mille }
    }
}

/// The body of `PUT /bonus-rules`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BonusRulesBody {
    #[schema(value_type = Unit)]
    unit: String,
    /// In place of all that the unit has; 20 at most. Of two from the same amount on, the later holds.
    #[schema(max_items = 20)]
    rules: Vec<BonusRule>,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

refuses!(
    /// How a setting is refused; `stands`: the shop has fifty units.
    SettingsProblems: UnitUnknown, Stands
);

/// The zones that there are, or none.
fn time_zones() -> Schema {
    let zones = day::zones().map(Value::from).chain([Value::Null]);
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null])).enum_values(Some(zones)).into()
}

pub(super) fn within(name: &str, value: Option<i64>, least: i64, most: i64) -> Result<(), ApiError> {
    match value {
        Some(value) if !(least..=most).contains(&value) => {
            Err(ApiError::Malformed(format!("{name} is {least} to {most}")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Change the shop's settings
#[utoipa::path(
    patch, path = "/api/v1/shop/settings", tag = "shop", operation_id = "change_settings",
    security(("terminal" = [])), request_body = SettingsChange,
    responses((status = 200, description = "The shop.", body = ShopAnswer), SettingsProblems, WhoProblems)
)]
pub async fn change(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<SettingsChange>,
) -> Result<axum::Json<ShopAnswer>, ApiError> {
    let name = body.name.as_deref().map(parse_name).transpose()?;
    within("day_start_min", body.day_start_min, 0, day::MINUTES - 1)?;
    within("step_tolerance", body.step_tolerance, 1, MAX_TOLERANCE)?;
    if body.time_zone.as_deref().is_some_and(|zone| day::zone(zone).is_none()) {
        return Err(ApiError::Malformed("time_zone is an IANA name, like Asia/Shanghai".into()));
    }
    let who = Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let mut row = shop::get(&mut write, terminal.shop_id).await?;
    if let Some(unit) = &body.default_unit {
        row.default_unit = unit_of(&mut write, terminal.shop_id, unit).await?.unit;
    }
    row.name = name.map_or(row.name, |name| name.to_string());
    row.language = match body.language {
        Some(Language::En) => "en".into(),
        Some(Language::Zh) => "zh".into(),
        None => row.language,
    };
    row.time_zone = body.time_zone.unwrap_or(row.time_zone);
    row.day_start_min = body.day_start_min.unwrap_or(row.day_start_min);
    row.cards = body.cards.unwrap_or(row.cards);
    row.step_tolerance = body.step_tolerance.unwrap_or(row.step_tolerance);
    row.redeem_order = body.redeem_order.map_or(row.redeem_order, |order| order.as_str().into());
    let detail = json!({
        "language": row.language, "time_zone": row.time_zone, "day_start_min": row.day_start_min,
        "cards": row.cards, "redeem_order": row.redeem_order,
        "step_tolerance": row.step_tolerance, "default_unit": row.default_unit,
    });
    who.record(&mut write, now, Deed::SettingsChanged, None, detail).await?;
    shop::change(&mut write, &row).await?;
    let answer = answer(&mut write, &app, &terminal).await?;
    write.commit().await?;
    tell_terminals(&app, terminal.shop_id);
    Ok(axum::Json(answer))
}

/// Add a unit, or change its names, limits and expiry
#[utoipa::path(
    post, path = "/api/v1/units", tag = "shop", operation_id = "change_unit",
    security(("terminal" = [])), request_body = UnitChange,
    responses((status = 200, description = "The shop.", body = ShopAnswer), SettingsProblems, WhoProblems)
)]
pub async fn change_unit(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<UnitChange>,
) -> Result<axum::Json<ShopAnswer>, ApiError> {
    let unit = Unit::parse(&body.unit).ok_or(ApiError::UnitUnknown)?;
    let names = match &body.names {
        Some(names) => Some((parse_name(&names.en)?, parse_name(&names.zh)?)),
        None => None,
    };
    body.limits.unwrap_or_default().check()?;
    if let Some(expiry) = body.expiry {
        within("after_days", expiry.after_days, 1, MAX_EXPIRY_DAYS)?;
        within("warn_days", Some(expiry.warn_days), 0, MAX_WARN_DAYS)?;
    }
    let who = Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let detail = json!({ "unit": unit, "limits": body.limits, "expiry": body.expiry, "retired": body.retired });
    who.record(&mut write, now, Deed::UnitChanged, None, detail).await?;
    ensure_unit(&mut write, terminal.shop_id, &unit).await?;
    let mut row = unit_of(&mut write, terminal.shop_id, unit.as_str()).await?;
    if let Some((en, zh)) = names {
        (row.name_en, row.name_zh) = (en.to_string(), zh.to_string());
    }
    if let Some(limits) = body.limits {
        set_limits(&mut row, limits);
    }
    if let Some(expiry) = body.expiry {
        (row.expires_after_days, row.warn_days) = (expiry.after_days, expiry.warn_days);
    }
    row.retired_at = match body.retired {
        Some(true) => row.retired_at.or(Some(now)),
        Some(false) => None,
        None => row.retired_at,
    };
    shop::change_unit(&mut write, terminal.shop_id, &row).await?;
    let answer = answer(&mut write, &app, &terminal).await?;
    write.commit().await?;
    tell_terminals(&app, terminal.shop_id);
    Ok(axum::Json(answer))
}

fn set_limits(row: &mut UnitRow, limits: Limits) {
    row.max_balance = limits.max_balance;
    row.max_per_use = limits.max_per_use;
    row.max_per_day = limits.max_per_day;
    row.pin_above = limits.pin_above;
    row.card_max_per_use = limits.card_max_per_use;
    row.card_max_per_day = limits.card_max_per_day;
}

/// Makes a unit that the shop does not have: a pass, or its own currency.
async fn ensure_unit(conn: &mut Connection, id: ShopId, unit: &Unit) -> Result<(), ApiError> {
    let units = shop::units(conn, id).await?;
    if units.iter().any(|row| row.unit == unit.as_str()) {
        return Ok(());
    }
    if unit.kind() == UnitKind::Money && shop::get(conn, id).await?.currency != unit.as_str() {
        return Err(ApiError::UnitUnknown);
    }
    if units.len() >= MAX_UNITS {
        return Err(ApiError::Stands);
    }
    Ok(shop::add_unit(conn, id, unit, default_names(unit)).await?)
}

async fn unit_of(conn: &mut Connection, shop: ShopId, unit: &str) -> Result<UnitRow, ApiError> {
    let units = shop::units(conn, shop).await?;
    units.into_iter().find(|row| row.unit == unit).ok_or(ApiError::UnitUnknown)
}

/// Set what the shop gives on top of a unit's top-ups
#[utoipa::path(
    put, path = "/api/v1/bonus-rules", tag = "shop", operation_id = "set_bonus_rules",
    security(("terminal" = [])), request_body = BonusRulesBody,
    responses((status = 200, description = "The shop.", body = ShopAnswer), SettingsProblems, WhoProblems)
)]
pub async fn set_bonus_rules(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<BonusRulesBody>,
) -> Result<axum::Json<ShopAnswer>, ApiError> {
    let unit = Unit::parse(&body.unit).ok_or(ApiError::UnitUnknown)?;
    let rows = rows(&unit, &body.rules)?;
    let who = Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    unit_of(&mut write, terminal.shop_id, unit.as_str()).await?;
    let detail = json!({ "unit": unit, "rules": body.rules });
    who.record(&mut write, now, Deed::BonusRulesChanged, None, detail).await?;
    shop::set_bonus_rules(&mut write, terminal.shop_id, &unit, &rows).await?;
    let answer = answer(&mut write, &app, &terminal).await?;
    write.commit().await?;
    tell_terminals(&app, terminal.shop_id);
    Ok(axum::Json(answer))
}

fn rows(unit: &Unit, rules: &[BonusRule]) -> Result<Vec<BonusRow>, ApiError> {
    if rules.len() > MAX_RULES {
        return Err(ApiError::Malformed(format!("a unit has {MAX_RULES} rules at most")));
    }
    let mut rows: Vec<BonusRow> = Vec::with_capacity(rules.len());
    for rule in rules {
        within("from_amount", Some(rule.from_amount), 1, MAX_AMOUNT)?;
        within("bonus", Some(rule.bonus), 0, MAX_AMOUNT)?;
        within("per_mille", Some(rule.per_mille), 0, MAX_PER_MILLE)?;
        rows.retain(|row| row.from_amount != rule.from_amount);
        rows.push(BonusRow {
            unit: unit.as_str().to_owned(),
            from_amount: rule.from_amount,
            bonus: rule.bonus,
            per_mille: rule.per_mille,
        });
    }
    Ok(rows)
}

/// The shop's terminals look at it again.
pub(super) fn tell_terminals(app: &App, shop: ShopId) {
    app.hub.notify(shop, Notice::State(json!({ "type": "shop" }).to_string()));
}
