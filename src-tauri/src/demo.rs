//! The whole job by itself, bounded: `tillbeam demo --server PATH`.
//!
//! A temporary data directory, the real server process with its own CA, phones on real sockets, pictures of live
//! codes through the real scanner, and the till's own line, journal and state machine. One line per customer; ten
//! customers, a double scan, an expired code; then the server is stopped and its books are verified.

use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use jiff::Timestamp;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::{TILL, open_desk};
use crate::link::{Address, Link, Token, Trust};
use crate::options::DemoOptions;
use crate::scan::{self, NUDGES};
use crate::screen::Screen;
use crate::wire::{Redemption, Shown};
use process::{Process, Provisioned};
use stage::{Scan, Stage};

mod phone;
mod process;
mod stage;

/// Who come one after the other.
const CUSTOMERS: usize = 10;
/// What each holds.
const BALANCE: u64 = 10;
/// How old the expired code is; codes are taken for a minute.
const EXPIRED_S: i64 = 600;
/// The whole demo takes a few seconds; on a machine that is compiling, some more.
const LIMIT: Duration = Duration::from_mins(3);
/// Phones' events that wait for the demo to look.
const ARRIVALS: usize = 64;

/// Runs it; `Ok` only if all of it held.
pub async fn run(options: &DemoOptions) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("tillbeam-demo-").tempdir()?;
    let ended = timeout(LIMIT, play(&options.server, folder.path())).await;
    if options.keep {
        say(&format!("kept: {}", folder.keep().display()))?;
    }
    ended.with_context(|| format!("the demo takes longer than {} s", LIMIT.as_secs()))?
}

async fn play(program: &Path, folder: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let data = folder.join("server");
    std::fs::create_dir(&data)?;
    let mut server = Process::start(program, &data).await?;
    say(&format!("the server serves at {} after {} ms", server.base(), begun.elapsed().as_millis()))?;
    let stop = CancellationToken::new();
    let _ends_with_us = stop.clone().drop_guard();
    let played = scans(&server, folder, &stop).await;
    stop.cancel();
    if let Err(error) = played {
        bail!("{error:#}\nthe server's log ends:\n{}", server.log());
    }
    server.stop().await?;
    say("the server stopped when it was asked to")?;
    let verified = server.verify().await?;
    say(&format!("verify: {}", verified.trim()))?;
    say(&format!("all of it held, in {:.1} s", begun.elapsed().as_secs_f32()))
}

/// All that happens at the counter.
async fn scans(server: &Process, folder: &Path, stop: &CancellationToken) -> anyhow::Result<()> {
    let provisioned = server.provision(CUSTOMERS + 2, BALANCE).await?;
    ensure!(provisioned.customers.len() == CUSTOMERS + 2, "provision made {}", provisioned.customers.len());
    let ca_pem = server.ca_pem()?;
    let address = |token: &str| -> anyhow::Result<Address> {
        let trust = Trust::Only(ca_pem.clone());
        Ok(Address { base: server.base(), connect: None, token: Token::new(token)?, trust })
    };
    let tracker = TaskTracker::new();
    let (arrivals, arrived) = tokio::sync::mpsc::channel(ARRIVALS);
    for customer in &provisioned.customers {
        let link = Link::new(address(&customer.token)?)?;
        phone::connect(link, arrivals.clone(), &tracker, stop).await?;
    }
    let screen = Arc::<Screen>::default();
    let (nudges, to_reading) = mpsc::sync_channel(NUDGES);
    let at_server = address(&provisioned.terminal_token)?;
    let desk = open_desk(&folder.join(TILL), at_server, Some(nudges), &screen, &tracker, stop)?;
    let mut stage = Stage::new(&screen, arrived);
    scan::read(stage.frames(), desk, screen, to_reading, stop)?;
    stage.ready().await?;
    say(&format!("{} phones are connected; ms after the picture was taken:", provisioned.customers.len()))?;
    say("customer  decoded   sent  committed  on phone   seen")?;
    let mut last = None;
    for number in 1..=CUSTOMERS {
        last = Some(customer(&mut stage, &provisioned, number).await.with_context(|| format!("customer {number}"))?);
    }
    let (code, first) = last.context("no customers")?;
    twice(&mut stage, code, &first).await.context("the double scan")?;
    expired(&mut stage, &provisioned).await.context("the expired code")?;
    Ok(())
}

/// One customer from the picture to the lamp.
async fn customer(stage: &mut Stage, all: &Provisioned, number: usize) -> anyhow::Result<(String, Redemption)> {
    let code = all.customers[number - 1].code(Timestamp::now().as_second())?;
    let scan = stage.hold_up(code.clone()).await?;
    let Shown::Recorded { redemption } = scan.result.clone() else { bail!("not recorded: {:?}", scan.result) };
    ensure!(!redemption.repeated && redemption.amount == 1, "not one visit: {redemption:?}");
    ensure!(redemption.balance == BALANCE - 1, "{} are left in place of {}", redemption.balance, BALANCE - 1);
    let arrived = stage.arrival().await?;
    ensure!(arrived.kind == "redemption" && arrived.id == redemption.id, "another event came: {arrived:?}");
    let seen = stage.seen(redemption.id).await?;
    let Scan { frame, decoded, sent, answered, .. } = scan;
    let ms = |at: Instant| at.saturating_duration_since(frame).as_secs_f32() * 1_000.0;
    say(&format!(
        "{number:>8} {:>8.1} {:>6.1} {:>10.1} {:>9.1} {:>6.1}",
        ms(decoded),
        ms(sent),
        ms(answered),
        ms(arrived.at),
        ms(seen)
    ))?;
    Ok((code, *redemption))
}

/// The same code again: the first result, and nothing is taken.
async fn twice(stage: &mut Stage, code: String, first: &Redemption) -> anyhow::Result<()> {
    stage.take_away().await;
    let scan = stage.hold_up(code).await?;
    let Shown::Recorded { redemption } = scan.result else { bail!("not repeated: {:?}", scan.result) };
    ensure!(redemption.repeated && redemption.id == first.id, "not the first result: {redemption:?}");
    ensure!(redemption.balance == first.balance, "something was taken: {redemption:?}");
    ensure!(stage.is_quiet(), "the phone was told of something");
    say("the same code again: already taken, nothing taken now")
}

/// A code of ten minutes ago.
async fn expired(stage: &mut Stage, all: &Provisioned) -> anyhow::Result<()> {
    let code = all.customers[CUSTOMERS].code(Timestamp::now().as_second() - EXPIRED_S)?;
    let scan = stage.hold_up(code).await?;
    let Shown::Refused(refused) = scan.result else { bail!("not refused: {:?}", scan.result) };
    ensure!(refused.code == "code_expired", "refused for another reason: {}", refused.code);
    let arrived = stage.arrival().await?;
    let told = arrived.kind == "refusal" && arrived.code.as_deref() == Some("code_expired");
    ensure!(told, "the phone heard something else: {arrived:?}");
    say("a code of ten minutes ago: refused, code_expired, and the phone says why")
}

fn say(line: &str) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}
