//! The end of a request: into the journal, to the screen, and on to who is next.

use uuid::Uuid;

use super::{Action, Focus, Moment, Till};
use crate::journal::Line;
use crate::open::{End, Open};
use crate::request::{Refusal, Request, rfc3339};
use crate::wire::{DoubtState, Failed, Refused, Shown, local};

/// Refusals of this very code that say nothing against the phone's next one. `code_used` is not among them: the
/// customer has paid somewhere, and must not pay again by holding still.
const NEXT_CODE_MAY_DO: [&str; 5] =
    ["code_expired", "code_invalid", "too_many_attempts", local::OFFLINE, local::JOURNAL_FAILED];

/// Refusals of a scan that somebody's PIN may turn.
const TRY_AGAIN: [&str; 3] = ["pin_required", "pin_wrong", "approval_required"];
/// What a shop with operators answers to who has no session open, among others.
const NO_SESSION: &str = "forbidden";
/// What the server's list calls a request that was made final without effect.
const CANCELLED: &str = "cancelled";

impl Till {
    pub(super) fn settle(&mut self, place: usize, end: End, now: Moment) {
        let open = self.open.remove(place);
        let id = open.request().id;
        self.out.push(Action::Write(Line::Closed(open.closed(&end))));
        let (ended, state) = match &end {
            End::Recorded(redemption) => (Ok(redemption.clone()), DoubtState::Recorded),
            End::Refused(refusal) => (Err(Failed::new(&refusal.code)), DoubtState::Refused),
            End::Cancelled { .. } => (Err(Failed::new(CANCELLED)), DoubtState::Cancelled),
        };
        self.out.push(Action::Ended(id, ended));
        let code = open.request().about.code();
        self.list_what_moved_nothing(&open, &end, now);
        if let (End::Refused(refusal), Some(code)) = (&end, code) {
            self.refused = TRY_AGAIN.contains(&refusal.code.as_str()).then(|| open.request().clone());
            if NEXT_CODE_MAY_DO.contains(&refusal.code.as_str()) {
                self.out.push(Action::TryNext(code));
            }
        }
        if let End::Refused(refusal) = &end
            && refusal.code == NO_SESSION
        {
            self.out.push(Action::LookAgainAtShop);
        }
        if open.is_in_doubt(now.ms) {
            let mut doubt = open.doubt(state);
            // Of a damaged line of the journal.
            if let End::Recorded(redemption) = &end
                && doubt.amount == 0
            {
                (doubt.unit, doubt.amount) = (redemption.unit.clone(), redemption.amount);
            }
            self.list_settled(doubt, open.is_restored(), now);
        }
        if matches!(self.focus, Focus::Open(focus) if focus == id) {
            self.focus = Focus::Shows { of: Some(id), shown: self.shown(open.request(), end, now) };
        }
        if self.held_up && !self.is_typing_amount() && self.may_begin(now).is_ok() {
            self.held_up = false;
            self.out.push(Action::LookAgain(code));
        }
    }

    /// Among the entries: every scan that took nothing, and what was in doubt and moved nothing. Where a sheet is open it says
    /// by itself why nothing was moved.
    fn list_what_moved_nothing(&mut self, open: &Open, end: &End, now: Moment) {
        let request = open.request();
        let code = match end {
            End::Recorded(_) => return,
            End::Refused(refusal) => refusal.code.as_str(),
            End::Cancelled { .. } => CANCELLED,
        };
        if request.about.code().is_some() || open.is_in_doubt(now.ms) {
            self.board.refusal(request.id, request.about.kind(), code.to_owned(), rfc3339(now.at));
            self.told.entries_changed = true;
        }
    }

    fn shown(&self, request: &Request, end: End, now: Moment) -> Shown {
        match end {
            End::Recorded(mut redemption) => {
                // The lamp may have come before the answer.
                redemption.lamp = redemption.lamp.max(self.board.lamp_of(redemption.id));
                Shown::Recorded { redemption }
            }
            End::Refused(mut refusal) => {
                refusal.unit.get_or_insert_with(|| request.unit.clone());
                let Shown::Refused(refused) = refused(request.id, &refusal, now) else { return Shown::Idle };
                Shown::Refused(Refused { amount: Some(request.amount), ..refused })
            }
            End::Cancelled { was } => Shown::Cancelled { id: request.id, was, at: rfc3339(now.at) },
        }
    }
}

/// Nothing was taken, and why.
pub(super) fn refused(id: Uuid, refusal: &Refusal, now: Moment) -> Shown {
    Shown::Refused(Refused {
        id,
        code: refusal.code.clone(),
        customer: refusal.customer.clone(),
        unit: refusal.unit.clone(),
        amount: None,
        balance: refusal.balance,
        clock_difference_s: refusal.clock_difference_s,
        at: rfc3339(now.at),
    })
}
