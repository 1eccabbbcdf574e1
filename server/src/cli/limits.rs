//! The settings of the limits, from flags, environment and file.

use clap::Args;
use tillbeam_server::{Limits, Network};

/// What a server with many shops or a load test raises. A rate is per second; four seconds' worth may come at once.
#[derive(Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitFlags {
    /// Connections at the same time [default: 20000]
    #[arg(long, env = "TILLBEAM_LIMIT_CONNECTIONS")]
    limit_connections: Option<usize>,
    /// Connections of one address at the same time [default: 1000]
    #[arg(long, env = "TILLBEAM_LIMIT_ADDRESS_CONNECTIONS")]
    limit_address_connections: Option<usize>,
    /// New connections a second of one address [default: 200]
    #[arg(long, env = "TILLBEAM_LIMIT_ADDRESS_RATE")]
    limit_address_rate: Option<u32>,
    /// Requests a second of one address [default: 1000]
    #[arg(long, env = "TILLBEAM_LIMIT_ADDRESS_REQUESTS")]
    limit_address_requests: Option<u32>,
    /// Requests a second of one address without a token that holds [default: 50]
    #[arg(long, env = "TILLBEAM_LIMIT_STRANGER_REQUESTS")]
    limit_stranger_requests: Option<u32>,
    /// Requests a second of one terminal [default: 2000]
    #[arg(long, env = "TILLBEAM_LIMIT_TERMINAL_REQUESTS")]
    limit_terminal_requests: Option<u32>,
    /// Requests a second of one phone [default: 50]
    #[arg(long, env = "TILLBEAM_LIMIT_PHONE_REQUESTS")]
    limit_phone_requests: Option<u32>,
    /// Count this machine's own addresses too
    #[arg(long, env = "TILLBEAM_LIMIT_LOOPBACK")]
    limit_loopback: bool,
    /// A proxy whose X-Forwarded-For is believed, as an address or like 10.0.0.0/8; again for more
    #[arg(long = "trusted-proxy", env = "TILLBEAM_TRUSTED_PROXY", value_delimiter = ',')]
    trusted_proxies: Vec<Network>,
}

/// The section `[limits]` of a configuration file.
#[derive(Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsFile {
    connections: Option<usize>,
    address_connections: Option<usize>,
    address_rate: Option<u32>,
    address_requests: Option<u32>,
    stranger_requests: Option<u32>,
    terminal_requests: Option<u32>,
    phone_requests: Option<u32>,
    #[serde(default)]
    loopback: bool,
    #[serde(default)]
    trusted_proxies: Vec<String>,
}

impl LimitFlags {
    /// What is named here, else in the file, else by default.
    pub fn over(self, file: &LimitsFile) -> anyhow::Result<Limits> {
        let default = Limits::default();
        let in_file: Result<Vec<Network>, String> = file.trusted_proxies.iter().map(|text| text.parse()).collect();
        let in_file = in_file.map_err(anyhow::Error::msg)?;
        let requests = |flag: Option<u32>, file: Option<u32>, default: u32| flag.or(file).unwrap_or(default);
        Ok(Limits {
            connections: self.limit_connections.or(file.connections).unwrap_or(default.connections),
            address_connections: self
                .limit_address_connections
                .or(file.address_connections)
                .unwrap_or(default.address_connections),
            address_rate: requests(self.limit_address_rate, file.address_rate, default.address_rate),
            address_requests: requests(self.limit_address_requests, file.address_requests, default.address_requests),
            stranger_requests: requests(
                self.limit_stranger_requests,
                file.stranger_requests,
                default.stranger_requests,
            ),
            terminal_requests: requests(
                self.limit_terminal_requests,
                file.terminal_requests,
                default.terminal_requests,
            ),
            phone_requests: requests(self.limit_phone_requests, file.phone_requests, default.phone_requests),
            loopback: self.limit_loopback || file.loopback,
            proxies: if self.trusted_proxies.is_empty() { in_file } else { self.trusted_proxies },
            ..default
        })
    }
}
