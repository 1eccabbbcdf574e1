//! The server inside the window's own process: bound here, reached over HTTP like any other.
//!
//! Keeps the practice shop's live code for the demo camera.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tillbeam_server::{Config, Server, StartError, Tls, practice};

use crate::link::{Address, LinkError, Token, Trust};
use crate::scan::LiveCode;

/// Why there is no embedded server.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// It cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its books cannot be used.
    #[error("the practice shop cannot be opened: {0}")]
    Practice(#[from] tillbeam_server::store::Error),
    /// A certificate of one's own says nothing of 127.0.0.1.
    #[error("with --tls CERT,KEY say also under which address phones come: --public-url https://till.example.org:8787")]
    PublicUrl,
    /// The line to it.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// A bound server, its practice shop, and how to reach it.
pub struct Embedded {
    /// To be run.
    pub server: Server,
    /// For the line.
    pub address: Address,
    /// For the demo camera.
    pub live_code: LiveCode,
    /// Whose phone the demo camera shows.
    pub practice_customer: u64,
}

impl Embedded {
    /// Locks the data directory, binds, and opens the practice shop. Call it within a Tokio runtime.
    pub async fn bind(config: Config) -> Result<Self, EmbedError> {
        let (tls, public_url) = (config.tls.clone(), config.public_url.clone());
        let server = Server::bind(config).await?;
        let practice = practice::open(server.data(), (server.clock())()).await?;
        let local = loopback(server.local_addr());
        let (base, trust) = match tls {
            Tls::Off => (server.local_url(), Trust::WellKnown),
            Tls::OwnCa => (server.local_url(), Trust::Only(server.ca_pem().unwrap_or_default())),
            Tls::Files { cert, .. } => {
                // The certificate's name, but our own port: phones may come through another.
                let host = public_url.as_deref().and_then(host_of).ok_or(EmbedError::PublicUrl)?;
                let chain = std::fs::read_to_string(cert).unwrap_or_default();
                (format!("https://{host}:{}", local.port()), Trust::Also(chain))
            }
        };
        let token = Token::new(&practice.terminal_token)?;
        let address = Address { base, connect: Some(local), token, trust };
        let practice_customer = u64::try_from(practice.customer.0).unwrap_or_default();
        let runtime = tokio::runtime::Handle::current();
        // Called on the capture thread, which is no task.
        let live_code = Arc::new(move || {
            let now_s = jiff::Timestamp::now().as_second();
            let code = runtime.block_on(practice.live_code(now_s));
            code.inspect_err(|error| tracing::warn!(%error, "no code for the demo camera")).ok().flatten()
        });
        Ok(Self { server, address, live_code, practice_customer })
    }
}

fn host_of(url: &str) -> Option<String> {
    let url: reqwest::Url = url.parse().ok()?;
    url.host_str().map(str::to_owned)
}

/// Where this very machine reaches what listens on `address`.
fn loopback(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
