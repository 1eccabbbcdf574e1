//! The line to the server, embedded or remote: the same HTTP, the same socket; only the address differs.
//!
//! Holds the terminal's token, which is never logged. Every wait has a name and a bound. What an answer means is
//! `reply`'s to say, what to do about it `till`'s; the socket is in [`socket`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode, Url};
use rustls::ClientConfig;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::ask::Asked;
use crate::reply::reply;
use crate::request::{By, Call, Refusal, Reply, Request};
use crate::wire::{Failed, RequestKind, local};

mod named;
pub mod socket;
pub(crate) mod trust;

/// To open a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);
/// For the answer to a request that moves value; later ones are asked for.
const POST_LIMIT: Duration = Duration::from_secs(5);
/// For the answer to a question.
const ASK_LIMIT: Duration = Duration::from_millis(2_500);
/// For a report, which may read a year of entries.
const REPORT_LIMIT: Duration = Duration::from_secs(30);
/// No answer of ours is longer.
const BODY_LIMIT_BYTES: usize = 1 << 20;
/// How long a file may take.
const FILE_LIMIT: Duration = Duration::from_mins(2);
/// The largest file: some million entries.
const FILE_LIMIT_BYTES: usize = 256 << 20;

/// How long an answer may take, and be in bytes.
type Limits = (Duration, usize);
/// Of what the page asks.
const ASK: Limits = (ASK_LIMIT, BODY_LIMIT_BYTES);

/// A secret that `Debug` does not print.
#[derive(Clone)]
pub struct Token(HeaderValue);

impl Token {
    /// A terminal's token, as the server gave it.
    pub fn new(token: &str) -> Result<Self, LinkError> {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| LinkError::Token)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// Where the server is.
#[derive(Debug, Clone)]
pub struct Address {
    /// `http://…` or `https://…`, without a path.
    pub base: String,
    /// Where to connect in place of what the name of `base` resolves to: the embedded server under its public name.
    /// The port is the same as that of `base`.
    pub connect: Option<SocketAddr>,
    /// This terminal's.
    pub token: Token,
    /// Whom to believe that it is the server.
    pub trust: Trust,
}

/// Whose certificates are believed. The texts are certificates in PEM form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// The well-known authorities.
    WellKnown,
    /// These, too: the owner's own chain.
    Also(String),
    /// The server's own authority and nobody else.
    Only(String),
    /// The same, as the certificate's bytes.
    Pinned(Vec<u8>),
}

/// Why there is no line at all.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The address is not one.
    #[error("{0} is no address of a server: it must be like https://till.example.org:8787")]
    Address(String),
    /// The token has characters that no token has.
    #[error("the terminal's token is damaged: pair this terminal again")]
    Token,
    /// The authority's certificate cannot be used.
    #[error("the certificate of the server's authority cannot be used: {0}")]
    Certificate(String),
    /// The HTTP client could not be made.
    #[error("no HTTP: {0}")]
    Http(#[from] reqwest::Error),
}

/// The line; clones share it.
#[derive(Debug, Clone)]
pub struct Link {
    http: reqwest::Client,
    base: Url,
    connect: Option<SocketAddr>,
    token: Token,
    tls: Arc<ClientConfig>,
}

impl Link {
    /// Makes it; nothing is sent yet.
    pub fn new(address: Address) -> Result<Self, LinkError> {
        let Address { base, connect, token, trust } = address;
        let base: Url = base.parse().map_err(|_| LinkError::Address(base))?;
        let host = match (base.scheme(), base.host_str()) {
            ("http" | "https", Some(host)) => host.to_owned(),
            _ => return Err(LinkError::Address(base.to_string())),
        };
        let tls = trust::client_config(&trust)?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, token.0.clone())]);
        let mut http = reqwest::Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_LIMIT);
        if let Some(connect) = connect {
            http = http.resolve(&host, connect);
        }
        Ok(Self { http: http.build()?, base, connect, token, tls })
    }

    /// Sends a request; the same one again is harmless.
    pub async fn post(&self, request: &Request) -> Reply {
        let (path, body) = request.call();
        self.about(Call::Post, &path, Some(&body), POST_LIMIT).await
    }

    /// Asks how a request ended.
    pub async fn get(&self, id: Uuid, kind: RequestKind) -> Reply {
        self.about(Call::Get, &format!("{}/{id}", noun(kind)), None, ASK_LIMIT).await
    }

    /// Makes a request final and without effect.
    pub async fn cancel(&self, id: Uuid, kind: RequestKind, by: &By) -> Reply {
        let body = json!({ "operator": by.operator, "approval": by.approval });
        self.about(Call::Cancel, &format!("{}/{id}/cancel", noun(kind)), Some(&body), POST_LIMIT).await
    }

    async fn about(&self, call: Call, path: &str, body: Option<&Value>, limit: Duration) -> Reply {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        match self.call(method, path, &[], body, (limit, BODY_LIMIT_BYTES)).await {
            Ok((status, retry_after_s, body)) => reply(call, status.as_u16(), retry_after_s, &body),
            Err(error) => {
                tracing::warn!(?call, error = causes(&error), "no answer");
                Reply::Lost
            }
        }
    }

    /// Whether a server serves there.
    pub(crate) async fn is_healthy(&self) -> bool {
        let mut url = self.base.clone();
        url.set_path("/healthz");
        self.http.get(url).timeout(ASK_LIMIT).send().await.is_ok_and(|response| response.status().is_success())
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<T, Failed> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let answer = self.answer(method, path, query, body, ASK).await?;
        serde_json::from_slice(&answer).map_err(|_| Failed::new("internal"))
    }

    /// Asks what the page may ask for; the bytes of the answer, which may be none.
    pub async fn ask_for(&self, asked: &Asked) -> Result<Vec<u8>, Failed> {
        let time = if asked.path.starts_with("reports/") { REPORT_LIMIT } else { ASK_LIMIT };
        self.asked(asked, (time, BODY_LIMIT_BYTES)).await
    }

    /// The same for a file, which may be large; a part of one is none.
    pub async fn file(&self, asked: &Asked) -> Result<Vec<u8>, Failed> {
        self.asked(asked, (FILE_LIMIT, FILE_LIMIT_BYTES)).await
    }

    async fn asked(&self, asked: &Asked, limits: Limits) -> Result<Vec<u8>, Failed> {
        let method = asked.method.parse().map_err(|_| Failed::new("malformed"))?;
        let query: Vec<(&str, &str)> = asked.query.iter().map(|(name, value)| (&**name, &**value)).collect();
        self.answer(method, &asked.path, &query, asked.body.as_ref(), limits).await
    }

    async fn answer(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        limits: Limits,
    ) -> Result<Vec<u8>, Failed> {
        let (status, _, body) = self.call(method, path, query, body, limits).await.map_err(offline)?;
        if body.len() > limits.1 {
            return Err(Failed::new("too_large"));
        }
        if status.is_success() {
            return Ok(body);
        }
        let refusal: Refusal = serde_json::from_slice(&body).map_err(|_| Failed::new("internal"))?;
        Err(Failed::new(refusal.code))
    }

    /// One call. The error never holds the address's query.
    async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, &str)],
        body: Option<&Value>,
        (time, bytes): Limits,
    ) -> Result<(StatusCode, Option<u64>, Vec<u8>), reqwest::Error> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let mut request = self.http.request(method, url).timeout(time);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(reqwest::Error::without_url)?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        Ok((response.status(), retry_after, body_of(response, bytes).await.map_err(reqwest::Error::without_url)?))
    }

    /// The server's address, without a path.
    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("/api/v1/{path}"));
        url
    }
}

fn offline(error: reqwest::Error) -> Failed {
    tracing::debug!(error = causes(&error.without_url()), "no answer");
    Failed::new(local::OFFLINE)
}

/// An error with what caused it; its own words are no more than "error sending request".
pub(crate) fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The body, cut where it is longer than the limit: a cut one is no answer of ours.
pub(crate) async fn body_of(mut response: Response, limit_bytes: usize) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while body.len() <= limit_bytes {
        let Some(chunk) = response.chunk().await? else { break };
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn noun(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Redemption => "redemptions",
        RequestKind::TopUp => "top-ups",
        RequestKind::Refund => "refunds",
        RequestKind::Transfer => "transfers",
        RequestKind::Adjustment => "adjustments",
        RequestKind::Reversal => "reversals",
    }
}
