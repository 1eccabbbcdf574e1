//! Taking value against a code, or from a customer found by name: the rules, in the contract's order.
//!
//! Pure. `book` has answered repeated ids already; here the code, the shop, the time, the customer, the unit, the
//! amount, the limits, the PIN and the balance are looked at.

use crate::approve;
use crate::book::{Account, Book, CardScan, Credential, Draft, MAX_CLOCK_BEHIND_MS};
use crate::code::{Code, CredentialNumber, Key, Kind, STEP_S, Standing, Step};
use crate::id::{CustomerId, OperatorId, RequestId};
use crate::ledger::{EntryKind, Millis, Order, OwnAccount, Split};
use crate::outcome::{Outcome, Repeat, Settled};
use crate::pin;
use crate::refusal::Refusal;
use crate::request::{Request, Who, Wish};
use crate::throttle::Bucket;
use crate::unit::Amount;

/// How long the same code from the same terminal answers with the first result.
pub const REPEAT_WINDOW_MS: Millis = 60_000;

/// The scanned code, once its tag held in the right shop.
type Whose = (CredentialNumber, Option<Step>);

/// Settles a redemption whose id is new.
pub fn settle(book: &mut Book, request: &Request, bucket: &mut Bucket) -> Outcome {
    let Wish::Redeem { who, amount, pin, .. } = &request.wish else { return Outcome::IdMismatch };
    match who {
        Who::Code(code) => by_code(book, request, code, (*amount, *pin), bucket),
        Who::Customer(customer) => match by_name(book, request, *customer, *amount) {
            Ok((draft, approver)) => record(book, request, draft, approver),
            Err(refusal) => book.refuse(request, refusal, None),
        },
    }
}

fn by_code(
    book: &mut Book,
    request: &Request,
    code: &str,
    (amount, pin): (i64, pin::Check),
    bucket: &mut Bucket,
) -> Outcome {
    if let Some(retry_after_s) = bucket.wait_s(book.now) {
        return Outcome::TooMany { retry_after_s };
    }
    if book.now + MAX_CLOCK_BEHIND_MS < book.shop(request.shop).last_at {
        return Outcome::ClockWrong;
    }
    let whose = match whose_code(book, request, code) {
        Ok(whose) => whose,
        Err((refusal, whose)) => {
            // It may have grown old on the counter after it was used.
            if matches!(refusal, Refusal::CodeExpired { .. })
                && let Some(outcome) = whose.and_then(|whose| repeat(book, request, whose))
            {
                return outcome;
            }
            if refusal == Refusal::CodeInvalid && Code::parse(code).is_some() {
                bucket.spend(book.now);
            }
            return book.refuse(request, refusal, whose);
        }
    };
    if let Some(outcome) = repeat(book, request, whose) {
        return outcome;
    }
    if let (number, Some(step)) = whose
        && book.used.contains_key(&(number, step))
    {
        return book.refuse(request, Refusal::CodeUsed, Some(whose));
    }
    let customer = book.credentials[&whose.0].customer;
    match decide(book, request, (customer, Some(whose)), amount, pin) {
        Ok(draft) => record(book, request, draft, None),
        Err(refusal) => book.refuse(request, refusal, Some(whose)),
    }
}

/// Without a code a manager stands in for the customer, and for their PIN; the limits hold.
fn by_name(
    book: &mut Book,
    request: &Request,
    id: CustomerId,
    amount: i64,
) -> Result<(Draft, Option<OperatorId>), Refusal> {
    if book.customer(request.shop, id)?.frozen {
        return Err(Refusal::Frozen);
    }
    let draft = decide(book, request, (id, None), amount, pin::Check::Absent)?;
    let approver = approve::manager(book, request)?;
    Ok((draft, approver))
}

/// Form, tag, shop, time, credential and customer, in this order.
fn whose_code(book: &mut Book, request: &Request, text: &str) -> Result<Whose, (Refusal, Option<Whose>)> {
    let invalid = (Refusal::CodeInvalid, None);
    let code = Code::parse(text).ok_or(invalid)?;
    let number = code.number();
    let credential = book.credentials.get(&number).filter(|c| c.kind == code.kind()).ok_or(invalid)?;
    let standing = standing(book, request, &code, (credential, &credential.key));
    let by_next = credential.next.as_ref().filter(|_| standing == Standing::Wrong);
    let by_next = by_next.map(|next| self::standing(book, request, &code, (credential, next)));
    let renewed = by_next.is_some_and(|standing| standing != Standing::Wrong);
    let standing = by_next.unwrap_or(standing);
    if standing == Standing::Wrong {
        return Err(invalid);
    }
    if credential.shop != request.shop {
        return Err((Refusal::WrongShop, None));
    }
    if renewed {
        book.renew(number);
    }
    let step = match standing {
        Standing::Fresh(step) => step,
        Standing::Expired { step, difference_s } => {
            let refusal = Refusal::CodeExpired { clock_difference_s: difference_s };
            return Err((refusal, Some((number, Some(step)))));
        }
        Standing::Wrong => return Err(invalid),
    };
    let whose = (number, step);
    may_redeem(book, request, number).map_err(|refusal| (refusal, Some(whose)))?;
    Ok(whose)
}

/// How a code stands by a key of its credential. What is older than these books' restore may have been used before it.
fn standing(book: &Book, request: &Request, code: &Code, (credential, key): (&Credential, &Key)) -> Standing {
    let (now_s, shop) = (book.now.div_euclid(1000), book.shop(request.shop));
    match code.standing(key, now_s, shop.step_tolerance) {
        Standing::Fresh(Some(step)) if step < shop.codes_from.max(credential.codes_from) => {
            Standing::Expired { step, difference_s: (step.0 - Step::at(now_s).0) * STEP_S }
        }
        standing @ (Standing::Fresh(_) | Standing::Expired { .. } | Standing::Wrong) => standing,
    }
}

fn may_redeem(book: &Book, request: &Request, number: CredentialNumber) -> Result<(), Refusal> {
    let credential = &book.credentials[&number];
    if credential.revoked || credential.stopped {
        return Err(Refusal::CredentialRevoked);
    }
    if credential.paused || book.customers.get(&credential.customer).is_none_or(|customer| customer.frozen) {
        return Err(Refusal::Frozen);
    }
    if credential.kind == Kind::Card && !book.shop(request.shop).cards {
        return Err(Refusal::Forbidden);
    }
    Ok(())
}

/// A used code, or a card still on the counter, at the same terminal and soon enough: the first result again.
fn repeat(book: &mut Book, request: &Request, whose: Whose) -> Option<Outcome> {
    let (number, step) = whose;
    let (first, at) = if let Some(step) = step {
        let first = *book.used.get(&(number, step))?;
        (first, book.recorded(request.shop, first)?.main().entry.at)
    } else {
        let scan = book.card_scans.get(&(number, request.terminal))?;
        (scan.first, scan.at)
    };
    let recorded = book.recorded(request.shop, first)?.clone();
    let entry = &recorded.main().entry;
    let stands = recorded.reversed() == 0 && !book.is_cancelled(request.shop, first);
    if !stands || entry.terminal != Some(request.terminal) || book.now - at > REPEAT_WINDOW_MS {
        return None;
    }
    let repeat = Repeat {
        shop: request.shop,
        request: request.id,
        fingerprint: book.fingerprint(request),
        terminal: request.terminal,
        at: book.at(request.shop),
        number: entry.number,
        first,
    };
    if step.is_none() {
        note_card_scan(book, request, number, first);
    }
    book.fresh.repeats.push(repeat.clone());
    book.remember(request.shop, request.id, Settled::Repeat(repeat));
    Some(Outcome::Recorded { recorded, fresh: false, repeated: true })
}

/// Unit, amount, limits and PIN, balance.
fn decide(
    book: &mut Book,
    request: &Request,
    (customer, whose): (CustomerId, Option<Whose>),
    amount: i64,
    pin: pin::Check,
) -> Result<Draft, Refusal> {
    let unit = book.unit(request.shop, &book.unit_text(request)).ok_or(Refusal::UnitUnknown)?;
    let amount = Amount::new(amount).ok_or(Refusal::AmountInvalid)?;
    let key = (customer, unit);
    let day = book.days.get(&key).copied().unwrap_or_default();
    let by_card = whose.is_some_and(|(_, step)| step.is_none());
    let needs_pin = book.shop(request.shop).terms(&key.1).may_take(amount.get(), day, by_card)?;
    if let Some((number, _)) = whose.filter(|_| needs_pin) {
        approve::customer(book, number, pin)?;
    }
    let order = book.shop(request.shop).redeem_order;
    let split = take(book.accounts.get(&key), amount, order, book.at(request.shop))?;
    Ok(Draft {
        split,
        credential: whose.map(|(number, _)| number),
        step: whose.and_then(|(_, step)| step),
        ..Draft::new(EntryKind::Redemption, customer, &key.1, OwnAccount::Revenue)
    })
}

/// The parts that an account gives for an amount.
fn take(account: Option<&Account>, amount: Amount, order: Order, now: Millis) -> Result<Split, Refusal> {
    let Some(account) = account else { return Err(Refusal::InsufficientBalance { balance: 0 }) };
    if account.is_expired(now) {
        return Err(Refusal::PassExpired);
    }
    account
        .split
        .take(amount.get(), order)
        .ok_or_else(|| Refusal::InsufficientBalance { balance: account.split.total() })
}

fn record(book: &mut Book, request: &Request, draft: Draft, approver: Option<OperatorId>) -> Outcome {
    let card = draft.step.is_none().then_some(draft.credential).flatten();
    let recorded = book.record(request, approver, vec![draft]);
    if let Some(number) = card {
        note_card_scan(book, request, number, request.id);
    }
    book.recorded_now(request, recorded)
}

fn note_card_scan(book: &mut Book, request: &Request, number: CredentialNumber, first: RequestId) {
    let scan = CardScan { first, at: book.at(request.shop) };
    book.card_scans.insert((number, request.terminal), scan);
}
