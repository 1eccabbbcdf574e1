//! Corrections by hand, up or down, with a reason.
//!
//! Pure; `book` has answered repeated ids already. It reaches frozen customers and expired accounts too.

use crate::approve;
use crate::book::{Book, Draft};
use crate::ledger::{EntryKind, OwnAccount, Split, leg};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::unit::{MAX_AMOUNT, MAX_BALANCE};

/// Settles an adjustment whose id is new.
pub fn settle(book: &mut Book, request: &Request) -> Outcome {
    let decided = decide(book, request);
    approve::record(book, request, decided)
}

fn decide(book: &Book, request: &Request) -> Result<Vec<Draft>, Refusal> {
    let Wish::Adjust { customer, amount, bonus, .. } = request.wish else { return Err(Refusal::NotFound) };
    book.customer(request.shop, customer)?;
    let unit = book.unit(request.shop, &book.unit_text(request)).ok_or(Refusal::UnitUnknown)?;
    let valid = -MAX_AMOUNT..=MAX_AMOUNT;
    if !valid.contains(&amount) || !valid.contains(&bonus) || (amount == 0 && bonus == 0) {
        return Err(Refusal::AmountInvalid);
    }
    let held = book.held(customer, &unit);
    let after = held.plus(Split { principal: amount, bonus });
    if after.principal < 0 || after.bonus < 0 {
        return Err(Refusal::InsufficientBalance { balance: held.total() });
    }
    if after.total() > MAX_BALANCE {
        return Err(Refusal::LimitExceeded);
    }
    let gains = Split { principal: amount.max(0), bonus: bonus.max(0) };
    let takes = Split { principal: (-amount).max(0), bonus: (-bonus).max(0) };
    // What takes comes first, so that no balance in between is beyond what an account may hold.
    let moves = [(takes, false), (gains, true)].into_iter().filter(|(split, _)| split.total() > 0);
    let drafts = moves.zip([leg::MAIN, leg::SECOND]).map(|((split, gain), leg)| Draft {
        leg,
        gain,
        split,
        ..Draft::new(EntryKind::Adjustment, customer, &unit, OwnAccount::Adjustment)
    });
    Ok(drafts.collect())
}
