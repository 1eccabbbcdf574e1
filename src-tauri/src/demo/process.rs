//! The real server as a process of its own: started, provisioned, stopped by SIGTERM, verified.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use tillbeam_server::code::{Code, CredentialNumber, Key, Step};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

use crate::link::{Address, Link, Token, Trust};

/// Until it serves; making a certificate and a database takes a moment on a busy machine.
const START_LIMIT: Duration = Duration::from_secs(20);
/// The contract's.
const STOP_LIMIT: Duration = Duration::from_secs(10);
/// For provision and verify.
const COMMAND_LIMIT: Duration = Duration::from_mins(1);

/// A running server.
pub(super) struct Process {
    program: PathBuf,
    data: PathBuf,
    child: Child,
    address: SocketAddr,
}

/// A line of `provision`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Terminal { terminal: Terminal },
    Customer(Customer),
}

#[derive(Deserialize)]
struct Terminal {
    token: String,
}

/// A customer with one phone.
#[derive(Deserialize)]
pub(super) struct Customer {
    pub(super) token: String,
    credential: String,
    key: String,
}

/// What `provision` made.
pub(super) struct Provisioned {
    pub(super) terminal_token: String,
    pub(super) customers: Vec<Customer>,
}

impl Customer {
    /// The code that this phone shows at a Unix time in seconds.
    pub(super) fn code(&self, unix_s: i64) -> anyhow::Result<String> {
        let number = self.credential.parse().ok().and_then(CredentialNumber::new).context("a credential's number")?;
        let key: Option<[u8; 32]> = hex::decode(&self.key).ok().and_then(|bytes| bytes.try_into().ok());
        let key = Key::from_bytes(key.context("a credential's key")?);
        Ok(Code::phone(number, &key, Step::at(unix_s)).to_string())
    }
}

impl Process {
    /// Starts `serve` on a free port of 127.0.0.1 with its own CA, and waits until it serves.
    pub(super) async fn start(program: &Path, data: &Path) -> anyhow::Result<Self> {
        let address = free_address().context("no free port on 127.0.0.1")?;
        let log = File::create(log_file(data))?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--data").arg(data).args(["--listen", &address.to_string(), "--tls", "own-ca"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true).spawn();
        let child = child.with_context(|| format!("{} cannot be started", program.display()))?;
        let mut process = Self { program: program.to_owned(), data: data.to_owned(), child, address };
        match timeout(START_LIMIT, process.healthy()).await {
            Ok(healthy) => healthy?,
            Err(_) => bail!("the server does not serve after {} s\n{}", START_LIMIT.as_secs(), process.log()),
        }
        Ok(process)
    }

    /// `https://127.0.0.1:PORT`.
    pub(super) fn base(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate of the server's CA.
    pub(super) fn ca_pem(&self) -> anyhow::Result<String> {
        let path = self.data.join(tillbeam_server::tls::CA_FILE);
        fs::read_to_string(&path).with_context(|| format!("no CA in {}", path.display()))
    }

    async fn healthy(&mut self) -> anyhow::Result<()> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended at once: {status}\n{}", self.log());
            }
            if let Ok(pem) = self.ca_pem() {
                let trust = Trust::Only(pem);
                let address = Address { base: self.base(), connect: None, token: Token::new("")?, trust };
                if Link::new(address)?.is_healthy().await {
                    return Ok(());
                }
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// A shop with a pass, a terminal, and `customers` customers who hold `balance` each.
    pub(super) async fn provision(&self, customers: usize, balance: u64) -> anyhow::Result<Provisioned> {
        let (customers, balance) = (customers.to_string(), balance.to_string());
        let arguments = ["--shop", "Demo", "--unit", "wash", "--customers", &customers, "--balance", &balance];
        let out = self.command("provision", &arguments).await?;
        let mut provisioned = Provisioned { terminal_token: String::new(), customers: Vec::new() };
        for line in out.lines() {
            match serde_json::from_str(line).context("a line of provision is not as documented")? {
                Line::Terminal { terminal } => provisioned.terminal_token = terminal.token,
                Line::Customer(customer) => provisioned.customers.push(customer),
            }
        }
        Ok(provisioned)
    }

    /// Checks the books; what it prints.
    pub(super) async fn verify(&self) -> anyhow::Result<String> {
        self.command("verify", &[]).await
    }

    async fn command(&self, name: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = Command::new(&self.program);
        command.arg(name).arg("--data").arg(&self.data).args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        let output =
            timeout(COMMAND_LIMIT, command.output()).await.with_context(|| format!("{name} takes too long"))??;
        let (out, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{name}: {}\n{out}{errors}", output.status);
        Ok(out.into_owned())
    }

    /// Asks it to stop, as a system does, and waits until it did.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        self.terminate().await?;
        let status = timeout(STOP_LIMIT, self.child.wait()).await.context("the server does not stop within 10 s")??;
        ensure!(status.success(), "the server stopped with {status}\n{}", self.log());
        Ok(())
    }

    #[cfg(unix)]
    async fn terminate(&mut self) -> anyhow::Result<()> {
        let id = self.child.id().context("the server ended before it was asked to")?;
        let status = Command::new("kill").arg("-TERM").arg(id.to_string()).status().await?;
        ensure!(status.success(), "the server cannot be asked to stop: {status}");
        Ok(())
    }

    /// Windows has no such signal for a process without a console.
    #[cfg(not(unix))]
    async fn terminate(&mut self) -> anyhow::Result<()> {
        bail!("stopping a server gracefully is not known on this system")
    }

    /// The end of what it logged.
    pub(super) fn log(&self) -> String {
        const LINES: usize = 20;
        let text = fs::read_to_string(log_file(&self.data)).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

fn log_file(data: &Path) -> PathBuf {
    data.with_extension("log")
}

/// Free a moment ago: somebody else may take it before the server does, which then says so.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
