//! The server inside the window's own process: bound here, reached over HTTP like any other.
//!
//! Opens the practice shop, with its live code for the demo camera, or a shop of one's own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tillbeam_server::founding;
use tillbeam_server::id::{OperatorId, ShopId};
use tillbeam_server::practice::Practice;
use tillbeam_server::tls::LOCAL_NAME;
use tillbeam_server::{Config, Server, StartError, Tls, practice};

use crate::link::{Address, LinkError, Token, Trust};
use crate::scan::LiveCode;
use crate::start::Opening;

/// Why there is no embedded server.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// It cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its books cannot be used.
    #[error("the shop cannot be opened: {0}")]
    Books(#[from] tillbeam_server::store::Error),
    /// A new shop cannot be made.
    #[error(transparent)]
    Founding(#[from] founding::Error),
    /// The shop that was opened before is not in these books.
    #[error(
        "the shop that this computer opens is not in its books: remove till/start.json in the data directory, and it is asked which"
    )]
    NoShop,
    /// The line to it.
    #[error(transparent)]
    Link(#[from] LinkError),
}

/// A shop's terminal, and what it takes to try it.
struct Terminal {
    token: String,
    shop: Option<ShopId>,
    owner: Option<OperatorId>,
    practice: Option<Practice>,
}

/// A bound server, a shop that is open there, and how to reach it.
pub struct Embedded {
    /// To be run.
    pub server: Server,
    /// For the line.
    pub address: Address,
    /// Which shop; none: the practice shop.
    pub shop: Option<ShopId>,
    /// Its owner, if it was made just now and has one.
    pub owner: Option<OperatorId>,
    /// For the demo camera, in the practice shop alone.
    pub live_code: Option<LiveCode>,
    /// Whose phone the demo camera shows.
    pub practice_customer: Option<u64>,
}

impl Embedded {
    /// Locks the data directory, binds, and opens a shop. Call it within a Tokio runtime.
    pub async fn bind(config: Config, opening: &Opening) -> Result<Self, EmbedError> {
        let tls = config.tls.clone();
        let server = Server::bind(config).await?;
        let Terminal { token, shop, owner, practice } = open(&server, opening).await?;
        let local = loopback(server.local_addr());
        let (base, trust) = match tls {
            Tls::Off => (server.local_url(), Trust::WellKnown),
            // Whatever phones are shown, and whether that is there already and still good.
            Tls::OwnCa | Tls::Files { .. } | Tls::Acme(_) => {
                let own = server.ca_pem().unwrap_or_default();
                (format!("https://{LOCAL_NAME}:{}", local.port()), Trust::Only(own))
            }
        };
        let address = Address { base, connect: Some(local), token: Token::new(&token)?, trust };
        let practice_customer = practice.as_ref().and_then(|practice| u64::try_from(practice.customer.0).ok());
        Ok(Self { server, address, shop, owner, live_code: practice.map(live_code), practice_customer })
    }
}

async fn open(server: &Server, opening: &Opening) -> Result<Terminal, EmbedError> {
    let (data, now) = (server.data(), (server.clock())());
    let own = async |shop: ShopId, owner| {
        let token = founding::open(data, shop, now).await?.ok_or(EmbedError::NoShop)?;
        Ok(Terminal { token, shop: Some(shop), owner, practice: None })
    };
    match opening {
        Opening::Practice => {
            let practice = practice::open(data, now).await?;
            let token = practice.terminal_token.clone();
            Ok(Terminal { token, shop: None, owner: None, practice: Some(practice) })
        }
        Opening::Shop(shop) => own(*shop, None).await,
        Opening::New(answers) => {
            let founded = founding::found(data, answers, now).await?;
            own(founded.shop, founded.owner).await
        }
    }
}

/// The code of the practice shop's newest phone; called on the capture thread, which is no task.
fn live_code(practice: Practice) -> LiveCode {
    let runtime = tokio::runtime::Handle::current();
    Arc::new(move || {
        let now_s = jiff::Timestamp::now().as_second();
        let code = runtime.block_on(practice.live_code(now_s));
        code.inspect_err(|error| tracing::warn!(%error, "no code for the demo camera")).ok().flatten()
    })
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
