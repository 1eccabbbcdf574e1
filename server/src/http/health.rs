//! Whether the server serves.

use axum::extract::State;
use axum::response::IntoResponse;
use serde_json::json;

use super::App;
use super::error::ApiError;
use crate::store::shop;

/// `GET /healthz`: 200 when the books can be read.
pub async fn get(State(app): State<App>) -> Result<impl IntoResponse, ApiError> {
    shop::epoch(&mut *app.store.read().await?).await?;
    Ok(axum::Json(json!({ "status": "ok" })))
}
