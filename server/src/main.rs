//! The command line: parses, calls one function, prints.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Parser, Subcommand};
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};
use tillbeam_server::data::{DATABASE, Data};
use tillbeam_server::provision::{self, Order};
use tillbeam_server::unit::Unit;
use tillbeam_server::{Config, DEFAULT_LISTEN, Server, Tls, clock, verify};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

const DEFAULT_DATA: &str = "tillbeam-data";

/// Tillbeam's server: the ledger, the interface for terminals, and the push to phones.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C
    Serve(Serve),
    /// Make a shop, a terminal and customers; prints them as JSON lines
    Provision(Provision),
    /// Print the code that a phone shows
    Code(ShowCode),
    /// Check the books; exit code 1 and what is wrong if they do not hold
    Verify(Verify),
}

#[derive(Args)]
struct Place {
    /// The data directory: database, master key, certificates
    #[arg(long, env = "TILLBEAM_DATA", default_value = DEFAULT_DATA)]
    data: PathBuf,
}

/// What is named neither here nor in the environment is taken from the file, or has the default.
#[derive(Args)]
struct Serve {
    /// The data directory: database, master key, certificates [default: tillbeam-data]
    #[arg(long, env = "TILLBEAM_DATA")]
    data: Option<PathBuf>,
    /// Where to listen [default: 0.0.0.0:8787]
    #[arg(long, env = "TILLBEAM_LISTEN")]
    listen: Option<SocketAddr>,
    /// off, own-ca, or CERT,KEY [default: off]
    #[arg(long, env = "TILLBEAM_TLS")]
    tls: Option<Tls>,
    /// The address that phones use, if a proxy or a name stands before this server
    #[arg(long, env = "TILLBEAM_PUBLIC_URL")]
    public_url: Option<String>,
    /// A TOML file with any of the settings above
    #[arg(long, env = "TILLBEAM_CONFIG")]
    config: Option<PathBuf>,
}

/// The settings of a configuration file.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    tls: Option<String>,
    public_url: Option<String>,
}

impl Serve {
    fn config(self) -> anyhow::Result<Config> {
        let file = match &self.config {
            None => File::default(),
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
                toml::from_str(&text).with_context(|| format!("{} is no configuration of ours", path.display()))?
            }
        };
        let tls = match file.tls {
            Some(text) => Some(text.parse().map_err(anyhow::Error::msg).context("tls in the configuration")?),
            None => None,
        };
        Ok(Config {
            data: self.data.or(file.data).unwrap_or_else(|| DEFAULT_DATA.into()),
            listen: match self.listen.or(file.listen) {
                Some(listen) => listen,
                None => DEFAULT_LISTEN.parse()?,
            },
            tls: self.tls.or(tls).unwrap_or_default(),
            public_url: self.public_url.or(file.public_url),
        })
    }
}

#[derive(Args)]
struct Provision {
    #[command(flatten)]
    place: Place,
    /// The shop's name; made if it is new
    #[arg(long)]
    shop: String,
    /// A unit: a pass like `wash`, or a currency like `CNY`; again for more
    #[arg(long, required = true)]
    unit: Vec<String>,
    /// How many customers
    #[arg(long)]
    customers: usize,
    /// What each holds in every unit
    #[arg(long)]
    balance: i64,
}

#[derive(Args)]
struct ShowCode {
    /// The credential's number
    #[arg(long)]
    credential: u64,
    /// The credential's key, 64 hexadecimal digits
    #[arg(long)]
    key: String,
    /// Unix time in seconds; now if left out
    #[arg(long)]
    at: Option<i64>,
}

#[derive(Args)]
struct Verify {
    #[command(flatten)]
    place: Place,
    /// A database file, in place of the data directory's
    file: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("TILLBEAM_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let result = match Cli::parse().command {
        Command::Serve(serve) => run(serve).await,
        Command::Provision(order) => make(order).await,
        Command::Code(show) => show_code(&show),
        Command::Verify(which) => check(which).await,
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "tillbeam-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(serve: Serve) -> anyhow::Result<ExitCode> {
    let server = Server::bind(serve.config()?).await?;
    tracing::info!(address = %server.local_addr(), phones = server.phone_url(), "serving");
    let shutdown = CancellationToken::new();
    let signals = shutdown.clone();
    tokio::spawn(async move {
        stop_signal().await;
        signals.cancel();
    });
    server.run(shutdown).await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

#[cfg(unix)]
async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

#[cfg(not(unix))]
async fn stop_signal() {
    drop(tokio::signal::ctrl_c().await);
}

async fn make(order: Provision) -> anyhow::Result<ExitCode> {
    let units: Option<Vec<Unit>> = order.unit.iter().map(|text| Unit::parse(text)).collect();
    let units = units.context("--unit is a pass like `wash`, or a currency in capitals like `CNY`")?;
    if order.balance < 0 || order.balance > tillbeam_server::unit::MAX_BALANCE {
        bail!("--balance is from 0 to {}", tillbeam_server::unit::MAX_BALANCE);
    }
    if order.shop.trim().is_empty() {
        bail!("--shop needs a name");
    }
    let data = Data::open(&order.place.data).await?;
    let order = Order { shop: order.shop, units, customers: order.customers, balance: order.balance };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut failed = None;
    let now = clock::system()();
    let done = provision::provision(&data, &order, now, |line| {
        let text = tillbeam_server::event::json(line);
        failed = failed.take().or(writeln!(out, "{text}").err());
    })
    .await;
    data.store.close().await;
    done?;
    out.flush()?;
    failed.map_or(Ok(ExitCode::SUCCESS), |error| Err(error.into()))
}

fn show_code(show: &ShowCode) -> anyhow::Result<ExitCode> {
    let number = CredentialNumber::new(show.credential).context("--credential has at most ten digits")?;
    let key: Option<[u8; 32]> = hex::decode(&show.key).ok().and_then(|bytes| bytes.try_into().ok());
    let key = Key::from_bytes(key.context("--key has 64 hexadecimal digits")?);
    let at = show.at.unwrap_or_else(|| clock::system()().div_euclid(1000));
    writeln!(std::io::stdout(), "{}", Code::phone(number, &key, Step::at(at)))?;
    Ok(ExitCode::SUCCESS)
}

async fn check(which: Verify) -> anyhow::Result<ExitCode> {
    let file = which.file.unwrap_or_else(|| which.place.data.join(DATABASE));
    if !file.is_file() {
        bail!("there are no books at {}; name the data directory with --data, or a database file", file.display());
    }
    let report = verify::file(&file).await?;
    let mut out = std::io::stdout().lock();
    for wrong in &report.wrong {
        writeln!(out, "{wrong}")?;
    }
    if report.wrong.is_empty() {
        writeln!(out, "the books hold: {} entries, {} accounts", report.entries, report.accounts)?;
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::FAILURE)
    }
}
