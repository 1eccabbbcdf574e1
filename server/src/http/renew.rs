//! A phone's new key, after the master key became a new one.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::body::Json;
use super::error::ApiError;
use crate::code::Step;
use crate::ledger::rfc3339;
use crate::rotation;

/// The body of `POST /me/renew`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewBody {}

/// A phone's current key.
#[derive(Serialize, ToSchema)]
pub struct Renewed {
    /// Ten digits, as before.
    #[schema(pattern = "^[0-9]{10}$")]
    credential: String,
    /// The key of its codes from now on, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    key: String,
    /// The server's step, in 5 s since 1970.
    step: i64,
    /// The server's time.
    #[schema(format = DateTime)]
    time: String,
}

/// Take the current key
///
/// To be called when `/me` or `/me/events` says `renew`. The key before works until the first code of this one is
/// taken, and asked again the answer is the same: it may be lost. Where old keys were stopped, codes of the key before
/// are refused as `credential_revoked`.
#[utoipa::path(
    post, path = "/api/v1/me/renew", tag = "me", operation_id = "renew", security(("phone" = []), ("page" = [])),
    request_body = RenewBody, responses((status = 200, description = "The key.", body = Renewed))
)]
pub async fn renew(
    State(app): State<App>,
    Caller(phone): Caller,
    Json(RenewBody {}): Json<RenewBody>,
) -> Result<axum::Json<Renewed>, ApiError> {
    let mut write = app.store.begin_write().await?;
    let key = rotation::renew(&mut write, &app.master, phone.credential).await?;
    write.commit().await?;
    let now = (app.clock)();
    Ok(axum::Json(Renewed {
        credential: phone.credential.to_string(),
        key: key.to_hex(),
        step: Step::at(now.div_euclid(1000)).0,
        time: rfc3339(now),
    }))
}
