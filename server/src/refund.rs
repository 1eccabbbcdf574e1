//! Paying out what is left of what was paid for; the rest may be given up with it.
//!
//! Pure; `book` has answered repeated ids already. It reaches expired accounts too: a date takes nothing away.

use crate::approve;
use crate::book::{Book, Draft};
use crate::ledger::{EntryKind, OwnAccount, Split, leg};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::unit::Amount;

/// Settles a refund whose id is new.
pub fn settle(book: &mut Book, request: &Request) -> Outcome {
    let decided = decide(book, request);
    approve::record(book, request, decided)
}

fn decide(book: &Book, request: &Request) -> Result<Vec<Draft>, Refusal> {
    let Wish::Refund { customer, amount, forfeit_bonus, .. } = request.wish else { return Err(Refusal::NotFound) };
    if book.customer(request.shop, customer)?.frozen {
        return Err(Refusal::Frozen);
    }
    let unit = book.unit(request.shop, &book.unit_text(request)).ok_or(Refusal::UnitUnknown)?;
    let held = book.held(customer, &unit);
    if amount.is_none() && held.principal == 0 {
        return Err(Refusal::InsufficientBalance { balance: 0 });
    }
    let principal = Amount::new(amount.unwrap_or(held.principal)).ok_or(Refusal::AmountInvalid)?.get();
    if principal > held.principal {
        return Err(Refusal::InsufficientBalance { balance: held.principal });
    }
    let draft = |leg, own, split| Draft { leg, split, ..Draft::new(EntryKind::Refund, customer, &unit, own) };
    let mut drafts = vec![draft(leg::MAIN, OwnAccount::Cash, Split { principal, bonus: 0 })];
    if forfeit_bonus && held.bonus > 0 {
        drafts.push(draft(leg::SECOND, OwnAccount::Promotion, Split { principal: 0, bonus: held.bonus }));
    }
    Ok(drafts)
}
