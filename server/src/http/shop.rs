//! What a terminal needs to know of its shop.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::error::ApiError;
use super::product::Product;
use super::settings::{BonusRule, Expiry, Limits};
use crate::id::{ShopId, TerminalId};
use crate::ledger::rfc3339;
use crate::name::Name;
use crate::store::terminal::TerminalRow;
use crate::store::{self, Connection, product, shop};
use crate::unit::{Unit, UnitKind};

/// What screens call a unit.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Names {
    /// English.
    #[schema(value_type = Name)]
    pub en: String,
    /// Chinese.
    #[schema(value_type = Name)]
    pub zh: String,
}

/// A unit and how to show it.
#[derive(Serialize, ToSchema)]
pub struct ShownUnit {
    unit: Unit,
    kind: UnitKind,
    /// Digits after the point; 0 for a pass.
    decimals: u32,
    names: Names,
    limits: Limits,
    expiry: Expiry,
    /// No top-ups any more; what is there is still taken.
    retired: bool,
    /// What the shop gives on top of a top-up, the lowest amount first.
    bonus_rules: Vec<BonusRule>,
}

/// A shop.
#[derive(Serialize, ToSchema)]
pub struct ShownShop {
    id: ShopId,
    name: String,
    /// ISO 4217.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
    /// IANA name.
    time_zone: String,
    /// `en` or `zh`.
    language: String,
    /// Marked on every screen, never in the books.
    practice: bool,
    /// Whether printed cards are taken.
    cards: bool,
    /// Which part a redemption takes first: `principal`, `bonus` or `proportion`.
    redeem_order: String,
    /// By how many steps of five seconds a phone's clock may be off.
    step_tolerance: i64,
    /// When a business day starts, in minutes after midnight in the shop's zone.
    day_start_min: i64,
}

/// The terminal that asks.
#[derive(Serialize, ToSchema)]
pub struct ShownTerminal {
    /// Its id.
    pub id: TerminalId,
    /// Its name on screens.
    pub name: String,
}

/// What a terminal needs to know of its shop.
#[derive(Serialize, ToSchema)]
pub struct ShopAnswer {
    shop: ShownShop,
    /// Passes first.
    units: Vec<ShownUnit>,
    /// The buttons of the tills, in their order.
    products: Vec<Product>,
    /// What a redemption without a unit takes.
    default_unit: String,
    terminal: ShownTerminal,
    /// The address that phones use, without a slash at its end.
    phone_url: String,
    /// The server's time.
    #[schema(format = DateTime)]
    time: String,
}

/// The terminal's shop and its units
#[utoipa::path(
    get, path = "/api/v1/shop", tag = "shop", operation_id = "get_shop", security(("terminal" = [])),
    responses((status = 200, description = "The shop.", body = ShopAnswer))
)]
pub async fn get(State(app): State<App>, Terminal(terminal): Terminal) -> Result<axum::Json<ShopAnswer>, ApiError> {
    Ok(axum::Json(answer(&mut *app.store.read().await?, &app, &terminal).await?))
}

/// The shop as it is now.
pub async fn answer(conn: &mut Connection, app: &App, terminal: &TerminalRow) -> Result<ShopAnswer, store::Error> {
    let row = shop::get(conn, terminal.shop_id).await?;
    let rules = shop::bonus_rules(conn, terminal.shop_id).await?;
    let mut units = Vec::new();
    for row in shop::units(conn, terminal.shop_id).await? {
        let unit = Unit::parse(&row.unit).ok_or(store::Error::Inconsistent("a unit that is none"))?;
        units.push(ShownUnit {
            kind: unit.kind(),
            decimals: unit.decimals(),
            limits: Limits::of(&row),
            expiry: Expiry::of(&row),
            retired: row.retired_at.is_some(),
            bonus_rules: rules.iter().filter(|rule| rule.unit == row.unit).map(Into::into).collect(),
            names: Names { en: row.name_en, zh: row.name_zh },
            unit,
        });
    }
    Ok(ShopAnswer {
        shop: ShownShop {
            id: row.shop_id,
            name: row.name,
            currency: row.currency,
            time_zone: row.time_zone,
            language: row.language,
            practice: row.practice,
            cards: row.cards,
            redeem_order: row.redeem_order,
            step_tolerance: row.step_tolerance,
            day_start_min: row.day_start_min,
        },
        units,
        products: product::all(conn, terminal.shop_id).await?.into_iter().map(Product::from).collect(),
        default_unit: row.default_unit,
        terminal: ShownTerminal { id: terminal.terminal_id, name: terminal.name.clone() },
        phone_url: app.phone_url.to_string(),
        time: rfc3339((app.clock)()),
    })
}
