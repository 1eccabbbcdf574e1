//! Undoing: reversals with an id of their own, and cancels, which make an id final.
//!
//! Pure. A reversal is a new entry; nothing recorded is ever changed. It
//! reaches frozen customers and expired accounts too.

use std::collections::HashMap;

use crate::approve;
use crate::book::{Book, Draft};
use crate::id::{CustomerId, OperatorId, RequestId};
use crate::ledger::{Entry, EntryKind, Millis, Split, leg};
use crate::outcome::{Cancellation, Leg, Outcome, Past, Recorded, Settled, Was};
use crate::refusal::Refusal;
use crate::request::{Noun, Request, Wish};
use crate::unit::MAX_BALANCE;

/// How long an operator may reverse the last redemption or top-up of their terminal by themselves.
pub const FREE_REVERSAL_MS: Millis = 5 * 60 * 1000;
/// How long after the record a cancel needs no manager.
pub const FREE_CANCEL_MS: Millis = 10 * 60 * 1000;

/// What is moved back, and who consented.
type Undoing = (Vec<Draft>, Option<OperatorId>);

/// Settles a reversal whose id is new.
pub fn settle(book: &mut Book, request: &Request) -> Outcome {
    let Wish::Reverse { noun, of, amount, .. } = request.wish else { return Outcome::IdMismatch };
    let drafts = match decide(book, request, noun, of, amount) {
        Ok(drafts) => drafts,
        Err(refusal) => return book.refuse(request, refusal, None),
    };
    let mut approver = None;
    if !is_free(book, request, of) {
        if request.wish.note().is_none_or(str::is_empty) {
            return Outcome::NoReason;
        }
        approver = match approve::manager(book, request) {
            Ok(approver) => approver,
            Err(refusal) => return book.refuse(request, refusal, None),
        };
    }
    let recorded = record(book, request, of, (drafts, approver));
    book.recorded_now(request, recorded)
}

fn decide(
    book: &Book,
    request: &Request,
    noun: Noun,
    of: RequestId,
    amount: Option<i64>,
) -> Result<Vec<Draft>, Refusal> {
    let target = book.recorded(request.shop, of).filter(|target| target.noun() == noun).ok_or(Refusal::NotFound)?;
    if book.is_cancelled(request.shop, of) {
        return Err(Refusal::Cancelled);
    }
    let left = target.total() - target.reversed();
    let amount = amount.unwrap_or(left);
    if amount > left || left == 0 {
        return Err(Refusal::ReversalExceeds);
    }
    if amount < 1 {
        return Err(Refusal::AmountInvalid);
    }
    undo(book, target, amount, [leg::MAIN, leg::SECOND])
}

/// Whether a reversal needs neither a reason nor a manager.
fn is_free(book: &Book, request: &Request, of: RequestId) -> bool {
    let Some(target) = book.recorded(request.shop, of) else { return false };
    let Entry { terminal, number, at, .. } = target.main().entry;
    let is_later = |entry: &Entry| {
        let counts = entry.kind == EntryKind::Redemption || entry.kind == EntryKind::TopUp;
        counts && entry.shop == request.shop && entry.number > number && entry.terminal == terminal
    };
    !book.shop(request.shop).staffed
        || (terminal == Some(request.terminal)
            && book.now - at <= FREE_REVERSAL_MS
            && !book.passed.contains(&(request.shop, of))
            && !book.fresh.entries.iter().any(|shown| is_later(&shown.entry)))
}

/// Makes an id final and without effect, whether it came, is on its way, or never comes.
pub fn cancel(book: &mut Book, request: &Request, noun: Noun) -> Outcome {
    let past = book.past.get(&(request.shop, request.id)).cloned().unwrap_or_default();
    let Past { settled, cancellation, elsewhere } = past;
    if elsewhere {
        return Outcome::IdMismatch;
    }
    if let Some(cancellation) = cancellation {
        let same = cancellation.noun == noun;
        return if same { Outcome::Cancelled { cancellation, settled, repeated: false } } else { Outcome::IdMismatch };
    }
    if request.operator.is_some()
        && let Err(refusal) = approve::operator(book, request)
    {
        return Outcome::NotCancelled(refusal);
    }
    let was = match &settled {
        None => Was::Unknown,
        Some(Settled::Refused(refused)) if refused.noun == noun => Was::Refused,
        // A double scan's new id took nothing by itself; the first one stays as it is.
        Some(Settled::Repeat(_)) if noun == Noun::Redemption => Was::Refused,
        Some(Settled::Recorded(recorded)) if recorded.noun() == noun => {
            // A terminal ends what it began by itself; what another began needs somebody who answers for it.
            if recorded.main().entry.terminal != Some(request.terminal)
                && let Err(refusal) = approve::operator(book, request)
            {
                return Outcome::NotCancelled(refusal);
            }
            match undo_rest(book, request, recorded) {
                Ok(undoing) if undoing.0.is_empty() => {}
                Ok(undoing) => {
                    record(book, request, request.id, undoing);
                }
                Err(refusal) => return Outcome::NotCancelled(refusal),
            }
            Was::Recorded
        }
        Some(_) => return Outcome::IdMismatch,
    };
    let cancellation = Cancellation {
        shop: request.shop,
        request: request.id,
        noun,
        was,
        terminal: request.terminal,
        at: book.at(request.shop),
    };
    book.fresh.cancellations.push(cancellation.clone());
    let past = book.past.entry((request.shop, request.id)).or_default();
    past.cancellation = Some(cancellation.clone());
    Outcome::Cancelled { cancellation, settled: past.settled.clone(), repeated: false }
}

/// What a cancel has to move back; `Stands` if it cannot be undone, whoever approves.
fn undo_rest(book: &mut Book, request: &Request, recorded: &Recorded) -> Result<Undoing, Refusal> {
    let left = recorded.total() - recorded.reversed();
    if recorded.noun() == Noun::Reversal {
        return Err(Refusal::Stands);
    }
    let legs = [leg::CANCEL_MAIN, leg::CANCEL_SECOND];
    let drafts = if left == 0 { Vec::new() } else { undo(book, recorded, left, legs).map_err(|_| Refusal::Stands)? };
    let late = book.now - recorded.main().entry.at > FREE_CANCEL_MS;
    let approver = if late { approve::manager(book, request)? } else { None };
    Ok((drafts, approver))
}

/// The movements that undo `amount` of a request: of its legs the last one first, of each part in the order
/// opposite to the shop's.
///
/// # Errors
/// `Stands` if value that came in was spent, `LimitExceeded` if an account would hold too much.
fn undo(book: &Book, target: &Recorded, amount: i64, legs: [i64; 2]) -> Result<Vec<Draft>, Refusal> {
    let mut rest = amount;
    let mut drafts = Vec::new();
    for undone in target.legs.iter().rev() {
        let part = rest.min(undone.entry.split.total() - undone.reversed.total()).min(there(book, target, undone));
        if part > 0 {
            let leg = legs[drafts.len()];
            drafts.push(undo_leg(book, target, undone, part, leg));
            rest -= part;
        }
    }
    if rest > 0 {
        return Err(Refusal::Stands);
    }
    let mut moved: HashMap<CustomerId, (Split, Split)> = HashMap::new();
    for draft in &drafts {
        let (gains, takes) = moved.entry(draft.customer).or_default();
        let side = if draft.gain { gains } else { takes };
        *side = side.plus(draft.split);
    }
    for (customer, (gains, takes)) in moved {
        let left = book.held(customer, &target.unit).less(takes).ok_or(Refusal::Stands)?;
        if left.total() + gains.total() > MAX_BALANCE {
            return Err(Refusal::LimitExceeded);
        }
    }
    Ok(drafts)
}

/// What can be moved back of a movement at most: of what a customer gained, what they still hold of its parts.
fn there(book: &Book, target: &Recorded, undone: &Leg) -> i64 {
    if !undone.gain {
        return i64::MAX;
    }
    let (held, gained) = (book.held(undone.entry.customer, &target.unit), undone.entry.split);
    let of = |part, held| if part > 0 { held } else { 0 };
    of(gained.principal, held.principal) + of(gained.bonus, held.bonus)
}

fn undo_leg(book: &Book, target: &Recorded, undone: &Leg, part: i64, leg: i64) -> Draft {
    let entry = &undone.entry;
    let shop = book.shop(entry.shop);
    let own = shop.own_of(&target.unit, if undone.gain { entry.debit } else { entry.credit });
    Draft {
        leg,
        gain: !undone.gain,
        split: entry.split.give_back(undone.reversed, part, shop.redeem_order),
        reverses: Some((entry.number, entry.request, entry.kind)),
        peer: entry.peer,
        on_behalf_of: entry.operator.filter(|_| leg == leg::CANCEL_MAIN || leg == leg::CANCEL_SECOND),
        ..Draft::new(
            EntryKind::Reversal,
            entry.customer,
            &target.unit,
            own.expect("one side of every entry is an account of the shop"),
        )
    }
}

fn record(book: &mut Book, request: &Request, of: RequestId, (drafts, approver): Undoing) -> Recorded {
    let undone: Vec<(i64, Split)> = drafts.iter().filter_map(|draft| Some((draft.reverses?.0, draft.split))).collect();
    let target = book.recorded(request.shop, of).cloned();
    for leg in target.iter().flat_map(|target| &target.legs).filter(|leg| leg.entry.kind == EntryKind::Redemption) {
        let unit = &drafts[0].unit;
        let back = undone.iter().filter(|(number, _)| *number == leg.entry.number).map(|(_, split)| split.total());
        book.count_day(&leg.entry, unit, -back.sum::<i64>());
    }
    let recorded = book.record(request, approver, drafts);
    book.note_reversed(request.shop, of, &undone);
    recorded
}
