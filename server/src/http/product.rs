//! The buttons of the shop's tills: a name for an amount of a unit.
//!
//! An owner sets all of them at once, in their order. Nothing that is recorded refers to one.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::operator::parse_name;
use super::settings::{SettingsProblems, tell_terminals, within};
use super::shop::{Names, ShopAnswer, answer};
use super::who::{ApprovalBody, Who, WhoProblems};
use crate::audit::Deed;
use crate::id::OperatorId;
use crate::operator::Role;
use crate::store::product::{self, ProductRow};
use crate::store::shop;
use crate::unit::{MAX_AMOUNT, Unit};

/// Products of a shop, at most.
pub const MAX_PRODUCTS: usize = 30;

/// A button of the till.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// What screens call it.
    names: Names,
    /// One of the shop's units.
    #[schema(value_type = Unit)]
    unit: String,
    /// What a scan takes, in minor units or visits.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount: i64,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Self {
        Self { names: Names { en: row.name_en, zh: row.name_zh }, unit: row.unit, amount: row.amount }
    }
}

/// The body of `PUT /products`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductsBody {
    /// In place of all that the shop has, in their order; 30 at most.
    #[schema(max_items = 30)]
    products: Vec<Product>,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// Set the buttons of the shop's tills
#[utoipa::path(
    put, path = "/api/v1/products", tag = "shop", operation_id = "set_products",
    security(("terminal" = [])), request_body = ProductsBody,
    responses((status = 200, description = "The shop.", body = ShopAnswer), SettingsProblems, WhoProblems)
)]
pub async fn set(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<ProductsBody>,
) -> Result<axum::Json<ShopAnswer>, ApiError> {
    let rows = rows(&body.products)?;
    let who = Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let units = shop::units(&mut write, terminal.shop_id).await?;
    if rows.iter().any(|row| units.iter().all(|unit| unit.unit != row.unit)) {
        return Err(ApiError::UnitUnknown);
    }
    let taken: Vec<_> = rows.iter().map(|row| json!({ "unit": row.unit, "amount": row.amount })).collect();
    who.record(&mut write, now, Deed::ProductsChanged, None, json!({ "products": taken })).await?;
    product::set(&mut write, terminal.shop_id, &rows).await?;
    let answer = answer(&mut write, &app, &terminal).await?;
    write.commit().await?;
    tell_terminals(&app, terminal.shop_id);
    Ok(axum::Json(answer))
}

fn rows(products: &[Product]) -> Result<Vec<ProductRow>, ApiError> {
    if products.len() > MAX_PRODUCTS {
        return Err(ApiError::Malformed(format!("a shop has {MAX_PRODUCTS} products at most")));
    }
    let row = |product: &Product| {
        within("amount", Some(product.amount), 1, MAX_AMOUNT)?;
        let unit = Unit::parse(&product.unit).ok_or(ApiError::UnitUnknown)?;
        let (en, zh) = (parse_name(&product.names.en)?, parse_name(&product.names.zh)?);
        let (name_en, name_zh) = (en.to_string(), zh.to_string());
        Ok(ProductRow { name_en, name_zh, unit: unit.as_str().to_owned(), amount: product.amount })
    };
    products.iter().map(row).collect()
}
