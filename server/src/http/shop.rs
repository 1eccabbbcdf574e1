//! What a terminal needs to know of its shop.

use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::json;

use super::App;
use super::auth::Terminal;
use super::error::ApiError;
use crate::ledger::rfc3339;
use crate::store::{self, shop};
use crate::unit::Unit;

/// `GET /shop`
pub async fn get(State(app): State<App>, Terminal(terminal): Terminal) -> Result<impl IntoResponse, ApiError> {
    let mut conn = app.store.read().await?;
    let row = shop::get(&mut conn, terminal.shop_id).await?;
    let mut units = Vec::new();
    for named in shop::units(&mut conn, terminal.shop_id).await? {
        let unit = Unit::parse(&named.unit).ok_or(store::Error::Inconsistent("a unit that is none"))?;
        units.push(json!({
            "unit": unit,
            "kind": unit.kind(),
            "decimals": unit.decimals(),
            "names": { "en": named.name_en, "zh": named.name_zh },
        }));
    }
    Ok(axum::Json(json!({
        "shop": {
            "id": row.shop_id,
            "name": row.name,
            "currency": row.currency,
            "time_zone": row.time_zone,
            "language": row.language,
            "practice": row.practice,
        },
        "units": units,
        "default_unit": row.default_unit,
        "terminal": { "id": terminal.terminal_id, "name": terminal.name },
        "phone_url": &*app.phone_url,
        "time": rfc3339((app.clock)()),
    })))
}
