//! Many phones at once: what idle ones cost, how they all come back, and what slow ones do to the others.
//!
//! The server is the real program, as a process of its own on a fresh directory. Linux alone.
//!
//! ```text
//! cargo build --release -p tillbeam-server
//! cargo run --release -p tillbeam-server --example phones -- idle 10000
//! cargo run --release -p tillbeam-server --example phones -- storm 10000
//! cargo run --release -p tillbeam-server --example phones -- slow 1000
//! ```

#![expect(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, reason = "a measurement")]

mod pay;
mod phone;
mod server;

use std::time::{Duration, Instant};

use clap::{Parser, Subcommand};
use futures_util::future::join_all;

use self::pay::{Pace, percentile_ms};
use self::phone::Phone;
use self::server::Running;

/// Phones that connect at the same time.
const AT_ONCE: usize = 64;
/// Phones that come and go before memory is looked at.
const WARM: usize = 256;
/// Events of each phone that comes back.
const MISSED: usize = 10;
/// Customers whose codes are taken meanwhile, and how many a second.
const PAYING: usize = 4000;
const PER_SECOND: u32 = 200;
/// How long the quiet is measured.
const QUIET: Duration = Duration::from_secs(5);
/// Top-ups of each customer with a slow phone: more than the system keeps for a socket.
const FLOOD: usize = 400;

#[derive(Parser)]
#[command(about = "Many phones at once")]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Holds idle phones: bytes of the server's memory for each.
    Idle {
        /// How many.
        phones: usize,
        /// How long, in seconds: over 25 they are pinged, over 60 those that do not answer are dropped.
        #[arg(long, default_value_t = 3)]
        seconds: u64,
    },
    /// All phones go and come back for ten events each, while customers pay.
    Storm {
        /// How many.
        phones: usize,
    },
    /// Phones that never read beside others that do, while customers top up.
    Slow {
        /// How many.
        phones: usize,
    },
}

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    match Args::parse().what {
        What::Idle { phones, seconds } => idle(phones, Duration::from_secs(seconds)).await,
        What::Storm { phones } => storm(phones).await,
        What::Slow { phones } => slow(phones).await,
    }
}

async fn idle(count: usize, hold: Duration) {
    let server = Running::start(count).await;
    let cold = server.pss_bytes();
    // What the program needs once, however many phones there are.
    drop(connect(&server, 0..WARM.min(count), "/ws").await);
    let warm = server.pss_bytes();
    let start = Instant::now();
    let phones = connect(&server, 0..count, "/ws").await;
    let rate = count as f64 / start.elapsed().as_secs_f64();
    tokio::time::sleep(hold).await;
    let after = server.pss_bytes();
    let open = phones.iter().filter(|phone| phone.is_open()).count();
    let each = |from: u64| (after as f64 - from as f64) / count as f64;
    println!(
        "{count} asked, {open} open, {rate:.0} connects/s; server's PSS {:.1} MB: {:.0} B each over its start, {:.0} B \
         each over the same server with {WARM} phones that came and went",
        after as f64 / 1e6,
        each(cold),
        each(warm),
    );
    server.stop().await;
}

async fn storm(count: usize) {
    let server = Running::start(count + PAYING).await;
    let pace = Pace::new(&server, count..count + PAYING);
    pace.top_up(&server, 0..count, MISSED).await;
    let phones = connect(&server, 0..count, "/ws").await;
    let mut quiet = pace.pay(PER_SECOND, tokio::time::sleep(QUIET)).await;
    drop(phones);
    let cpu_before = server.cpu_ms();
    let start = Instant::now();
    let back = async {
        let phones = connect(&server, 0..count, "/ws?after=0").await;
        join_all(phones.iter().map(|phone| phone.has_heard(MISSED))).await;
        (start.elapsed(), phones)
    };
    let mut came = None;
    let mut busy = pace.pay(PER_SECOND, async { came = Some(back.await) }).await;
    let (took, phones) = came.unwrap();
    let cpu = server.cpu_ms() - cpu_before;
    let wrong = phones.iter().filter(|phone| !phone.is_open() || phone.heard() != MISSED).count();
    let [q50, q99] = [50, 99].map(|percent| percentile_ms(&mut quiet, percent));
    let [b50, b99] = [50, 99].map(|percent| percentile_ms(&mut busy, percent));
    println!(
        "{count} phones were back with {MISSED} events each after {:.2} s, {wrong} of them wrong, {cpu} ms of the \
         server's processor time; redemptions at {PER_SECOND}/s meanwhile p50 {b50:.2} p99 {b99:.2} ms ({} of them), before p50 {q50:.2} p99 {q99:.2} ms",
        took.as_secs_f64(),
        busy.len(),
    );
    server.stop().await;
}

async fn slow(count: usize) {
    let server = Running::start(count + PAYING).await;
    let pace = Pace::new(&server, count..count + PAYING);
    let deaf = join_all((0..count).map(|index| Phone::deaf(&server, index))).await;
    let quick = connect(&server, 0..count, "/ws").await;
    let before = server.pss_bytes();
    let mut most = before;
    let start = Instant::now();
    let flood = async {
        for _ in 0..FLOOD / MISSED {
            pace.top_up(&server, 0..count, MISSED).await;
            most = most.max(server.pss_bytes());
        }
        join_all(quick.iter().map(|phone| phone.has_heard(FLOOD))).await;
    };
    let mut answers = pace.pay(PER_SECOND, flood).await;
    let took = start.elapsed();
    let wrong = quick.iter().filter(|phone| !phone.is_open() || phone.heard() != FLOOD).count();
    let still = server.sockets_to(&deaf);
    let [p50, p99] = [50, 99].map(|percent| percentile_ms(&mut answers, percent));
    println!(
        "{count} deaf phones, {FLOOD} events each in {:.1} s: {still} of them still connected, {wrong} of the \
         others wrong; PSS from {:.1} to at most {:.1} MB; redemptions p50 {p50:.2} p99 {p99:.2} ms",
        took.as_secs_f64(),
        before as f64 / 1e6,
        most as f64 / 1e6,
    );
    server.stop().await;
}

async fn connect(server: &Running, customers: std::ops::Range<usize>, path: &str) -> Vec<Phone> {
    let (first, all) = (customers.start, customers.len());
    let lanes = (0..AT_ONCE).map(|lane| async move {
        let mut phones = Vec::with_capacity(all / AT_ONCE + 1);
        for index in (lane..all).step_by(AT_ONCE) {
            phones.push(Phone::connect(server, first + index, path).await);
        }
        phones
    });
    join_all(lanes).await.into_iter().flatten().collect()
}
