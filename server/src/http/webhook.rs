//! Webhooks: an owner says where a shop's entries are sent.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::parts::{Path, Query};
use super::who::{ApprovalBody, Asking, Who, WhoProblems};
use crate::audit::Deed;
use crate::id::{OperatorId, WebhookId};
use crate::ledger::rfc3339;
use crate::operator::Role;
use crate::store::terminal::TerminalRow;
use crate::store::webhook::{self, WebhookRow};
use crate::store::{Connection, shop};
use crate::webhook::{MAX_PER_SHOP, wrong_with};

/// What a webhook does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// Its receiver takes what is sent.
    Active,
    /// The last try failed; the next one comes by itself.
    Failing,
    /// The owner wants none now.
    Paused,
    /// It failed for seven days; resume it when the receiver works again.
    Disabled,
}

/// A webhook.
#[derive(Serialize, ToSchema)]
pub struct ShownWebhook {
    id: WebhookId,
    url: String,
    state: WebhookState,
    /// The number of the last ledger entry that the receiver took.
    #[schema(minimum = 0)]
    taken: i64,
    /// Tries in a row that failed.
    #[schema(minimum = 0)]
    tries: i64,
    /// Why the last one failed.
    failure: Option<String>,
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// When the next try may begin.
    #[schema(format = DateTime)]
    next_at: Option<String>,
}

impl From<WebhookRow> for ShownWebhook {
    fn from(row: WebhookRow) -> Self {
        let state = match (row.paused_at, row.disabled_at, row.failing_since) {
            (Some(_), _, _) => WebhookState::Paused,
            (None, Some(_), _) => WebhookState::Disabled,
            (None, None, Some(_)) => WebhookState::Failing,
            (None, None, None) => WebhookState::Active,
        };
        Self {
            id: row.webhook_id,
            url: row.url,
            state,
            taken: row.taken,
            tries: row.tries,
            failure: row.failure,
            failing_since: row.failing_since.map(rfc3339),
            next_at: (state == WebhookState::Failing).then(|| rfc3339(row.next_at)),
        }
    }
}

/// A webhook and the secret of its signatures.
#[derive(Serialize, ToSchema)]
pub struct MadeWebhook {
    webhook: ShownWebhook,
    /// The key of `Tillbeam-Signature`, as text.
    #[schema(pattern = "^whsec_[A-Za-z0-9_-]{43}$")]
    secret: String,
}

/// A shop's webhooks.
#[derive(Serialize, ToSchema)]
pub struct Webhooks {
    /// The oldest first, 10 at most.
    webhooks: Vec<ShownWebhook>,
}

/// How a test went.
#[derive(Serialize, ToSchema)]
pub struct WebhookTest {
    /// Whether the receiver answered with 2xx.
    delivered: bool,
    /// Why not.
    failure: Option<String>,
}

/// The body of `POST /webhooks`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// `https://` or `http://`; addresses of the server's own network only if the server allows them.
    #[schema(example = "https://shop.example/tillbeam", min_length = 1, max_length = 2000)]
    url: String,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of what is done to a webhook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookAct {
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

impl WebhookAct {
    async fn who(&self, app: &App, terminal: &TerminalRow) -> Result<Who, ApiError> {
        Who::needs(app, terminal, Role::Owner, self.operator, self.approval.as_ref()).await
    }
}

/// Have the shop's entries sent to an address
///
/// Every ledger entry from now on is posted there, the same JSON as on the terminal's socket, in the order of the
/// entries and at least once. `Tillbeam-Signature: t=UNIX,v1=HEX` has the HMAC-SHA256 of `UNIX.BODY` under the
/// secret. What is not answered with 2xx within 10 s is tried again, after 5 s, 10 s and so on up to 6 h; redirects
/// are not followed; after seven days of failures the webhook is disabled. The same address again answers the same
/// webhook with its secret.
#[utoipa::path(
    post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "create_webhook",
    security(("terminal" = [])), request_body = NewWebhook,
    responses(
        (status = 201, description = "Made.", body = MadeWebhook),
        (status = 200, description = "Made before.", body = MadeWebhook),
        WhoProblems
    )
)]
pub async fn create(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<NewWebhook>,
) -> Result<impl IntoResponse, ApiError> {
    let who = Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    if let Some(wrong) = wrong_with(&body.url, app.courier.private) {
        return Err(ApiError::Malformed(wrong.into()));
    }
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let (row, fresh) = webhook::create(&mut write, terminal.shop_id, &body.url, app.master.current(), now).await?;
    if fresh {
        let count = webhook::of_shop(&mut write, terminal.shop_id).await?.len();
        if i64::try_from(count).is_ok_and(|count| count > MAX_PER_SHOP) {
            return Err(ApiError::Malformed(format!("a shop has at most {MAX_PER_SHOP} webhooks")));
        }
        who.record(&mut write, now, Deed::WebhookMade, None, json!({ "webhook": row.webhook_id })).await?;
    }
    let secret = app.courier.secret(&row)?.as_str().to_owned();
    write.commit().await?;
    app.courier.bell.wake();
    let status = if fresh { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, axum::Json(MadeWebhook { webhook: row.into(), secret })))
}

/// Where the shop's entries are sent
#[utoipa::path(
    get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    security(("terminal" = [])), params(Asking),
    responses((status = 200, description = "Without their secrets.", body = Webhooks), WhoProblems)
)]
pub async fn list(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Query(asking): Query<Asking>,
) -> Result<axum::Json<Webhooks>, ApiError> {
    Who::needs(&app, &terminal, Role::Owner, asking.operator, None).await?;
    let rows = webhook::of_shop(&mut *app.store.read().await?, terminal.shop_id).await?;
    Ok(axum::Json(Webhooks { webhooks: rows.into_iter().map(Into::into).collect() }))
}

/// Send a test to a webhook now
///
/// The body is `{"type":"test","webhook":ID}`, signed like an entry. It moves nothing.
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/test", tag = "webhooks", operation_id = "test_webhook",
    security(("terminal" = [])), params(("id" = WebhookId, Path, description = "The webhook.")),
    request_body = WebhookAct,
    responses((status = 200, description = "How it went.", body = WebhookTest), WhoProblems)
)]
pub async fn test(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<WebhookAct>,
) -> Result<axum::Json<WebhookTest>, ApiError> {
    body.who(&app, &terminal).await?;
    let (row, epoch) = {
        let mut conn = app.store.read().await?;
        (find(&mut conn, &terminal, &id).await?, shop::epoch(&mut conn).await?)
    };
    let text = json!({ "type": "test", "webhook": row.webhook_id }).to_string();
    let sent = app.courier.post(&row, &epoch, text).await;
    Ok(axum::Json(WebhookTest { delivered: sent.is_ok(), failure: sent.err().map(str::to_owned) }))
}

/// Hold a webhook
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/pause", tag = "webhooks", operation_id = "pause_webhook",
    security(("terminal" = [])), params(("id" = WebhookId, Path, description = "The webhook.")),
    request_body = WebhookAct,
    responses((status = 200, description = "Entries wait for it.", body = ShownWebhook), WhoProblems)
)]
pub async fn pause(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<WebhookAct>,
) -> Result<axum::Json<ShownWebhook>, ApiError> {
    set_paused(&app, &terminal, &id, &body, true).await
}

/// Let a webhook go on, at once and from where it stopped
#[utoipa::path(
    post, path = "/api/v1/webhooks/{id}/resume", tag = "webhooks", operation_id = "resume_webhook",
    security(("terminal" = [])), params(("id" = WebhookId, Path, description = "The webhook.")),
    request_body = WebhookAct,
    responses((status = 200, description = "It goes on.", body = ShownWebhook), WhoProblems)
)]
pub async fn resume(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<WebhookAct>,
) -> Result<axum::Json<ShownWebhook>, ApiError> {
    set_paused(&app, &terminal, &id, &body, false).await
}

/// Take a webhook away
#[utoipa::path(
    delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "delete_webhook",
    security(("terminal" = [])), params(("id" = WebhookId, Path, description = "The webhook."), Asking),
    responses((status = 204, description = "Gone."), WhoProblems)
)]
pub async fn delete(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Query(asking): Query<Asking>,
) -> Result<StatusCode, ApiError> {
    let who = Who::needs(&app, &terminal, Role::Owner, asking.operator, None).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let row = find(&mut write, &terminal, &id).await?;
    webhook::delete(&mut write, row.webhook_id).await?;
    who.record(&mut write, now, Deed::WebhookDeleted, None, json!({ "webhook": row.webhook_id })).await?;
    write.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_paused(
    app: &App,
    terminal: &TerminalRow,
    id: &str,
    body: &WebhookAct,
    paused: bool,
) -> Result<axum::Json<ShownWebhook>, ApiError> {
    let who = body.who(app, terminal).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    let row = find(&mut write, terminal, id).await?;
    webhook::pause(&mut write, row.webhook_id, paused, now).await?;
    let detail = json!({ "webhook": row.webhook_id, "paused": paused });
    who.record(&mut write, now, Deed::WebhookChanged, None, detail).await?;
    let row = find(&mut write, terminal, id).await?;
    write.commit().await?;
    app.courier.bell.wake();
    Ok(axum::Json(row.into()))
}

/// What is no id, and another shop's webhook, is not there.
async fn find(conn: &mut Connection, terminal: &TerminalRow, id: &str) -> Result<WebhookRow, ApiError> {
    let id = id.parse().map_err(|_| ApiError::NotFound)?;
    webhook::get(conn, terminal.shop_id, WebhookId(id)).await?.ok_or(ApiError::NotFound)
}
