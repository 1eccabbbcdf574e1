//! A browser threw away what its page kept, but not its cookies: each phone that it is gets another credential.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Token;
use super::body::Json;
use super::cookie;
use super::error::ApiError;
use super::join::Joined;
use crate::audit::{Act, Deed};
use crate::code::{CredentialNumber, Kind};
use crate::ledger::Millis;
use crate::master::random;
use crate::provision::credential_number;
use crate::store::phone::{self, Phone};
use crate::store::{Connection, audit};
use crate::token;

/// The body of `POST /me/rejoin`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RejoinBody {}

/// The phones that this browser is.
#[derive(Serialize, ToSchema)]
pub struct Rejoined {
    /// At least one.
    phones: Vec<Joined>,
}

/// Take another credential for a phone that lost its key
///
/// The one before is taken back: nobody has its key any more. The token stays, so that asked again, because an answer
/// was lost, the phone gets yet another one; a customer's phones three in an hour.
#[utoipa::path(
    post, path = "/api/v1/me/rejoin", tag = "me", operation_id = "rejoin", security(("phone" = []), ("page" = [])),
    request_body = RejoinBody, responses((status = 201, description = "New credentials.", body = Rejoined))
)]
pub async fn rejoin(
    State(app): State<App>,
    token: Token,
    Json(RejoinBody {}): Json<RejoinBody>,
) -> Result<impl IntoResponse, ApiError> {
    let now = (app.clock)();
    let lost = token.phones(&app).await?;
    for (phone, _) in &lost {
        app.meter.rejoin(phone.customer).map_err(|retry_after_s| ApiError::TooMany { retry_after_s })?;
    }
    let mut write = app.store.begin_write().await?;
    let (mut headers, mut phones) = (HeaderMap::new(), Vec::with_capacity(lost.len()));
    for (phone, text) in &lost {
        let fresh = replace(&mut write, phone, text, now).await?;
        if token.is_cookie() {
            headers.append(header::SET_COOKIE, cookie::drop(&app, phone.credential));
            headers.append(header::SET_COOKIE, cookie::keep(&app, fresh, text));
        }
        phones.push(Joined::of(&mut write, &app, (*text).to_owned(), now).await?);
    }
    write.commit().await?;
    for (phone, _) in &lost {
        app.hub.revoke(phone.customer, phone.credential);
    }
    Ok((StatusCode::CREATED, headers, axum::Json(Rejoined { phones })))
}

/// Another credential takes over the token of a phone's.
async fn replace(conn: &mut Connection, phone: &Phone, text: &str, now: Millis) -> Result<CredentialNumber, ApiError> {
    // It may have been taken back, or have lost its key, between the look and the write lock.
    let hash = token::hash(text);
    let still = phone::by_token(conn, &hash).await?.is_some_and(|now| now.credential == phone.credential);
    if !still {
        return Err(ApiError::TokenInvalid);
    }
    let fresh = credential_number(conn, (phone.shop, phone.customer), Kind::Phone, now).await?;
    phone::hand_over(conn, (phone.credential, fresh), &hash, &random()).await?;
    phone::revoke(conn, phone.credential, now).await?;
    let detail = json!({ "credential": fresh.to_string(), "lost": phone.credential.to_string() });
    audit::add(conn, &Act::of_customer(phone.shop, phone.customer, Deed::PhoneRejoined, now, detail)).await?;
    Ok(fresh)
}
