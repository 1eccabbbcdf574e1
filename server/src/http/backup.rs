//! Backups by the clock: how they stand, and one more now. For owners.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::parts::Query;
use super::problem::refuses;
use super::who::{ApprovalBody, Asking, Who, WhoProblems};
use crate::backup::schedule::{self, Schedule};
use crate::id::OperatorId;
use crate::ledger::rfc3339;
use crate::operator::Role;
use crate::store::shop;

/// A verified backup.
#[derive(Serialize, ToSchema)]
pub struct Made {
    /// Its name in the directory.
    file: String,
    /// When it was begun.
    #[schema(format = DateTime)]
    made_at: String,
}

/// A failure since the last one.
#[derive(Serialize, ToSchema)]
pub struct Failure {
    #[schema(format = DateTime)]
    at: String,
    /// In a sentence; where the server has other shops too, that its log knows.
    why: String,
}

/// How the backups stand.
#[derive(Serialize, ToSchema)]
pub struct BackupsAnswer {
    /// None where the server makes none by the clock.
    backups: Option<Backups>,
}

/// Backups by the clock.
#[derive(Serialize, ToSchema)]
pub struct Backups {
    /// The directory on the server; none where it has other shops too.
    dir: Option<String>,
    /// Seconds from one to the next.
    #[schema(minimum = 60)]
    every_s: u64,
    /// How many are kept.
    #[schema(minimum = 1)]
    keep: usize,
    /// Whether they are encrypted.
    sealed: bool,
    /// Whether one is being made.
    running: bool,
    /// The newest. It was opened and its books were checked.
    last: Option<Made>,
    /// When the next is due.
    #[schema(format = DateTime)]
    next_at: String,
    /// What went wrong since the last; it is tried again.
    failed: Option<Failure>,
}

/// What an owner who shares the server is told of a failure, because the cause may name a path.
const WHY_IS_LOGGED: &str = "the server's log says why";

impl Backups {
    /// How they stand. Where on the server they lie concerns the only shop's owner, and no other's.
    async fn of(app: &App, schedule: &Schedule) -> Result<Self, ApiError> {
        let alone = shop::real(&mut *app.store.read().await?).await?.len() <= 1;
        let (plan, state) = (schedule.plan(), schedule.state());
        let why = |failed: schedule::Failed| if alone { failed.why } else { WHY_IS_LOGGED.to_owned() };
        Ok(Self {
            dir: alone.then(|| plan.dir.display().to_string()),
            every_s: plan.every.as_secs(),
            keep: plan.keep,
            sealed: plan.passphrase_file.is_some(),
            running: state.running,
            last: state.last.map(|(file, at)| Made { file, made_at: rfc3339(at) }),
            next_at: rfc3339(state.next_at),
            failed: state.failed.map(|failed| Failure { at: rfc3339(failed.at), why: why(failed) }),
        })
    }
}

/// The body of `POST /backups`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BackupBody {
    /// Who asks; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
    /// An owner's consent.
    approval: Option<ApprovalBody>,
}

refuses!(
    /// How one more is refused; `not_found` where the server makes none by the clock.
    BackupProblems: Forbidden, ApprovalRequired, PinWrong, TooManyAttempts, Busy, NotFound
);

/// How the server's backups stand
#[utoipa::path(
    get, path = "/api/v1/backups", tag = "shop", operation_id = "get_backups", security(("terminal" = [])),
    params(Asking), responses((status = 200, description = "The backups.", body = BackupsAnswer), WhoProblems)
)]
pub async fn get(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
) -> Result<axum::Json<BackupsAnswer>, ApiError> {
    Who::needs(&app, &terminal, Role::Owner, asking.operator, None).await?;
    let backups = match &app.backups {
        Some(schedule) => Some(Backups::of(&app, schedule).await?),
        None => None,
    };
    Ok(axum::Json(BackupsAnswer { backups }))
}

/// Make a backup now
///
/// It is made beside everything else; `GET /backups` tells when it is there. One in five minutes, whichever shop asks;
/// the last three are kept beside those that are made by the clock.
#[utoipa::path(
    post, path = "/api/v1/backups", tag = "shop", operation_id = "make_backup", security(("terminal" = [])),
    request_body = BackupBody,
    responses((status = 202, description = "It will be made.", body = BackupsAnswer), BackupProblems)
)]
pub async fn make(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<BackupBody>,
) -> Result<(StatusCode, axum::Json<BackupsAnswer>), ApiError> {
    Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    let backups = app.backups.as_ref().ok_or(ApiError::NotFound)?;
    backups.make_now((app.clock)()).map_err(|retry_after_s| ApiError::TooMany { retry_after_s })?;
    let backups = Some(Backups::of(&app, backups).await?);
    Ok((StatusCode::ACCEPTED, axum::Json(BackupsAnswer { backups })))
}
