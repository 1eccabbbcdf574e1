//! The `OpenAPI` document, made from the handlers' own annotations.
//!
//! [`Calls`] is the list of routes: what is in it is served and documented,
//! so neither can be without the other.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use bytes::Bytes;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, RefOr};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use super::App;
use super::cookie::COOKIE;
use super::problem::{self, Code};
use crate::sheet::{What, Wrong};

/// A terminal's token.
const TERMINAL: &str = "terminal";
/// A phone's token.
const PHONE: &str = "phone";
/// The same, as the page's cookie.
const PAGE: &str = "page";

const ABOUT: &str = "\
Amounts are integers in minor units (money) or visits (passes), 1 to 10^12; balances are 0 to 10^15. Times are UTC, \
RFC 3339, milliseconds. Errors are problem documents (RFC 9457) whose `code` comes from one closed list, the schema \
`Code`; clients ignore unknown fields and treat an unknown code by its status. Unknown fields in a request are refused.

## Request ids
A terminal chooses the id of each request, a UUID (version 7 advised). It is the idempotency key, for ever: the same \
id with the same body is answered from the books, with another body it is `id_mismatch`. Every request ends recorded, \
refused or cancelled, once. A refusal is final for its id, except the statuses 400, 401, 413, 429 and 5xx: after \
these the terminal repeats the same id or cancels it.

## Sockets
`GET /ws?after=SEQ&epoch=E` is a phone's socket: the token as `Authorization: Bearer …`, as the page's cookie, or as the \
second of two offered subprotocols `tillbeam.v1`, `bearer.TOKEN`. The server sends one JSON object per text frame: \
`{\"type\":\"hello\",\"epoch\",\"seq\",\"time\"}`, then every event after `after`, in order and without gaps, then live \
ones; the schema `Event` is the same as in `GET /api/v1/me/events`. A cursor of another epoch or beyond the last number \
is answered with `\"reset\":true` and no replay. The phone acks with `{\"received\":SEQ}` and `{\"seen\":SEQ}`. Close \
codes: 4000 the server goes away, 4001 the token does not hold, 4008 too slow, 4009 too many sockets of this customer, \
1009 a frame over 4 KB.

`GET /api/v1/terminal/ws?after=ENTRY&epoch=E` is a terminal's socket: its numbers are the shop's ledger entries; the \
phones' lamps and the number of customers online are state, sent whole after hello and then as changes.

`GET /webSocket/{userId}/{carwashId}` is the old system's socket with live texts only.";

/// The list of routes.
pub struct Calls(OpenApiRouter<App>);

impl Calls {
    /// An empty list.
    pub fn new() -> Self {
        Self(OpenApiRouter::with_openapi(empty()))
    }

    /// Adds one call. `line` is what its handler's annotation says, too: the list can be read by itself.
    pub fn call(self, line: &str, routes: UtoipaMethodRouter<App>) -> Self {
        let (schemas, mut paths, router) = routes;
        for (path, item) in &mut paths.paths {
            for (method, operation) in operations(item) {
                assert_eq!(line, format!("{method} {path}"), "the list of routes and the handler's annotation differ");
                complete(path, operation);
            }
        }
        Self(self.0.routes((schemas, paths, router)))
    }

    /// The routes.
    pub fn into_router(self) -> Router<App> {
        self.0.into()
    }

    /// The document of the routes.
    pub fn into_document(self) -> OpenApi {
        self.0.into_openapi()
    }
}

/// The operations of a path, by their methods.
fn operations(item: &mut utoipa::openapi::PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("GET", &mut item.get),
        ("POST", &mut item.post),
        ("PUT", &mut item.put),
        ("PATCH", &mut item.patch),
        ("DELETE", &mut item.delete),
    ];
    all.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Adds what every call of its kind can end with to what its handler names.
fn complete(path: &str, operation: &mut Operation) {
    let mut codes = vec![Code::Forbidden, Code::TooManyAttempts, Code::Busy, Code::Internal];
    if operation.security.as_ref().is_some_and(|schemes| !schemes.is_empty()) {
        codes.push(Code::TokenInvalid);
    }
    if operation.request_body.is_some() {
        codes.extend([Code::Malformed, Code::TooLarge]);
    }
    let mut parameters = operation.parameters.iter().flatten();
    if parameters.any(|parameter| {
        matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == utoipa::openapi::path::ParameterIn::Query)
    }) {
        codes.push(Code::Malformed);
    }
    if path.contains('{') {
        codes.push(Code::NotFound);
    }
    let responses: &mut BTreeMap<_, _> = &mut operation.responses.responses;
    codes.extend(responses.values().flat_map(problem::codes_of));
    responses.extend(problem::responses(&codes));
}

/// The document without calls.
fn empty() -> OpenApi {
    let bearer = |text: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(text)).build();
        SecurityScheme::Http(scheme)
    };
    let cookie = "The same token in the page's cookie; what changes something then has to come from the page itself. \
                  A browser that is several phones has a cookie for each, `tillbeam-CREDENTIAL`, and says by \
                  `?as=CREDENTIAL` as which of them it speaks.";
    let components = ComponentsBuilder::new()
        .schema_from::<problem::Problem>()
        .schema_from::<Code>()
        .schema_from::<Wrong>()
        .schema_from::<What>()
        .schema_from::<crate::id::RequestId>()
        .security_scheme(TERMINAL, bearer("A paired terminal's token."))
        .security_scheme(PHONE, bearer("A paired phone's token."))
        .security_scheme(PAGE, SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(COOKIE, cookie))));
    let license = LicenseBuilder::new().name(env!("CARGO_PKG_LICENSE"));
    let info = InfoBuilder::new()
        .title("Tillbeam")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license.build()));
    OpenApiBuilder::new().info(info).components(Some(components.build())).build()
}

/// The document as it is served.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| {
    let text = super::calls().into_document().to_json();
    text.expect("the document has no map with keys that are not strings").into()
});

/// This document
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "server", operation_id = "openapi", security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json", body = serde_json::Value))
)]
pub async fn get() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_call_has_its_own_name_and_says_who_may_call_it() {
        let mut document = super::super::calls().into_document();
        let mut names = HashSet::new();
        for item in document.paths.paths.values_mut() {
            for (_, operation) in operations(item) {
                let name = operation.operation_id.clone().unwrap();
                assert!(names.insert(name.clone()), "{name} is the name of two calls");
                assert!(operation.summary.as_ref().is_some_and(|text| !text.is_empty()), "{name} has no summary");
                assert!(operation.security.is_some(), "{name} does not say who may call it; nobody: security(())");
            }
        }
    }

    #[test]
    fn every_schema_that_the_document_names_is_in_it() {
        let document: serde_json::Value = serde_json::from_slice(&DOCUMENT).unwrap();
        assert_eq!(document["openapi"], "3.1.0");
        let text = document.to_string();
        for (at, _) in text.match_indices("#/components/schemas/") {
            let name = text[at..].trim_start_matches("#/components/schemas/").split('"').next().unwrap();
            assert!(document["components"]["schemas"][name].is_object(), "{name} is missing");
        }
    }
}
