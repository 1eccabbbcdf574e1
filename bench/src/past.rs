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

/// Customers who redeem at the same time while the old file is filled: enough codes for a stretch. The others have
/// their turn, so that everybody has a past.
const PART: u32 = 125_000;
/// Customers of the young file, and phones that are connected in one measurement.
const PHONES: u32 = 10_000;
/// Requesters that fill the old file.
const FILLERS: usize = 512;
/// How long one part goes on.
const STRETCH: Duration = Duration::from_secs(20);
/// What an old file needs for each entry, in bytes; a log that is not folded yet comes on top.
const ENTRY_BYTES: u64 = 500;

/// How old the old file is.
#[derive(Debug, Clone, Copy)]
pub struct Past {
    /// Its customers.
    pub customers: u32,
    /// Redemptions before anything is measured; each customer has an entry more, the opening balance.
    pub redemptions: u64,
}

/// Fills, measures in turns, verifies, deletes.
pub async fn measure(bench: &Bench, past: Past, table: &mut Table) -> anyhow::Result<()> {
    ensure!(past.customers >= PHONES, "the old file needs {PHONES} customers at least");
    let free = rustix::fs::statvfs(&bench.folder)?;
    let needed = (past.redemptions + u64::from(past.customers)) * ENTRY_BYTES;
    ensure!(free.f_bavail * free.f_frsize > needed, "the old file needs {} MB of free disk", needed >> 20);
    let old = Place::fresh(&bench.program, &bench.folder, "old")?;
    let (stock, took) = old.provision(usize::try_from(past.customers)?)?;
    say(&format!("{} customers made in {:.0} s", past.customers, took.as_secs_f64()));
    let old_stock = Rc::new(RefCell::new(stock));
    let old_served = Served::start(&old).await?;
    fill(&old_served, &old_stock, past).await?;
    say(&format!("the old file has {} MB", old.size()? >> 20));
    let young = Place::fresh(&bench.program, &bench.folder, "young")?;
    let young_stock = Rc::new(RefCell::new(young.provision(usize::try_from(PHONES)?)?.0));
    let young_served = Served::start(&young).await?;
    for round in 0..bench.rounds {
        let everybody: Vec<u32> = (0..PHONES).collect();
        let young50 = turn(bench, table, "young file", &young_served, &young_stock, &everybody).await?;
        // Others each time, spread over the whole file, so that they are met for the first time.
        let some: Vec<u32> = (round % (past.customers / PHONES)..past.customers)
            .step_by(usize::try_from(past.customers / PHONES)?)
            .take(usize::try_from(PHONES)?)
            .collect();
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
async fn fill(served: &Served, stock: &Rc<RefCell<Stock>>, past: Past) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut recorded = 0;
    let parts = (past.customers / PART).max(1);
    let mut part = 0;
    while recorded < past.redemptions {
        part = (part + 1) % parts;
        let some: Vec<u32> = (part..past.customers).step_by(usize::try_from(parts)?).collect();
        let plan = Plan { pace: Pace::Closed(FILLERS), phones: None, warm_up: Duration::ZERO, time: STRETCH };
        let measured = load(served, stock, &some, plan).await?;
        ensure!(measured.tally.refused.0 == 0, "refused: {:?}", measured.tally.refused.1);
        recorded += measured.tally.recorded;
        let rate = count(recorded) / start.elapsed().as_secs_f64();
        say(&format!("{recorded} redemptions, {rate:.0}/s, {:.0} µs each", measured.cpu_us()));
    }
    Ok(())
}
