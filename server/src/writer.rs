//! The one writer: takes all waiting requests, settles them, and commits once.
//!
//! A request waits for at most the commit that runs and its own. Answers and
//! pushes leave after the commit they rest on; if it fails, nobody is told
//! anything but to come again.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::book::Book;
use crate::clock::Clock;
use crate::event::{ShopName, of_refusal};
use crate::hub::{Hub, Notice};
use crate::id::TerminalId;
use crate::lamps::{Lamps, Moved};
use crate::ledger::Millis;
use crate::line;
use crate::master::Master;
use crate::outcome::Outcome;
use crate::request::Request;
use crate::store::phone::{self, Ack};
use crate::store::{self, Store, batch};
use crate::throttle::Bucket;

/// Requests and acks that wait; beyond, a terminal is told to come again.
pub const QUEUE: usize = 4096;
/// Requests and acks of one commit.
pub const BATCH: usize = 256;

/// Something to be written.
enum Job {
    Settle(Request, oneshot::Sender<Outcome>),
    Ack(Moved),
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

    /// Notes an ack some time soon. One that finds the queue full is dropped: the next one is cumulative.
    pub fn ack(&self, moved: Moved) {
        let _ = self.jobs.try_send(Job::Ack(moved));
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
}

/// Runs until every `Writer` is gone, or until shutdown when nothing waits any more.
pub async fn run(desk: Desk, mut queue: Queue, shutdown: CancellationToken) {
    let mut buckets = HashMap::new();
    let mut jobs = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            biased;
            taken = queue.jobs.recv_many(&mut jobs, BATCH) => {
                if taken == 0 {
                    return;
                }
            }
            () = shutdown.cancelled() => return,
        }
        if let Err(error) = commit(&desk, &mut jobs, &mut buckets).await {
            // Dropping the answers tells every waiting terminal to come again.
            tracing::error!(%error, waiting = jobs.len(), "the books could not be written");
        }
        jobs.clear();
    }
}

/// One batch: read, settle, write, commit; then answer and tell.
async fn commit(desk: &Desk, jobs: &mut Vec<Job>, buckets: &mut Buckets) -> Result<(), store::Error> {
    let now = (desk.clock)();
    let (requests, acks) = sort(jobs);
    let mut transaction = desk.store.begin_write().await?;
    phone::ack(&mut transaction, &acks.iter().map(|moved| moved.ack).collect::<Vec<Ack>>()).await?;
    let mut settled = None;
    if !requests.is_empty() {
        let wanted: Vec<&Request> = requests.iter().map(|(request, _)| request).collect();
        let mut book = batch::read(&mut transaction, &wanted, &desk.master, now).await?;
        let outcomes = settle(&mut book, &wanted, buckets);
        batch::write(&mut transaction, &book).await?;
        settled = Some((book, outcomes));
    }
    transaction.commit().await?;
    if let Some((book, outcomes)) = settled {
        for ((_, answer), outcome) in requests.into_iter().zip(outcomes) {
            // A terminal that hung up asks again by its id.
            let _ = answer.send(outcome);
        }
        tell(&desk.hub, &book);
    }
    for moved in acks {
        desk.lamps.moved(moved);
    }
    Ok(())
}

type Waiting = Vec<(Request, oneshot::Sender<Outcome>)>;
type Buckets = HashMap<TerminalId, Bucket>;

fn sort(jobs: &mut Vec<Job>) -> (Waiting, Vec<Moved>) {
    let mut requests = Vec::new();
    let mut acks: HashMap<_, Moved> = HashMap::new();
    for job in jobs.drain(..) {
        match job {
            Job::Settle(request, answer) => requests.push((request, answer)),
            Job::Ack(moved) => {
                acks.entry(moved.ack.credential).and_modify(|known| known.merge(moved)).or_insert(moved);
            }
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
fn tell(hub: &Hub, book: &Book) {
    for shown in &book.fresh.entries {
        if let Some(told) = shown.told() {
            hub.tell(told);
        }
        if hub.has_terminals(shown.entry.shop) {
            hub.notify(shown.entry.shop, Notice::Entry(shown.entry.number, line::of_entry(shown)));
        }
    }
    for refused in &book.fresh.refusals {
        let shop = ShopName { id: refused.shop, name: book.shop(refused.shop).name.clone() };
        if let Some(told) = of_refusal(refused, &shop) {
            hub.tell(told);
        }
    }
}
