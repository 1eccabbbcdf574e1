//! Finds a server on another computer, says what is wrong on the way there, and pairs this till with it.
//!
//! Step by step, so that each fault has its own name: the address, the name, the connection, whose server it is, the
//! certificate, whether it is a Tillbeam server and which, its health. A sealed pairing code says whom to believe: the
//! certificate of the server's CA comes by plain http from the server itself and counts only if it is the code's; the
//! secret leaves for nobody who does not hold that CA's key.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::DATE;
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde_json::json;
use tillbeam_server::pairing;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::link::{Link, LinkError, Trust, body_of, causes, trust};
use crate::remote::Remote;
use crate::request::Refusal;
use crate::wire::{Failed, ServerFound, local};

mod address;
mod fault;

/// For each step on the way.
const STEP_LIMIT: Duration = Duration::from_secs(5);
/// The server's own document of itself is the largest answer.
const BODY_LIMIT_BYTES: usize = 2 << 20;
/// A CA's certificate.
const CERTIFICATE_LIMIT_BYTES: usize = 16 << 10;
/// Two clocks that differ by more are said to.
const CLOCK_LIMIT_S: i64 = 60;
/// Which servers speak our language: the first number of the version, or the second below 1.0.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A server that was found, and whom to believe that it is it.
#[derive(Debug, Clone)]
pub struct Found {
    /// For the page.
    pub shown: ServerFound,
    base: Url,
    ca: Option<Vec<u8>>,
    http: Client,
}

/// Looks for the server at an address that somebody typed; with a code, for the one that the code is of.
///
/// # Errors
/// Each fault has a code of its own, see [`local`].
pub async fn find(address: &str, code: Option<&pairing::Word>) -> Result<Found, Failed> {
    let sealed = code.filter(|code| code.is_sealed());
    let base = address::parse(address, sealed.is_some()).ok_or(Failed::new(local::ADDRESS_WRONG))?;
    let to = connectable(&base).await?;
    let ca = match sealed {
        Some(code) => Some(authority(to, code).await?),
        None => None,
    };
    look(base, ca).await
}

/// Looks for the server that this till is paired with, and whether it still is.
///
/// # Errors
/// As `find`, and `token_invalid` from a server that took the till back.
pub async fn find_again(remote: &Remote, link: &Link) -> Result<Found, Failed> {
    let base: Url = remote.base.parse().map_err(|_| Failed::new(local::ADDRESS_WRONG))?;
    connectable(&base).await?;
    let ca = remote.ca.as_deref().and_then(|ca| hex::decode(ca).ok());
    let found = look(base, ca).await?;
    link.shop().await?;
    Ok(found)
}

/// Pairs this till; `device` is the same at each try, so that a lost answer makes no second till.
///
/// # Errors
/// `pairing_expired` for a code that is wrong, used or too old.
pub async fn pair(found: &Found, code: &pairing::Word, device: &[u8; 16]) -> Result<(Remote, String), Failed> {
    #[derive(Deserialize)]
    struct Named {
        id: u64,
        name: String,
    }
    #[derive(Deserialize)]
    struct Terminal {
        name: String,
    }
    #[derive(Deserialize)]
    struct Paired {
        token: String,
        terminal: Terminal,
        shop: Named,
    }
    let body = json!({ "code": code.secret(), "device": hex::encode(device) });
    let request = found.http.post(at(&found.base, "/api/v1/pair")).json(&body);
    let (status, _, body) = answer(request, BODY_LIMIT_BYTES).await?;
    if !status.is_success() {
        let refusal: Refusal = serde_json::from_slice(&body).map_err(|_| Failed::new(local::NOT_TILLBEAM))?;
        let expired = refusal.code == "invite_expired";
        return Err(Failed::new(if expired { local::PAIRING_EXPIRED.to_owned() } else { refusal.code }));
    }
    let Paired { token, terminal, shop } =
        serde_json::from_slice(&body).map_err(|_| Failed::new(local::NOT_TILLBEAM))?;
    let remote = Remote {
        base: found.shown.url.clone(),
        ca: found.ca.as_ref().map(hex::encode),
        shop: shop.id,
        shop_name: shop.name,
        terminal: terminal.name,
    };
    Ok((remote, token))
}

/// Where the server's port is open.
async fn connectable(base: &Url) -> Result<SocketAddr, Failed> {
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let port = base.port_or_known_default().unwrap_or(address::PORT);
    let found = timeout(STEP_LIMIT, lookup_host((host, port))).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        _ => return Err(Failed::new(local::NAME_UNKNOWN)),
    };
    let mut refused = false;
    for address in addresses {
        match timeout(STEP_LIMIT, TcpStream::connect(address)).await {
            Ok(Ok(_)) => return Ok(address),
            Ok(Err(error)) => refused |= error.kind() == io::ErrorKind::ConnectionRefused,
            Err(_) => {}
        }
    }
    Err(Failed::new(if refused { local::CONNECTION_REFUSED } else { local::UNREACHABLE }))
}

/// The certificate of the server's CA, if it is the code's.
async fn authority(to: SocketAddr, code: &pairing::Word) -> Result<Vec<u8>, Failed> {
    let http = client(&Trust::WellKnown)?;
    let request = http.get(format!("http://{to}/ca.crt"));
    let (status, _, der) = answer(request, CERTIFICATE_LIMIT_BYTES).await?;
    match status {
        StatusCode::OK if code.is_for(&der) => Ok(der),
        StatusCode::OK | StatusCode::NOT_FOUND => Err(Failed::new(local::SERVER_OTHER)),
        _ => Err(Failed::new(local::NOT_TILLBEAM)),
    }
}

/// What the server says of itself.
async fn look(base: Url, ca: Option<Vec<u8>>) -> Result<Found, Failed> {
    #[derive(Deserialize)]
    struct Info {
        title: String,
        version: String,
    }
    #[derive(Deserialize)]
    struct Document {
        info: Info,
    }
    let pinned = ca.is_some();
    let http = client(&ca.clone().map_or(Trust::WellKnown, Trust::Pinned))?;
    let named = |failed: Failed| match &*failed.code {
        local::CERTIFICATE_UNKNOWN if pinned => Failed::new(local::SERVER_OTHER),
        _ => failed,
    };
    let (status, date, body) =
        answer(http.get(at(&base, "/api/v1/openapi.json")), BODY_LIMIT_BYTES).await.map_err(named)?;
    if status.is_redirection() && base.scheme() == "http" {
        return Err(Failed::new(local::HTTPS_ONLY));
    }
    let document = serde_json::from_slice(&body).ok().filter(|_| status.is_success());
    let Document { info: Info { title, version } } = document.ok_or(Failed::new(local::NOT_TILLBEAM))?;
    if title != "Tillbeam" {
        return Err(Failed::new(local::NOT_TILLBEAM));
    }
    if speaks(&version) != speaks(VERSION) {
        return Err(Failed::new(local::VERSION_DIFFERS));
    }
    well(&http, &base).await?;
    let ahead_s = date.map(|date| date.as_second() - Timestamp::now().as_second());
    let shown = ServerFound {
        url: base.as_str().trim_end_matches('/').to_owned(),
        version,
        encrypted: base.scheme() == "https",
        pinned,
        clock_difference_s: ahead_s.filter(|ahead_s| ahead_s.abs() > CLOCK_LIMIT_S),
    };
    Ok(Found { shown, base, ca, http })
}

/// A server that cannot write, or whose clock is wrong, says so.
async fn well(http: &Client, base: &Url) -> Result<(), Failed> {
    let (status, _, body) = answer(http.get(at(base, "/healthz")), BODY_LIMIT_BYTES).await?;
    if status.is_success() {
        return Ok(());
    }
    let refusal: Refusal = serde_json::from_slice(&body).map_err(|_| Failed::new(local::NOT_TILLBEAM))?;
    Err(Failed::new(if refusal.code == "busy" { local::SERVER_UNWELL.to_owned() } else { refusal.code }))
}

fn speaks(version: &str) -> Option<(u64, u64)> {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    let (major, minor) = (numbers.next()??, numbers.next()??);
    Some((major, if major == 0 { minor } else { 0 }))
}

fn at(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(path);
    url
}

fn client(trust: &Trust) -> Result<Client, Failed> {
    let made = trust::client_config(trust).and_then(|tls| {
        Client::builder()
            .tls_backend_preconfigured((*tls).clone())
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(STEP_LIMIT)
            .build()
            .map_err(LinkError::from)
    });
    made.map_err(|error| {
        tracing::error!(%error, "no HTTP");
        Failed::new("internal")
    })
}

type Answered = (StatusCode, Option<Timestamp>, Vec<u8>);

async fn answer(request: RequestBuilder, limit_bytes: usize) -> Result<Answered, Failed> {
    let answered = async {
        let response = request.send().await?;
        let date = response
            .headers()
            .get(DATE)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| rfc2822::DateTimeParser::new().parse_timestamp(text).ok());
        let status = response.status();
        Ok::<_, reqwest::Error>((status, date, body_of(response, limit_bytes).await?))
    };
    answered.await.map_err(|error: reqwest::Error| {
        let error = error.without_url();
        tracing::info!(error = causes(&error), "the server was not reached");
        Failed::new(fault::of(&error))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_speaks_another_language() {
        assert_eq!(speaks("0.3.1"), speaks("0.3.9"));
        assert_ne!(speaks("0.3.1"), speaks("0.4.0"));
        assert_eq!(speaks("1.2.0"), speaks("1.9.0"));
        assert_ne!(speaks("1.2.0"), speaks("2.0.0"));
        assert_eq!(speaks("rubbish"), None);
    }
}
