//! Before every handler: who is at the other end, and whether they ask too much.
//!
//! Whoever shows a token that holds is counted by it (in `auth`); everybody else by their address. So a stranger
//! who shares an address with a shop uses up the strangers' allowance there, and not the shop's.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::App;
use super::auth::Token;
use super::error::ApiError;
use crate::meter::Limits;
use crate::serve::Connection;

/// Where a proxy says for whom it asks: every proxy on the way adds whom it saw.
const FORWARDED: &str = "x-forwarded-for";
/// What the old client's token is called in a query.
const QUERY_TOKEN: &str = "token=";

/// A response to somebody whose token does not hold, although its status does not say so.
#[derive(Clone, Copy)]
pub struct Stranger;

/// Around the handler.
pub async fn call(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    // Nobody unpacks what a stranger has packed.
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return ApiError::Malformed("a compressed body is not read".into()).into_response();
    }
    let Some(peer) = request.extensions().get::<Connection>().map(|connection| connection.peer) else {
        return next.run(request).await;
    };
    let client = client(peer, headers, &app.meter.limits);
    if let Err(retry_after_s) = app.meter.request(client) {
        return ApiError::TooMany { retry_after_s }.into_response();
    }
    let in_query = request.uri().query().is_some_and(|query| query.contains(QUERY_TOKEN));
    if Token::of(headers, request.uri()).is_none() && !in_query {
        return match app.meter.stranger(client) {
            Ok(()) => next.run(request).await,
            Err(retry_after_s) => ApiError::TooMany { retry_after_s }.into_response(),
        };
    }
    let response = next.run(request).await;
    let strange = response.status() == StatusCode::UNAUTHORIZED || response.extensions().get::<Stranger>().is_some();
    match strange.then(|| app.meter.stranger(client)) {
        Some(Err(retry_after_s)) => ApiError::TooMany { retry_after_s }.into_response(),
        Some(Ok(())) | None => response,
    }
}

/// Who is behind the connection: the peer itself, or whom the nearest proxies that are not ours saw.
fn client(peer: IpAddr, headers: &HeaderMap, limits: &Limits) -> IpAddr {
    let mut client = peer;
    let lines = headers.get_all(FORWARDED).iter().rev();
    let mut seen = lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(',')).map(str::trim);
    while limits.is_proxy(client) {
        // Beyond what cannot be read nothing is believed.
        let Some(Ok(before)) = seen.next().map(str::parse::<IpAddr>) else { break };
        client = before.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let limits =
            Limits { proxies: vec!["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()], ..Limits::default() };
        for (peer, forwarded, seen) in [
            ("192.0.2.1", vec!["203.0.113.9"], "192.0.2.1"),
            ("127.0.0.1", vec![], "127.0.0.1"),
            ("127.0.0.1", vec!["203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", vec!["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", vec!["1.2.3.4", "203.0.113.9,10.1.1.1"], "203.0.113.9"),
            ("127.0.0.1", vec!["203.0.113.9, nonsense"], "127.0.0.1"),
            ("127.0.0.1", vec!["203.0.113.9, nonsense, 10.1.1.1"], "10.1.1.1"),
            ("127.0.0.1", vec!["::ffff:203.0.113.9"], "203.0.113.9"),
        ] {
            let mut headers = HeaderMap::new();
            for line in &forwarded {
                headers.append(FORWARDED, line.parse().unwrap());
            }
            let client = client(peer.parse().unwrap(), &headers, &limits);
            assert_eq!(client, seen.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        }
    }
}
