//! Who acts, and whether a manager stands behind it.
//!
//! Pure; `book` and the rules ask. In a shop without operators the owner is meant and nobody is asked. The edge has
//! compared the PINs; here the wrong ones are counted, in the order of the books.

use crate::book::{Book, Draft};
use crate::code::CredentialNumber;
use crate::id::OperatorId;
use crate::operator::{Approval, Role};
use crate::outcome::Outcome;
use crate::pin::{Check, Tries};
use crate::refusal::Refusal;
use crate::request::Request;

/// Whether the operator whom a request names has a session open on its terminal.
///
/// # Errors
/// `Forbidden` in a shop with operators if none is named or theirs is not open.
pub fn operator(book: &Book, request: &Request) -> Result<(), Refusal> {
    if !book.shop(request.shop).staffed || book.acting(request).is_some() { Ok(()) } else { Err(Refusal::Forbidden) }
}

/// Who approved what needs a manager; none if the operator may do it by themselves or nobody is asked.
///
/// # Errors
/// `ApprovalRequired`, or `PinWrong` for a wrong or blocked PIN, which is counted.
pub fn manager(book: &mut Book, request: &Request) -> Result<Option<OperatorId>, Refusal> {
    if !book.shop(request.shop).staffed {
        return Ok(None);
    }
    let role = book.acting(request).and_then(|operator| book.operators.get(&operator)).map(|operator| operator.role);
    if role >= Some(Role::Manager) {
        return Ok(None);
    }
    let Approval { operator, pin } = request.approval.ok_or(Refusal::ApprovalRequired)?;
    let now = book.now;
    let known = book.operators.get_mut(&operator).filter(|known| known.shop == request.shop);
    // Nobody of that number is answered like a wrong PIN: it says nothing of who there is.
    let known = known.ok_or(Refusal::PinWrong)?;
    let before = known.tries;
    let right = settle(&mut known.tries, pin, now);
    let role = known.role;
    if known.tries != before {
        book.fresh.operator_tries.insert(operator);
    }
    if !right {
        return Err(Refusal::PinWrong);
    }
    if role < Role::Manager { Err(Refusal::ApprovalRequired) } else { Ok(Some(operator)) }
}

/// Records what was decided if a manager stands behind it, or refuses it for good.
pub fn record(book: &mut Book, request: &Request, decided: Result<Vec<Draft>, Refusal>) -> Outcome {
    match decided.and_then(|drafts| Ok((drafts, manager(book, request)?))) {
        Ok((drafts, approver)) => {
            let recorded = book.record(request, approver, drafts);
            book.recorded_now(request, recorded)
        }
        Err(refusal) => book.refuse(request, refusal, None),
    }
}

/// The customer's PIN, for what needs it; tries are counted on the credential that was shown.
///
/// # Errors
/// `PinRequired`, or `PinWrong` for a wrong or blocked one.
pub fn customer(book: &mut Book, number: CredentialNumber, pin: Check) -> Result<(), Refusal> {
    if pin == Check::Absent {
        return Err(Refusal::PinRequired);
    }
    let now = book.now;
    let credential = book.credentials.get_mut(&number).ok_or(Refusal::PinWrong)?;
    let before = credential.tries;
    let right = settle(&mut credential.tries, pin, now);
    if credential.tries != before {
        book.fresh.credential_tries.insert(number);
    }
    if right { Ok(()) } else { Err(Refusal::PinWrong) }
}

/// Whether a PIN counts as right; counts a wrong one. A blocked PIN is wrong even if it is the right one.
fn settle(tries: &mut Tries, pin: Check, now: i64) -> bool {
    if tries.blocked_ms(now).is_some() {
        return false;
    }
    match pin {
        Check::Right => *tries = Tries::default(),
        Check::Wrong | Check::Absent => *tries = tries.after_wrong(now),
    }
    pin == Check::Right
}
