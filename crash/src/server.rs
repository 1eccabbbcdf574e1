//! The real binary: started on a data directory, killed without a warning, asked to check its books.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::cut::Disk;

/// The longest that a start may take.
const START: Duration = Duration::from_secs(30);
/// The longest that a stop may take; the contract says 10 s.
const STOP: Duration = Duration::from_secs(10);

/// A running server.
pub struct Server {
    child: Child,
    /// `http://ADDRESS`.
    pub url: String,
    /// `ws://ADDRESS`.
    pub socket_url: String,
}

impl Server {
    /// Starts it; on return it serves.
    pub async fn start(binary: &Path, data: &Path, disk: Option<&Disk>) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        if let Some(disk) = disk {
            disk.preload(&mut command)?;
        }
        Self::start_with(command, data).await
    }

    /// Starts a command that ends in the server's binary.
    pub async fn start_with(mut command: Command, data: &Path) -> anyhow::Result<Self> {
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.env("NO_COLOR", "1").env("TILLBEAM_LOG", "info,sqlx=warn");
        command.stderr(Stdio::piped()).stdout(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().context("the server could not be started")?;
        let log = child.stderr.take().context("the server has a log")?;
        let mut lines = BufReader::new(log).lines();
        let mut said = Vec::new();
        let address = timeout(START, async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some((_, rest)) = line.split_once("address=") {
                    return rest.split_whitespace().next().map(str::to_owned);
                }
                said.push(line);
            }
            None
        })
        .await;
        let Ok(Some(address)) = address else { bail!("the server did not start: {}", said.join(" | ")) };
        // A log that nobody reads would stop the server once its pipe is full.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, url: format!("http://{address}"), socket_url: format!("ws://{address}") })
    }

    /// SIGKILL; on return it is gone.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// SIGTERM; it has to end well within its time.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let id = self.child.id().context("the server has ended already")?;
        send_term(id)?;
        let status = timeout(STOP, self.child.wait()).await.context("the server did not stop in time")??;
        if !status.success() {
            bail!("the server stopped with {status}");
        }
        Ok(())
    }
}

#[expect(unsafe_code, reason = "the system's call to send a signal is C")]
fn send_term(id: u32) -> anyhow::Result<()> {
    // SAFETY: the call takes two numbers and touches no memory.
    let sent = unsafe { libc::kill(i32::try_from(id)?, libc::SIGTERM) };
    if sent == 0 { Ok(()) } else { Err(std::io::Error::last_os_error().into()) }
}

/// The server's binary: beside this program, unless one is named.
pub fn binary(named: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let path = match named {
        Some(path) => path,
        None => std::env::current_exe()?.with_file_name("tillbeam-server"),
    };
    if !path.is_file() {
        bail!("{} is missing; `cargo build --package tillbeam-server` makes it", path.display());
    }
    Ok(path)
}

/// Runs one of the binary's other commands; what it prints, or what it says is wrong.
pub async fn run(binary: &Path, args: &[&str], data: &Path, disk: Option<&Disk>) -> anyhow::Result<String> {
    let mut command = Command::new(binary);
    command.args(args).arg("--data").arg(data).env("TILLBEAM_LOG", "warn");
    if let Some(disk) = disk {
        disk.preload(&mut command)?;
    }
    let output = command.output().await?;
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if !output.status.success() {
        bail!("`tillbeam-server {}` failed: {out}{err}", args.join(" "));
    }
    Ok(out.into_owned())
}
