//! What can still be made out of a damaged line: the id of a request whose end would otherwise never be asked after.
//!
//! Pure. Such a request is never sent again (like everything found at start), so what it asked for is only shown, and may be
//! missing.

use jiff::Timestamp;
use uuid::Uuid;

use crate::request::{About, By, Request, Undone};

/// The request of a line that is no JSON any more, if its id and its kind can still be read.
pub(super) fn request_in(line: &[u8]) -> Option<Request> {
    let id = Uuid::try_parse(field(line, "id")?).ok()?;
    let customer = number(line, "customer").unwrap_or_default();
    let reason = String::new;
    let about = match field(line, "kind")? {
        "redemption" | "named" => About::Named { customer },
        "top_up" => About::TopUp { customer, bonus: None },
        "refund" => About::Refund { customer, forfeit_bonus: false, reason: reason() },
        "transfer" => About::Transfer { customer, to: 0, reason: reason() },
        "adjustment" => About::Adjustment { customer, take: false, of_bonus: false, reason: reason() },
        "reversal" => {
            let of = field(line, "of").and_then(|of| Uuid::try_parse(of).ok()).unwrap_or_default();
            About::Reversal { of, of_kind: Undone::Redemption, whole: false, reason: None }
        }
        _ => return None,
    };
    let unit = field(line, "unit").unwrap_or_default().to_owned();
    let at = field(line, "at").and_then(|at| at.parse().ok()).or_else(|| drawn(id)).unwrap_or(Timestamp::UNIX_EPOCH);
    let amount = number(line, "amount").unwrap_or_default();
    Some(Request { id, about, unit, amount, at, by: By::default() })
}

/// When an id of version 7 was drawn.
fn drawn(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()
}

fn number(line: &[u8], key: &str) -> Option<u64> {
    field(line, key)?.parse().ok()
}

/// What stands after `"key":`, without its quotes, if its end is there and it is text.
fn field<'a>(line: &'a [u8], key: &str) -> Option<&'a str> {
    let key = format!("\"{key}\":");
    let start = line.windows(key.len()).position(|window| window == key.as_bytes())? + key.len();
    let rest = &line[start..];
    let end = rest.iter().position(|byte| matches!(byte, b',' | b'}'))?;
    let text = std::str::from_utf8(&rest[..end]).ok()?;
    let bare = text.strip_prefix('"').map_or(Some(text), |open| open.strip_suffix('"'))?;
    (!bare.contains('"')).then_some(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"line":"open","id":"01a21902-888f-707e-82b2-51fae8497121","kind":"redemption","code":"…","unit":"wash","amount":2,"at":"2026-11-26T17:58:46.159Z"}"#;

    #[test]
    fn what_is_left_of_a_line_is_read() {
        let spoilt = |from: &str, to: &str| request_in(LINE.replace(from, to).as_bytes());
        let whole = request_in(LINE.as_bytes()).unwrap();
        assert_eq!((whole.unit.as_str(), whole.amount), ("wash", 2));
        for (from, to) in
            [("\"wash\"", "\"w\u{0}sh"), ("\"amount\":2", "\"am#unt\":2"), ("\"line\"", "line"), ("}", "")]
        {
            assert_eq!(spoilt(from, to).map(|request| request.id), Some(whole.id), "{from}");
        }
        for (from, to) in [("\"kind\":\"red", "\"kind\":\"r#d"), ("01a21902", "01a2190#"), ("\"id\"", "\"i#\"")] {
            assert_eq!(spoilt(from, to), None, "{from}");
        }
        let undated = spoilt("2026-11-26T17:58", "2026-11-##T17:58").unwrap();
        assert_eq!(undated.at.to_string()[..10], *"2026-11-26", "its id says when it was drawn");
    }
}
