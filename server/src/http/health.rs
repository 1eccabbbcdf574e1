//! Whether the server serves.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::error::ApiError;
use super::problem::refuses;
use crate::book::MAX_CLOCK_BEHIND_MS;
use crate::health::Writing;
use crate::ledger::Millis;
use crate::store::{self, shop};

/// The server's state.
#[derive(Serialize, ToSchema)]
pub struct HealthAnswer {
    /// `ok`
    status: &'static str,
    /// `ok`: the books can be read, and the last commit was written.
    store: &'static str,
    /// `ok`: the clock is not behind the books.
    clock: &'static str,
}

refuses!(
    /// Why it does not serve.
    HealthProblems: Busy, ClockWrong
);

/// Whether the server serves
///
/// The books can be read, the last commit was written (so the disk is neither full nor read-only), and the clock
/// is not behind the books. Otherwise `detail` says what is wrong.
#[utoipa::path(
    get, path = "/healthz", tag = "server", operation_id = "health", security(()),
    responses((status = 200, description = "It does.", body = HealthAnswer), HealthProblems)
)]
pub async fn get(State(app): State<App>) -> Result<axum::Json<HealthAnswer>, ApiError> {
    let last_at = async { shop::last_at(&mut *app.store.read().await?).await }.await;
    let last_at: Millis = last_at.map_err(|error: store::Error| {
        tracing::error!(%error, "the books cannot be read");
        ApiError::Unwell("the books cannot be read; the log says why")
    })?;
    let now = (app.clock)();
    if app.health.writing() != Writing::Good && app.health.may_try(now) {
        let tried = async {
            let mut write = app.store.begin_write().await?;
            shop::touch(&mut write).await?;
            write.commit().await
        };
        app.health.note(tried.await.map_or_else(|error| Writing::failed_by(&error), |()| Writing::Good));
    }
    if let Some(wrong) = app.health.writing().wrong() {
        return Err(ApiError::Unwell(wrong));
    }
    if now + MAX_CLOCK_BEHIND_MS < last_at {
        return Err(ApiError::ClockWrong);
    }
    Ok(axum::Json(HealthAnswer { status: "ok", store: "ok", clock: "ok" }))
}
