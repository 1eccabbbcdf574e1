//! Where till, journal, line and screen meet: a thread that feeds the till and carries out what it wants, in order.
//!
//! The journal is written here, on this thread, before anything that follows is sent; so a slow disk slows the
//! scan and nothing else. The calls are tasks; their replies come back as inputs. All inputs pass one bounded queue.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::journal::Journal;
use crate::link::Link;
use crate::link::socket::{self, News};
use crate::request::{Call, Code, Reply};
use crate::scan::Nudge;
use crate::screen::Screen;
use crate::settings::Settings;
use crate::till::Till;
use crate::wire::{Customer, Failed, Join, Language, NewCustomer, Preset, local};

use worker::{Clock, Worker};

mod worker;

/// Inputs waiting; scans are rare, so a full queue means that the disk hangs.
const INPUTS: usize = 256;
/// How often the till looks at the time.
const TICK: Duration = Duration::from_millis(100);
/// A command gives up waiting for a top-up; the list of those in doubt goes on with it.
const TOP_UP_LIMIT: Duration = Duration::from_secs(6);

type Answer = oneshot::Sender<Result<(), Failed>>;

enum Input {
    Scan { code: Code, id: Uuid, answer: Option<Answer> },
    TopUp { id: Uuid, customer: u64, preset: Preset, answer: Answer },
    Preset { preset: Preset, answer: Answer },
    Cancel { id: Uuid, answer: Answer },
    Language(Language),
    Reply { id: Uuid, call: Call, reply: Reply },
    News(News),
    Tick,
    Stop,
}

/// A handle to the desk; clones reach the same one.
#[derive(Clone)]
pub struct Desk {
    inputs: mpsc::Sender<Input>,
    link: Link,
    screen: Arc<Screen>,
}

/// What a desk is made of.
pub struct Parts {
    /// Of the data directory.
    pub journal: Journal,
    /// Where settings are remembered.
    pub data: PathBuf,
    /// To the server.
    pub link: Link,
    /// To scanning, if there is any.
    pub nudges: Option<SyncSender<Nudge>>,
    /// Whom to tell.
    pub screen: Arc<Screen>,
}

impl Desk {
    /// Begins: the tasks run on `tracker` (within a Tokio runtime) until `stop`.
    pub fn open(parts: Parts, tracker: &TaskTracker, stop: &CancellationToken) -> Self {
        let (inputs, queue) = mpsc::channel(INPUTS);
        let desk = Self { inputs: inputs.clone(), link: parts.link.clone(), screen: Arc::clone(&parts.screen) };
        let now = Clock::start();
        let till = Till::start(parts.journal.contents(), Settings::load(&parts.data), now.moment());
        let runtime = tokio::runtime::Handle::current();
        let worker = Worker { parts, till, now, runtime, inputs, tracker: tracker.clone(), waiting: HashMap::new() };
        let done = tracker.spawn_blocking(move || worker.run(queue));
        drop(done);
        let ticking = desk.clone();
        let ended = stop.clone();
        tracker.spawn(async move { ticking.tick(&ended).await });
        let listening = desk.inputs.clone();
        let news = move |news| {
            let inputs = listening.clone();
            async move { inputs.send(Input::News(news)).await.is_ok() }
        };
        tracker.spawn(socket::listen(desk.link.clone(), stop.clone(), news));
        desk
    }

    async fn tick(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                _ = ticks.tick() => {
                    // Full: the desk is behind, and will look at the time with the next input anyway.
                    let _ = self.inputs.try_send(Input::Tick);
                }
            }
        }
        let _ = self.inputs.send(Input::Stop).await;
    }

    /// Whom to tell.
    pub fn screen(&self) -> &Screen {
        &self.screen
    }

    /// A code from the camera; called on the decoding thread. What comes of it is told to the screen.
    pub fn scanned(&self, code: Code) {
        let _ = self.inputs.blocking_send(Input::Scan { code, id: Uuid::now_v7(), answer: None });
    }

    /// A code that somebody typed.
    pub async fn type_code(&self, text: &str) -> Result<(), Failed> {
        self.take(Code::parse(text).ok_or(Failed::new("code_invalid"))?).await
    }

    /// A code that came neither from the camera nor from the keyboard.
    pub async fn take(&self, code: Code) -> Result<(), Failed> {
        self.asked(|answer| Input::Scan { code, id: Uuid::now_v7(), answer: Some(answer) }).await
    }

    /// What the next scan takes.
    pub async fn set_preset(&self, preset: Preset) -> Result<(), Failed> {
        self.asked(|answer| Input::Preset { preset, answer }).await
    }

    /// "Cancel for sure".
    pub async fn cancel(&self, id: Uuid) -> Result<(), Failed> {
        self.asked(|answer| Input::Cancel { id, answer }).await
    }

    /// The page's language, remembered.
    pub async fn set_language(&self, language: Language) {
        let _ = self.inputs.send(Input::Language(language)).await;
    }

    /// A new customer, topped up unless `amount` is 0. The customer stands also where the top-up did not: then the
    /// answer says why, and the list of those in doubt has it if its outcome is unknown.
    pub async fn new_customer(&self, name: &str, preset: Preset) -> Result<NewCustomer, Failed> {
        let mut made = self.link.new_customer(Uuid::now_v7(), name).await?;
        if preset.amount > 0 {
            let (customer, id) = (made.customer.id, Uuid::now_v7());
            let top_up = self.asked(|answer| Input::TopUp { id, customer, preset, answer });
            let ended = tokio::time::timeout(TOP_UP_LIMIT, top_up).await;
            made.top_up_failed = ended.unwrap_or(Err(Failed::new(local::OFFLINE))).err().map(|failed| failed.code);
        }
        Ok(made)
    }

    /// Customers by a part of the name; the newest without one.
    pub async fn find_customers(&self, query: &str) -> Result<Vec<Customer>, Failed> {
        self.link.find_customers(query).await
    }

    /// A new join link.
    pub async fn join(&self, customer: u64) -> Result<Join, Failed> {
        self.link.join(customer).await
    }

    async fn asked(&self, input: impl FnOnce(Answer) -> Input) -> Result<(), Failed> {
        let (answer, answered) = oneshot::channel();
        let stopped = || Failed::new(local::OFFLINE);
        self.inputs.send(input(answer)).await.map_err(|_| stopped())?;
        answered.await.unwrap_or(Err(stopped()))
    }
}
