//! A customer's phones and cards: cards are made, lost ones taken back and replaced.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::customer::{JoinLink, link};
use super::customer_acts::WhoBody;
use super::error::ApiError;
use super::parts::Path;
use super::person::known;
use super::request::customer_id;
use super::who::{Who, WhoProblems};
use crate::audit::Deed;
use crate::code::{Code, CredentialNumber, Kind};
use crate::event::Told;
use crate::id::{CustomerId, ShopId};
use crate::ledger::Millis;
use crate::operator::Role;
use crate::provision::credential_number;
use crate::status::StatusKind;
use crate::store::phone::CredentialRow;
use crate::store::{self, Connection, keys, phone, shop, status};

/// A card, to be printed.
#[derive(Serialize, ToSchema)]
pub struct Card {
    /// Ten digits.
    #[schema(pattern = "^[0-9]{10}$")]
    credential: String,
    /// The 27 digits that stand on it, as a QR code.
    #[schema(pattern = "^[0-9]{27}$")]
    code: String,
}

/// What takes the place of a lost phone or card.
#[derive(Serialize, ToSchema)]
pub struct Replacement {
    /// For a phone: the link by which another joins.
    #[serde(skip_serializing_if = "Option::is_none")]
    join: Option<JoinLink>,
    /// For a card: the new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<Card>,
}

/// Make a card
///
/// Only in a shop that takes cards: `forbidden`.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/cards", tag = "customers", operation_id = "create_card",
    security(("terminal" = [])), params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = WhoBody,
    responses((status = 201, description = "Made.", body = Card), WhoProblems)
)]
pub async fn make_card(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path(id): Path<String>,
    Json(body): Json<WhoBody>,
) -> Result<(StatusCode, axum::Json<Card>), ApiError> {
    let id = customer_id(&id)?;
    known(&mut *app.store.read().await?, terminal.shop_id, id).await?;
    let who = Who::needs(&app, &terminal, Role::Cashier, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.still(&mut write, now).await?;
    known(&mut write, terminal.shop_id, id).await?;
    let (card, number) = card(&mut write, &app, (terminal.shop_id, id), now).await?;
    who.note(&mut write, now, Deed::CardMade, Some(id), json!({ "credential": number.to_string() })).await?;
    let told = status::add(&mut write, who.news(id, StatusKind::Paired), now).await?;
    write.commit().await?;
    app.hub.tell(told);
    Ok((StatusCode::CREATED, axum::Json(card)))
}

async fn card(
    conn: &mut Connection,
    app: &App,
    whose: (ShopId, CustomerId),
    now: Millis,
) -> Result<(Card, CredentialNumber), ApiError> {
    if !shop::get(conn, whose.0).await?.cards {
        return Err(ApiError::Forbidden);
    }
    let number = credential_number(conn, whose, Kind::Card, now).await?;
    let key = app.master.key(keys::current(conn).await?, number);
    let key = key.ok_or(store::Error::Inconsistent("no current master key"))?;
    Ok((Card { credential: number.to_string(), code: Code::card(number, &key).to_string() }, number))
}

/// Take a phone or card back
///
/// At once: its codes and its token are refused, its sockets are closed with 4001. What the customer holds stays.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/credentials/{credential}/revoke", tag = "customers",
    operation_id = "revoke_credential", security(("terminal" = [])),
    params(
        ("id" = CustomerId, Path, description = "The customer."),
        ("credential" = String, Path, description = "Ten digits.")
    ),
    request_body = WhoBody,
    responses((status = 204, description = "Taken back, or so before."), WhoProblems)
)]
pub async fn revoke(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path((id, number)): Path<(String, String)>,
    Json(body): Json<WhoBody>,
) -> Result<StatusCode, ApiError> {
    let id = customer_id(&id)?;
    one(&mut *app.store.read().await?, terminal.shop_id, id, &number).await?;
    let who = Who::needs(&app, &terminal, Role::Cashier, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.still(&mut write, now).await?;
    let row = one(&mut write, terminal.shop_id, id, &number).await?;
    let told = take_back(&mut write, &who, id, row.number()?, now).await?;
    write.commit().await?;
    app.hub.revoke(id, row.number()?);
    if let Some(told) = told {
        app.hub.tell(told);
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Take a lost phone or card back and make what takes its place
///
/// For a phone a fresh join link, for a card a new card. What the customer holds stays.
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/credentials/{credential}/replace", tag = "customers",
    operation_id = "replace_credential", security(("terminal" = [])),
    params(
        ("id" = CustomerId, Path, description = "The customer."),
        ("credential" = String, Path, description = "Ten digits.")
    ),
    request_body = WhoBody,
    responses((status = 201, description = "Replaced.", body = Replacement), WhoProblems)
)]
pub async fn replace(
    State(app): State<App>,
    Terminal(terminal): Terminal,
    Path((id, number)): Path<(String, String)>,
    Json(body): Json<WhoBody>,
) -> Result<(StatusCode, axum::Json<Replacement>), ApiError> {
    let id = customer_id(&id)?;
    one(&mut *app.store.read().await?, terminal.shop_id, id, &number).await?;
    let who = Who::needs(&app, &terminal, Role::Cashier, body.operator, body.approval.as_ref()).await?;
    let now = (app.clock)();
    let mut write = app.store.begin_write().await?;
    who.still(&mut write, now).await?;
    let row = one(&mut write, terminal.shop_id, id, &number).await?;
    let told = take_back(&mut write, &who, id, row.number()?, now).await?;
    let mut replacement = Replacement { join: None, card: None };
    if row.is_card() {
        let (card, number) = card(&mut write, &app, (terminal.shop_id, id), now).await?;
        who.note(&mut write, now, Deed::CardMade, Some(id), json!({ "credential": number.to_string() })).await?;
        replacement.card = Some(card);
    } else {
        who.note(&mut write, now, Deed::JoinMade, Some(id), json!({})).await?;
        replacement.join = Some(link(&mut write, &app, terminal.shop_id, id).await?);
    }
    write.commit().await?;
    app.hub.revoke(id, row.number()?);
    if let Some(told) = told {
        app.hub.tell(told);
    }
    Ok((StatusCode::CREATED, axum::Json(replacement)))
}

/// One of a customer's phones and cards.
async fn one(conn: &mut Connection, shop: ShopId, id: CustomerId, text: &str) -> Result<CredentialRow, ApiError> {
    known(conn, shop, id).await?;
    for row in phone::credentials(conn, id).await? {
        if row.number()?.to_string() == text {
            return Ok(row);
        }
    }
    Err(ApiError::NotFound)
}

/// Takes a credential back; the news of it, unless that was done before.
async fn take_back(
    conn: &mut Connection,
    who: &Who,
    id: CustomerId,
    number: CredentialNumber,
    now: Millis,
) -> Result<Option<Told>, ApiError> {
    if !phone::revoke(conn, number, now).await? {
        return Ok(None);
    }
    let detail = json!({ "credential": number.to_string() });
    who.note(conn, now, Deed::CredentialRevoked, Some(id), detail).await?;
    Ok(Some(status::add(conn, who.news(id, StatusKind::Revoked), now).await?))
}
