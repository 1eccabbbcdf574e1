//! The rounds: the machine's limits, the peers and the server in turns, then one table.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use hdrhistogram::Histogram;
use tokio::task::LocalSet;

use crate::load::{Measured, Pace, Plan, count, measure};
use crate::past::Past;
use crate::phone::Acks;
use crate::postgres::Postgres;
use crate::served::{Place, Served};
use crate::stock::Stock;
use crate::table::{Table, Target};
use crate::{limits, past};

/// Customers of the file; each measurement takes the next group of them, spread over the whole file.
const CUSTOMERS: u32 = 100_000;
/// Phones that are connected in one measurement, at most.
const PHONES: u32 = 10_000;
/// Phones of the slow open loop.
const FEW_PHONES: usize = 2_000;
/// A measurement beside whose others used more cores than this says little about the server.
const NOISE: f64 = 0.2;

/// Measures the server beside the machine's limits and pgbench, in turns, and prints a table.
#[derive(Parser)]
struct Args {
    /// The server's program; the one beside this by default
    #[arg(long)]
    server: Option<PathBuf>,
    /// Where data directories are made, on the disk to be measured; emptied at the end
    #[arg(long, default_value = "target/bench")]
    folder: PathBuf,
    /// How often everything is measured
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 6)]
    seconds: u64,
    /// Measure this alone
    #[arg(long)]
    only: Option<Part>,
    /// Also measure a file of a million customers and ten million entries: a quarter of an hour, 4 GB of disk
    #[arg(long)]
    long: bool,
    /// Customers of that file
    #[arg(long, default_value_t = 1_000_000)]
    old_customers: u32,
    /// Redemptions in that file
    #[arg(long, default_value_t = 9_000_000)]
    old_redemptions: u64,
}

/// What one round consists of.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Closed loops.
    Throughput,
    /// Open loops.
    Latency,
}

/// What every part of the run needs.
pub struct Bench {
    /// `tillbeam-server`.
    pub program: PathBuf,
    /// Where data directories are made.
    pub folder: PathBuf,
    /// How often everything is measured.
    pub rounds: u32,
    /// The time of each measurement.
    pub time: Duration,
}

/// Parses, runs everything on one thread, prints.
pub fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let beside = std::env::current_exe()?.with_file_name("tillbeam-server");
    fs::create_dir_all(&args.folder)?;
    let bench = Bench {
        program: args.server.unwrap_or(beside).canonicalize().context("the server's program is not there")?,
        folder: args.folder.canonicalize()?,
        rounds: args.rounds,
        time: Duration::from_secs(args.seconds),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut table = Table::default();
    let done = LocalSet::new().block_on(&runtime, async {
        rounds(&bench, args.only, &mut table).await?;
        let old = Past { customers: args.old_customers, redemptions: args.old_redemptions };
        if args.long { past::measure(&bench, old, &mut table).await } else { Ok(()) }
    });
    // What was measured before something failed is worth seeing.
    println!("\n{table}");
    done
}

/// Says what is going on, and where it stands.
pub fn say(what: &str) {
    println!("- {what}");
}

async fn rounds(bench: &Bench, only: Option<Part>, table: &mut Table) -> anyhow::Result<()> {
    let is_wanted = |part| only.is_none_or(|only| only == part);
    let postgres = is_wanted(Part::Throughput).then(|| Postgres::start(&bench.folder));
    let postgres =
        postgres.and_then(|started| started.inspect_err(|error| say(&format!("pgbench is left out: {error:#}"))).ok());
    let place = Place::fresh(&bench.program, &bench.folder, "books")?;
    let (stock, took) = place.provision(usize::try_from(CUSTOMERS)?)?;
    table.aim("provision of 100,000 customers, s", took.as_secs_f64(), Target::AtMost(30.0, 30.0));
    let served = Served::start(&place).await?;
    let mut run = Run { bench, served: &served, stock: Rc::new(RefCell::new(stock)), group: 0 };
    for round in 1..=bench.rounds {
        say(&format!("round {round} of {}", bench.rounds));
        if is_wanted(Part::Throughput) {
            run.throughput(table, postgres.as_ref()).await?;
        }
        if is_wanted(Part::Latency) {
            run.latency(table).await?;
        }
    }
    drop(run);
    served.stop()?;
    say(&format!("afterwards, {}", place.verify()?));
    fs::remove_dir_all(&place.data)?;
    Ok(())
}

struct Run<'b> {
    bench: &'b Bench,
    served: &'b Served,
    stock: Rc<RefCell<Stock>>,
    group: u32,
}

impl Run<'_> {
    /// The next group of customers: every tenth one.
    fn group(&mut self) -> Vec<u32> {
        let groups = CUSTOMERS / PHONES;
        self.group = (self.group + 1) % groups;
        (self.group..CUSTOMERS).step_by(usize::try_from(groups).unwrap_or(1)).collect()
    }

    async fn measure(&mut self, pace: Pace, phones: usize, acks: Acks) -> anyhow::Result<Measured> {
        let mut customers = self.group();
        customers.truncate(phones);
        let plan = Plan { pace, phones: Some(acks), warm_up: Duration::from_secs(1), time: self.bench.time };
        measure(self.served, &self.stock, &customers, plan).await
    }

    /// Closed loops beside one commit for each row and `pgbench -N`.
    async fn throughput(&mut self, table: &mut Table, postgres: Option<&Postgres>) -> anyhow::Result<()> {
        let time = self.bench.time / 2;
        let sync = limits::sync(&self.bench.folder, time / 2)?;
        table.add("4 KiB appended and synced (fdatasync), /s", sync.rate);
        let commit = limits::commit(&self.bench.folder, time).await?;
        table.add("raw SQLite, WAL FULL, one row a commit, /s", commit.rate);
        let pgbench = postgres.map(|postgres| postgres.rate(self.bench.time)).transpose()?;
        if let Some(rate) = pgbench {
            table.add("pgbench -N, 64 clients, /s", rate);
        }
        for requesters in [64, 256] {
            let measured = self.measure(Pace::Closed(requesters), PHONES as usize, Acks::Silent).await?;
            let name = format!("{requesters} requesters");
            table.add(format!("{name}: redemptions with their pushes, /s"), measured.rate());
            let aims = requesters == 256;
            let ratio = |table: &mut Table, peer: &str, rate: f64| {
                let (name, ratio) = (format!("{name}: redemptions to {peer}"), measured.rate() / rate);
                if aims { table.aim(name, ratio, Target::AtLeast(2.0, 3.0)) } else { table.add(name, ratio) }
            };
            ratio(table, "raw commits", commit.rate);
            if let Some(rate) = pgbench {
                ratio(table, "pgbench -N", rate);
            }
            let cpu = format!("{name}: server CPU for each, µs");
            if aims {
                table.aim(cpu, measured.cpu_us(), Target::AtMost(90.0, 60.0));
            } else {
                table.add(cpu, measured.cpu_us());
            }
            common(table, &name, &measured);
        }
        let measured = self.measure(Pace::Closed(256), PHONES as usize, Acks::Received).await?;
        let name = "256 requesters, phones say received";
        table.add(format!("{name}: redemptions with their pushes, /s"), measured.rate());
        table.add(format!("{name}: server CPU for each, µs"), measured.cpu_us());
        common(table, name, &measured);
        Ok(())
    }

    /// Open loops beside the time of one raw commit.
    async fn latency(&mut self, table: &mut Table) -> anyhow::Result<()> {
        let commit = limits::commit(&self.bench.folder, self.bench.time / 2).await?;
        let (raw50, raw99) = (ms(&commit.times, 50.0), ms(&commit.times, 99.0));
        table.add("raw commit p50, ms", raw50);
        table.add("raw commit p99, ms", raw99);
        let many = self.measure(Pace::Open(2000), PHONES as usize, Acks::Silent).await?;
        let name = "2,000/s, 10,000 phones";
        let (p50, p99) = (ms(&many.tally.pushes, 50.0), ms(&many.tally.pushes, 99.0));
        table.aim(format!("{name}: push p50 to raw commit p50"), p50 / raw50, Target::AtMost(6.0, 3.5));
        table.aim(format!("{name}: push p99 to raw commit p99"), p99 / raw99, Target::AtMost(20.0, 12.0));
        table.add(format!("{name}: server CPU for each, µs"), many.cpu_us());
        table.add(format!("{name}: server's PSS, MB"), count(many.pss / 1024) / 1024.0);
        common(table, name, &many);
        let few = self.measure(Pace::Open(200), FEW_PHONES, Acks::Silent).await?;
        let name = "200/s, 2,000 phones";
        let p50 = ms(&few.tally.pushes, 50.0);
        table.aim(format!("{name}: push p50 to raw commit p50"), p50 / raw50, Target::AtMost(6.0, 6.0));
        common(table, name, &few);
        Ok(())
    }
}

/// What is written down of every measurement.
pub fn common(table: &mut Table, name: &str, measured: &Measured) {
    let tally = &measured.tally;
    for (what, times) in [("answer", &tally.answers), ("push", &tally.pushes)] {
        table.add(format!("{name}: {what} p50, ms"), ms(times, 50.0));
        table.add(format!("{name}: {what} p99, ms"), ms(times, 99.0));
    }
    let (lost, duplicated) = (tally.lost(), tally.duplicated);
    let (misrouted, unexpected) = (tally.misrouted, tally.unexpected);
    let wrong = lost + duplicated + misrouted + unexpected + tally.refused.0 + tally.open + measured.closed;
    let none = Target::AtMost(0.0, 0.0);
    table.aim(format!("{name}: lost, duplicated, misrouted, refused or closed"), count(wrong), none);
    table.add(format!("{name}: cores used by the client"), measured.ran.client_cores);
    table.add(format!("{name}: cores used by others"), measured.ran.other_cores);
    if wrong > 0 {
        say(&format!(
            "{name}: lost {lost}, duplicated {duplicated}, misrouted {misrouted}, unexpected {unexpected}, \
             unanswered {}, sockets closed {}, refused {} {:?}",
            tally.open, measured.closed, tally.refused.0, tally.refused.1
        ));
    }
    let (phones, connecting) = measured.connected;
    let noise = if measured.ran.other_cores > NOISE { "; others were busy, so it says little" } else { "" };
    say(&format!(
        "{name}: {:.0}/s, {:.0} µs, push p50 {:.2} ms, p99 {:.2} ms; {phones} phones connected in {:.1} s{noise}",
        measured.rate(),
        measured.cpu_us(),
        ms(&tally.pushes, 50.0),
        ms(&tally.pushes, 99.0),
        connecting.as_secs_f64(),
    ));
}

/// A percentile in ms.
pub fn ms(times: &Histogram<u64>, percent: f64) -> f64 {
    Duration::from_nanos(times.value_at_percentile(percent)).as_secs_f64() * 1000.0
}
