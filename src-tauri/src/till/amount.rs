//! While somebody types what is taken, nothing is taken: neither the amount before nor half of the new one is meant.
//!
//! A code in the camera's view is read again once the amount stands; one that was typed or read by a hand scanner is no longer
//! in view, so it is kept meanwhile, and taken then unless that is too long ago.

use uuid::Uuid;

use super::{Action, Moment, Till};
use crate::request::Code;
use crate::wire::{Failed, Hint};

/// Whoever showed a code longer ago may have left.
const KEPT_FOR_MS: u64 = 30_000;

/// Whether an amount is being typed, and what waits for it.
#[derive(Debug, Default)]
pub(super) struct Typing {
    open: bool,
    kept: Option<(Code, Uuid, u64)>,
}

impl Till {
    /// A code that came by hand, with an id for it.
    pub fn scan_by_hand(&mut self, code: Code, id: Uuid, now: Moment) -> Result<(), Failed> {
        if !self.is_typing_amount() {
            return self.scan(code, id, now);
        }
        self.held_up = true;
        self.typing.kept = Some((code, id, now.ms));
        Ok(())
    }

    /// An amount is being typed from now on, or no longer: then what was held up is taken.
    pub fn type_amount(&mut self, open: bool, now: Moment) {
        if std::mem::replace(&mut self.typing.open, open) && !open {
            self.take_what_was_held(now);
        }
    }

    /// What was typed is no amount: what waited for it is not taken with another one.
    pub(super) fn drop_what_was_held(&mut self) {
        if std::mem::take(&mut self.typing).open {
            self.held_up = false;
        }
    }

    pub(super) fn is_typing_amount(&self) -> bool {
        self.typing.open
    }

    fn take_what_was_held(&mut self, now: Moment) {
        let kept = self.typing.kept.take().filter(|(_, _, at_ms)| now.ms < at_ms + KEPT_FOR_MS);
        if let Some((code, id, _)) = kept {
            self.held_up = false;
            // Why nothing is taken is said in the result field.
            let _ = self.scan(code, id, now);
        } else if self.held_up && self.may_begin(now).is_ok() {
            self.held_up = false;
            self.out.push(Action::LookAgain(None));
        }
    }

    pub(super) fn hint(&self) -> Hint {
        match (self.held_up, self.typing.open, self.open.is_empty()) {
            (true, true, _) => Hint::Amount,
            (true, false, false) => Hint::Wait,
            (true, false, true) | (false, _, _) => Hint::None,
        }
    }
}
