//! Undoing: reversals with an id of their own, and cancels, which make an id final.
//!
//! Pure. A reversal is a new entry; nothing recorded is ever changed. It
//! reaches frozen customers and expired accounts too.

use crate::book::{Book, Draft};
use crate::id::RequestId;
use crate::ledger::{EntryKind, OwnAccount, Split, leg};
use crate::outcome::{Cancellation, Leg, Outcome, Past, Recorded, Settled, Was};
use crate::refusal::Refusal;
use crate::request::{Noun, Request, Wish};

/// Settles a reversal whose id is new.
pub fn settle(book: &mut Book, request: &Request) -> Outcome {
    let Wish::Reverse { noun, of, amount, .. } = request.wish else { return Outcome::IdMismatch };
    match decide(book, request, noun, of, amount) {
        Ok(drafts) => {
            let recorded = record(book, request, of, drafts);
            book.recorded_now(request, recorded)
        }
        Err(refusal) => book.refuse(request, refusal, None),
    }
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
    undo(book, target, amount, [leg::MAIN, leg::BONUS]).ok_or(Refusal::Stands)
}

/// Makes an id final and without effect, whether it came, is on its way, or never comes.
pub fn cancel(book: &mut Book, request: &Request, noun: Noun) -> Outcome {
    let Past { settled, cancellation } = book.past.get(&(request.shop, request.id)).cloned().unwrap_or_default();
    if let Some(cancellation) = cancellation {
        let same = cancellation.noun == noun;
        return if same { Outcome::Cancelled { cancellation, settled } } else { Outcome::IdMismatch };
    }
    let was = match &settled {
        None => Was::Unknown,
        Some(Settled::Refused(refused)) if refused.noun == noun => Was::Refused,
        // A double scan's new id took nothing by itself; the first one stays as it is.
        Some(Settled::Repeat(_)) if noun == Noun::Redemption => Was::Refused,
        Some(Settled::Recorded(recorded)) if recorded.noun() == noun => {
            let Some(drafts) = undo_rest(book, recorded) else { return Outcome::Stands };
            if !drafts.is_empty() {
                record(book, request, request.id, drafts);
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
    Outcome::Cancelled { cancellation, settled: past.settled.clone() }
}

/// What a cancel has to move back; `None` if it cannot be undone.
fn undo_rest(book: &Book, recorded: &Recorded) -> Option<Vec<Draft>> {
    let left = recorded.total() - recorded.reversed();
    if recorded.noun() == Noun::Reversal {
        return None;
    }
    if left == 0 { Some(Vec::new()) } else { undo(book, recorded, left, [leg::CANCEL_MAIN, leg::CANCEL_BONUS]) }
}

/// The movements that undo `amount` of a request: of a redemption bonus first; of a top-up the bonus leg
/// first. `None` if a top-up's value was spent.
fn undo(book: &Book, target: &Recorded, amount: i64, legs: [i64; 2]) -> Option<Vec<Draft>> {
    let mut rest = amount;
    let mut drafts = Vec::new();
    for undone in target.legs.iter().rev() {
        let part = rest.min(undone.entry.split.total() - undone.reversed);
        if part > 0 {
            let leg = legs[drafts.len()];
            drafts.push(undo_leg(target, undone, part, leg));
            rest -= part;
        }
    }
    let customer = target.main().entry.customer;
    let takes = drafts.iter().filter(|draft| !draft.gain).fold(Split::default(), |sum, draft| sum.plus(draft.split));
    book.held(customer, &target.unit).less(takes)?;
    (rest == 0).then_some(drafts)
}

fn undo_leg(target: &Recorded, undone: &Leg, part: i64, leg: i64) -> Draft {
    let entry = &undone.entry;
    let (own, gain) = match entry.kind {
        EntryKind::TopUp => (OwnAccount::Cash, false),
        EntryKind::Bonus => (OwnAccount::Promotion, false),
        EntryKind::Redemption
        | EntryKind::Reversal
        | EntryKind::Refund
        | EntryKind::Transfer
        | EntryKind::Adjustment
        | EntryKind::Expiry => (OwnAccount::Revenue, true),
    };
    Draft {
        kind: EntryKind::Reversal,
        leg,
        customer: entry.customer,
        unit: target.unit.clone(),
        own,
        gain,
        split: entry.split.give_back(undone.reversed, part),
        credential: None,
        step: None,
        reverses: Some((entry.number, entry.request, entry.kind)),
    }
}

fn record(book: &mut Book, request: &Request, of: RequestId, drafts: Vec<Draft>) -> Recorded {
    let undone: Vec<(i64, i64)> =
        drafts.iter().filter_map(|draft| Some((draft.reverses?.0, draft.split.total()))).collect();
    let recorded = book.record(request, drafts);
    book.note_reversed(request.shop, of, &undone);
    recorded
}
