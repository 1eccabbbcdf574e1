//! How a settled request looks on the wire: redemption, top-up, reversal.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::error::{ApiError, refusal_details};
use crate::event::json as text;
use crate::ledger::rfc3339;
use crate::mark;
use crate::outcome::{Cancellation, Outcome, Past, Recorded, Refused, Settled};
use crate::request::Noun;
use crate::store::phone::{self, Lamp};
use crate::store::{self, Connection, Store};

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
        Outcome::Cancelled { cancellation, settled } => {
            let object = cancelled(&mut *store.read().await?, &cancellation, settled.as_ref()).await?;
            Ok(answer(StatusCode::OK, &object))
        }
        Outcome::Refused(refused) => Err(ApiError::Refused(Box::new(refused))),
        Outcome::IdMismatch => Err(ApiError::IdMismatch),
        Outcome::AlreadyCancelled => Err(ApiError::Cancelled),
        Outcome::Stands => Err(ApiError::Stands),
        Outcome::TooMany { retry_after_s } => Err(ApiError::TooMany { retry_after_s }),
        Outcome::ClockWrong => Err(ApiError::ClockWrong),
    }
}

/// The answer to a GET: how a request ended, or 404 if it never came under this noun. `first` is what a
/// double scan stands for.
pub async fn past(
    conn: &mut Connection,
    noun: Noun,
    past: &Past,
    first: Option<&Recorded>,
) -> Result<Response, ApiError> {
    let object = match (&past.cancellation, &past.settled) {
        (Some(cancellation), settled) if cancellation.noun == noun => {
            cancelled(conn, cancellation, settled.as_ref()).await?
        }
        (None, Some(Settled::Recorded(recorded))) if recorded.noun() == noun => {
            let lamp = lamp(conn, recorded).await?;
            shown(recorded, lamp, false)
        }
        (None, Some(Settled::Refused(refused))) if refused.noun == noun => refused_object(refused),
        (None, Some(Settled::Repeat(_))) if noun == Noun::Redemption => {
            let first = first.ok_or(store::Error::Inconsistent("a repeat of nothing"))?;
            let lamp = lamp(conn, first).await?;
            shown(first, lamp, true)
        }
        _ => return Err(ApiError::NotFound),
    };
    Ok(answer(StatusCode::OK, &object))
}

fn answer(status: StatusCode, object: &Map<String, Value>) -> Response {
    let mut response = (status, text(object)).into_response();
    response
        .headers_mut()
        .insert(axum::http::header::CONTENT_TYPE, axum::http::HeaderValue::from_static("application/json"));
    response
}

/// A redemption's lamp; the other nouns have none.
async fn lamp(conn: &mut Connection, recorded: &Recorded) -> Result<Lamp, ApiError> {
    let entry = &recorded.main().entry;
    let Some(seq) = entry.seq.filter(|_| recorded.noun() == Noun::Redemption) else { return Ok(Lamp::Recorded) };
    let rows = phone::lamps_of_customer(conn, entry.customer, seq - 1, seq).await?;
    Ok(rows.first().map_or(Lamp::Recorded, |row| row.lamp))
}

fn shown(recorded: &Recorded, lamp: Lamp, repeated: bool) -> Map<String, Value> {
    let main = recorded.main();
    let entry = &main.entry;
    let last = &recorded.legs[recorded.legs.len() - 1].entry;
    let mut object = object(json!({
        "id": entry.request,
        "status": "recorded",
        "customer": { "id": entry.customer, "name": recorded.customer_name },
        "unit": recorded.unit,
        "amount": entry.split.total(),
        "balance": last.balance,
        "at": rfc3339(entry.at),
        "seq": entry.seq,
        "mark": mark::of(&entry.hash),
    }));
    let more = match recorded.noun() {
        Noun::Redemption => json!({ "reversed": main.reversed, "lamp": lamp, "repeated": repeated }),
        Noun::TopUp => json!({
            "reversed": main.reversed,
            "bonus": recorded.total() - entry.split.total(),
            "bonus_reversed": recorded.reversed() - main.reversed,
        }),
        Noun::Reversal => json!({ "amount": recorded.total(), "of": recorded.of }),
    };
    object.extend(self::object(more));
    object
}

fn refused_object(refused: &Refused) -> Map<String, Value> {
    let mut object = refusal_details(refused);
    object.insert("status".into(), "refused".into());
    object.insert("code".into(), refused.refusal.code().into());
    object.insert("at".into(), rfc3339(refused.at).into());
    object
}

/// The thing itself with its new status; a tombstone has only what is known of it.
async fn cancelled(
    conn: &mut Connection,
    cancellation: &Cancellation,
    settled: Option<&Settled>,
) -> Result<Map<String, Value>, ApiError> {
    let mut object = match settled {
        Some(Settled::Recorded(recorded)) => shown(recorded, lamp(conn, recorded).await?, false),
        Some(Settled::Refused(refused)) => refused_object(refused),
        Some(Settled::Repeat(_)) | None => Map::new(),
    };
    object.insert("id".into(), cancellation.request.to_string().into());
    object.insert("status".into(), "cancelled".into());
    object.insert("was".into(), cancellation.was.as_str().into());
    Ok(object)
}

fn object(value: Value) -> Map<String, Value> {
    if let Value::Object(object) = value { object } else { Map::new() }
}
