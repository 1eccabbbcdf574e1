//! A customer pauses the codes of their own phone, and switches them on again.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::body::Json;
use super::error::ApiError;
use crate::audit::{Act, Deed};
use crate::store::audit;
use crate::store::phone::{self, Phone};

/// A body that says nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseBody {}

/// Pause this phone's codes
///
/// They are refused as `frozen` until the phone resumes. Its other calls go on.
#[utoipa::path(
    post, path = "/api/v1/me/pause", tag = "me", operation_id = "pause", security(("phone" = []), ("page" = [])),
    request_body = PauseBody, responses((status = 204, description = "Paused, or so before."))
)]
pub async fn pause(
    State(app): State<App>,
    Caller(phone): Caller,
    Json(PauseBody {}): Json<PauseBody>,
) -> Result<StatusCode, ApiError> {
    set(&app, &phone, true).await
}

/// Switch this phone's codes on again
#[utoipa::path(
    post, path = "/api/v1/me/resume", tag = "me", operation_id = "resume", security(("phone" = []), ("page" = [])),
    request_body = PauseBody, responses((status = 204, description = "On, or so before."))
)]
pub async fn resume(
    State(app): State<App>,
    Caller(phone): Caller,
    Json(PauseBody {}): Json<PauseBody>,
) -> Result<StatusCode, ApiError> {
    set(&app, &phone, false).await
}

async fn set(app: &App, phone: &Phone, paused: bool) -> Result<StatusCode, ApiError> {
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    if phone::set_paused(&mut write, phone.credential, paused, now).await? {
        let deed = if paused { Deed::PhonePaused } else { Deed::PhoneResumed };
        let detail = json!({ "credential": phone.credential.to_string() });
        audit::add(&mut write, &Act::of_customer(phone.shop, phone.customer, deed, now, detail)).await?;
        write.commit().await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
