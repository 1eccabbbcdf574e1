//! A phone joins by a link: it gets a credential, its key and a token.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::App;
use super::body::Json;
use super::cookie;
use super::error::ApiError;
use super::problem::refuses;
use super::recent::Recent;
use super::show::CustomerName;
use crate::code::CredentialNumber;
use crate::event::ShopName;
use crate::ledger::{Millis, rfc3339};
use crate::provision;
use crate::store::{self, Connection, customer, phone, shop};
use crate::token;

/// The body of `POST /join`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinBody {
    /// What comes after `#join=` in the link.
    code: String,
    /// 16 random bytes that this device keeps, so that it may ask again when an answer was lost.
    #[schema(pattern = "^[0-9A-Fa-f]{32}$", example = "00112233445566778899aabbccddeeff")]
    device: String,
}

/// What a phone needs to show codes and to listen.
#[derive(Serialize, ToSchema)]
pub struct Joined {
    /// The phone's token.
    token: String,
    /// Ten digits.
    #[schema(pattern = "^[0-9]{10}$")]
    credential: String,
    /// The key of its codes, hexadecimal.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    key: String,
    customer: CustomerName,
    shop: ShopName,
    epoch: String,
    /// The customer's last event.
    #[schema(minimum = 0)]
    seq: i64,
    /// The server's time.
    #[schema(format = DateTime)]
    time: String,
}

refuses!(
    /// How a join is refused.
    JoinProblems: InviteExpired
);

/// A device's own mark in a body.
pub fn device(text: &str) -> Result<[u8; 16], ApiError> {
    let device = hex::decode(text).ok().and_then(|bytes| bytes.try_into().ok());
    device.ok_or_else(|| ApiError::Malformed("device is 32 hexadecimal digits".into()))
}

/// Pair this phone by a join link
///
/// Sets the page's cookie too. A link pairs one device.
#[utoipa::path(
    post, path = "/api/v1/join", tag = "me", security(()), request_body = JoinBody,
    responses((status = 201, description = "Paired.", body = Joined), JoinProblems)
)]
pub async fn join(
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<JoinBody>,
) -> Result<impl IntoResponse, ApiError> {
    if !app.is_own_origin(&headers) {
        return Err(ApiError::Forbidden);
    }
    let device = device(&body.device)?;
    let now = (app.clock)();
    // Looked at before the write lock is asked for, so that guessing holds up nobody; `pair` looks once more.
    let hash = token::hash(&body.code);
    customer::invited(&mut *app.store.read().await?, &hash, now).await?.ok_or(ApiError::InviteExpired)?;
    let mut write = app.store.begin_write().await?;
    let (credential, token) = pair(&mut write, &app.recent, (hash, device), now).await?;
    let cookie = cookie::keep(&app, credential, &token);
    let answer = Joined::of(&mut write, &app, token, now).await?;
    write.commit().await?;
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], axum::Json(answer)))
}

impl Joined {
    /// What the phone of a token is told.
    pub async fn of(conn: &mut Connection, app: &App, token: String, now: Millis) -> Result<Self, ApiError> {
        let found = phone::by_token(conn, &token::hash(&token)).await?;
        let phone = found.ok_or(store::Error::Inconsistent("a fresh token that does not hold"))?;
        let generation = phone::generation(conn, phone.credential).await?;
        let key = app.master.key(generation, phone.credential);
        let key = key.ok_or(store::Error::Inconsistent("a credential of a lost master key"))?;
        Ok(Self {
            token,
            credential: phone.credential.to_string(),
            key: key.to_hex(),
            customer: CustomerName { id: phone.customer, name: phone.customer_name },
            shop: ShopName { id: phone.shop, name: phone.shop_name },
            epoch: shop::epoch(conn).await?,
            seq: customer::last_seq(conn, phone.customer).await?,
            time: rfc3339(now),
        })
    }
}

/// The credential of a link: a new one, or the same again for the device that used it before, because its
/// answer may have been lost. Its token is new, unless that was a moment ago.
async fn pair(
    conn: &mut Connection,
    recent: &Recent,
    (code_hash, device): ([u8; 32], [u8; 16]),
    now: Millis,
) -> Result<(CredentialNumber, String), ApiError> {
    let invite = customer::invited(conn, &code_hash, now).await?.ok_or(ApiError::InviteExpired)?;
    let (credential, token) = match invite.used {
        Some((known, credential)) if known == device => {
            if let Some(token) = recent.get(&(code_hash, device), now) {
                let phone = phone::by_token(conn, &token::hash(&token)).await?;
                if phone.is_some_and(|phone| phone.credential == credential) {
                    return Ok((credential, token));
                }
            }
            let (token, hash) = token::new();
            phone::set_token(conn, credential, &hash).await?;
            (credential, token)
        }
        Some(_) => return Err(ApiError::InviteExpired),
        None => {
            let whose = (invite.shop, invite.customer);
            let (credential, token) = provision::pair(conn, whose, now).await?;
            customer::use_invite(conn, &code_hash, &device, credential).await?;
            (credential, token)
        }
    };
    recent.put((code_hash, device), token.clone(), now);
    Ok((credential, token))
}
