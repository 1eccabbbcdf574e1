//! What the page may ask the server for: a closed list of calls, and nothing that moves value.
//!
//! Pure. The page names a call of the list with its parts; this makes the path, the query and the body of it. Who acts
//! is the till's to say, never the page's. What moves value is a [`crate::request::Request`], which the journal keeps.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::wire::Failed;

/// The longest part of a path, in bytes: a request id has 36.
const PART_LIMIT: usize = 40;
/// The longest text of a query, in bytes.
const QUERY_LIMIT: usize = 200;
/// The longest body, in bytes: the server's own limit.
const BODY_LIMIT: usize = 64 << 10;

/// Where a call names the operator who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    /// Nobody is asked.
    Nowhere,
    /// In the query.
    Query,
    /// In the body.
    Body,
}

/// How a call's answer is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    Nothing,
    /// The shop, its units or its operators may be others now.
    LookAgain,
}

use After::{LookAgain, Nothing};
use Operator::{Body, Nowhere, Query};

/// Every call; a test holds the list against the server's own document.
const CALLS: [(&str, Operator, After); 43] = [
    ("GET /shop", Nowhere, Nothing),
    ("PATCH /shop/settings", Body, LookAgain),
    ("POST /units", Body, LookAgain),
    ("PUT /bonus-rules", Body, LookAgain),
    ("PUT /products", Body, LookAgain),
    ("GET /backups", Query, Nothing),
    ("POST /backups", Body, Nothing),
    ("GET /operators", Nowhere, Nothing),
    ("POST /operators", Body, LookAgain),
    ("PATCH /operators/{id}", Body, LookAgain),
    ("GET /audit", Query, Nothing),
    ("GET /terminals", Nowhere, Nothing),
    ("POST /terminals/pairings", Body, Nothing),
    ("POST /terminals/{id}/revoke", Body, Nothing),
    ("GET /online", Nowhere, Nothing),
    ("GET /customers", Nowhere, Nothing),
    ("POST /customers", Body, Nothing),
    ("GET /customers/{id}", Query, Nothing),
    ("PATCH /customers/{id}", Body, Nothing),
    ("GET /customers/{id}/entries", Query, Nothing),
    ("GET /customers/{id}/export", Query, Nothing),
    ("POST /customers/{id}/freeze", Body, Nothing),
    ("POST /customers/{id}/unfreeze", Body, Nothing),
    ("POST /customers/{id}/pin", Body, Nothing),
    ("POST /customers/{id}/erase", Body, Nothing),
    ("POST /customers/{id}/joins", Body, Nothing),
    ("POST /customers/{id}/cards", Body, Nothing),
    ("PUT /customers/{id}/expiry", Body, Nothing),
    ("POST /customers/{id}/credentials/{credential}/revoke", Body, Nothing),
    ("POST /customers/{id}/credentials/{credential}/replace", Body, Nothing),
    ("GET /redemptions/{id}", Nowhere, Nothing),
    ("GET /top-ups/{id}", Nowhere, Nothing),
    ("GET /entries", Query, Nothing),
    ("GET /exports/customers", Query, Nothing),
    ("GET /exports/shop", Query, Nothing),
    ("GET /reports/x", Query, Nothing),
    ("POST /reports/z", Body, Nothing),
    ("GET /reports/z", Query, Nothing),
    ("GET /reports/z/{id}", Query, Nothing),
    ("GET /reports/liability", Query, Nothing),
    ("GET /reports/days", Query, Nothing),
    ("GET /reports/day", Query, Nothing),
    ("GET /reports/entries", Query, Nothing),
];

/// What the page sends.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Ask {
    /// One of the list: `GET /customers/{id}`.
    pub call: String,
    /// For the braces of the path.
    #[serde(default)]
    pub path: BTreeMap<String, String>,
    /// For the query.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// For the body, of a call that has one.
    #[serde(default)]
    pub body: Map<String, Value>,
}

/// A call as the line sends it.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// `GET`, `POST`, `PUT` or `PATCH`.
    pub method: String,
    /// Without `/api/v1/`.
    pub path: String,
    /// Names and values.
    pub query: BTreeMap<String, String>,
    /// Of a call that has one.
    pub body: Option<Value>,
    /// Whether the shop may be another after it.
    pub changes_shop: bool,
}

impl Ask {
    /// The call, with the operator who acts.
    ///
    /// # Errors
    /// `malformed` for a call that is not of the list, and for parts that none of its calls has.
    pub fn of(self, operator: Option<u64>) -> Result<Asked, Failed> {
        let Self { call, path, mut query, mut body } = self;
        let known = CALLS.iter().find(|(name, ..)| *name == call).ok_or_else(malformed)?;
        let (method, template) = known.0.split_once(' ').ok_or_else(malformed)?;
        let path = filled(template, &path)?;
        match (known.1, operator) {
            (Query, Some(operator)) => drop(query.insert("operator".to_owned(), operator.to_string())),
            (Body, Some(operator)) => drop(body.insert("operator".to_owned(), operator.into())),
            (Nowhere | Query | Body, _) => {}
        }
        if query.iter().any(|(name, value)| name.len() + value.len() > QUERY_LIMIT) {
            return Err(malformed());
        }
        let body = (method != "GET").then_some(Value::Object(body));
        if body.as_ref().is_some_and(|body| body.to_string().len() > BODY_LIMIT) {
            return Err(Failed::new("too_large"));
        }
        Ok(Asked { method: method.to_owned(), path, query, body, changes_shop: known.2 == LookAgain })
    }
}

/// The path with its braces filled; a part that could lead elsewhere is refused.
fn filled(template: &str, parts: &BTreeMap<String, String>) -> Result<String, Failed> {
    let mut path = Vec::new();
    for piece in template.trim_start_matches('/').split('/') {
        let name = piece.strip_prefix('{').and_then(|piece| piece.strip_suffix('}'));
        path.push(match name {
            Some(name) => parts.get(name).filter(|part| is_id(part)).ok_or_else(malformed)?.as_str(),
            None => piece,
        });
    }
    Ok(path.join("/"))
}

fn is_id(part: &str) -> bool {
    (1..=PART_LIMIT).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn malformed() -> Failed {
    Failed::new("malformed")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(call: &str, id: &str) -> Ask {
        let path = BTreeMap::from([("id".to_owned(), id.to_owned())]);
        Ask { call: call.to_owned(), path, query: BTreeMap::new(), body: Map::new() }
    }

    #[test]
    fn a_call_of_the_list_is_filled_and_names_who_acts() {
        let asked = ask("GET /customers/{id}", "7").of(Some(3)).unwrap();
        assert_eq!((asked.method.as_str(), asked.path.as_str(), asked.body), ("GET", "customers/7", None));
        assert_eq!(asked.query["operator"], "3");
        let asked = ask("POST /customers/{id}/freeze", "7").of(Some(3)).unwrap();
        assert_eq!(asked.body, Some(serde_json::json!({ "operator": 3 })));
        assert_eq!(ask("POST /customers/{id}/freeze", "7").of(None).unwrap().body, Some(serde_json::json!({})));
    }

    #[test]
    fn what_is_not_of_the_list_or_leads_elsewhere_is_refused() {
        for call in ["POST /customers/{id}/top-ups", "GET /me", "DELETE /shop", "POST /redemptions", ""] {
            assert!(ask(call, "7").of(None).is_err(), "{call}");
        }
        for id in ["", "7/top-ups", "..", "7?x", "%2e", "7 8", &"7".repeat(41)] {
            assert!(ask("GET /customers/{id}", id).of(None).is_err(), "{id}");
        }
    }

    #[test]
    fn the_page_cannot_say_who_acts() {
        let mut spoofed = ask("POST /customers/{id}/freeze", "7");
        spoofed.body.insert("operator".to_owned(), 1.into());
        assert_eq!(spoofed.of(Some(3)).unwrap().body, Some(serde_json::json!({ "operator": 3 })));
    }

    #[test]
    fn only_calls_that_change_the_shop_lead_to_another_look_at_it() {
        assert!(ask("PATCH /operators/{id}", "3").of(None).unwrap().changes_shop);
        assert!(!ask("GET /customers/{id}", "3").of(None).unwrap().changes_shop);
    }
}
