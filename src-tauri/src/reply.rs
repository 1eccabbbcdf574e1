//! From a status and a body to what it means for the request.
//!
//! Pure. An answer without one of our codes is not the server's (a proxy, a captive portal): it settles nothing.

use serde::Deserialize;
use serde_json::Value;

use crate::request::{Call, RETRY_AFTER_LIMIT_S, Refusal, Reply};
use crate::wire::Redemption;

/// The code that stands for an answer which is none of ours.
const NOT_OURS: &str = "internal";

/// What an HTTP answer to `call` means; `retry_after_s` is the header's, if any.
pub fn reply(call: Call, status: u16, retry_after_s: Option<u64>, body: &[u8]) -> Reply {
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let not_final = |code: &str, repeatable: bool| Reply::NotFinal {
        code: code.to_owned(),
        repeatable,
        retry_after_s: retry_after_s.map(|seconds| seconds.min(RETRY_AFTER_LIMIT_S)),
    };
    if (200..300).contains(&status) {
        return ended(&value).unwrap_or_else(|| not_final(NOT_OURS, true));
    }
    let Ok(refusal) = Refusal::deserialize(&value) else {
        return not_final(NOT_OURS, true);
    };
    match (status, call, refusal.code.as_str()) {
        (404, Call::Get, "not_found") => Reply::Unknown,
        (409, Call::Post, "cancelled") => Reply::Cancelled { was: "unknown".to_owned() },
        // A cancel that is refused: in effect and not to be undone by this call, or not by this terminal.
        (409, Call::Post, "id_mismatch") | (403 | 409, Call::Cancel, _) => Reply::Known,
        (402 | 403 | 404 | 409 | 410 | 422, Call::Post, _) => Reply::Refused(refusal),
        _ => not_final(&refusal.code, status == 429 || status >= 500),
    }
}

/// How a known request ended, by its `status`.
fn ended(value: &Value) -> Option<Reply> {
    match value.get("status")?.as_str()? {
        "recorded" => Some(Reply::Recorded(Box::new(recorded(value)?))),
        "refused" => Some(Reply::Refused(Refusal::deserialize(value).ok()?)),
        "cancelled" => {
            let was = value.get("was").and_then(Value::as_str).unwrap_or("unknown");
            Some(Reply::Cancelled { was: was.to_owned() })
        }
        _ => None,
    }
}

/// An adjustment that took has an amount below zero; here amounts are sizes.
fn recorded(value: &Value) -> Option<Redemption> {
    let mut value = value.clone();
    if let Some(amount) = value.get("amount").and_then(Value::as_i64) {
        value["amount"] = amount.unsigned_abs().into();
    }
    Redemption::deserialize(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = r#"{"id":"018f6f3e-0000-7000-8000-000000000001","status":"recorded",
        "customer":{"id":7,"name":"Li W."},"unit":"wash","amount":1,"balance":9,"reversed":0,
        "at":"2026-11-22T14:03:22.000Z","seq":3,"mark":"47 🐳","lamp":"recorded","repeated":false,"new_field":1}"#;

    fn code_of(reply: &Reply) -> &str {
        match reply {
            Reply::NotFinal { code, .. } => code,
            Reply::Refused(refusal) => &refusal.code,
            _ => "",
        }
    }

    #[test]
    fn a_recorded_redemption_is_read_and_unknown_fields_are_ignored() {
        let Reply::Recorded(redemption) = reply(Call::Post, 201, None, RECORDED.as_bytes()) else {
            panic!("not recorded");
        };
        assert_eq!((redemption.amount, redemption.balance, redemption.mark.as_str()), (1, 9, "47 🐳"));
    }

    #[test]
    fn every_final_refusal_settles_and_nothing_else_does() {
        for status in 300..600_u16 {
            let body = format!(r#"{{"title":"x","status":{status},"code":"some_code","balance":3}}"#);
            let answer = reply(Call::Post, status, None, body.as_bytes());
            let is_final = matches!(status, 402 | 403 | 404 | 409 | 410 | 422);
            assert_eq!(matches!(answer, Reply::Refused(_)), is_final, "{status}");
            assert_eq!(code_of(&answer), "some_code");
        }
    }

    #[test]
    fn an_answer_without_our_code_settles_nothing() {
        for (status, body) in [(404, "<html>nginx</html>"), (403, "{}"), (200, "welcome to the hotel"), (204, "")] {
            for call in [Call::Post, Call::Get, Call::Cancel] {
                let answer = reply(call, status, None, body.as_bytes());
                assert!(matches!(answer, Reply::NotFinal { .. }), "{status} {body}");
            }
        }
    }

    #[test]
    fn not_found_means_unknown_only_to_a_question() {
        let body = br#"{"code":"not_found"}"#;
        assert_eq!(reply(Call::Get, 404, None, body), Reply::Unknown);
        assert_eq!(code_of(&reply(Call::Post, 404, None, body)), "not_found");
        assert!(matches!(reply(Call::Cancel, 404, None, body), Reply::NotFinal { .. }));
    }

    #[test]
    fn a_cancelled_request_says_what_it_was() {
        let body = br#"{"id":"018f6f3e-0000-7000-8000-000000000001","status":"cancelled","was":"recorded"}"#;
        assert_eq!(reply(Call::Cancel, 200, None, body), Reply::Cancelled { was: "recorded".to_owned() });
        assert_eq!(
            reply(Call::Post, 409, None, br#"{"code":"cancelled"}"#),
            Reply::Cancelled { was: "unknown".to_owned() }
        );
        assert_eq!(reply(Call::Cancel, 409, None, br#"{"code":"stands"}"#), Reply::Known);
    }

    #[test]
    fn a_long_retry_after_is_cut() {
        let answer = reply(Call::Post, 503, Some(3600), br#"{"code":"busy"}"#);
        assert_eq!(
            answer,
            Reply::NotFinal { code: "busy".to_owned(), repeatable: true, retry_after_s: Some(RETRY_AFTER_LIMIT_S) }
        );
    }
}
