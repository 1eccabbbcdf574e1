//! Adding value: what was paid for, and what the shop gives on top. Another bonus than its rules give is a manager's.
//!
//! Pure; `book` has answered repeated ids already.

use crate::approve;
use crate::book::{Book, Draft};
use crate::id::{CustomerId, OperatorId};
use crate::ledger::{EntryKind, OwnAccount, Split, leg};
use crate::limits::BonusRule;
use crate::outcome::Outcome;
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::unit::{Amount, Unit};

/// Settles a top-up whose id is new.
pub fn settle(book: &mut Book, request: &Request) -> Outcome {
    let Wish::TopUp { customer, amount, bonus, .. } = request.wish else { return Outcome::IdMismatch };
    match decide(book, request, customer, amount, bonus) {
        Ok((unit, split, approver)) => record(book, request, customer, &unit, split, approver),
        Err(refusal) => book.refuse(request, refusal, None),
    }
}

fn decide(
    book: &mut Book,
    request: &Request,
    customer: CustomerId,
    amount: i64,
    bonus: Option<i64>,
) -> Result<(Unit, Split, Option<OperatorId>), Refusal> {
    book.customer(request.shop, customer)?;
    let unit = book.unit(request.shop, &book.unit_text(request)).ok_or(Refusal::UnitUnknown)?;
    let terms = book.shop(request.shop).terms(&unit);
    if terms.retired {
        return Err(Refusal::UnitUnknown);
    }
    let principal = Amount::new(amount).ok_or(Refusal::AmountInvalid)?.get();
    let rules = book.bonus_rules.get(&(request.shop, unit.clone())).map_or(&[][..], Vec::as_slice);
    let by_rule = BonusRule::of(rules, principal);
    let bonus = bonus.unwrap_or(by_rule);
    if bonus != 0 {
        Amount::new(bonus).ok_or(Refusal::AmountInvalid)?;
    }
    if book.held(customer, &unit).total() + principal + bonus > terms.room() {
        return Err(Refusal::LimitExceeded);
    }
    let approver = if bonus == by_rule { None } else { approve::manager(book, request)? };
    Ok((unit, Split { principal, bonus }, approver))
}

fn record(
    book: &mut Book,
    request: &Request,
    customer: CustomerId,
    unit: &Unit,
    split: Split,
    approver: Option<OperatorId>,
) -> Outcome {
    let shop = book.shop(request.shop);
    let date = shop.terms(unit).expiry(shop, book.at(request.shop));
    book.extend(customer, unit, date);
    let draft = |kind, leg, own, split| Draft { leg, gain: true, split, ..Draft::new(kind, customer, unit, own) };
    let Split { principal, bonus } = split;
    let mut drafts = vec![draft(EntryKind::TopUp, leg::MAIN, OwnAccount::Cash, Split { principal, bonus: 0 })];
    if bonus != 0 {
        drafts.push(draft(EntryKind::Bonus, leg::SECOND, OwnAccount::Promotion, Split { principal: 0, bonus }));
    }
    let recorded = book.record(request, approver, drafts);
    book.recorded_now(request, recorded)
}
