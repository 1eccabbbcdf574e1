//! Adding value: what was paid for, and what the shop gives on top.
//!
//! Pure; `book` has answered repeated ids already.

use crate::book::{Book, Draft};
use crate::id::CustomerId;
use crate::ledger::{EntryKind, OwnAccount, Split, leg};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::unit::{Amount, MAX_BALANCE};

/// Settles a top-up whose id is new.
pub fn settle(book: &mut Book, request: &Request) -> Outcome {
    let Wish::TopUp { customer, amount, bonus, .. } = request.wish else { return Outcome::IdMismatch };
    match decide(book, request, customer, amount, bonus) {
        Ok(drafts) => {
            let recorded = book.record(request, drafts);
            book.recorded_now(request, recorded)
        }
        Err(refusal) => book.refuse(request, refusal, None),
    }
}

fn decide(
    book: &Book,
    request: &Request,
    customer: CustomerId,
    amount: i64,
    bonus: i64,
) -> Result<Vec<Draft>, Refusal> {
    book.customers.get(&customer).filter(|known| known.shop == request.shop).ok_or(Refusal::NotFound)?;
    let unit = book.unit(request.shop, &book.unit_text(request)).ok_or(Refusal::UnitUnknown)?;
    let principal = Amount::new(amount).ok_or(Refusal::AmountInvalid)?.get();
    if bonus != 0 {
        Amount::new(bonus).ok_or(Refusal::AmountInvalid)?;
    }
    if book.held(customer, &unit).total() + principal + bonus > MAX_BALANCE {
        return Err(Refusal::LimitExceeded);
    }
    let draft = |kind, leg, own, split| Draft {
        kind,
        leg,
        customer,
        unit: unit.clone(),
        own,
        gain: true,
        split,
        credential: None,
        step: None,
        reverses: None,
    };
    let paid = draft(EntryKind::TopUp, leg::MAIN, OwnAccount::Cash, Split { principal, bonus: 0 });
    let given = draft(EntryKind::Bonus, leg::BONUS, OwnAccount::Promotion, Split { principal: 0, bonus });
    Ok(if bonus == 0 { vec![paid] } else { vec![paid, given] })
}
