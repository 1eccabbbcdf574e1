//! Whether the server serves.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use crate::store::shop;

/// The server's state.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// `ok`
    status: &'static str,
}

/// Whether the books can be read
#[utoipa::path(
    get, path = "/healthz", tag = "server", operation_id = "health", security(()),
    responses((status = 200, description = "They can.", body = Health))
)]
pub async fn get(State(app): State<App>) -> Result<axum::Json<Health>, ApiError> {
    shop::epoch(&mut *app.store.read().await?).await?;
    Ok(axum::Json(Health { status: "ok" }))
}
