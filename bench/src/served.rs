//! The server's real program, as a process of its own.

use std::cell::Cell;
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

use crate::stock::Stock;
use crate::wire;

/// The longest that a start may take.
const START: Duration = Duration::from_secs(30);
/// How often a start is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// What the server is started with beside its address and its folder.
const SETTINGS: &str = include_str!("../limits.toml");

/// The program and where its data lies.
pub struct Place {
    /// `tillbeam-server`.
    pub program: PathBuf,
    /// The data directory.
    pub data: PathBuf,
}

impl Place {
    /// A fresh data directory beside others in `folder`.
    pub fn fresh(program: &Path, folder: &Path, name: &str) -> anyhow::Result<Self> {
        let data = folder.join(name);
        if data.exists() {
            fs::remove_dir_all(&data)?;
        }
        Ok(Self { program: program.to_owned(), data })
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(name).arg("--data").arg(&self.data);
        command
    }

    /// Makes customers, and how long that took.
    pub fn provision(&self, customers: usize) -> anyhow::Result<(Stock, Duration)> {
        let mut command = self.command("provision");
        command.args(["--shop", "Bench", "--unit", "wash", "--balance", "1000000"]);
        command.args(["--customers", &customers.to_string()]);
        Stock::make(command)
    }

    /// Checks the books; what it says.
    pub fn verify(&self) -> anyhow::Result<String> {
        let output = self.command("verify").output()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        ensure!(output.status.success(), "the books do not hold: {said}");
        Ok(said)
    }

    /// The size of everything in it, in bytes.
    pub fn size(&self) -> anyhow::Result<u64> {
        let files = fs::read_dir(&self.data)?;
        files.map(|file| Ok(file?.metadata()?.len())).sum()
    }
}

/// A running server; dropping it kills it.
pub struct Served {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    runs: Cell<u16>,
}

impl Served {
    /// Starts it and waits until it serves.
    pub async fn start(place: &Place) -> anyhow::Result<Self> {
        // A free port: nobody else on this machine takes it within the next milliseconds.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let settings = place.data.with_extension("toml");
        fs::write(&settings, SETTINGS)?;
        let log = File::create(place.data.with_extension("log"))?;
        let mut command = place.command("serve");
        command.args(["--listen", &address.to_string(), "--tls", "off", "--config"]).arg(&settings);
        command.env("TILLBEAM_LOG", "warn").stderr(log);
        let child = command.spawn().with_context(|| format!("{} could not be started", place.program.display()))?;
        let mut served = Self { address, child, runs: Cell::new(0) };
        let start = Instant::now();
        while !wire::get(address, "/healthz").await.is_ok_and(|status| status == 200) {
            if let Some(status) = served.child.try_wait()? {
                bail!("the server ended with {status}; {} says why", place.data.with_extension("log").display());
            }
            ensure!(start.elapsed() < START, "the server does not answer");
            sleep(LOOK).await;
        }
        Ok(served)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// A number for the next run against it.
    pub fn next_run(&self) -> u16 {
        self.runs.set(self.runs.get() + 1);
        self.runs.get()
    }

    /// Stops it as an operator does.
    pub fn stop(mut self) -> anyhow::Result<()> {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended already after a stop; then there is nobody to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
