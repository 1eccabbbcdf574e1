//! Redemptions, top-ups, reversals and cancels: what a terminal sends, to the writer. What only a manager does is in
//! `account`.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::App;
use super::auth::Terminal;
use super::body::Json;
use super::error::ApiError;
use super::parts::Path;
use super::pins;
use super::problem::refuses;
use super::show::{self, Ended};
use super::who::ApprovalBody;
use crate::code::Code;
use crate::id::{CustomerId, MAX_ID, OperatorId, RequestId, ShopId};
use crate::operator::Approval;
use crate::outcome::Settled;
use crate::pin::{Check, Kept, Pin};
use crate::request::{MAX_NOTE_CHARS, Noun, Request, Who, Wish};
use crate::store::past::{self, Pasts};
use crate::store::raw::Raw;
use crate::store::terminal::TerminalRow;
use crate::store::{self, Connection};
use crate::unit::Unit;

/// The longest code that is looked at, in bytes; a code has 27 digits.
const MAX_CODE: usize = 64;
/// The longest unit that is looked at, in bytes.
const MAX_UNIT: usize = 64;

/// The body of `POST /redemptions`: with a `code`, or with the `customer` who was found by name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemBody {
    id: RequestId,
    /// The 27 digits that the phone or the card shows.
    #[schema(pattern = "^[0-9]{27}$", example = "100000000425012345678901234")]
    code: Option<String>,
    /// In place of the code; a manager has to approve.
    customer: Option<CustomerId>,
    /// Minor units or visits.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount: i64,
    /// Left out: the shop's default unit.
    #[schema(value_type = Option<Unit>)]
    unit: Option<String>,
    #[schema(max_length = 500)]
    note: Option<String>,
    /// The customer's, with a code; needed above the unit's limit for it.
    #[schema(pattern = "^[0-9]{4,12}$", example = "2468")]
    pin: Option<String>,
    /// Who stands at the terminal; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `POST /customers/{id}/top-ups`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopUpBody {
    id: RequestId,
    #[schema(value_type = Unit)]
    unit: String,
    /// What was paid for, minor units or visits.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount: i64,
    /// What the shop adds; left out: what its rules give. Anything else needs a manager.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    bonus: Option<i64>,
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Who stands at the terminal; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `POST …/reversals`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReverseBody {
    id: RequestId,
    /// Left out: all that is left.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    amount: Option<i64>,
    /// Needed where a manager is.
    #[schema(max_length = 500)]
    reason: Option<String>,
    /// Who stands at the terminal; in a shop without operators nobody is asked.
    operator: Option<OperatorId>,
    approval: Option<ApprovalBody>,
}

/// The body of `POST …/cancel`: an empty object, or who asks and consents.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBody {
    /// Who stands at the terminal.
    operator: Option<OperatorId>,
    /// Needed later than 10 minutes after the record.
    approval: Option<ApprovalBody>,
}

/// Who asks, and who consents.
pub struct By {
    /// The operator who is said to stand at the terminal.
    pub operator: Option<OperatorId>,
    /// A manager's consent.
    pub approval: Option<ApprovalBody>,
}

refuses!(
    /// How a redemption is refused.
    RedeemProblems: CodeInvalid, WrongShop, CodeExpired, CredentialRevoked, Frozen, Forbidden, CodeUsed, UnitUnknown,
    AmountInvalid, LimitExceeded, PinRequired, PinWrong, ApprovalRequired, NotFound, PassExpired, InsufficientBalance,
    Cancelled, IdMismatch, TooManyAttempts, Busy, ClockWrong
);
refuses!(
    /// How a top-up is refused.
    TopUpProblems: UnitUnknown, AmountInvalid, LimitExceeded, PinWrong, ApprovalRequired, Cancelled, IdMismatch, Busy,
    ClockWrong
);
refuses!(
    /// How a reversal is refused.
    ReverseProblems: AmountInvalid, LimitExceeded, PinWrong, ApprovalRequired, Cancelled, ReversalExceeds, Stands,
    IdMismatch, Busy, ClockWrong
);
refuses!(
    /// How a cancel is refused.
    CancelProblems: PinWrong, ApprovalRequired, Stands, IdMismatch, Busy, ClockWrong
);

/// Take an amount against a code
///
/// The code is checked and used up, and the amount is taken, in one commit. The same code again from the same
/// terminal within 60 s takes nothing and answers the first redemption with `repeated`.
#[utoipa::path(
    post, path = "/api/v1/redemptions", tag = "redemptions", security(("terminal" = [])),
    request_body = RedeemBody,
    responses(
        (status = 201, description = "Taken.", body = Ended),
        (status = 200, description = "Taken before: the same id, or the same code again (`repeated`).", body = Ended),
        RedeemProblems
    )
)]
pub async fn redeem(
    State(app): State<App>,
    terminal: Terminal,
    Json(body): Json<RedeemBody>,
) -> Result<Response, ApiError> {
    let RedeemBody { id, code, customer, amount, unit, note, pin, operator, approval } = body;
    let who = match (code, customer) {
        (Some(code), None) if code.len() > MAX_CODE => {
            return Err(ApiError::Malformed("code is longer than any code".into()));
        }
        (Some(code), None) => Who::Code(code),
        (None, Some(customer)) => Who::Customer(customer),
        (Some(_), Some(_)) | (None, None) => {
            return Err(ApiError::Malformed("either a code or a customer says whose it is".into()));
        }
    };
    let pin = customer_pin(&app, &terminal, id, &who, pin).await?;
    let by = By { operator, approval };
    settle(&app, &terminal, (id, by), Wish::Redeem { who, unit, amount, pin, note }).await
}

/// Add value to a customer's account
#[utoipa::path(
    post, path = "/api/v1/customers/{id}/top-ups", tag = "top-ups", security(("terminal" = [])),
    params(("id" = CustomerId, Path, description = "The customer.")),
    request_body = TopUpBody,
    responses(
        (status = 201, description = "Added.", body = Ended),
        (status = 200, description = "Added before, under the same id.", body = Ended),
        TopUpProblems
    )
)]
pub async fn top_up(
    State(app): State<App>,
    terminal: Terminal,
    Path(customer): Path<String>,
    Json(body): Json<TopUpBody>,
) -> Result<Response, ApiError> {
    let customer = customer_id(&customer)?;
    let TopUpBody { id, unit, amount, bonus, reason, operator, approval } = body;
    settle(&app, &terminal, (id, By { operator, approval }), Wish::TopUp { customer, unit, amount, bonus, reason })
        .await
}

/// Give back a redemption, wholly or in part
#[utoipa::path(
    post, path = "/api/v1/redemptions/{id}/reversals", tag = "reversals", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the redemption.")),
    request_body = ReverseBody,
    responses(
        (status = 201, description = "Reversed.", body = Ended),
        (status = 200, description = "Reversed before, under the same id.", body = Ended),
        ReverseProblems
    )
)]
pub async fn reverse_redemption(
    State(app): State<App>,
    terminal: Terminal,
    Path(of): Path<String>,
    Json(body): Json<ReverseBody>,
) -> Result<Response, ApiError> {
    reverse(&app, &terminal, Noun::Redemption, &of, body).await
}

/// Take back a top-up, wholly or in part
#[utoipa::path(
    post, path = "/api/v1/top-ups/{id}/reversals", tag = "reversals", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the top-up.")),
    request_body = ReverseBody,
    responses(
        (status = 201, description = "Reversed.", body = Ended),
        (status = 200, description = "Reversed before, under the same id.", body = Ended),
        ReverseProblems
    )
)]
pub async fn reverse_top_up(
    State(app): State<App>,
    terminal: Terminal,
    Path(of): Path<String>,
    Json(body): Json<ReverseBody>,
) -> Result<Response, ApiError> {
    reverse(&app, &terminal, Noun::TopUp, &of, body).await
}

/// Make the id of a redemption final and without effect
///
/// Whether the request arrived, is on its way or never comes. What was recorded is reversed by what is not yet
/// reversed. Repeated, it answers the same.
#[utoipa::path(
    post, path = "/api/v1/redemptions/{id}/cancel", tag = "redemptions", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the redemption.")),
    request_body = CancelBody,
    responses((status = 200, description = "It has no effect, now and for ever.", body = Ended), CancelProblems)
)]
pub async fn cancel_redemption(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(body): Json<CancelBody>,
) -> Result<Response, ApiError> {
    cancel(&app, &terminal, Noun::Redemption, &id, body).await
}

/// Make the id of a top-up final and without effect
///
/// Whether the request arrived, is on its way or never comes. What was recorded is reversed by what is not yet
/// reversed. Repeated, it answers the same.
#[utoipa::path(
    post, path = "/api/v1/top-ups/{id}/cancel", tag = "top-ups", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the top-up.")),
    request_body = CancelBody,
    responses((status = 200, description = "It has no effect, now and for ever.", body = Ended), CancelProblems)
)]
pub async fn cancel_top_up(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(body): Json<CancelBody>,
) -> Result<Response, ApiError> {
    cancel(&app, &terminal, Noun::TopUp, &id, body).await
}

/// Make the id of a reversal final and without effect
///
/// Whether the request arrived, is on its way or never comes. What was recorded is reversed by what is not yet
/// reversed. Repeated, it answers the same.
#[utoipa::path(
    post, path = "/api/v1/reversals/{id}/cancel", tag = "reversals", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the reversal.")),
    request_body = CancelBody,
    responses((status = 200, description = "It has no effect, now and for ever.", body = Ended), CancelProblems)
)]
pub async fn cancel_reversal(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
    Json(body): Json<CancelBody>,
) -> Result<Response, ApiError> {
    cancel(&app, &terminal, Noun::Reversal, &id, body).await
}

/// How a redemption ended
#[utoipa::path(
    get, path = "/api/v1/redemptions/{id}", tag = "redemptions", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the redemption.")),
    responses((status = 200, description = "Recorded, refused or cancelled.", body = Ended))
)]
pub async fn get_redemption(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::Redemption, &id).await
}

/// How a top-up ended
#[utoipa::path(
    get, path = "/api/v1/top-ups/{id}", tag = "top-ups", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the top-up.")),
    responses((status = 200, description = "Recorded, refused or cancelled.", body = Ended))
)]
pub async fn get_top_up(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::TopUp, &id).await
}

/// How a reversal ended
#[utoipa::path(
    get, path = "/api/v1/reversals/{id}", tag = "reversals", security(("terminal" = [])),
    params(("id" = RequestId, Path, description = "The id of the reversal.")),
    responses((status = 200, description = "Recorded, refused or cancelled.", body = Ended))
)]
pub async fn get_reversal(
    State(app): State<App>,
    terminal: Terminal,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    get(&app, &terminal, Noun::Reversal, &id).await
}

async fn reverse(
    app: &App,
    terminal: &Terminal,
    noun: Noun,
    of: &str,
    body: ReverseBody,
) -> Result<Response, ApiError> {
    let of = request_id(of)?;
    let ReverseBody { id, amount, reason, operator, approval } = body;
    settle(app, terminal, (id, By { operator, approval }), Wish::Reverse { noun, of, amount, reason }).await
}

/// Makes an id final.
pub async fn cancel(
    app: &App,
    terminal: &Terminal,
    noun: Noun,
    id: &str,
    body: CancelBody,
) -> Result<Response, ApiError> {
    let CancelBody { operator, approval } = body;
    settle(app, terminal, (request_id(id)?, By { operator, approval }), Wish::Cancel { noun }).await
}

/// Compares the PINs, and hands a request to the writer.
pub async fn settle(
    app: &App,
    terminal: &Terminal,
    (id, by): (RequestId, By),
    wish: Wish,
) -> Result<Response, ApiError> {
    if wish.note().is_some_and(|note| note.chars().count() > MAX_NOTE_CHARS) {
        return Err(ApiError::Malformed(format!("note and reason have at most {MAX_NOTE_CHARS} characters")));
    }
    if wish.unit().is_some_and(|unit| unit.len() > MAX_UNIT) {
        return Err(ApiError::Malformed("unit is longer than any unit".into()));
    }
    let approval = approval(app, terminal, by.approval).await?;
    let Terminal(terminal) = terminal;
    let (shop, terminal) = (terminal.shop_id, terminal.terminal_id);
    let request = Request { shop, terminal, id, operator: by.operator, approval, wish };
    let outcome = app.writer.settle(request).await?;
    show::outcome(&app.store, outcome).await
}

/// The consent with its PIN compared.
async fn approval(
    app: &App,
    Terminal(terminal): &Terminal,
    body: Option<ApprovalBody>,
) -> Result<Option<Approval>, ApiError> {
    let Some(ApprovalBody { operator, pin }) = body else { return Ok(None) };
    let secret = store::operator::secret(&mut *app.store.read().await?, terminal.shop_id, operator).await?;
    Ok(Some(Approval {
        operator,
        pin: compare(app, terminal, pins::parse(&pin)?, secret.map(|secret| secret.kept)).await?,
    }))
}

/// The customer's PIN compared, if one came. That is paid for only where the rules can come to look at it: they look
/// at the terminal's allowance and at the code's tag before, so a wrong one says nothing of whether there is a PIN.
async fn customer_pin(
    app: &App,
    Terminal(terminal): &Terminal,
    id: RequestId,
    who: &Who,
    pin: Option<String>,
) -> Result<Check, ApiError> {
    let Some(pin) = pin else { return Ok(Check::Absent) };
    let pin = pins::parse(&pin)?;
    let Who::Code(code) = who else { return Err(ApiError::Malformed("pin goes with a code".into())) };
    let Some(code) = Code::parse(code) else { return Ok(Check::Wrong) };
    let now = (app.clock)();
    if let Some(retry_after_s) = app.throttle.wait_s(terminal.terminal_id, now) {
        // What is known is answered from the books all the same.
        let known = pasts(&mut *app.store.read().await?, terminal.shop_id, id).await?;
        let known = known.values().any(|past| past.settled.is_some() || past.cancellation.is_some());
        return if known { Ok(Check::Wrong) } else { Err(ApiError::TooMany { retry_after_s }) };
    }
    let found = store::pin::of_credential(&mut *app.store.read().await?, terminal.shop_id, code.number()).await?;
    // A number that is not there costs as much as one that is.
    let generations = found.as_ref().map_or([Some(app.master.current()), None], |found| found.generations);
    let mut keys = generations.into_iter().flatten().filter_map(|known| app.master.key(known, code.number()));
    if !keys.any(|key| code.may_be_fresh(&key, now.div_euclid(1000))) {
        return Ok(Check::Wrong);
    }
    compare(app, terminal, pin, found.and_then(|found| found.kept)).await
}

async fn compare(app: &App, by: &TerminalRow, pin: Pin, kept: Option<Kept>) -> Result<Check, ApiError> {
    let Some(kept) = kept else { return Ok(Check::Wrong) };
    Ok(if pins::is(app, by, pin, kept).await? { Check::Right } else { Check::Wrong })
}

async fn pasts(conn: &mut Connection, shop: ShopId, id: RequestId) -> Result<Pasts, store::Error> {
    let mut pasts = Pasts::new();
    let mut handle = conn.lock_handle().await?;
    past::of(&mut Raw::on(&mut handle), shop, id, &mut pasts)?;
    Ok(pasts)
}

/// How a request ended, from the books.
pub async fn get(app: &App, Terminal(terminal): &Terminal, noun: Noun, id: &str) -> Result<Response, ApiError> {
    let key = (terminal.shop_id, request_id(id)?);
    let mut conn = app.store.read().await?;
    let mut pasts = pasts(&mut conn, key.0, key.1).await?;
    let wanted = pasts.remove(&key).ok_or(ApiError::NotFound)?;
    let first = match &wanted.settled {
        Some(Settled::Repeat(repeat)) => pasts.get(&(repeat.shop, repeat.first)),
        _ => None,
    };
    show::past(&mut conn, noun, &wanted, first).await
}

/// What is no id is not there.
pub fn request_id(text: &str) -> Result<RequestId, ApiError> {
    RequestId::parse(text).ok_or(ApiError::NotFound)
}

/// What is no id is not there.
pub fn customer_id(text: &str) -> Result<CustomerId, ApiError> {
    let id: i64 = text.parse().map_err(|_| ApiError::NotFound)?;
    (1..=MAX_ID).contains(&id).then_some(CustomerId(id)).ok_or(ApiError::NotFound)
}
