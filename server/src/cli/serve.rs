//! `serve`: the settings from flags, environment and file, then the server until a signal.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use super::limits::{LimitFlags, LimitsFile};
use anyhow::Context as _;
use clap::Args;
use tillbeam_server::backup::schedule::{EVERY, KEEP, MIN_EVERY, Plan};
use tillbeam_server::tls::acme::Authority;
use tillbeam_server::{Config, MetricsAt, Server, Tls};
use tokio_util::sync::CancellationToken;

/// What is named neither here nor in the environment is taken from the file, or has the default.
#[derive(Args)]
pub struct Serve {
    /// The data directory: database, master key, certificates [default: tillbeam-data]
    #[arg(long, env = "TILLBEAM_DATA")]
    data: Option<PathBuf>,
    /// Where to listen [default: 0.0.0.0:8787]
    #[arg(long, env = "TILLBEAM_LISTEN")]
    listen: Option<SocketAddr>,
    /// off, own-ca, acme:NAME[,NAME], or CERT,KEY [default: off]
    #[arg(long, env = "TILLBEAM_TLS")]
    tls: Option<Tls>,
    #[command(flatten)]
    authority: Authority,
    /// The address that phones use, if a proxy or a name stands before this server
    #[arg(long, env = "TILLBEAM_PUBLIC_URL")]
    public_url: Option<String>,
    /// Make backups in this directory by the clock
    #[arg(long, env = "TILLBEAM_BACKUP_DIR")]
    backup_dir: Option<PathBuf>,
    /// How often, like 24h or 90m [default: 24h]
    #[arg(long, env = "TILLBEAM_BACKUP_EVERY", value_parser = every)]
    backup_every: Option<Duration>,
    /// How many of them are kept, at least 1 [default: 14]
    #[arg(long, env = "TILLBEAM_BACKUP_KEEP")]
    backup_keep: Option<NonZeroUsize>,
    /// A file with the passphrase that they are sealed with
    #[arg(long, env = "TILLBEAM_BACKUP_PASSPHRASE_FILE")]
    backup_passphrase_file: Option<PathBuf>,
    /// Where /metrics can be read: off, public, or an address of its own like 127.0.0.1:9187 [default: off]
    #[arg(long, env = "TILLBEAM_METRICS")]
    metrics: Option<MetricsAt>,
    /// Let webhooks lead to this machine and its network
    #[arg(long, env = "TILLBEAM_WEBHOOKS_PRIVATE")]
    webhooks_private: bool,
    #[command(flatten)]
    limits: LimitFlags,
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
    acme_contact: Option<String>,
    acme_directory: Option<String>,
    acme_root: Option<PathBuf>,
    public_url: Option<String>,
    backup_dir: Option<PathBuf>,
    backup_every: Option<String>,
    backup_keep: Option<NonZeroUsize>,
    #[serde(rename = "backup_passphrase_file")]
    backup_passphrase: Option<PathBuf>,
    metrics: Option<String>,
    #[serde(default)]
    webhooks_private: bool,
    #[serde(default)]
    limits: LimitsFile,
}

/// An interval between backups, like `24h`.
fn every(text: &str) -> Result<Duration, String> {
    let every = text.parse::<jiff::SignedDuration>().ok().and_then(|every| Duration::try_from(every).ok());
    every.filter(|every| *every >= MIN_EVERY).ok_or_else(|| "say it like 24h or 90m, one minute at least".to_owned())
}

impl Serve {
    fn backups(&self, file: &File) -> anyhow::Result<Option<Plan>> {
        let of_file = file.backup_every.as_deref().map(every).transpose();
        let of_file = of_file.map_err(anyhow::Error::msg).context("backup_every in the configuration")?;
        let Some(dir) = self.backup_dir.clone().or_else(|| file.backup_dir.clone()) else { return Ok(None) };
        let passphrase = self.backup_passphrase_file.clone().or_else(|| file.backup_passphrase.clone());
        Ok(Some(Plan {
            dir,
            every: self.backup_every.or(of_file).unwrap_or(EVERY),
            keep: self.backup_keep.or(file.backup_keep).map_or(KEEP, NonZeroUsize::get),
            passphrase_file: passphrase,
        }))
    }

    fn config(self) -> anyhow::Result<Config> {
        let file = match &self.config {
            None => File::default(),
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
                toml::from_str(&text).with_context(|| format!("{} is no configuration of ours", path.display()))?
            }
        };
        let backups = self.backups(&file)?;
        let authority = Authority { contact: file.acme_contact, directory: file.acme_directory, root: file.acme_root };
        let default = Config::default();
        Ok(Config {
            data: self.data.or(file.data).unwrap_or(default.data),
            listen: self.listen.or(file.listen).unwrap_or(default.listen),
            tls: self.tls.or(parsed("tls", file.tls)?).unwrap_or_default().by(self.authority.or(authority)),
            public_url: self.public_url.or(file.public_url),
            backups,
            metrics: self.metrics.or(parsed("metrics", file.metrics)?).unwrap_or_default(),
            webhooks_private: self.webhooks_private || file.webhooks_private,
            limits: self.limits.over(&file.limits)?,
        })
    }
}

/// A setting of the file that is written as on the command line.
fn parsed<T: FromStr<Err = String>>(name: &str, text: Option<String>) -> anyhow::Result<Option<T>> {
    let value = text.map(|text| text.parse()).transpose();
    value.map_err(anyhow::Error::msg).with_context(|| format!("{name} in the configuration"))
}

/// Serves until SIGTERM or Ctrl-C.
pub async fn run(serve: Serve) -> anyhow::Result<ExitCode> {
    // Before anybody is told that it serves: from then on it has to stop in good order.
    let stopped = stop_signal()?;
    let server = Server::bind(serve.config()?).await?;
    tracing::info!(address = %server.local_addr(), phones = server.phone_url(), "serving");
    let shutdown = CancellationToken::new();
    let signals = shutdown.clone();
    tokio::spawn(async move {
        stopped.await;
        signals.cancel();
    });
    server.run(shutdown).await?;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Listens for SIGTERM and Ctrl-C from now on; what it answers ends with the first of them.
#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}
