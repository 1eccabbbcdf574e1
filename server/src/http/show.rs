//! How a settled request looks on the wire: redemption, top-up, reversal, refund, transfer, adjustment.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::error::ApiError;
use super::problem::Code;
use crate::event::json;
use crate::id::{CustomerId, RequestId};
use crate::ledger::{Split, rfc3339};
use crate::mark;
use crate::outcome::{Cancellation, Outcome, Past, Recorded, Refused, Settled, Was};
use crate::request::Noun;
use crate::store::customer::{self, CustomerRow};
use crate::store::phone::{self, Lamp};
use crate::store::{self, Connection, Store};

/// How far a request is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In the books.
    Recorded,
    /// Nothing was taken, and `code` says why.
    Refused,
    /// Final and without effect; `was` says what it was before.
    Cancelled,
}

/// A customer as screens name them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerName {
    /// Their id.
    pub id: CustomerId,
    /// Their name.
    pub name: String,
}

impl From<CustomerRow> for CustomerName {
    fn from(row: CustomerRow) -> Self {
        Self { id: row.customer_id, name: row.name }
    }
}

/// How a request ended. A refused one has `code`, a cancelled one `was`; what is not known of it is left out,
/// so that a request that was cancelled before it came has `id`, `status` and `was` alone.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ended {
    /// Its id, in lower case; the first one's after a double scan.
    id: RequestId,
    /// How it ended.
    status: Status,
    /// What it was when it was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<Was>,
    /// Why nothing was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    /// The code's time less the server's, in seconds, where that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_difference_s: Option<i64>,
    /// Whose account it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<CustomerName>,
    /// What it is counted in.
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    /// Minor units or visits; below zero only for an adjustment that took.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    /// The account right after it; for a refusal, what it held.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<i64>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The number of the customer's event.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    /// Two digits and an emoji, the same on both screens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "47 🐳")]
    mark: Option<String>,
    /// What reversals gave back of `amount`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reversed: Option<i64>,
    /// Of a redemption: how far the customer's phone has come with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    lamp: Option<Lamp>,
    /// Of a redemption: true for the answer to a double scan, which took nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    repeated: Option<bool>,
    /// Of a top-up: what the shop added; of a refund: what was given up; of an adjustment: what was corrected of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    bonus: Option<i64>,
    /// Of a top-up: what reversals took back of `bonus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    bonus_reversed: Option<i64>,
    /// Of a reversal: what it undid.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<RequestId>,
    /// Of a transfer: who got it.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<CustomerId>,
}

impl Ended {
    fn new(id: RequestId, status: Status) -> Self {
        Self {
            id,
            status,
            was: None,
            code: None,
            clock_difference_s: None,
            customer: None,
            unit: None,
            amount: None,
            balance: None,
            at: None,
            seq: None,
            mark: None,
            reversed: None,
            lamp: None,
            repeated: None,
            bonus: None,
            bonus_reversed: None,
            of: None,
            to: None,
        }
    }
}

/// The answer to a POST.
pub async fn outcome(store: &Store, outcome: Outcome) -> Result<Response, ApiError> {
    match outcome {
        Outcome::Recorded { recorded, fresh: true, .. } => {
            Ok(answer(StatusCode::CREATED, &shown(&recorded, Lamp::Recorded, false)))
        }
        Outcome::Recorded { recorded, fresh: false, repeated } => {
            let lamp = lamp(&mut *store.read().await?, &recorded).await?;
            Ok(answer(StatusCode::OK, &shown(&recorded, lamp, repeated)))
        }
        Outcome::Cancelled { cancellation, settled, repeated } => {
            let mut object = cancelled(&mut *store.read().await?, &cancellation, settled.as_ref()).await?;
            object.repeated = object.repeated.map(|_| repeated);
            Ok(answer(StatusCode::OK, &object))
        }
        Outcome::Refused(refused) => {
            let customer = named(&mut *store.read().await?, &refused).await?;
            Err(ApiError::Refused(Box::new(refused), customer))
        }
        Outcome::IdMismatch => Err(ApiError::IdMismatch),
        Outcome::AlreadyCancelled => Err(ApiError::Cancelled),
        Outcome::NotCancelled(refusal) => Err(ApiError::NotCancelled(refusal)),
        Outcome::NoReason => Err(ApiError::Malformed("reason has to say why".into())),
        Outcome::TooMany { retry_after_s } => Err(ApiError::TooMany { retry_after_s }),
        Outcome::ClockWrong => Err(ApiError::ClockWrong),
    }
}

/// The answer to a GET: how a request ended, or 404 if it never came under this noun. `first` is what a
/// double scan stands for.
pub async fn past(conn: &mut Connection, noun: Noun, past: &Past, first: Option<&Past>) -> Result<Response, ApiError> {
    let object = match (&past.cancellation, &past.settled) {
        (Some(cancellation), settled) if cancellation.noun == noun => {
            cancelled(conn, cancellation, settled.as_ref()).await?
        }
        (None, Some(Settled::Recorded(recorded))) if recorded.noun() == noun => {
            let lamp = lamp(conn, recorded).await?;
            shown(recorded, lamp, false)
        }
        (None, Some(Settled::Refused(refused))) if refused.noun == noun => self::refused(conn, refused).await?,
        (None, Some(Settled::Repeat(_))) if noun == Noun::Redemption => match first {
            Some(Past { cancellation: Some(cancellation), settled, .. }) => {
                Ended { repeated: Some(true), ..cancelled(conn, cancellation, settled.as_ref()).await? }
            }
            Some(Past { settled: Some(Settled::Recorded(first)), .. }) => {
                let lamp = lamp(conn, first).await?;
                shown(first, lamp, true)
            }
            _ => return Err(store::Error::Inconsistent("a repeat of nothing").into()),
        },
        _ => return Err(ApiError::NotFound),
    };
    Ok(answer(StatusCode::OK, &object))
}

fn answer(status: StatusCode, ended: &Ended) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], json(ended)).into_response()
}

/// A redemption's lamp; the other nouns have none.
async fn lamp(conn: &mut Connection, recorded: &Recorded) -> Result<Lamp, ApiError> {
    let entry = &recorded.main().entry;
    let Some(seq) = entry.seq.filter(|_| recorded.noun() == Noun::Redemption) else { return Ok(Lamp::Recorded) };
    let rows = phone::lamps_of_customer(conn, entry.customer, seq - 1, seq).await?;
    Ok(rows.first().map_or(Lamp::Recorded, |row| row.lamp))
}

fn shown(recorded: &Recorded, lamp: Lamp, repeated: bool) -> Ended {
    let main = recorded.main();
    let entry = &main.entry;
    let last = &recorded.legs[recorded.legs.len() - 1].entry;
    let mut ended = Ended {
        customer: Some(CustomerName { id: entry.customer, name: recorded.customer_name.clone() }),
        unit: Some(recorded.unit.to_string()),
        amount: Some(entry.split.total()),
        balance: Some(last.balance),
        at: Some(rfc3339(entry.at)),
        seq: entry.seq,
        mark: Some(mark::of(&entry.hash)),
        ..Ended::new(entry.request, Status::Recorded)
    };
    match recorded.noun() {
        Noun::Redemption => {
            (ended.reversed, ended.lamp, ended.repeated) = (Some(main.reversed.total()), Some(lamp), Some(repeated));
        }
        Noun::TopUp => {
            ended.reversed = Some(main.reversed.total());
            ended.bonus = Some(recorded.total() - entry.split.total());
            ended.bonus_reversed = Some(recorded.reversed() - main.reversed.total());
        }
        Noun::Reversal => (ended.amount, ended.of) = (Some(recorded.total()), recorded.of),
        Noun::Refund => ended.bonus = Some(recorded.total() - entry.split.total()),
        Noun::Transfer => (ended.balance, ended.to) = (Some(entry.balance), entry.peer),
        Noun::Adjustment => {
            let sum = recorded.legs.iter().fold(Split::default(), |sum, leg| {
                let sign = if leg.gain { 1 } else { -1 };
                let Split { principal, bonus } = leg.entry.split;
                sum.plus(Split { principal: sign * principal, bonus: sign * bonus })
            });
            (ended.amount, ended.bonus) = (Some(sum.principal), Some(sum.bonus));
        }
    }
    ended
}

async fn refused(conn: &mut Connection, refused: &Refused) -> Result<Ended, ApiError> {
    let balance = refused.refusal.balance();
    Ok(Ended {
        customer: named(conn, refused).await?,
        code: Some(refused.refusal.into()),
        balance,
        unit: balance.map(|_| refused.unit.clone()),
        clock_difference_s: refused.refusal.clock_difference_s(),
        at: Some(rfc3339(refused.at)),
        ..Ended::new(refused.request, Status::Refused)
    })
}

/// Whose code it was; nobody of another shop is named.
async fn named(conn: &mut Connection, refused: &Refused) -> Result<Option<CustomerName>, ApiError> {
    let Some(customer) = refused.customer else { return Ok(None) };
    let row = customer::get(conn, refused.shop, customer).await?;
    Ok(row.map(CustomerName::from))
}

/// The thing itself with its new status; a tombstone has only what is known of it.
async fn cancelled(
    conn: &mut Connection,
    cancellation: &Cancellation,
    settled: Option<&Settled>,
) -> Result<Ended, ApiError> {
    let before = match settled {
        Some(Settled::Recorded(recorded)) => shown(recorded, lamp(conn, recorded).await?, false),
        Some(Settled::Refused(before)) => refused(conn, before).await?,
        Some(Settled::Repeat(_)) | None => Ended::new(cancellation.request, Status::Cancelled),
    };
    Ok(Ended { id: cancellation.request, status: Status::Cancelled, was: Some(cancellation.was), ..before })
}
