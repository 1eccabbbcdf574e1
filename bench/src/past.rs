//! Whether cost grows with the work or with the past: the same load on a young file and on an old one.
//!
//! The old one is filled as a shop fills it, by redemptions through the server, so its books are as valid as
//! any; they are verified at the end.

use std::cell::RefCell;
use std::fs;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::ensure;

use crate::load::{Pace, Plan, count, measure as load};
use crate::phone::Acks;
use crate::run::{Bench, common, ms, say};
use crate::served::{Place, Served};
use crate::stock::Stock;
use crate::table::{Table, Target};

/// Customers of the old file.
const CUSTOMERS: u32 = 1_000_000;
/// Redemptions before anything is measured; with the opening balances ten million entries.
const REDEMPTIONS: u64 = 9_000_000;
/// Customers of the young file, and phones that are connected in one measurement.
const PHONES: u32 = 10_000;
/// Requesters that fill the old file.
const FILLERS: usize = 512;
/// How long they go on before it is said where they stand.
const STRETCH: Duration = Duration::from_secs(30);
/// What the old file needs, in bytes.
const DISK: u64 = 6 << 30;

/// Fills, measures in turns, verifies, deletes.
pub async fn measure(bench: &Bench, table: &mut Table) -> anyhow::Result<()> {
    let free = rustix::fs::statvfs(&bench.folder)?;
    ensure!(free.f_bavail * free.f_frsize > DISK, "the long form needs {} GB of free disk", DISK >> 30);
    let old = Place::fresh(&bench.program, &bench.folder, "old")?;
    let (stock, took) = old.provision(usize::try_from(CUSTOMERS)?)?;
    say(&format!("a million customers made in {:.0} s", took.as_secs_f64()));
    let old_stock = Rc::new(RefCell::new(stock));
    let old_served = Served::start(&old).await?;
    fill(&old_served, &old_stock).await?;
    say(&format!("the old file has {} MB", old.size()? >> 20));
    let young = Place::fresh(&bench.program, &bench.folder, "young")?;
    let young_stock = Rc::new(RefCell::new(young.provision(usize::try_from(PHONES)?)?.0));
    let young_served = Served::start(&young).await?;
    for round in 0..bench.rounds {
        let everybody: Vec<u32> = (0..PHONES).collect();
        let young50 = turn(bench, table, "young file", &young_served, &young_stock, &everybody).await?;
        // Others each time, spread over the whole file, so that they are met for the first time.
        let some: Vec<u32> = (round..CUSTOMERS).step_by(usize::try_from(CUSTOMERS / PHONES)?).collect();
        let old50 = turn(bench, table, "old file", &old_served, &old_stock, &some).await?;
        table.aim("2,000/s: answer p50 of the old file to the young one", old50 / young50, Target::AtMost(1.3, 1.3));
    }
    old_served.stop()?;
    young_served.stop()?;
    say(&format!("afterwards, {}", old.verify()?));
    fs::remove_dir_all(&old.data)?;
    fs::remove_dir_all(&young.data)?;
    Ok(())
}

async fn turn(
    bench: &Bench,
    table: &mut Table,
    name: &str,
    served: &Served,
    stock: &Rc<RefCell<Stock>>,
    customers: &[u32],
) -> anyhow::Result<f64> {
    let warm_up = Duration::from_secs(1);
    let plan = Plan { pace: Pace::Open(2000), phones: Some(Acks::Silent), warm_up, time: bench.time };
    let measured = load(served, stock, customers, plan).await?;
    common(table, &format!("2,000/s, {name}"), &measured);
    Ok(ms(&measured.tally.answers, 50.0))
}

/// Redeems as fast as the server answers, nobody listening, until there is a past.
async fn fill(served: &Served, stock: &Rc<RefCell<Stock>>) -> anyhow::Result<()> {
    let everybody: Vec<u32> = (0..CUSTOMERS).collect();
    let start = Instant::now();
    let mut recorded = 0;
    while recorded < REDEMPTIONS {
        let plan = Plan { pace: Pace::Closed(FILLERS), phones: None, warm_up: Duration::ZERO, time: STRETCH };
        let measured = load(served, stock, &everybody, plan).await?;
        ensure!(measured.tally.refused.0 == 0, "refused: {:?}", measured.tally.refused.1);
        recorded += measured.tally.recorded;
        let rate = count(recorded) / start.elapsed().as_secs_f64();
        say(&format!("{recorded} redemptions, {rate:.0}/s, {:.0} µs each", measured.cpu_us()));
    }
    Ok(())
}
