//! `serve`: the settings from flags, environment and file, then the server until a signal.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use tillbeam_server::{Config, DEFAULT_LISTEN, Server, Tls};
use tokio_util::sync::CancellationToken;

use super::DEFAULT_DATA;

/// What is named neither here nor in the environment is taken from the file, or has the default.
#[derive(Args)]
pub struct Serve {
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

/// Serves until SIGTERM or Ctrl-C.
pub async fn run(serve: Serve) -> anyhow::Result<ExitCode> {
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
