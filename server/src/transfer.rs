//! Value on its way from one customer of a shop to another.
//!
//! Pure; `book` has answered repeated ids already. Two entries of one request through the shop's transit account,
//! which is empty after every request. Both customers are told.

use crate::approve;
use crate::book::{Book, Draft};
use crate::id::CustomerId;
use crate::ledger::{EntryKind, OwnAccount, Split, leg};
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::unit::{Amount, Unit};

/// Settles a transfer whose id is new.
pub fn settle(book: &mut Book, request: &Request) -> Outcome {
    let Wish::Transfer { customer, to, amount, .. } = request.wish else { return Outcome::IdMismatch };
    let decided = decide(book, request, (customer, to), amount)
        .and_then(|(unit, split)| Ok((unit, split, approve::manager(book, request)?)));
    let (unit, split, approver) = match decided {
        Ok(decided) => decided,
        Err(refusal) => return book.refuse(request, refusal, None),
    };
    let date = book.accounts.get(&(customer, unit.clone())).and_then(|account| account.expires_at);
    book.extend(to, &unit, date);
    let draft = |leg, customer, peer, gain| Draft {
        leg,
        gain,
        split,
        peer: Some(peer),
        ..Draft::new(EntryKind::Transfer, customer, &unit, OwnAccount::Transit)
    };
    let drafts = vec![draft(leg::MAIN, customer, to, false), draft(leg::SECOND, to, customer, true)];
    let recorded = book.record(request, approver, drafts);
    book.recorded_now(request, recorded)
}

/// The unit, and the parts that move: all that there is, or in the shop's order.
fn decide(
    book: &Book,
    request: &Request,
    (customer, to): (CustomerId, CustomerId),
    amount: Option<i64>,
) -> Result<(Unit, Split), Refusal> {
    let (source, target) = (book.customer(request.shop, customer)?, book.customer(request.shop, to)?);
    if source.frozen || target.frozen {
        return Err(Refusal::Frozen);
    }
    let unit = book.unit(request.shop, &book.unit_text(request)).ok_or(Refusal::UnitUnknown)?;
    let shop = book.shop(request.shop);
    let nothing = Refusal::InsufficientBalance { balance: 0 };
    let held = book.held(customer, &unit);
    if amount.is_none() && held.total() == 0 {
        return Err(nothing);
    }
    let amount = Amount::new(amount.unwrap_or(held.total())).ok_or(Refusal::AmountInvalid)?.get();
    if book.held(to, &unit).total() + amount > shop.terms(&unit).room() {
        return Err(Refusal::LimitExceeded);
    }
    let account = book.accounts.get(&(customer, unit.clone())).ok_or(nothing)?;
    if account.is_expired(book.at(request.shop)) {
        return Err(Refusal::PassExpired);
    }
    let split = held.take(amount, shop.redeem_order);
    Ok((unit, split.ok_or(Refusal::InsufficientBalance { balance: held.total() })?))
}
