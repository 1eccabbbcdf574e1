//! `pgbench -N` against a private `PostgreSQL` on the same disk, with the settings that it comes with.
//!
//! Wants Debian's `postgresql`; where it is not there, or cannot run, a sentence says so in place of a figure.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use anyhow::{Context as _, ensure};

/// Rows are spread over ten branches, a million accounts.
const SCALE: &str = "10";
/// Clients of `pgbench -N`, and its threads.
const CLIENTS: [&str; 4] = ["-c", "64", "-j", "2"];
/// The user of Debian's package; the server refuses to run as root.
const USER: &str = "postgres";

/// A private cluster; dropping it stops it and removes its files.
pub struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    running: bool,
}

impl Postgres {
    /// Makes and starts a cluster in a folder of its own that listens on a socket there alone.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let programs = programs().context("PostgreSQL is not installed; `apt-get install postgresql` has it")?;
        let folder = folder.join("postgres");
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        if is_root()? {
            let owned = Command::new("chown").arg(USER).arg(&folder).status()?;
            ensure!(owned.success(), "there is no user {USER} to run it as");
        }
        let mut postgres = Self { programs, folder, running: false };
        let cluster = postgres.cluster();
        postgres.run("initdb", &["-D", &cluster, "-A", "trust", "-U", USER, "--no-sync"])?;
        let socket = format!("-c listen_addresses='' -k {}", postgres.folder.display());
        let log = postgres.folder.join("log");
        postgres.run("pg_ctl", &["-D", &cluster, "-w", "-l", &log.to_string_lossy(), "-o", &socket, "start"])?;
        postgres.running = true;
        postgres.pgbench(&["-i", "-q", "-s", SCALE])?;
        Ok(postgres)
    }

    fn cluster(&self) -> String {
        self.folder.join("cluster").to_string_lossy().into_owned()
    }

    /// Transactions per second of `pgbench -N` with 64 clients.
    pub fn rate(&self, time: Duration) -> anyhow::Result<f64> {
        let seconds = time.as_secs().max(1).to_string();
        let mut args = vec!["-N", "-M", "prepared", "-T", &seconds];
        args.extend(CLIENTS);
        let said = self.pgbench(&args)?;
        let tps = said.lines().filter_map(|line| line.strip_prefix("tps = ")).find_map(|rest| rest.split(' ').next());
        Ok(tps.context("pgbench printed no tps")?.parse()?)
    }

    fn pgbench(&self, args: &[&str]) -> anyhow::Result<String> {
        let host = self.folder.to_string_lossy();
        let mut all = vec!["-h", &host, "-U", USER];
        all.extend(args);
        all.push(USER);
        self.run("pgbench", &all)
    }

    /// Runs one of its programs, as its own user where we are root.
    fn run(&self, program: &str, args: &[&str]) -> anyhow::Result<String> {
        let path = self.programs.join(program);
        let mut command = if is_root()? {
            let mut command = Command::new("runuser");
            command.args(["-u", USER, "--"]).arg(&path);
            command
        } else {
            Command::new(&path)
        };
        let Output { status, stdout, stderr } = command.args(args).current_dir(&self.folder).output()?;
        ensure!(status.success(), "{program} failed: {}", String::from_utf8_lossy(&stderr).trim());
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.running {
            let _ = self.run("pg_ctl", &["-D", &self.cluster(), "-m", "immediate", "-w", "stop"]);
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The folder of the newest version's programs, where Debian puts them.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").ok()?;
    let newest = versions.filter_map(|version| Some(version.ok()?.path())).max()?;
    let programs = newest.join("bin");
    programs.join("initdb").exists().then_some(programs)
}

fn is_root() -> anyhow::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}
