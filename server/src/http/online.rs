//! Whose phones are connected now.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::error::ApiError;
use super::show::CustomerName;
use crate::store::customer;

/// Customers that are named at most.
const MOST: usize = 200;

/// Customers whose phone is connected.
#[derive(Serialize, ToSchema)]
pub struct Online {
    /// Who came last first, 200 at most; a customer with two phones is one.
    customers: Vec<CustomerName>,
    /// Whether there are more.
    more: bool,
}

/// The customers whose phones are connected now
///
/// As many as the terminal's socket counts phones, less those of customers who have two.
#[utoipa::path(
    get, path = "/api/v1/online", tag = "customers", operation_id = "list_online", security(("terminal" = [])),
    responses((status = 200, description = "Who they are.", body = Online))
)]
pub async fn list(State(app): State<App>, Terminal(terminal): Terminal) -> Result<axum::Json<Online>, ApiError> {
    let shop = terminal.shop_id;
    let _turn = app.heavy(shop).await?;
    let mut ids = app.hub.customers_online(shop);
    let more = ids.len() > MOST;
    ids.truncate(MOST);
    let mut conn = app.store.read().await?;
    let named = customer::named(&mut conn, shop, &ids).await?;
    Ok(axum::Json(Online { customers: named.into_iter().map(CustomerName::from).collect(), more }))
}
