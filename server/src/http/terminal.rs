//! Terminals: paired by a short-lived code that a person types, and revoked at once.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::join::{JoinProblems, device};
use super::operator::parse_name;
use super::parts::Path;
use super::problem::refuses;
use super::shop::ShownTerminal;
use super::who::{ApprovalBody, Who, WhoProblems};
use crate::audit::{Act, Deed};
use crate::event::ShopName;
use crate::id::{MAX_ID, OperatorId, TerminalId};
use crate::ledger::{Millis, rfc3339};
use crate::name::Name;
use crate::operator::Role;
use crate::pairing;
use crate::store::terminal::{self, PairedRow, Pairing};
use crate::store::{Connection, audit, shop};
use crate::token;

/// How long a pairing code is good.
pub const PAIRING_MS: Millis = 10 * 60 * 1000;

/// The body of `POST /terminals/pairings`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPairing {
    /// What screens call the new terminal.
    #[schema(value_type = Name)]
    name: String,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// What is typed into a new terminal.
#[derive(Serialize, ToSchema)]
pub struct PairingCode {
    /// Characters without look-alikes, in groups: twelve, and where the server has a CA of its own twenty more that
    /// tell a new terminal whom to believe.
    #[schema(example = "7KQ2-M9XD-4RTB")]
    code: String,
    #[schema(format = DateTime)]
    expires_at: String,
    /// The server's address, without a slash at its end.
    url: String,
    /// SHA-256 of the certificate of the server's own CA, hexadecimal: what the new terminal has to see. Null when
    /// the server has no CA of its own.
    ca_sha256: Option<String>,
}

/// The body of `POST /pair`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PairBody {
    /// The pairing code, whole or its first twelve characters, in any case, with or without hyphens.
    #[schema(max_length = 64, example = "7KQ2-M9XD-4RTB")]
    code: String,
    /// 16 random bytes that this device keeps, so that it may ask again when an answer was lost.
    #[schema(pattern = "^[0-9A-Fa-f]{32}$", example = "00112233445566778899aabbccddeeff")]
    device: String,
}

/// What a terminal needs to call.
#[derive(Serialize, ToSchema)]
pub struct Paired {
    /// The terminal's token, which nobody can read again.
    token: String,
    terminal: ShownTerminal,
    shop: ShopName,
}

/// A terminal of the shop.
#[derive(Serialize, ToSchema)]
pub struct ListedTerminal {
    id: TerminalId,
    name: String,
    #[schema(format = DateTime)]
    paired_at: String,
    /// Since when its token is void; null: it holds.
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

impl From<PairedRow> for ListedTerminal {
    fn from(row: PairedRow) -> Self {
        Self {
            id: row.terminal_id,
            name: row.name,
            paired_at: rfc3339(row.created_at),
            revoked_at: row.revoked_at.map(rfc3339),
        }
    }
}

/// The shop's terminals.
#[derive(Serialize, ToSchema)]
pub struct Terminals {
    /// The oldest first.
    terminals: Vec<ListedTerminal>,
}

/// The body of `POST /terminals/{id}/revoke`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevokeBody {
    /// True to revoke the terminal that asks; without it that is `stands`.
    #[serde(default)]
    itself: bool,
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

refuses!(
    /// How a terminal is not revoked.
    RevokeProblems: Stands
);

/// Make a code by which a new terminal is paired
#[utoipa::path(
    post, path = "/api/v1/terminals/pairings", tag = "terminals", operation_id = "create_pairing",
    security(("terminal" = [])), request_body = NewPairing,
    responses((status = 201, description = "Good for ten minutes and one device.", body = PairingCode), WhoProblems)
)]
pub async fn invite(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Json(body): Json<NewPairing>,
) -> Result<(StatusCode, axum::Json<PairingCode>), ApiError> {
    let name = parse_name(&body.name)?;
    let who = Who::needs(&app, &terminal, Role::Owner, body.operator, body.approval.as_ref()).await?;
    let (_, secret) = token::new_word();
    let (code, hash) = (pairing::shown(&secret, ca_sha256(&app).as_ref()), token::hash(&secret));
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.record(&mut write, now, Deed::PairingMade, None, json!({})).await?;
    let expires_at = now + PAIRING_MS;
    terminal::invite(&mut write, terminal.shop_id, name.as_str(), &hash, now, expires_at).await?;
    write.commit().await?;
    let answer = PairingCode {
        code,
        expires_at: rfc3339(expires_at),
        url: app.phone_url.to_string(),
        ca_sha256: app.ca_sha256.as_deref().map(Into::into),
    };
    Ok((StatusCode::CREATED, axum::Json(answer)))
}

fn ca_sha256(app: &App) -> Option<[u8; 32]> {
    hex::decode(app.ca_sha256.as_deref()?).ok()?.try_into().ok()
}

/// Pair this device as a terminal
///
/// A code pairs one device, which may ask again while the code is good.
#[utoipa::path(
    post, path = "/api/v1/pair", tag = "terminals", operation_id = "pair", security(()), request_body = PairBody,
    responses((status = 201, description = "Paired.", body = Paired), JoinProblems)
)]
pub async fn pair(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<PairBody>,
) -> Result<(StatusCode, axum::Json<Paired>), ApiError> {
    if !app.is_own_origin(&headers) {
        return Err(ApiError::Forbidden);
    }
    let device = device(&body.device)?;
    let hash =
        pairing::Word::parse(&body.code).map(|code| token::hash(code.secret())).ok_or(ApiError::InviteExpired)?;
    let now = (app.clock)();
    // A guess costs a look and no write.
    terminal::invited(&mut *app.store.read().await?, &hash, now).await?.ok_or(ApiError::InviteExpired)?;
    let mut write = app.store.begin_write().await?;
    let pairing = terminal::invited(&mut write, &hash, now).await?.ok_or(ApiError::InviteExpired)?;
    let (token, id) = take(&mut write, &pairing, &hash, &device, now).await?;
    let name = shop::get(&mut write, pairing.shop).await?.name;
    write.commit().await?;
    let answer =
        Paired { token, terminal: ShownTerminal { id, name: pairing.name }, shop: ShopName { id: pairing.shop, name } };
    Ok((StatusCode::CREATED, axum::Json(answer)))
}

/// The terminal of a code: a new one, or the same again for the device that used it before. Its token is new.
async fn take(
    conn: &mut Connection,
    pairing: &Pairing,
    hash: &[u8; 32],
    device: &[u8; 16],
    now: Millis,
) -> Result<(String, TerminalId), ApiError> {
    let (token, token_hash) = token::new();
    let id = match &pairing.used {
        Some((known, id)) if known == device => {
            // Revoked meanwhile: then the code is used up, too.
            let there = terminal::set_token(conn, *id, &token_hash).await?;
            return if there { Ok((token, *id)) } else { Err(ApiError::InviteExpired) };
        }
        Some(_) => return Err(ApiError::InviteExpired),
        None => terminal::create(conn, pairing.shop, &pairing.name, &token_hash, now).await?,
    };
    terminal::use_pairing(conn, hash, device, id).await?;
    let act = Act {
        shop: Some(pairing.shop),
        at: now,
        deed: Deed::TerminalPaired,
        terminal: Some(id),
        operator: None,
        approver: None,
        customer: None,
        detail: json!({}),
    };
    audit::add(conn, &act).await?;
    Ok((token, id))
}

/// The shop's terminals
#[utoipa::path(
    get, path = "/api/v1/terminals", tag = "terminals", operation_id = "list_terminals",
    security(("terminal" = [])), responses((status = 200, description = "All of them.", body = Terminals))
)]
pub async fn list(State(app): State<App>, Terminal(terminal): Terminal) -> Result<axum::Json<Terminals>, ApiError> {
    let rows = terminal::all(&mut *app.store.read().await?, terminal.shop_id).await?;
    Ok(axum::Json(Terminals { terminals: rows.into_iter().map(Into::into).collect() }))
}

/// Take a terminal's token away
///
/// At once: its sockets are closed with 4001 and its operators' sessions are locked.
#[utoipa::path(
    post, path = "/api/v1/terminals/{id}/revoke", tag = "terminals", operation_id = "revoke_terminal",
    security(("terminal" = [])), params(("id" = TerminalId, Path, description = "The terminal.")),
    request_body = RevokeBody,
    responses((status = 200, description = "Revoked.", body = ListedTerminal), RevokeProblems, WhoProblems)
)]
pub async fn revoke(
    State(app): State<App>,
    Terminal(caller): Terminal,
    Path(id): Path<String>,
    Json(body): Json<RevokeBody>,
) -> Result<axum::Json<ListedTerminal>, ApiError> {
    let id = id.parse().ok().filter(|id| (1..=MAX_ID).contains(id)).map(TerminalId).ok_or(ApiError::NotFound)?;
    let found = terminal::get(&mut *app.store.read().await?, caller.shop_id, id).await?;
    found.ok_or(ApiError::NotFound)?;
    let who = Who::needs(&app, &caller, Role::Owner, body.operator, body.approval.as_ref()).await?;
    if id == caller.terminal_id && !body.itself {
        return Err(ApiError::Stands);
    }
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.still(&mut write, now).await?;
    if terminal::revoke(&mut write, id, now).await? {
        who.note(&mut write, now, Deed::TerminalRevoked, None, json!({ "terminal": id })).await?;
    }
    let row = terminal::get(&mut write, caller.shop_id, id).await?.ok_or(ApiError::NotFound)?;
    write.commit().await?;
    app.hub.revoke_terminal(caller.shop_id, id);
    Ok(axum::Json(row.into()))
}
