//! Processor time: of a process, and of everything that runs on the machine.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// Linux counts processor time in hundredths of a second wherever programs can see it.
const TICK: Duration = Duration::from_millis(10);

/// A moment to measure from.
pub struct Since {
    at: Instant,
    server: Duration,
    client: Duration,
    all: Duration,
    pid: u32,
}

/// What ran since then.
#[derive(Debug, Clone, Copy)]
pub struct Ran {
    /// Time on the clock.
    pub wall: Duration,
    /// Processor time of the server.
    pub server: Duration,
    /// Cores that this program used.
    pub client_cores: f64,
    /// Cores that neither used.
    pub other_cores: f64,
}

impl Since {
    /// Now, for the server of this process id.
    pub fn now(pid: u32) -> anyhow::Result<Self> {
        Ok(Self { at: Instant::now(), server: of(pid)?, client: of(std::process::id())?, all: of_all()?, pid })
    }

    /// What ran until now.
    pub fn elapsed(&self) -> anyhow::Result<Ran> {
        let wall = self.at.elapsed();
        let server = of(self.pid)?.saturating_sub(self.server);
        let client = of(std::process::id())?.saturating_sub(self.client);
        let other = of_all()?.saturating_sub(self.all).saturating_sub(server).saturating_sub(client);
        let cores = |time: Duration| time.as_secs_f64() / wall.as_secs_f64();
        Ok(Ran { wall, server, client_cores: cores(client), other_cores: cores(other) })
    }
}

/// User and system time of a process.
fn of(pid: u32) -> anyhow::Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    // The name may hold spaces and brackets, but nothing after it does: user and system time are the 12th and 13th.
    let after = stat.rsplit_once(')').context("/proc/PID/stat without a name")?.1;
    let ticks = after.split_ascii_whitespace().skip(11).take(2).map(str::parse::<u32>);
    Ok(TICK * ticks.sum::<Result<u32, _>>()?)
}

/// Time in which any processor did not idle.
fn of_all() -> anyhow::Result<Duration> {
    let stat = fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().context("/proc/stat is empty")?;
    let ticks: Vec<u32> = line.split_ascii_whitespace().skip(1).map(str::parse).collect::<Result<_, _>>()?;
    // user nice system idle iowait irq softirq steal
    let busy = [0, 1, 2, 5, 6, 7].into_iter().filter_map(|index| ticks.get(index)).sum::<u32>();
    Ok(TICK * busy)
}

/// Memory of a process in bytes, shared pages counted by their share.
pub fn pss(pid: u32) -> anyhow::Result<u64> {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}
