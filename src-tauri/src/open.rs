//! One open request: what to call when, and what the merchant is told meanwhile.
//!
//! Pure; time comes in as milliseconds of a clock that never goes back. The table "when the outcome is unknown":
//! no answer in 3 s: checking, ask every 0.5 s, the same id may be sent again; unknown for 10 s to a server that
//! answers: it can be cancelled for sure; no server: in doubt, and asking goes on. After a restart nothing is sent
//! again: what the server does not know is cancelled.

use crate::journal::{Closed, Outcome};
use crate::request::{Call, Refusal, Reply, Request};
use crate::wire::{Asked, Doubt, DoubtState, Redemption, Shown};

/// Without an answer for so long: "checking, do not scan again".
pub const CHECKING_AFTER_MS: u64 = 3_000;
/// Between two questions.
pub const ASK_EVERY_MS: u64 = 500;
/// Between two questions to a server that does not answer, or that refuses us.
pub const ASK_SLOWLY_EVERY_MS: u64 = 2_000;
/// Without any answer for so long the server counts as unreachable.
pub const UNREACHABLE_AFTER_MS: u64 = 6_000;
/// Unknown for so long to a server that answers: the merchant may cancel.
pub const CANCEL_AFTER_MS: u64 = 10_000;
/// The same id is not sent again later: the customer may have left.
pub const REPEAT_WITHIN_MS: u64 = 30_000;
/// Between two sendings of the same id, unless the server asks for more.
pub const REPEAT_EVERY_MS: u64 = 1_000;
/// A server that answers but settles nothing for so long does not hold up the queue: on the list, and on.
pub const PARK_AFTER_MS: u64 = 60_000;

/// How a request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// In the books.
    Recorded(Box<Redemption>),
    /// Nothing moved.
    Refused(Refusal),
    /// Final and without effect; it had been `was`.
    Cancelled {
        /// `unknown`, `refused` or `recorded`.
        was: String,
    },
}

/// Whether the request may still be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sending {
    /// From this time on.
    From { at_ms: u64 },
    /// Only after the server said that it does not know it.
    OnceUnknown,
    /// Never again.
    Over,
}

/// What the calls are for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Aim {
    /// Learn how it ended.
    Learn,
    /// Make it final and without effect; with the refusal that made the till do so by itself.
    Cancel { because: Option<String> },
}

/// A request whose end is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    request: Request,
    /// Begun before the last restart.
    restored: bool,
    begun_ms: u64,
    sending: Sending,
    aim: Aim,
    /// The journal says that it is being cancelled. It must, before a cancel leaves: one that is slow on its way may
    /// arrive after a restart, and by then nobody may have read "recorded" off the screen.
    cancel_written: bool,
    /// Calls that have neither been answered nor lost; at most one of each kind.
    flying: Vec<Call>,
    next_ask_ms: u64,
    last_sent_ms: u64,
    last_answer_ms: Option<u64>,
    /// Since when every call was answered, and nothing settled.
    answering_since_ms: Option<u64>,
    /// What the server said last instead of settling it.
    code: Option<String>,
}

impl Open {
    /// To be sent now, its line being in the journal.
    pub fn new(request: Request, now_ms: u64) -> Self {
        Self {
            request,
            restored: false,
            begun_ms: now_ms,
            sending: Sending::From { at_ms: now_ms },
            aim: Aim::Learn,
            cancel_written: false,
            flying: Vec::new(),
            next_ask_ms: now_ms + CHECKING_AFTER_MS,
            last_sent_ms: now_ms,
            last_answer_ms: None,
            answering_since_ms: None,
            code: None,
        }
    }

    /// Found open in the journal at start: never sent again.
    pub fn restored(request: Request, cancelling: bool, now_ms: u64) -> Self {
        let aim = if cancelling { Aim::Cancel { because: None } } else { Aim::Learn };
        Self {
            restored: true,
            sending: Sending::Over,
            aim,
            cancel_written: cancelling,
            next_ask_ms: now_ms,
            ..Self::new(request, now_ms)
        }
    }

    /// What is being settled.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Whether it was begun before the last restart.
    pub fn is_restored(&self) -> bool {
        self.restored
    }

    /// The calls to make now; each counts as under way until its reply comes.
    pub fn due(&mut self, now_ms: u64) -> Vec<Call> {
        let mut calls = Vec::new();
        let ask = match self.aim {
            Aim::Learn => Call::Get,
            Aim::Cancel { .. } => Call::Cancel,
        };
        if matches!(self.sending, Sending::From { at_ms } if now_ms >= at_ms) && self.may_send(now_ms) {
            calls.push(Call::Post);
            self.last_sent_ms = now_ms;
            self.sending = Sending::OnceUnknown;
        }
        if now_ms >= self.next_ask_ms && !self.flying.contains(&ask) {
            calls.push(ask);
        }
        self.flying.extend(&calls);
        calls
    }

    /// Whether the journal has to be told, once, before this call.
    pub fn must_write_cancel(&mut self, call: Call) -> bool {
        call == Call::Cancel && !std::mem::replace(&mut self.cancel_written, true)
    }

    /// The journal could not be told: the cancel did not leave, and is tried again.
    pub fn on_cancel_unwritten(&mut self, now_ms: u64) {
        self.cancel_written = false;
        self.on_reply(Call::Cancel, Reply::Lost, now_ms);
    }

    fn may_send(&self, now_ms: u64) -> bool {
        now_ms < self.begun_ms + REPEAT_WITHIN_MS && !self.flying.contains(&Call::Post)
    }

    /// Takes in what came of a call; the end, if that settles it.
    pub fn on_reply(&mut self, call: Call, reply: Reply, now_ms: u64) -> Option<End> {
        self.flying.retain(|flying| *flying != call);
        if reply == Reply::Lost {
            self.answering_since_ms = None;
            self.next_ask_ms = if call == Call::Post { now_ms } else { now_ms + self.pace_ms(now_ms) };
            return None;
        }
        self.last_answer_ms = Some(now_ms);
        self.answering_since_ms.get_or_insert(now_ms);
        match reply {
            // The cancel under way makes it final whatever this says.
            Reply::Recorded(_) if matches!(self.aim, Aim::Cancel { .. }) => None,
            Reply::Recorded(redemption) => Some(End::Recorded(redemption)),
            Reply::Refused(refusal) => Some(End::Refused(refusal)),
            Reply::Cancelled { was } => Some(self.cancelled(was)),
            Reply::Known => {
                self.sending = Sending::Over;
                self.aim = Aim::Learn;
                self.next_ask_ms = if call == Call::Post { now_ms } else { now_ms + ASK_EVERY_MS };
                None
            }
            Reply::Unknown => {
                self.on_unknown(now_ms);
                None
            }
            Reply::NotFinal { code, repeatable, retry_after_s } => {
                self.on_not_final(call, code, repeatable, retry_after_s, now_ms);
                None
            }
            Reply::Lost => None,
        }
    }

    fn cancelled(&self, was: String) -> End {
        match &self.aim {
            Aim::Cancel { because: Some(code) } if was == "unknown" => {
                End::Refused(Refusal { code: code.clone(), ..Refusal::default() })
            }
            Aim::Cancel { .. } | Aim::Learn => End::Cancelled { was },
        }
    }

    /// What the server said against it stays: it is why it is unknown.
    fn on_unknown(&mut self, now_ms: u64) {
        self.next_ask_ms = now_ms + ASK_EVERY_MS;
        if self.sending == Sending::OnceUnknown {
            self.sending = Sending::From { at_ms: now_ms.max(self.last_sent_ms + REPEAT_EVERY_MS) };
        }
        if self.restored && self.aim == Aim::Learn {
            self.cancel(None, now_ms);
        }
    }

    fn on_not_final(&mut self, call: Call, code: String, repeatable: bool, retry_after_s: Option<u64>, now_ms: u64) {
        let retry_ms = retry_after_s.map(|seconds| seconds * 1_000);
        let pace_ms = if repeatable { ASK_EVERY_MS } else { ASK_SLOWLY_EVERY_MS };
        self.next_ask_ms = now_ms + retry_ms.unwrap_or(pace_ms);
        match (call, repeatable) {
            (Call::Post, true) if self.sending == Sending::OnceUnknown => {
                self.sending = Sending::From { at_ms: now_ms + retry_ms.unwrap_or(REPEAT_EVERY_MS) };
            }
            (Call::Post, false) if matches!(self.aim, Aim::Learn) => self.cancel(Some(code.clone()), now_ms),
            (Call::Post | Call::Get | Call::Cancel, _) => {}
        }
        self.code = Some(code);
    }

    /// From now on it is only made final: it is never sent again.
    pub fn cancel(&mut self, because: Option<String>, now_ms: u64) {
        self.sending = Sending::Over;
        self.aim = Aim::Cancel { because };
        self.next_ask_ms = now_ms;
    }

    fn pace_ms(&self, now_ms: u64) -> u64 {
        if self.unreachable(now_ms) { ASK_SLOWLY_EVERY_MS } else { ASK_EVERY_MS }
    }

    fn unreachable(&self, now_ms: u64) -> bool {
        now_ms >= self.last_answer_ms.unwrap_or(self.begun_ms) + UNREACHABLE_AFTER_MS
    }

    fn answering_ms(&self, now_ms: u64) -> u64 {
        self.answering_since_ms.map_or(0, |since_ms| now_ms - since_ms)
    }

    /// Whether it no longer holds up the next customer.
    pub fn is_parked(&self, now_ms: u64) -> bool {
        self.answering_ms(now_ms) >= PARK_AFTER_MS
    }

    /// Whether the merchant has to know of it although the result field does not show it.
    pub fn is_in_doubt(&self, now_ms: u64) -> bool {
        self.restored || self.state(now_ms) != DoubtState::Asking || now_ms >= self.begun_ms + CHECKING_AFTER_MS
    }

    /// A line of the list of those in doubt.
    pub fn doubt(&self, state: DoubtState) -> Doubt {
        let Asked { id, unit, amount, since } = self.request.asked();
        let about = &self.request.about;
        Doubt { id, kind: about.kind(), customer: about.customer(), of: about.undoes(), unit, amount, since, state }
    }

    /// The journal's last line about it.
    pub fn closed(&self, end: &End) -> Closed {
        let Request { id, about, unit, amount, at, by: _ } = self.request.clone();
        let outcome = match end {
            End::Recorded(_) => Outcome::Recorded,
            End::Refused(_) => Outcome::Refused,
            End::Cancelled { .. } => Outcome::Cancelled,
        };
        Closed { id, kind: about.kind(), unit, amount, at, outcome }
    }

    /// How it stands, for the list of those in doubt.
    pub fn state(&self, now_ms: u64) -> DoubtState {
        match self.aim {
            Aim::Cancel { .. } => DoubtState::Cancelling,
            Aim::Learn if self.answering_ms(now_ms) >= CANCEL_AFTER_MS => DoubtState::CanCancel,
            Aim::Learn if self.unreachable(now_ms) => DoubtState::Unreachable,
            Aim::Learn => DoubtState::Asking,
        }
    }

    /// How it stands, for the result field.
    pub fn shown(&self, now_ms: u64) -> Shown {
        let asked = self.request.asked();
        let in_doubt = |can_cancel| Shown::InDoubt { asked: asked.clone(), can_cancel, code: self.code.clone() };
        match self.state(now_ms) {
            _ if now_ms < self.begun_ms + CHECKING_AFTER_MS => Shown::Sending(asked),
            DoubtState::CanCancel => in_doubt(true),
            DoubtState::Unreachable | DoubtState::Cancelling => in_doubt(false),
            DoubtState::Asking
            | DoubtState::Recorded
            | DoubtState::Refused
            | DoubtState::Cancelled
            | DoubtState::Gone => Shown::Checking(asked),
        }
    }
}
