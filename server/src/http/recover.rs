//! The recovery word: made on a phone, written down, and typed into any browser to freeze the account of a lost phone
//! or to connect a new one.
//!
//! Twelve characters, 60 bits: not guessed at any rate at which a server answers, so nobody's guesses have to keep
//! others out. The books have only an HMAC under a key derived from the master key.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::Sha256;
use utoipa::ToSchema;

use super::App;
use super::auth::Caller;
use super::body::Json;
use super::cookie;
use super::error::ApiError;
use super::join::{Joined, device};
use super::problem::refuses;
use crate::audit::{Act, Deed};
use crate::code::CredentialNumber;
use crate::event::Told;
use crate::ledger::Millis;
use crate::provision;
use crate::status::{News, StatusKind};
use crate::store::recovery::{self, Recovery};
use crate::store::{Connection, audit, customer, phone, status};
use crate::token;

/// How long the same device gets the same credential again, in milliseconds.
const REPEAT_MS: Millis = 15 * 60 * 1000;

/// The body of `POST /me/recovery`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MakeBody {}

/// A recovery word.
#[derive(Serialize, ToSchema)]
pub struct Word {
    /// Three groups of four characters. It is told this once.
    word: String,
}

/// The body of `POST /recover`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecoverBody {
    /// In any case, with or without hyphens.
    word: String,
    /// As in `POST /join`.
    #[schema(pattern = "^[0-9A-Fa-f]{32}$", example = "00112233445566778899aabbccddeeff")]
    device: String,
    /// True to take the customer's other phones back.
    #[serde(default)]
    others: bool,
}

/// The body of `POST /freeze`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FreezeBody {
    /// In any case, with or without hyphens.
    word: String,
}

refuses!(
    /// How a word is refused.
    WordProblems: NotFound
);

/// Make a recovery word
///
/// It takes the place of the one before.
#[utoipa::path(
    post, path = "/api/v1/me/recovery", tag = "me", operation_id = "make_recovery_word",
    security(("phone" = []), ("page" = [])), request_body = MakeBody,
    responses((status = 201, description = "The word.", body = Word))
)]
pub async fn make(
    State(app): State<App>,
    Caller(phone): Caller,
    Json(MakeBody {}): Json<MakeBody>,
) -> Result<impl IntoResponse, ApiError> {
    let (shown, bare) = token::new_word();
    let keys = app.master.recovery_keys();
    let newest = keys.first().ok_or(crate::store::Error::Inconsistent("no master key"))?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    recovery::set(&mut write, phone.customer, &hash(newest, &bare), now).await?;
    let act = Act::of_customer(phone.shop, phone.customer, Deed::RecoveryMade, now, json!({}));
    audit::add(&mut write, &act).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(Word { word: shown })))
}

/// Connect this phone by a recovery word
///
/// Sets the page's cookie too. The same device may ask again for some minutes, because an answer can be lost.
#[utoipa::path(
    post, path = "/api/v1/recover", tag = "me", operation_id = "recover", security(()), request_body = RecoverBody,
    responses((status = 201, description = "Connected.", body = Joined), WordProblems)
)]
pub async fn recover(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<RecoverBody>,
) -> Result<impl IntoResponse, ApiError> {
    if !app.is_own_origin(&headers) {
        return Err(ApiError::Forbidden);
    }
    let device = device(&body.device)?;
    let now = (app.clock)();
    find(&mut *app.store.read().await?, &app, &body.word).await?;
    let mut write = app.store.begin_write().await?;
    let found = find(&mut write, &app, &body.word).await?;
    let (credential, token, mut told) = connect(&mut write, &found, &device, now).await?;
    let others =
        if body.others { take_back(&mut write, &found, credential, now, &mut told).await? } else { Vec::new() };
    let cookie = cookie::keep(&app, credential, &token);
    let answer = Joined::of(&mut write, &app, token, now).await?;
    write.commit().await?;
    for other in others {
        app.hub.revoke(found.customer, other);
    }
    for told in told {
        app.hub.tell(told);
    }
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], axum::Json(answer)))
}

/// Freeze an account by its recovery word
///
/// Nothing is taken from the customer until the till unfreezes them.
#[utoipa::path(
    post, path = "/api/v1/freeze", tag = "me", operation_id = "freeze", security(()), request_body = FreezeBody,
    responses((status = 204, description = "Frozen, or so before."), WordProblems)
)]
pub async fn freeze(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<FreezeBody>,
) -> Result<StatusCode, ApiError> {
    if !app.is_own_origin(&headers) {
        return Err(ApiError::Forbidden);
    }
    let now = (app.clock)();
    find(&mut *app.store.read().await?, &app, &body.word).await?;
    let mut write = app.store.begin_write().await?;
    let found = find(&mut write, &app, &body.word).await?;
    if !customer::set_frozen(&mut write, found.customer, true, now).await? {
        return Ok(StatusCode::NO_CONTENT);
    }
    let detail = json!({ "by": "recovery" });
    let act = Act::of_customer(found.shop, found.customer, Deed::CustomerFrozen, now, detail);
    audit::add(&mut write, &act).await?;
    let news = News::of(found.shop, found.customer, StatusKind::Frozen);
    let told = status::add(&mut write, news, now).await?;
    write.commit().await?;
    app.hub.tell(told);
    Ok(StatusCode::NO_CONTENT)
}

fn hash(key: &[u8; 32], bare: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(bare.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Whose a word is, by the key of whatever generation it was made with. Callers look before they ask for the write
/// lock, so that guessing holds up nobody, and once more when they have it.
async fn find(conn: &mut Connection, app: &App, typed: &str) -> Result<Recovery, ApiError> {
    let bare = token::typed_word(typed).ok_or(ApiError::NotFound)?;
    for key in app.master.recovery_keys() {
        if let Some(found) = recovery::find(conn, &hash(&key, &bare)).await? {
            return Ok(found);
        }
    }
    Err(ApiError::NotFound)
}

/// The new phone: its credential and token, and what the customer is told of it. For the device that asked a moment
/// ago it is the same credential again.
async fn connect(
    conn: &mut Connection,
    found: &Recovery,
    device: &[u8; 16],
    now: Millis,
) -> Result<(CredentialNumber, String, Vec<Told>), ApiError> {
    if let Some((credential, used_at)) = found.used_by(device)
        && now - used_at <= REPEAT_MS
    {
        let (token, hash) = token::new();
        phone::set_token(conn, credential, &hash).await?;
        return Ok((credential, token, Vec::new()));
    }
    let (credential, token) = provision::pair(conn, (found.shop, found.customer), now).await?;
    recovery::note_use(conn, found.customer, device, credential, now).await?;
    let detail = json!({ "credential": credential.to_string() });
    let act = Act::of_customer(found.shop, found.customer, Deed::RecoveryUsed, now, detail);
    audit::add(conn, &act).await?;
    let told = status::add(conn, News::of(found.shop, found.customer, StatusKind::Paired), now).await?;
    Ok((credential, token, vec![told]))
}

/// Takes all other phones of the customer back.
async fn take_back(
    conn: &mut Connection,
    found: &Recovery,
    but: CredentialNumber,
    now: Millis,
    told: &mut Vec<Told>,
) -> Result<Vec<CredentialNumber>, ApiError> {
    let mut others = Vec::new();
    for row in phone::credentials(conn, found.customer).await? {
        let number = row.number()?;
        if row.is_card() || number == but || !phone::revoke(conn, number, now).await? {
            continue;
        }
        let detail = json!({ "credential": number.to_string() });
        let act = Act::of_customer(found.shop, found.customer, Deed::CredentialRevoked, now, detail);
        audit::add(conn, &act).await?;
        told.push(status::add(conn, News::of(found.shop, found.customer, StatusKind::Revoked), now).await?);
        others.push(number);
    }
    Ok(others)
}
