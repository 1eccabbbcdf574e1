//! The one writer: takes all waiting requests, settles them, and commits once.
//!
//! A request waits for at most the commit that runs and its own. Answers and pushes leave after the commit
//! they rest on; if it fails, nobody is told anything but to come again. It blocks on the disk, so it has a
//! thread of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use crate::book::Book;
use crate::clock::Clock;
use crate::deliver::Bell;
use crate::event::{ShopName, Told, of_refusal};
use crate::health::{Health, Writing};
use crate::hub::{Hub, Notice};
use crate::lamps::{Lamps, Moved};
use crate::ledger::Millis;
use crate::line;
use crate::master::Master;
use crate::metrics::Metrics;
use crate::outcome::Outcome;
use crate::request::Request;
use crate::store::phone::Ack;
use crate::store::raw::Raw;
use crate::store::{self, Store, batch};
use crate::throttle::{Bucket, Buckets, Throttle};

/// Requests and acks that wait; beyond, a terminal is told to come again.
pub const QUEUE: usize = 4096;
/// Requests and acks of one commit.
pub const BATCH: usize = 128;

/// Something to be written.
enum Job {
    Settle(Request, oneshot::Sender<Outcome>),
    Ack(Moved),
    Stop,
}

/// Where requests are handed in.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Job>,
}

/// The writer has too much to do, or the books cannot be written now.
#[derive(Debug, PartialEq, Eq)]
pub struct Busy;

/// The other end, to be run as a task.
pub struct Queue {
    jobs: mpsc::Receiver<Job>,
}

impl Writer {
    /// A writer's two ends.
    pub fn new() -> (Self, Queue) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self { jobs: sender }, Queue { jobs: receiver })
    }

    /// Settles a request: how it ended, after the commit.
    pub async fn settle(&self, request: Request) -> Result<Outcome, Busy> {
        let (answer, outcome) = oneshot::channel();
        self.jobs.try_send(Job::Settle(request, answer)).map_err(|_| Busy)?;
        outcome.await.map_err(|_| Busy)
    }

    /// Requests and acks that wait.
    pub fn waiting(&self) -> usize {
        QUEUE - self.jobs.capacity()
    }

    /// Notes an ack some time soon. One that finds the queue full is dropped: the next one is cumulative.
    pub fn ack(&self, moved: Moved) {
        let _ = self.jobs.try_send(Job::Ack(moved));
    }

    /// Ends the writer as well as it can be without waiting.
    pub fn stop_soon(&self) {
        let _ = self.jobs.try_send(Job::Stop);
    }

    /// Ends the writer once what was handed in before is settled.
    pub async fn stop(&self) {
        let _ = self.jobs.send(Job::Stop).await;
    }
}

/// What a commit needs.
pub struct Desk {
    /// The books.
    pub store: Store,
    /// The master key.
    pub master: Master,
    /// Who is told.
    pub hub: Arc<Hub>,
    /// Who works out lamps.
    pub lamps: Lamps,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether the books can be written.
    pub health: Arc<Health>,
    /// Rung for webhooks.
    pub bell: Arc<Bell>,
    /// How often terminals may still be wrong.
    pub throttle: Arc<Throttle>,
}

/// Runs on its own thread until it is stopped or every `Writer` is gone.
///
/// # Errors
/// If the books cannot be opened for writing.
pub fn run(desk: &Desk, mut queue: Queue, runtime: &Handle) -> Result<(), store::Error> {
    let (mut connection, turn) = runtime.block_on(desk.store.connect())?;
    let mut handle = runtime.block_on(connection.lock_handle())?;
    let mut raw = Raw::on(&mut handle);
    let mut jobs = Vec::with_capacity(BATCH);
    let mut last = false;
    while !last && queue.jobs.blocking_recv_many(&mut jobs, BATCH) > 0 {
        last = jobs.iter().any(|job| matches!(job, Job::Stop));
        let _turn = turn.blocking_lock();
        let waiting = jobs.len();
        match commit(desk, &mut raw, &mut jobs) {
            Ok(()) => desk.health.note(Writing::Good),
            Err(error) => {
                // Dropping the answers tells every waiting terminal to come again.
                tracing::error!(%error, waiting, "the books could not be written");
                desk.metrics.commit_failures.one();
                desk.health.note(Writing::failed_by(&error));
            }
        }
    }
    Ok(())
}

/// One batch: read, settle, write, commit; then answer and tell.
fn commit(desk: &Desk, raw: &mut Raw<'_>, jobs: &mut Vec<Job>) -> Result<(), store::Error> {
    let (requests, acks) = sort(jobs);
    let wanted: Vec<&Request> = requests.iter().map(|(request, _)| request).collect();
    let began = Instant::now();
    raw.run("begin immediate", &[])?;
    let written = write(desk, raw, &wanted, &acks).and_then(|settled| {
        raw.run("commit", &[])?;
        desk.store.note_written(raw.pages_written());
        Ok(settled)
    });
    let (book, outcomes) = match written {
        Ok(settled) => settled,
        Err(error) => {
            // A failed commit may have ended the transaction by itself; then there is nothing to undo.
            let _ = raw.run("rollback", &[]);
            return Err(error);
        }
    };
    count(&desk.metrics, began, &acks, &requests, &outcomes);
    for ((_, answer), outcome) in requests.into_iter().zip(outcomes) {
        // A terminal that hung up asks again by its id.
        let _ = answer.send(outcome);
    }
    tell(&desk.hub, &book, Instant::now());
    desk.bell.ring();
    for moved in acks {
        desk.lamps.moved(moved);
    }
    Ok(())
}

fn count(metrics: &Metrics, began: Instant, acks: &[Moved], requests: &Waiting, outcomes: &[Outcome]) {
    metrics.commit_time.observe_time(began.elapsed());
    metrics.acks.add(acks.len() as u64);
    if !requests.is_empty() {
        metrics.commit_batch.observe(requests.len() as u64);
    }
    for ((request, _), outcome) in requests.iter().zip(outcomes) {
        metrics.settled(request.wish.noun(), outcome);
    }
}

fn write(
    desk: &Desk,
    raw: &mut Raw<'_>,
    wanted: &[&Request],
    acks: &[Moved],
) -> Result<(Book, Vec<Outcome>), store::Error> {
    batch::acks(raw, &acks.iter().map(|moved| moved.ack).collect::<Vec<Ack>>())?;
    let mut book = batch::read(raw, wanted, &desk.master, (desk.clock)())?;
    let outcomes = settle(&mut book, wanted, &mut desk.throttle.buckets());
    batch::write(raw, &book)?;
    Ok((book, outcomes))
}

type Waiting = Vec<(Request, oneshot::Sender<Outcome>)>;

fn sort(jobs: &mut Vec<Job>) -> (Waiting, Vec<Moved>) {
    let mut requests = Vec::new();
    let mut acks: HashMap<_, Moved> = HashMap::new();
    for job in jobs.drain(..) {
        match job {
            Job::Settle(request, answer) => requests.push((request, answer)),
            Job::Ack(moved) => {
                acks.entry(moved.ack.credential).and_modify(|known| known.merge(moved)).or_insert(moved);
            }
            Job::Stop => {}
        }
    }
    (requests, acks.into_values().collect())
}

fn settle(book: &mut Book, requests: &[&Request], buckets: &mut Buckets) -> Vec<Outcome> {
    let now: Millis = book.now;
    let outcomes = requests
        .iter()
        .map(|request| {
            let bucket = buckets.entry(request.terminal).or_insert_with(|| Bucket::full(now));
            book.settle(request, bucket)
        })
        .collect();
    buckets.retain(|_, bucket| !bucket.is_full(now));
    outcomes
}

/// Pushes what was committed, in the order of the books.
fn tell(hub: &Hub, book: &Book, committed: Instant) {
    for shown in &book.fresh.entries {
        // An event that nobody hears is rendered when it is asked for.
        if hub.has_phones(shown.entry.customer)
            && let Some(told) = shown.told()
        {
            hub.tell(Told { committed: Some(committed), ..told });
        }
        if hub.has_terminals(shown.entry.shop) {
            hub.notify(shown.entry.shop, Notice::Entry(shown.entry.number, line::of_entry(shown)));
        }
    }
    for refused in &book.fresh.refusals {
        let shop = ShopName { id: refused.shop, name: book.shop(refused.shop).name.clone() };
        if let Some(told) = of_refusal(refused, &shop) {
            hub.tell(Told { committed: Some(committed), ..told });
        }
    }
}
