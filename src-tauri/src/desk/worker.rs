//! The desk's thread: feeds the till, writes the journal, makes the calls.

use std::collections::HashMap;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Input, Moved, Parts};
use crate::journal::Line;
use crate::link::Link;
use crate::link::socket::{self, News};
use crate::request::{Call, Code, Reply};
use crate::scan::Nudge;
use crate::till::{Action, Moment, Till};

/// The only place where the till's time comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { start: Instant::now() }
    }

    pub(super) fn moment(self) -> Moment {
        let ms = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        Moment { ms, at: Timestamp::now() }
    }
}

pub(super) struct Worker {
    pub(super) parts: Parts,
    pub(super) till: Till,
    pub(super) now: Clock,
    pub(super) runtime: tokio::runtime::Handle,
    pub(super) inputs: mpsc::Sender<Input>,
    pub(super) tracker: TaskTracker,
    /// Commands that wait for what is moved.
    pub(super) waiting: HashMap<Uuid, Moved>,
    /// Who stands at the till, for whoever asks on their behalf.
    pub(super) standing: watch::Sender<Option<u64>>,
}

impl Worker {
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Input>) {
        while let Some(input) = queue.blocking_recv() {
            if matches!(input, Input::Stop) {
                return;
            }
            self.take(input);
            self.act();
            let operator = self.till.by().operator;
            self.standing.send_if_modified(|known| std::mem::replace(known, operator) != operator);
        }
    }

    fn take(&mut self, input: Input) {
        let now = self.now.moment();
        let (answer, result) = match input {
            Input::Scan { code, id, answer: None } => (None, self.till.scan(code, id, now)),
            Input::Scan { code, id, answer } => (answer, self.till.scan_by_hand(code, id, now)),
            Input::Again { of, id, by, answer } => (Some(answer), self.till.again(of, id, by, now)),
            Input::Move { request, answer } => {
                let id = request.id;
                match self.till.move_value(*request, now) {
                    Ok(()) => drop(self.waiting.insert(id, answer)),
                    Err(failed) => drop(answer.send(Err(failed))),
                }
                return;
            }
            Input::Stand { operator, answer } => {
                self.till.stand(operator);
                (Some(answer), Ok(()))
            }
            Input::Preset { preset, choice, answer } => (Some(answer), self.till.set_preset(preset, choice, now)),
            Input::Cancel { id, answer } => (Some(answer), self.till.cancel(id, now)),
            Input::Unsettled { answer } => {
                let _ = answer.send(self.till.unsettled());
                return;
            }
            Input::TypeAmount { open } => return self.till.type_amount(open, now),
            Input::Dismiss { ids } => return self.till.dismiss(&ids),
            Input::Habits(habits) => return self.till.set_habits(habits),
            Input::Language(language) => return self.till.set_language(language),
            Input::Reply { id, call, reply } => return self.till.on_reply(id, call, reply, now),
            Input::News(News::Link(state)) => return self.till.on_link(state),
            Input::News(News::Shop(shop, operators)) => return self.till.on_shop(*shop, operators),
            Input::News(News::Message(message)) => {
                return self.till.on_message(message, self.parts.journal.contents());
            }
            Input::Tick | Input::Stop => return,
        };
        if let Some(answer) = answer {
            // Nobody may wait any more: the window was closed.
            let _ = answer.send(result);
        }
    }

    /// Carries out what there is to do; a failed write leads to more.
    fn act(&mut self) {
        loop {
            let now = self.now.moment();
            let mut unwritten: Vec<Line> = Vec::new();
            for action in self.till.actions(now) {
                self.carry_out(action, now, &mut unwritten);
            }
            if unwritten.is_empty() {
                return;
            }
            for line in unwritten {
                self.till.on_journal_failed(&line, now);
            }
        }
    }

    fn carry_out(&mut self, action: Action, now: Moment, unwritten: &mut Vec<Line>) {
        match action {
            Action::Post(request) if unwritten.iter().any(|line| line.is_before_sending(request.id)) => {}
            Action::Cancel(id, _) if unwritten.iter().any(|line| line.is_before_sending(id)) => {}
            Action::Write(line) => {
                if let Err(error) = self.parts.journal.append(&line, now.at) {
                    tracing::error!(%error, "a line of the journal is missing");
                    unwritten.push(line);
                }
            }
            Action::Post(request) => {
                self.call(request.id, Call::Post, move |link: Link| async move { link.post(&request).await });
            }
            Action::Get(id, kind) => {
                self.call(id, Call::Get, move |link: Link| async move { link.get(id, kind).await });
            }
            Action::Cancel(id, kind) => {
                let by = self.till.by();
                self.call(id, Call::Cancel, move |link: Link| async move { link.cancel(id, kind, &by).await });
            }
            Action::Tell(event) => self.parts.screen.tell(&event),
            Action::LookAgain(code) => self.nudge(Nudge::LookAgain(code.map(Code::read))),
            Action::LookAgainAtShop => self.look_again(),
            Action::TryNext(code) => self.nudge(Nudge::TryNext(code.read())),
            Action::Ended(id, result) => {
                if let Some(answer) = self.waiting.remove(&id) {
                    let _ = answer.send(result);
                }
            }
            Action::Remember(settings) => {
                if let Err(error) = settings.save(&self.parts.data) {
                    tracing::warn!(%error, "the settings could not be remembered");
                }
            }
        }
    }

    /// Scanning that is behind, or that there is none of, needs no nudge.
    fn nudge(&self, nudge: Nudge) {
        if let Some(nudges) = &self.parts.nudges {
            let _ = nudges.try_send(nudge);
        }
    }

    /// Asks for the shop and its operators; without an answer the next connect does.
    fn look_again(&self) {
        let (link, inputs) = (self.parts.link.clone(), self.inputs.clone());
        let task = async move {
            if let Ok(news) = socket::look(&link).await {
                let _ = inputs.send(Input::News(news)).await;
            }
        };
        self.tracker.spawn_on(task, &self.runtime);
    }

    fn call<F>(&self, id: Uuid, call: Call, make: impl FnOnce(Link) -> F)
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        let reply = make(self.parts.link.clone());
        let inputs = self.inputs.clone();
        let task = async move {
            let reply = reply.await;
            let _ = inputs.send(Input::Reply { id, call, reply }).await;
        };
        self.tracker.spawn_on(task, &self.runtime);
    }
}
