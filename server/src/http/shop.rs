//! What a terminal needs to know of its shop.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::error::ApiError;
use crate::id::{ShopId, TerminalId};
use crate::ledger::rfc3339;
use crate::store::{self, shop};
use crate::unit::{Unit, UnitKind};

/// What screens call a unit.
#[derive(Serialize, ToSchema)]
pub struct Names {
    /// English.
    pub en: String,
    /// Chinese.
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
    let mut conn = app.store.read().await?;
    let row = shop::get(&mut conn, terminal.shop_id).await?;
    let mut units = Vec::new();
    for named in shop::units(&mut conn, terminal.shop_id).await? {
        let unit = Unit::parse(&named.unit).ok_or(store::Error::Inconsistent("a unit that is none"))?;
        let names = Names { en: named.name_en, zh: named.name_zh };
        units.push(ShownUnit { kind: unit.kind(), decimals: unit.decimals(), unit, names });
    }
    Ok(axum::Json(ShopAnswer {
        shop: ShownShop {
            id: row.shop_id,
            name: row.name,
            currency: row.currency,
            time_zone: row.time_zone,
            language: row.language,
            practice: row.practice,
        },
        units,
        default_unit: row.default_unit,
        terminal: ShownTerminal { id: terminal.terminal_id, name: terminal.name },
        phone_url: app.phone_url.to_string(),
        time: rfc3339((app.clock)()),
    }))
}
