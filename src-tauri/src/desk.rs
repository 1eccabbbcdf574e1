//! Where till, journal, line and screen meet: a thread that feeds the till and carries out what it wants, in order.
//!
//! The journal is written here, on this thread, before anything that follows is sent; so a slow disk slows the
//! scan and nothing else. The calls are tasks; their replies come back as inputs. All inputs pass one bounded queue.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use jiff::Timestamp;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::ask::Ask;
use crate::journal::Journal;
use crate::link::Link;
use crate::link::socket::{self, News};
use crate::reach;
use crate::remote::Remote;
use crate::request::{About, Approval, By, Call, Code, Pin, Reply, Request};
use crate::scan::Nudge;
use crate::screen::Screen;
use crate::settings::Settings;
use crate::till::Till;
use crate::wire::{
    Customer, Damage, Failed, Habits, Imported, Join, Language, NewCustomer, Operator, Person, Preset, Redemption,
    ServerFound, TillEvent, local,
};

use worker::{Clock, Worker};

mod worker;

/// Inputs waiting; scans are rare, so a full queue means that the disk hangs.
const INPUTS: usize = 256;
/// How often the till looks at the time.
const TICK: Duration = Duration::from_millis(100);
/// A command gives up waiting for what is moved; the list of those in doubt goes on with it.
const MOVE_LIMIT: Duration = Duration::from_secs(6);

type Answer = oneshot::Sender<Result<(), Failed>>;
type Moved = oneshot::Sender<Result<Box<Redemption>, Failed>>;

enum Input {
    Scan { code: Code, id: Uuid, answer: Option<Answer> },
    Again { of: Uuid, id: Uuid, by: By, answer: Answer },
    Move { request: Box<Request>, answer: Moved },
    Stand { operator: Option<u64>, answer: Answer },
    Preset { preset: Preset, choice: u64, answer: Answer },
    Cancel { id: Uuid, answer: Answer },
    TypeAmount { open: bool },
    Dismiss { ids: Vec<Uuid> },
    Unsettled { answer: oneshot::Sender<usize> },
    Language(Language),
    Habits(Habits),
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
    standing: watch::Receiver<Option<u64>>,
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
        let (standing, stands) = watch::channel(None);
        let (link, screen) = (parts.link.clone(), Arc::clone(&parts.screen));
        let desk = Self { inputs: inputs.clone(), link, screen, standing: stands };
        if let Some(damage) = parts.journal.damage() {
            let kept = damage.kept.display().to_string();
            let damage = Some(Damage { lines: damage.lines, asked: damage.asked, kept });
            parts.screen.tell(&TillEvent::Journal { damage });
        }
        let now = Clock::start();
        let till = Till::start(parts.journal.contents(), Settings::load(&parts.data), now.moment());
        let runtime = tokio::runtime::Handle::current();
        let (tracked, waiting) = (tracker.clone(), HashMap::new());
        let worker = Worker { parts, till, now, runtime, inputs, tracker: tracked, waiting, standing };
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
    pub async fn set_preset(&self, preset: Preset, choice: u64) -> Result<(), Failed> {
        self.asked(|answer| Input::Preset { preset, choice, answer }).await
    }

    /// An amount is being typed, and no scan takes the one before; or no longer.
    pub async fn type_amount(&self, open: bool) {
        let _ = self.inputs.send(Input::TypeAmount { open }).await;
    }

    /// Somebody has seen how these of the list ended.
    pub async fn dismiss(&self, ids: Vec<Uuid>) {
        let _ = self.inputs.send(Input::Dismiss { ids }).await;
    }

    /// Somebody has seen that the journal was damaged.
    pub fn know_damage(&self) {
        self.screen.tell(&TillEvent::Journal { damage: None });
    }

    /// "Cancel for sure".
    pub async fn cancel(&self, id: Uuid) -> Result<(), Failed> {
        self.asked(|answer| Input::Cancel { id, answer }).await
    }

    /// How many requests there are whose outcome is not known; none from a till that stopped.
    pub async fn unsettled(&self) -> usize {
        let (answer, answered) = oneshot::channel();
        if self.inputs.send(Input::Unsettled { answer }).await.is_err() {
            return 0;
        }
        answered.await.unwrap_or(0)
    }

    /// Asks once more whether this till is paired, and how its server is.
    ///
    /// # Errors
    /// See [`reach::find_again`].
    pub async fn find_again(&self, remote: &Remote) -> Result<ServerFound, Failed> {
        reach::find_again(remote, &self.link).await.map(|found| found.shown)
    }

    /// The page's language, remembered.
    pub async fn set_language(&self, language: Language) {
        let _ = self.inputs.send(Input::Language(language)).await;
    }

    /// What this till is used to, remembered.
    pub async fn set_habits(&self, habits: Habits) {
        let _ = self.inputs.send(Input::Habits(habits)).await;
    }

    /// A new customer, topped up unless `amount` is 0; the same id again is the same customer. The customer stands also where
    /// the top-up did not: then the answer says why, and the list of those in doubt has it if its outcome is unknown.
    pub async fn new_customer(&self, id: Uuid, person: &Person, preset: Preset) -> Result<NewCustomer, Failed> {
        let mut made = self.link.new_customer(id, person, &self.by()).await?;
        if preset.amount > 0 {
            let about = About::TopUp { customer: made.customer.id, bonus: None };
            match self.move_value(Uuid::now_v7(), about, preset, None).await {
                Ok(top_up) => made.top_up = Some(Box::new(top_up)),
                Err(failed) => made.top_up_failed = Some(failed.code),
            }
        }
        Ok(made)
    }

    /// Moves value without a scan: through the journal, like a scan. Whoever asks chose the id before: the same one again moves
    /// nothing again. What is not known in time is `in_doubt`, and on the list.
    pub async fn move_value(
        &self,
        id: Uuid,
        about: About,
        preset: Preset,
        approval: Option<Approval>,
    ) -> Result<Redemption, Failed> {
        let Preset { unit, amount } = preset;
        let by = By { approval, ..By::default() };
        let request = Box::new(Request { id, about, unit, amount, at: Timestamp::now(), by });
        let (answer, answered) = oneshot::channel();
        let stopped = || Failed::new(local::OFFLINE);
        self.inputs.send(Input::Move { request, answer }).await.map_err(|_| stopped())?;
        match tokio::time::timeout(MOVE_LIMIT, answered).await {
            Ok(Ok(ended)) => ended.map(|redemption| *redemption),
            Ok(Err(_)) | Err(_) => Err(Failed::new(local::IN_DOUBT)),
        }
    }

    /// The refused scan `of` once more, with the customer's PIN or a manager's consent.
    pub async fn again(&self, of: Uuid, pin: Option<Pin>, approval: Option<Approval>) -> Result<(), Failed> {
        let (id, by) = (Uuid::now_v7(), By { operator: None, approval, pin });
        self.asked(|answer| Input::Again { of, id, by, answer }).await
    }

    /// An operator gives their PIN, and stands at the till.
    pub async fn unlock(&self, operator: u64, pin: &Pin) -> Result<(), Failed> {
        let Operator { id, .. } = self.link.open_session(operator, pin).await?;
        self.stand(Some(id)).await?;
        self.look_again().await;
        Ok(())
    }

    /// Nobody stands at the till from now on, whether the server hears of it or not.
    pub async fn lock(&self) -> Result<(), Failed> {
        let operator = *self.standing.borrow();
        self.stand(None).await?;
        if let Some(operator) = operator
            && let Err(failed) = self.link.close_session(operator).await
        {
            tracing::warn!(code = failed.code, "the server was not told that the till is locked");
        }
        self.look_again().await;
        Ok(())
    }

    async fn stand(&self, operator: Option<u64>) -> Result<(), Failed> {
        self.asked(|answer| Input::Stand { operator, answer }).await
    }

    /// Asks the server what the page may ask; the bytes of its answer.
    pub async fn ask(&self, ask: Ask) -> Result<Vec<u8>, Failed> {
        let asked = ask.of(*self.standing.borrow())?;
        let answer = self.link.ask_for(&asked).await?;
        if asked.changes_shop {
            self.look_again().await;
        }
        Ok(answer)
    }

    /// The same for a file.
    pub async fn file(&self, ask: Ask) -> Result<Vec<u8>, Failed> {
        let asked = ask.of(*self.standing.borrow())?;
        self.link.file(&asked).await
    }

    /// Brings customers in from a file, or says what that would do.
    pub async fn import(&self, id: Uuid, file: Vec<u8>, dry_run: bool) -> Result<Imported, Failed> {
        self.link.import(id, file, dry_run, &self.by()).await
    }

    /// Without an answer the next connect looks.
    async fn look_again(&self) {
        if let Ok(news) = socket::look(&self.link).await {
            let _ = self.inputs.send(Input::News(news)).await;
        }
    }

    fn by(&self) -> By {
        By { operator: *self.standing.borrow(), ..By::default() }
    }

    /// Customers by a part of the name; the newest without one.
    pub async fn find_customers(&self, query: &str) -> Result<Vec<Customer>, Failed> {
        self.link.find_customers(query).await
    }

    /// A new join link.
    pub async fn join(&self, customer: u64) -> Result<Join, Failed> {
        self.link.join(customer, &self.by()).await
    }

    async fn asked(&self, input: impl FnOnce(Answer) -> Input) -> Result<(), Failed> {
        let (answer, answered) = oneshot::channel();
        let stopped = || Failed::new(local::OFFLINE);
        self.inputs.send(input(answer)).await.map_err(|_| stopped())?;
        answered.await.unwrap_or(Err(stopped()))
    }
}
