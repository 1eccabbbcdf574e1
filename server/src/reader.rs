//! The one who reads for phones: whose a token is, where a customer stands, what comes next.
//!
//! Ten thousand phones that come back at once ask the same few things, so the questions that wait are answered together,
//! at one moment of the books, on statements that stay prepared and on a thread of its own. A socket of the
//! [`park`](crate::park) has at most one question under way, and takes the next page only when the last one has left, so
//! what is in memory is bounded.

use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::event::Told;
use crate::id::CustomerId;
use crate::meter::MAX_CONNECTIONS;
use crate::park::Park;
use crate::park::look::{Ask, Looked, look};
use crate::store::phone::Phone;
use crate::store::raw::Raw;
use crate::store::{Error, Store, told};

/// Questions that wait. A connection asks one at a time, a closed socket's may still be there, and a parked one asks, too.
const QUEUE: usize = 3 * MAX_CONNECTIONS;
/// Questions that are answered together.
const BATCH: usize = 64;
/// Pages that wait for the loop of the parked sockets.
const PAGES: usize = 64;

type Answer<T> = oneshot::Sender<Result<T, Error>>;

enum Job {
    Phone([u8; 32], Answer<Option<Phone>>),
    Stands(CustomerId, Answer<(String, i64)>),
    Events(CustomerId, i64, Answer<Vec<Told>>),
    Look(Ask),
}

/// Where questions are handed in.
#[derive(Clone)]
pub struct Reader {
    jobs: mpsc::Sender<Job>,
}

/// The other end, to be run on a thread of its own.
pub struct Queue {
    jobs: mpsc::Receiver<Job>,
}

/// What it takes to answer.
pub struct Means {
    /// The books.
    pub store: Store,
    /// Where the parked sockets' answers go.
    pub park: Park,
    /// The time.
    pub clock: Clock,
    /// Ends it.
    pub stop: CancellationToken,
}

impl Reader {
    /// Both ends.
    pub fn new() -> (Self, Queue) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        (Self { jobs: sender }, Queue { jobs: receiver })
    }

    /// The phone of a token's hash, unless its credential was revoked.
    ///
    /// # Errors
    /// If the books cannot be read, or are being closed; so with the others.
    pub async fn phone(&self, token_hash: [u8; 32]) -> Result<Option<Phone>, Error> {
        self.asked(|answer| Job::Phone(token_hash, answer)).await
    }

    /// The books' epoch and a customer's last event number.
    pub async fn stands(&self, customer: CustomerId) -> Result<(String, i64), Error> {
        self.asked(|answer| Job::Stands(customer, answer)).await
    }

    /// A customer's events with `seq > after`, in order, one [`told::PAGE`] at most.
    pub async fn events(&self, customer: CustomerId, after: i64) -> Result<Vec<Told>, Error> {
        self.asked(|answer| Job::Events(customer, after, answer)).await
    }

    /// Has a parked socket's question answered through [`Park`]; false if there is no room.
    pub fn look(&self, ask: Ask) -> bool {
        self.jobs.try_send(Job::Look(ask)).is_ok()
    }

    async fn asked<T>(&self, job: impl FnOnce(Answer<T>) -> Job) -> Result<T, Error> {
        let (answer, answered) = oneshot::channel();
        self.jobs.send(job(answer)).await.map_err(|_| Error::Closed)?;
        answered.await.map_err(|_| Error::Closed)?
    }
}

/// Runs on its own thread until it is stopped or every [`Reader`] is gone.
///
/// # Errors
/// If the books cannot be opened.
pub fn run(means: &Means, mut queue: Queue, runtime: &Handle) -> Result<(), Error> {
    let mut connection = runtime.block_on(means.store.connect_to_read())?;
    let mut handle = runtime.block_on(connection.lock_handle())?;
    let mut raw = Raw::on(&mut handle);
    let room = Arc::new(Semaphore::new(PAGES));
    let mut jobs = Vec::with_capacity(BATCH);
    let mut stopped = false;
    while !stopped
        && let Some(1..) = runtime.block_on(means.stop.run_until_cancelled(queue.jobs.recv_many(&mut jobs, BATCH)))
    {
        // What cannot begin fails at its first question, and says why.
        let _ = raw.run("begin", &[]);
        for job in jobs.drain(..) {
            stopped |= !answer(means, &mut raw, job, &room, runtime);
        }
        let _ = raw.run("rollback", &[]);
    }
    Ok(())
}

/// Answers one question; false if it was stopped meanwhile.
fn answer(means: &Means, raw: &mut Raw<'_>, job: Job, room: &Arc<Semaphore>, runtime: &Handle) -> bool {
    // Who asked may have gone meanwhile.
    match job {
        Job::Phone(token_hash, answer) => drop(answer.send(told::phone(raw, &token_hash))),
        Job::Stands(customer, answer) => drop(answer.send(told::stands(raw, customer))),
        Job::Events(customer, after, answer) => drop(answer.send(told::page(raw, customer, after, told::PAGE))),
        Job::Look(ask) => {
            let room = runtime.block_on(means.stop.run_until_cancelled(room.clone().acquire_owned()));
            let Some(Ok(room)) = room else { return false };
            means.park.looked(looked(means, raw, ask, room));
        }
    }
    true
}

fn looked(means: &Means, raw: &mut Raw<'_>, ask: Ask, room: OwnedSemaphorePermit) -> Looked {
    let Ask { spot, seat, customer, from } = ask;
    let found = look(raw, &means.clock, customer, from);
    if let Err(error) = &found {
        tracing::error!(%error, "a socket ends because the books could not be read");
    }
    Looked { spot, seat, found: found.ok(), room }
}
