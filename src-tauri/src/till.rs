//! The till: what a scan, an answer, a lost answer, a lamp or the passing of time lead to.
//!
//! Pure: no clock, no randomness, no disk, no network. `drive` feeds it and carries out its [`Action`]s in order.
//! One request is open at a time; until it is settled no other code is taken ("checking, do not scan again"), unless
//! the server has answered for a minute without settling it. Nothing is sent that is not in the journal, an id is
//! never sent again after a restart or a cancel, and one scan never has two ids.

use jiff::Timestamp;
use uuid::Uuid;

use crate::audit::Audit;
use crate::board::Board;
use crate::journal::{Contents, Line};
use crate::open::Open;
use crate::request::{About, By, Call, Code, Refusal, Reply, Request};
use crate::settings::Settings;
use crate::wire::{
    DoubtState, Failed, Habits, Language, LinkState, Operator, Preset, Redemption, RequestKind, ShopAnswer, Shown,
    Staff, TillEvent, local,
};

use amount::Typing;
pub use hear::{LampOf, Message};
use settle::refused;
use settled::Settled;

mod amount;
mod hear;
mod settle;
mod settled;
mod tell;

/// The largest amount of one request.
const AMOUNT_LIMIT: u64 = 1_000_000_000_000;
/// Open requests at once; only a server that answers nonsense for hours gets there.
const OPEN_LIMIT: usize = 64;

/// When something happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Milliseconds of a clock that never goes back.
    pub ms: u64,
    /// The time of day.
    pub at: Timestamp,
}

/// What the till wants done, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Into the journal; where that fails, what follows about the same request is left out.
    Write(Line),
    /// Send the request.
    Post(Request),
    /// Ask how it ended.
    Get(Uuid, RequestKind),
    /// Make it final and without effect.
    Cancel(Uuid, RequestKind),
    /// To the page.
    Tell(TillEvent),
    /// Another code was held up while this one was open: read what is in view again, but not this one.
    LookAgain(Option<Code>),
    /// The shop or its operators may be others now.
    LookAgainAtShop,
    /// Nothing was taken, and the same phone's next code may do better without leaving the picture.
    TryNext(Code),
    /// A request is settled: `Err` with why nothing was moved.
    Ended(Uuid, Result<Box<Redemption>, Failed>),
    /// To be remembered.
    Remember(Settings),
}

/// The result field.
#[derive(Debug)]
enum Focus {
    /// Waits for this one.
    Open(Uuid),
    /// Shows an end, or nothing yet.
    Shows {
        /// Whose end: the request's id, also where what is shown is an earlier one's.
        of: Option<Uuid>,
        shown: Shown,
    },
}

/// The state of one till.
#[derive(Debug)]
pub struct Till {
    link: LinkState,
    shop: Option<ShopAnswer>,
    staff: Staff,
    settings: Settings,
    open: Vec<Open>,
    focus: Focus,
    settled: Vec<Settled>,
    audit: Audit,
    board: Board,
    /// A code was in view that could not be taken yet.
    held_up: bool,
    typing: Typing,
    /// The newest choice of a preset.
    choice: u64,
    /// The last scan, if a PIN may turn its refusal.
    refused: Option<Request>,
    told: tell::Told,
    out: Vec<Action>,
}

impl Till {
    /// At start: what the journal left open is settled before the first scan.
    pub fn start(contents: &Contents, settings: Settings, now: Moment) -> Self {
        let restored = contents.open.iter();
        Self {
            link: LinkState::Connecting,
            shop: None,
            staff: Staff::default(),
            settings,
            open: restored.map(|open| Open::restored(open.request.clone(), open.cancelling, now.ms)).collect(),
            focus: Focus::Shows { of: None, shown: Shown::Idle },
            settled: Vec::new(),
            audit: Audit::default(),
            board: Board::default(),
            held_up: false,
            typing: Typing::default(),
            choice: 0,
            refused: None,
            told: tell::Told::default(),
            out: Vec::new(),
        }
    }

    /// A code, from the camera or typed, with an id for it. Refused here, nothing is sent.
    pub fn scan(&mut self, code: Code, id: Uuid, now: Moment) -> Result<(), Failed> {
        let again = self.open.iter().any(|open| open.request().about.code() == Some(code));
        if again {
            return Ok(());
        }
        if self.is_typing_amount() {
            self.held_up = true;
            return Err(Failed::new(local::BUSY));
        }
        let preset = match self.may_begin(now).and_then(|()| self.preset().ok_or(Failed::new(local::OFFLINE))) {
            Ok(preset) => preset,
            Err(failed) if failed.code == local::BUSY => {
                self.held_up = true;
                return Err(failed);
            }
            // It is the window's screen that says so, and the same phone may stay where it is.
            Err(failed) if failed.code == local::LOCKED => {
                self.out.push(Action::TryNext(code));
                return Err(failed);
            }
            Err(failed) => {
                let refusal = Refusal { code: failed.code.clone(), ..Refusal::default() };
                self.focus = Focus::Shows { of: Some(id), shown: refused(id, &refusal, now) };
                self.refused = None;
                self.out.push(Action::TryNext(code));
                return Err(failed);
            }
        };
        let Preset { unit, amount } = preset;
        let (about, by) = (About::Redemption { code }, self.by());
        self.take_off(Request { id, about, unit, amount, at: now.at, by }, now);
        Ok(())
    }

    /// The scan `of` once more, with what its refusal asked for; a new try is a new id. A PIN is one person's: it never goes
    /// with a scan that came meanwhile.
    pub fn again(&mut self, of: Uuid, id: Uuid, by: By, now: Moment) -> Result<(), Failed> {
        if self.refused.as_ref().is_none_or(|refused| refused.id != of) {
            return Err(Failed::new(local::SCAN_OVER));
        }
        self.may_begin(now)?;
        let refused = self.refused.take().ok_or(Failed::new(local::SCAN_OVER))?;
        let by = By { operator: self.staff.standing, ..by };
        self.take_off(Request { id, at: now.at, by, ..refused }, now);
        Ok(())
    }

    fn take_off(&mut self, request: Request, now: Moment) {
        self.refused = None;
        self.focus = Focus::Open(request.id);
        self.begin(request, now);
    }

    /// Who asks, at this till, now.
    pub fn by(&self) -> By {
        By { operator: self.staff.standing, ..By::default() }
    }

    /// Value that is moved without a scan. What a scan takes has its own way. An id that is open already is not begun again.
    pub fn move_value(&mut self, request: Request, now: Moment) -> Result<(), Failed> {
        if self.open.iter().any(|open| open.request().id == request.id) {
            return Ok(());
        }
        self.may_begin(now)?;
        let Request { id, about, unit, amount, by, at: _ } = request;
        if about.code().is_some() {
            return Err(Failed::new("malformed"));
        }
        self.check(&Preset { unit: unit.clone(), amount })?;
        let by = By { operator: self.staff.standing, ..by };
        self.begin(Request { id, about, unit, amount, at: now.at, by }, now);
        Ok(())
    }

    fn may_begin(&self, now: Moment) -> Result<(), Failed> {
        let blocked = self.open.len() >= OPEN_LIMIT || self.open.iter().any(|open| !open.is_parked(now.ms));
        if blocked {
            return Err(Failed::new(local::BUSY));
        }
        if self.staff.is_locked() {
            return Err(Failed::new(local::LOCKED));
        }
        match self.link {
            LinkState::Online => Ok(()),
            LinkState::Connecting | LinkState::Offline => Err(Failed::new(local::OFFLINE)),
            LinkState::Revoked => Err(Failed::new("token_invalid")),
        }
    }

    /// How many requests there are whose outcome is not known.
    pub fn unsettled(&self) -> usize {
        self.open.len()
    }

    fn begin(&mut self, request: Request, now: Moment) {
        self.out.push(Action::Write(Line::Open(request.clone())));
        self.open.push(Open::new(request, now.ms));
    }

    /// A line could not be written, and what it was to be written for was left out.
    pub fn on_journal_failed(&mut self, line: &Line, now: Moment) {
        match line {
            Line::Open(request) => self.never_sent(request.id, now),
            Line::Cancelling { id } => {
                for open in self.open.iter_mut().filter(|open| open.request().id == *id) {
                    open.on_cancel_unwritten(now.ms);
                }
            }
            // Only means that the server is asked once more after the next start.
            Line::Closed(_) | Line::Epoch { .. } => {}
        }
    }

    fn never_sent(&mut self, id: Uuid, now: Moment) {
        let Some(place) = self.open.iter().position(|open| open.request().id == id) else { return };
        if let Some(code) = self.open.remove(place).request().about.code() {
            self.out.push(Action::TryNext(code));
        }
        self.out.push(Action::Ended(id, Err(Failed::new(local::JOURNAL_FAILED))));
        if matches!(self.focus, Focus::Open(open) if open == id) {
            let refusal = Refusal { code: local::JOURNAL_FAILED.to_owned(), ..Refusal::default() };
            self.focus = Focus::Shows { of: Some(id), shown: refused(id, &refusal, now) };
        }
    }

    /// The merchant's "cancel for sure".
    pub fn cancel(&mut self, id: Uuid, now: Moment) -> Result<(), Failed> {
        let found = self.open.iter_mut().find(|open| open.request().id == id);
        match found.map(|open| (open.state(now.ms), open)) {
            Some((DoubtState::CanCancel, open)) => {
                open.cancel(None, now.ms);
                Ok(())
            }
            Some((DoubtState::Cancelling, _)) => Ok(()),
            Some(_) => Err(Failed::new(local::BUSY)),
            None => Err(Failed::new("not_found")),
        }
    }

    /// What the next scan takes; also what was held up while it was typed.
    pub fn set_preset(&mut self, preset: Preset, choice: u64, now: Moment) -> Result<(), Failed> {
        if choice < self.choice {
            // A later one overtook it.
            return Ok(());
        }
        self.check(&preset).inspect_err(|_| self.drop_what_was_held())?;
        (self.settings.preset, self.choice) = (Some(preset), choice);
        self.out.push(Action::Remember(self.settings.clone()));
        self.type_amount(false, now);
        Ok(())
    }

    /// The page's language.
    pub fn set_language(&mut self, language: Language) {
        self.settings.language = Some(language);
        self.out.push(Action::Remember(self.settings.clone()));
    }

    /// What this till is used to.
    pub fn set_habits(&mut self, habits: Habits) {
        self.settings.habits = habits;
        self.out.push(Action::Remember(self.settings.clone()));
    }

    fn check(&self, preset: &Preset) -> Result<(), Failed> {
        let shop = self.shop.as_ref().ok_or(Failed::new(local::OFFLINE))?;
        if !shop.units.iter().any(|unit| unit.unit == preset.unit) {
            return Err(Failed::new("unit_unknown"));
        }
        if (1..=AMOUNT_LIMIT).contains(&preset.amount) { Ok(()) } else { Err(Failed::new("amount_invalid")) }
    }

    /// Whether the server can be reached.
    pub fn on_link(&mut self, link: LinkState) {
        self.link = link;
    }

    /// The shop, as the server describes it, and who may stand at its tills.
    pub fn on_shop(&mut self, shop: ShopAnswer, operators: Vec<Operator>) {
        self.shop = Some(shop);
        let open = |id| operators.iter().any(|known| known.id == id && known.open && !known.disabled);
        self.staff.standing = self.staff.standing.filter(|id| open(*id));
        self.staff.operators = operators;
    }

    /// Who stands at the till from now on; nobody: it is locked.
    pub fn stand(&mut self, operator: Option<u64>) {
        self.staff.standing = operator;
        self.refused = None;
    }

    /// What came of a call about a request.
    pub fn on_reply(&mut self, id: Uuid, call: Call, reply: Reply, now: Moment) {
        if let Some(place) = self.open.iter().position(|open| open.request().id == id) {
            if let Some(end) = self.open[place].on_reply(call, reply, now.ms) {
                self.settle(place, end, now);
            }
        } else if call == Call::Get {
            self.audit.on_reply(id, &reply, now.ms);
        }
    }

    /// What the next scan takes: what was chosen, if the shop still has it.
    fn preset(&self) -> Option<Preset> {
        let shop = self.shop.as_ref()?;
        let chosen = self.settings.preset.clone().filter(|preset| self.check(preset).is_ok());
        chosen.or_else(|| shop.first_preset())
    }

    /// All there is to do now. Call it after every input, and about every 100 ms.
    pub fn actions(&mut self, now: Moment) -> Vec<Action> {
        for open in &mut self.open {
            let (id, kind) = (open.request().id, open.request().about.kind());
            for call in open.due(now.ms) {
                if open.must_write_cancel(call) {
                    self.out.push(Action::Write(Line::Cancelling { id }));
                }
                self.out.push(match call {
                    Call::Post => Action::Post(open.request().clone()),
                    Call::Get => Action::Get(id, kind),
                    Call::Cancel => Action::Cancel(id, kind),
                });
            }
        }
        let questions = self.audit.due(now.ms);
        self.out.extend(questions.into_iter().map(|(id, kind)| Action::Get(id, kind)));
        if let Some(epoch) = self.audit.finished() {
            self.out.push(Action::Write(Line::Epoch { epoch }));
        }
        self.forget_settled(now);
        self.tell(now);
        std::mem::take(&mut self.out)
    }
}

#[cfg(test)]
mod tests;
