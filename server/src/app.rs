//! The only wiring: opens the parts, spawns the tasks, stops them in order.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::backup::schedule::{self, Plan, Schedule};
use crate::clock::{self, Clock};
use crate::data::{DATABASE, Data, DataError, Lock};
use crate::deliver::{self, Courier};
use crate::expiry;
use crate::http::{self, App, Hosts, Parts};
use crate::lamps::{self, Lamps};
use crate::meter::{Limits, Meter};
use crate::metrics::{Metrics, MetricsAt};
use crate::park::Park;
use crate::park::lot::{self, Means};
use crate::reader::{self, Reader};
use crate::serve;
use crate::store::fold;
use crate::tls::acme::Standing;
use crate::tls::{self, CA_FILE, Ready, Tls, TlsError};
use crate::writer::{self, Desk, Writer};

/// The port when none is named.
pub const DEFAULT_LISTEN: &str = "0.0.0.0:8787";
/// The longest that a stop waits for open connections.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(8);

/// The data directory when none is named.
pub const DEFAULT_DATA: &str = "tillbeam-data";

/// How to serve.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How phones come.
    pub tls: Tls,
    /// The address that phones use, if it is not this machine's on its network.
    pub public_url: Option<String>,
    /// Backups by the clock.
    pub backups: Option<Plan>,
    /// Where the metrics can be read.
    pub metrics: MetricsAt,
    /// How much one peer may ask.
    pub limits: Limits,
    /// Whether a webhook may lead to this machine or its network.
    pub webhooks_private: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: DEFAULT_DATA.into(),
            listen: DEFAULT_LISTEN.parse().expect("it is an address"),
            tls: Tls::Off,
            public_url: None,
            backups: None,
            metrics: MetricsAt::Off,
            limits: Limits::default(),
            webhooks_private: false,
        }
    }
}

/// Why a server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data directory.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The address.
    #[error("{address} cannot be listened on: {cause}; close what uses it, or choose another with --listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The loop of the phones' sockets.
    #[error("the phones' sockets cannot be watched: {0}")]
    Park(std::io::Error),
    /// A part ended by itself.
    #[error("the {0} ended by itself; see the log")]
    Ended(&'static str),
}

/// A server that listens and does not serve yet.
pub struct Server {
    listener: TcpListener,
    /// The metrics' own, if they have one.
    metrics: Option<TcpListener>,
    address: SocketAddr,
    tls: Option<Ready>,
    phone_url: String,
    config: Config,
    data: Data,
    clock: Clock,
    _lock: Lock,
}

impl Server {
    /// Takes the data directory and the address.
    pub async fn bind(config: Config) -> Result<Self, StartError> {
        Self::bind_with(config, clock::system()).await
    }

    /// The same with a clock of one's own.
    pub async fn bind_with(config: Config, clock: Clock) -> Result<Self, StartError> {
        let lock = Data::lock(&config.data)?;
        let data = Data::open(&config.data).await?;
        let (listener, address) = listen(config.listen).await?;
        let metrics = match config.metrics {
            MetricsAt::Own(address) => Some(listen(address).await?.0),
            MetricsAt::Off | MetricsAt::Public => None,
        };
        let tls = tls::config(&config.tls, &config.data, names(config.public_url.clone()))?;
        let by_name = config.tls.public_names().first().map(|name| format!("https://{name}"));
        let public_url = config.public_url.clone().or(by_name);
        let phone_url = public_url.unwrap_or_else(|| own_url(address, tls.is_some()));
        let phone_url = phone_url.trim_end_matches('/').to_owned();
        Ok(Self { listener, metrics, address, tls, phone_url, config, data, clock, _lock: lock })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where the metrics listen, if they have an address of their own.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// This machine's address on its network, with the port.
    pub fn lan_addr(&self) -> SocketAddr {
        SocketAddr::new(lan_ip(self.address), self.address.port())
    }

    /// The address that phones use, without a slash at its end.
    pub fn phone_url(&self) -> &str {
        &self.phone_url
    }

    /// The address for programs on this machine; with TLS by the own CA's certificate if they ask for it by
    /// [`tls::LOCAL_NAME`].
    pub fn local_url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://127.0.0.1:{}", self.address.port())
    }

    /// The certificate of the server's own CA, by which this machine reaches it with TLS.
    pub fn ca_pem(&self) -> Option<String> {
        self.tls.as_ref().and_then(|_| std::fs::read_to_string(self.config.data.join(CA_FILE)).ok())
    }

    /// SHA-256 of that certificate, hexadecimal, where other devices may trust it, too.
    fn ca_sha256(&self) -> Option<String> {
        tls::fingerprint(&self.ca_pem().filter(|_| self.config.tls == Tls::OwnCa)?)
    }

    /// How it stands with a public authority's certificate, and every change; none if there is no authority.
    pub fn standing(&self) -> Option<watch::Receiver<Standing>> {
        Some(self.tls.as_ref()?.orders.as_ref()?.standing())
    }

    /// The books and keys, for the program that embeds the server.
    pub fn data(&self) -> &Data {
        &self.data
    }

    /// The server's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The names that it answers to.
    fn hosts(&self) -> Hosts {
        let names: Vec<String> =
            tls::machine_name().into_iter().chain(self.config.tls.public_names().to_vec()).collect();
        Hosts::new(&names, self.config.public_url.as_deref())
    }

    fn courier(&self, metrics: Arc<Metrics>) -> Courier {
        Courier {
            store: self.data.store.clone(),
            master: self.data.master.clone(),
            clock: self.clock.clone(),
            metrics,
            bell: Arc::default(),
            private: self.config.webhooks_private,
            client: OnceLock::new(),
        }
    }

    /// What handlers work with.
    fn app(
        &self,
        writer: Writer,
        reader: Reader,
        park: Park,
        backups: Option<Schedule>,
        shutdown: CancellationToken,
        sockets: TaskTracker,
    ) -> App {
        let metrics = Arc::new(Metrics::default());
        let parts = Parts {
            store: self.data.store.clone(),
            tokens: Arc::default(),
            writer,
            reader,
            hub: Arc::default(),
            park,
            master: self.data.master.clone(),
            clock: self.clock.clone(),
            hosts: Arc::new(self.hosts()),
            phone_url: self.phone_url.as_str().into(),
            ca_sha256: self.ca_sha256().map(Into::into),
            secure: self.phone_url.starts_with("https:"),
            backups,
            courier: Arc::new(self.courier(metrics.clone())),
            meter: Arc::new(Meter::new(self.config.limits.clone(), metrics.clone())),
            metrics,
            health: Arc::default(),
            data: Arc::new(self.config.data.clone()),
            shutdown,
            sockets,
            costly: http::Costly::default(),
            throttle: Arc::default(),
            recent: http::Recent::default(),
        };
        parts.into()
    }

    /// Serves until shutdown; then finishes what is in flight and closes sockets with 4000.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), StartError> {
        let (tasks, last) = (TaskTracker::new(), CancellationToken::new());
        let (connections, sockets) = (TaskTracker::new(), TaskTracker::new());
        let (writer, queue) = Writer::new();
        let (lamps, moved) = Lamps::new();
        let (park, gate) = Park::new().map_err(StartError::Park)?;
        let (reader, asked) = Reader::new();
        let (config, clock) = (&self.config, &self.clock);
        let backups = config.backups.clone().map(|plan| back_up(plan, config.data.clone(), clock, &tasks, &last));
        let app = self.app(writer.clone(), reader, park.clone(), backups, shutdown.clone(), sockets.clone());
        let meter = app.meter.clone();
        let (store, desk, means) = (app.store.clone(), desk(&app, lamps), means(&app));
        let runtime = Handle::current();
        let looking =
            reader::Means { store: store.clone(), park: park.clone(), clock: self.clock.clone(), stop: last.clone() };
        let also = runtime.clone();
        let mut writing = tasks.spawn_blocking(move || writer::run(&desk, queue, &runtime));
        let mut reading = tasks.spawn_blocking(move || reader::run(&looking, asked, &also));
        tasks.spawn(fold::run(store.clone(), self.config.data.join(DATABASE), last.clone()));
        tasks.spawn(expiry::run(store.clone(), app.hub.clone(), self.clock.clone(), last.clone()));
        tasks.spawn(lamps::run(store.clone(), app.hub.clone(), moved, last.clone()));
        tasks.spawn(deliver::run(app.courier.clone(), shutdown.clone()));
        let mut parking = sockets.spawn_blocking(move || lot::run(gate, means));
        let threads = StopWhenDropped { park, writer, last: last.clone() };
        if let Some(listener) = self.metrics {
            let router = http::metrics::router(app.clone());
            tasks.spawn(serve::serve(listener, router, None, meter.clone(), connections.clone(), shutdown.clone()));
        }
        let router = http::router(app, self.config.metrics == MetricsAt::Public);
        let (tls, orders) = self.tls.map_or((None, None), |ready| (Some(ready.config.into()), ready.orders));
        if let Some(orders) = orders {
            tasks.spawn(orders.run(self.address.port(), last.clone()));
        }
        let serving = serve::serve(self.listener, router, tls, meter, connections.clone(), shutdown.clone());
        let ended = tokio::select! {
            () = serving => None,
            ended = &mut writing => Some(("writer", format!("{ended:?}"))),
            ended = &mut reading => Some(("reader", format!("{ended:?}"))),
            ended = &mut parking => Some(("sockets' loop", format!("{ended:?}"))),
        };
        if let Some((part, how)) = &ended {
            tracing::error!(how, "the {part} ended by itself");
            shutdown.cancel();
        }
        threads.park.stop();
        drained(&connections, &sockets).await;
        threads.writer.stop().await;
        last.cancel();
        tasks.close();
        tasks.wait().await;
        if let Err(error) = fold::whole(&store).await {
            tracing::debug!(%error, "the log is folded at the next start");
        }
        store.close().await;
        ended.map_or(Ok(()), |(part, _)| Err(StartError::Ended(part)))
    }
}

/// Makes backups by the clock until the end.
fn back_up(plan: Plan, data: PathBuf, clock: &Clock, tasks: &TaskTracker, last: &CancellationToken) -> Schedule {
    let schedule = Schedule::new(plan, clock());
    tasks.spawn(schedule::run(schedule.clone(), data, clock.clone(), last.clone()));
    schedule
}

/// Ends the threads in any case, also when whoever runs the server is dropped: a runtime waits for them.
struct StopWhenDropped {
    park: Park,
    writer: Writer,
    last: CancellationToken,
}

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.park.stop();
        self.writer.stop_soon();
        self.last.cancel();
    }
}

/// What the writer works with.
fn desk(app: &App, lamps: Lamps) -> Desk {
    Desk {
        store: app.store.clone(),
        master: app.master.clone(),
        hub: app.hub.clone(),
        lamps,
        clock: app.clock.clone(),
        metrics: app.metrics.clone(),
        health: app.health.clone(),
        bell: app.courier.bell.clone(),
        throttle: app.throttle.clone(),
    }
}

/// What the parked sockets' loop works with.
fn means(app: &App) -> Means {
    Means {
        hub: app.hub.clone(),
        writer: app.writer.clone(),
        clock: app.clock.clone(),
        metrics: app.metrics.clone(),
        reader: app.reader.clone(),
    }
}

/// Waits for what is in flight and for the sockets' goodbyes, but not for ever.
async fn drained(connections: &TaskTracker, sockets: &TaskTracker) {
    connections.close();
    sockets.close();
    if timeout(STOP_TIMEOUT, async { tokio::join!(connections.wait(), sockets.wait()) }).await.is_err() {
        tracing::warn!(left = connections.len() + sockets.len(), "connections were still open at the stop");
    }
}

/// What the own CA's certificate is for: this machine, and the address that phones use.
fn names(public_url: Option<String>) -> tls::Names {
    let public = public_url.and_then(|url| url.parse::<axum::http::Uri>().ok());
    let host = public.as_ref().and_then(axum::http::Uri::host).map(|host| host.trim_matches(['[', ']']).to_owned());
    Arc::new(move || {
        let mut names = tls::machine_names();
        names.extend(host.clone().filter(|host| !names.contains(host)));
        names
    })
}

async fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |cause| StartError::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// The machine's address on its network, or where it listens if that is one address alone.
fn own_url(address: SocketAddr, secure: bool) -> String {
    let scheme = if secure { "https" } else { "http" };
    format!("{scheme}://{}", SocketAddr::new(lan_ip(address), address.port()))
}

fn lan_ip(address: SocketAddr) -> IpAddr {
    let ip = if address.ip().is_unspecified() { tls::lan_address() } else { None };
    ip.unwrap_or(address.ip())
}
