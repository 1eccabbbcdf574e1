//! The part of the books that one batch touches, and what happens to it.
//!
//! Pure: `store::batch` fills a book, each waiting request is settled against
//! it in turn (so a request sees the ones before it in the same batch), and
//! what is fresh is written in one commit. The rules are in `redeem`, `top_up`
//! and `reverse`; this file keeps the state and numbers the entries.

mod kept;

use std::collections::{HashMap, HashSet};

pub use self::kept::{Account, CardScan, Credential, Customer, Draft, Fresh, MAX_OWN, Operator, Shop};

use crate::code::{CredentialNumber, Step};
use crate::event::ShownEntry;
use crate::id::{AccountId, CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Entry, EntryKind, Fingerprint, Millis, OwnAccount, Split};
use crate::limits::{BonusRule, Day};
use crate::outcome::{Leg, Outcome, Past, Recorded, Refused, Settled};
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::throttle::Bucket;
use crate::unit::Unit;
use crate::{adjust, approve, redeem, refund, reverse, top_up, transfer};

/// A server whose clock is this far behind its last entry takes no codes.
pub const MAX_CLOCK_BEHIND_MS: Millis = 60_000;

/// One batch's books.
#[derive(Default)]
pub struct Book {
    /// The batch's time.
    pub now: Millis,
    /// Keys of fingerprints, the newest generation first; never empty.
    pub fingerprint_keys: Vec<[u8; 32]>,
    /// Every shop that the batch names.
    pub shops: HashMap<ShopId, Shop>,
    /// Every request id that the batch names, and those behind used codes.
    pub past: HashMap<(ShopId, RequestId), Past>,
    /// Every credential that the batch names.
    pub credentials: HashMap<CredentialNumber, Credential>,
    /// Every customer that the batch may touch.
    pub customers: HashMap<CustomerId, Customer>,
    /// Every operator that the batch names.
    pub operators: HashMap<OperatorId, Operator>,
    /// Who of them has a session open where.
    pub sessions: HashSet<(TerminalId, OperatorId)>,
    /// Their accounts.
    pub accounts: HashMap<(CustomerId, Unit), Account>,
    /// What the business day took, of customers and units with a limit by the day.
    pub days: HashMap<(CustomerId, Unit), Day>,
    /// What a shop gives on top of a top-up, of units that the batch needs: the rules from the highest amount.
    pub bonus_rules: HashMap<(ShopId, Unit), Vec<BonusRule>>,
    /// Used codes, and the requests that used them.
    pub used: HashMap<(CredentialNumber, Step), RequestId>,
    /// Requests that are not the last redemption or top-up of their terminal any more.
    pub passed: HashSet<(ShopId, RequestId)>,
    /// The last scans of cards.
    pub card_scans: HashMap<(CredentialNumber, TerminalId), CardScan>,
    /// Refusals that a customer was told, by credential, step (0 for a card) and code.
    pub told: HashSet<(CredentialNumber, i64, &'static str)>,
    /// The first account id that is free.
    pub next_account: i64,
    /// What is new.
    pub fresh: Fresh,
}

impl Book {
    /// Settles one request; wrong codes are counted in the terminal's `bucket`.
    pub fn settle(&mut self, request: &Request, bucket: &mut Bucket) -> Outcome {
        if let Wish::Cancel { noun } = request.wish {
            return reverse::cancel(self, request, noun);
        }
        if let Some(outcome) = self.known(request) {
            return outcome;
        }
        if let Err(refusal) = approve::operator(self, request) {
            return self.refuse(request, refusal, None);
        }
        if self.shop(request.shop).is_full() {
            return self.refuse(request, Refusal::LimitExceeded, None);
        }
        match request.wish {
            Wish::Redeem { .. } => redeem::settle(self, request, bucket),
            Wish::TopUp { .. } => top_up::settle(self, request),
            Wish::Reverse { .. } => reverse::settle(self, request),
            Wish::Refund { .. } => refund::settle(self, request),
            Wish::Transfer { .. } => transfer::settle(self, request),
            Wish::Adjust { .. } => adjust::settle(self, request),
            Wish::Cancel { noun } => reverse::cancel(self, request, noun),
        }
    }

    /// The answer from the books, if the id was there before.
    fn known(&self, request: &Request) -> Option<Outcome> {
        let past = self.past.get(&(request.shop, request.id))?;
        if past.elsewhere {
            return Some(Outcome::IdMismatch);
        }
        if past.cancellation.is_some() {
            return Some(Outcome::AlreadyCancelled);
        }
        match past.settled.as_ref()? {
            Settled::Recorded(recorded) => Some(if self.means(request, recorded.unit.as_str(), recorded) {
                Outcome::Recorded { recorded: recorded.clone(), fresh: false, repeated: false }
            } else {
                Outcome::IdMismatch
            }),
            Settled::Refused(refused) => {
                let same = refused.noun == request.wish.noun()
                    && self.has_fingerprint(request, &refused.unit, &refused.fingerprint);
                Some(if same { Outcome::Refused(refused.clone()) } else { Outcome::IdMismatch })
            }
            Settled::Repeat(repeat) => {
                let first = self.recorded(request.shop, repeat.first)?;
                let same = self.has_fingerprint(request, first.unit.as_str(), &repeat.fingerprint);
                if !same {
                    return Some(Outcome::IdMismatch);
                }
                let cancellation = self.past.get(&(request.shop, repeat.first))?.cancellation.clone();
                Some(match cancellation {
                    Some(cancellation) => {
                        let settled = Some(Settled::Recorded(first.clone()));
                        Outcome::Cancelled { cancellation, settled, repeated: true }
                    }
                    None => Outcome::Recorded { recorded: first.clone(), fresh: false, repeated: true },
                })
            }
        }
    }

    fn means(&self, request: &Request, unit: &str, recorded: &Recorded) -> bool {
        recorded.noun() == request.wish.noun()
            && self.has_fingerprint(request, unit, &recorded.main().entry.fingerprint)
    }

    fn has_fingerprint(&self, request: &Request, unit: &str, known: &Fingerprint) -> bool {
        let unit = request.wish.unit_or(unit);
        self.fingerprint_keys.iter().any(|key| request.fingerprint(key, unit) == *known)
    }

    /// The recorded request of an id.
    pub fn recorded(&self, shop: ShopId, id: RequestId) -> Option<&Recorded> {
        match self.past.get(&(shop, id))?.settled.as_ref()? {
            Settled::Recorded(recorded) => Some(recorded),
            Settled::Refused(_) | Settled::Repeat(_) => None,
        }
    }

    /// Whether an id was cancelled.
    pub fn is_cancelled(&self, shop: ShopId, id: RequestId) -> bool {
        self.past.get(&(shop, id)).is_some_and(|past| past.cancellation.is_some())
    }

    /// The shop of an authenticated terminal.
    pub fn shop(&self, shop: ShopId) -> &Shop {
        self.shops.get(&shop).expect("the store reads every shop that a batch names, or fails the batch")
    }

    /// A code of the key that was to take a credential's place was shown: the phone or card has it.
    pub fn renew(&mut self, number: CredentialNumber) {
        let Some(credential) = self.credentials.get_mut(&number) else { return };
        if let Some(next) = credential.next.take() {
            credential.key = next;
            credential.stopped = false;
            self.fresh.renewed.push(number);
        }
    }

    /// The unit in effect for a wish: its own, or the shop's default.
    pub fn unit_text(&self, request: &Request) -> String {
        request.wish.unit_or(self.shop(request.shop).default_unit.as_str()).to_owned()
    }

    /// The unit, if the shop has it.
    pub fn unit(&self, shop: ShopId, text: &str) -> Option<Unit> {
        let unit = Unit::parse(text)?;
        self.shop(shop).own.contains_key(&(unit.clone(), OwnAccount::Revenue)).then_some(unit)
    }

    /// A customer of a shop.
    ///
    /// # Errors
    /// `NotFound` also for one of another shop, and for one who was erased.
    pub fn customer(&self, shop: ShopId, id: CustomerId) -> Result<&Customer, Refusal> {
        self.customers.get(&id).filter(|known| known.shop == shop && !known.erased).ok_or(Refusal::NotFound)
    }

    /// What a customer holds in a unit.
    pub fn held(&self, customer: CustomerId, unit: &Unit) -> Split {
        self.accounts.get(&(customer, unit.clone())).map_or_else(Split::default, |account| account.split)
    }

    /// The time of a new row: never before the shop's last.
    pub fn at(&self, shop: ShopId) -> Millis {
        self.now.max(self.shop(shop).last_at)
    }

    /// The operator who acts: the one whom the request names, if their session is open on its terminal.
    pub fn acting(&self, request: &Request) -> Option<OperatorId> {
        let operator = request.operator.filter(|_| self.shop(request.shop).staffed)?;
        let known = self.operators.get(&operator).is_some_and(|known| known.shop == request.shop);
        (known && self.sessions.contains(&(request.terminal, operator))).then_some(operator)
    }

    /// The digest of a new request.
    pub fn fingerprint(&self, request: &Request) -> Fingerprint {
        request.fingerprint(&self.fingerprint_keys[0], &self.unit_text(request))
    }

    /// Writes the movements of one request into the book; `approver` consented to them.
    ///
    /// # Panics
    /// If a movement would leave the customer below zero: the rules must have looked.
    pub fn record(&mut self, request: &Request, approver: Option<OperatorId>, drafts: Vec<Draft>) -> Recorded {
        let unit = drafts[0].unit.clone();
        let customer_name = self.customers.get(&drafts[0].customer).map(|c| c.name.clone()).unwrap_or_default();
        let fingerprint = self.fingerprint(request);
        let legs: Vec<Leg> = drafts
            .into_iter()
            .map(|draft| {
                let gain = draft.gain;
                Leg { entry: self.enter(request, approver, fingerprint, draft), gain, reversed: Split::default() }
            })
            .collect();
        for leg in legs.iter().filter(|leg| leg.entry.kind == EntryKind::Redemption) {
            self.count_day(&leg.entry, &unit, leg.entry.split.total());
        }
        if let Some(text) = request.wish.note().filter(|text| !text.is_empty()) {
            self.fresh.notes.push((request.shop, legs[0].entry.number, text.to_owned()));
        }
        let of = if let Wish::Reverse { of, .. } = request.wish { Some(of) } else { None };
        Recorded { legs, unit, of, customer_name }
    }

    fn enter(
        &mut self,
        request: &Request,
        approver: Option<OperatorId>,
        fingerprint: Fingerprint,
        draft: Draft,
    ) -> Entry {
        let at = self.at(request.shop);
        let (account, balance) = self.move_value(request.shop, &draft);
        let seq = self.next_seq(draft.customer);
        let operator = self.acting(request).or(draft.on_behalf_of);
        let shop = self.shops.get_mut(&request.shop).expect("looked up above");
        let own =
            shop.own.get_mut(&(draft.unit.clone(), draft.own)).expect("every unit has all of the shop's accounts");
        let sign = if draft.gain { -1 } else { 1 };
        own.split.principal += sign * draft.split.principal;
        own.split.bonus += sign * draft.split.bonus;
        let (debit, credit) = if draft.gain { (own.id, account) } else { (account, own.id) };
        self.fresh.own_moved.insert((request.shop, draft.unit.clone(), draft.own));
        let mut entry = Entry {
            shop: request.shop,
            number: shop.last_number + 1,
            kind: draft.kind,
            at,
            request: request.id,
            leg: draft.leg,
            fingerprint,
            terminal: Some(request.terminal),
            operator,
            approver,
            customer: draft.customer,
            seq: Some(seq),
            debit,
            credit,
            split: draft.split,
            balance,
            credential: draft.credential,
            step: draft.step,
            reverses: draft.reverses.map(|(number, ..)| number),
            peer: draft.peer,
            hash: [0; 32],
        };
        entry.hash = entry.hash_after(&shop.last_hash);
        (shop.last_number, shop.last_hash, shop.last_at) = (entry.number, entry.hash, at);
        if let (Some(credential), Some(step)) = (entry.credential, entry.step) {
            self.used.insert((credential, step), request.id);
        }
        self.fresh.entries.push(ShownEntry {
            entry: entry.clone(),
            gain: draft.gain,
            unit: draft.unit,
            customer_name: self.customers.get(&draft.customer).map(|c| c.name.clone()).unwrap_or_default(),
            shop_name: shop.name.clone(),
            of: draft.reverses.map(|(_, id, kind)| (id, kind)),
        });
        entry
    }

    /// Counts what a redemption took, or as a negative amount what was given back, if its day's sum is known.
    pub fn count_day(&mut self, redemption: &Entry, unit: &Unit, amount: i64) {
        let Some(day) = self.days.get_mut(&(redemption.customer, unit.clone())) else { return };
        if redemption.at >= day.start {
            day.taken += amount;
            if redemption.credential.is_some() && redemption.step.is_none() {
                day.by_card += amount;
            }
        }
    }

    /// Moves value into or out of a customer's account, opening it if need be.
    fn move_value(&mut self, shop: ShopId, draft: &Draft) -> (AccountId, i64) {
        assert_eq!(self.customers.get(&draft.customer).map(|c| c.shop), Some(shop), "a customer of another shop");
        let key = (draft.customer, draft.unit.clone());
        let account = self.open(&key);
        account.split = if draft.gain {
            account.split.plus(draft.split)
        } else {
            account.split.less(draft.split).expect("the rules looked at the balance")
        };
        let moved = (account.id, account.split.total());
        self.fresh.moved.insert(key);
        moved
    }

    /// The customer's next event number.
    fn next_seq(&mut self, customer: CustomerId) -> i64 {
        let row = self.customers.get_mut(&customer).expect("the store reads every customer that a batch may touch");
        row.seq += 1;
        self.fresh.told.insert(customer);
        row.seq
    }

    /// Moves an account's date to `date` if that is later; an account without a date never expires, unless it has
    /// nothing in it. To be called before value comes in.
    pub fn extend(&mut self, customer: CustomerId, unit: &Unit, date: Option<Millis>) {
        let key = (customer, unit.clone());
        match self.accounts.get_mut(&key) {
            Some(account) if account.split.total() == 0 => {
                account.expires_at = date.map(|date| account.expires_at.map_or(date, |known| known.max(date)));
            }
            Some(account) => {
                account.expires_at = account.expires_at.and_then(|known| date.map(|date| date.max(known)));
            }
            None => {
                self.open(&key).expires_at = date;
            }
        }
    }

    fn open(&mut self, key: &(CustomerId, Unit)) -> &mut Account {
        self.accounts.entry(key.clone()).or_insert_with(|| {
            self.fresh.opened.insert(key.clone());
            let id = AccountId(self.next_account);
            self.next_account += 1;
            Account { id, split: Split::default(), expires_at: None }
        })
    }

    /// Answers a request that was just recorded, and remembers it.
    pub fn recorded_now(&mut self, request: &Request, recorded: Recorded) -> Outcome {
        self.remember(request.shop, request.id, Settled::Recorded(recorded.clone()));
        Outcome::Recorded { recorded, fresh: true, repeated: false }
    }

    /// Remembers how a request was settled, for the ones after it in the batch.
    pub fn remember(&mut self, shop: ShopId, id: RequestId, settled: Settled) {
        self.past.entry((shop, id)).or_default().settled = Some(settled);
    }

    /// Refuses a request for good; `whose` is the credential and step of a code whose tag held in this shop.
    pub fn refuse(
        &mut self,
        request: &Request,
        refusal: Refusal,
        whose: Option<(CredentialNumber, Option<Step>)>,
    ) -> Outcome {
        let customer = whose.and_then(|(number, _)| self.credentials.get(&number)).map(|c| c.customer);
        let told = whose
            .is_some_and(|(number, step)| self.told.insert((number, step.map_or(0, |step| step.0), refusal.code())));
        let refused = Refused {
            shop: request.shop,
            request: request.id,
            noun: request.wish.noun(),
            fingerprint: self.fingerprint(request),
            terminal: request.terminal,
            at: self.at(request.shop),
            refusal,
            customer,
            seq: customer.filter(|_| told).map(|customer| self.next_seq(customer)),
            credential: whose.map(|(number, _)| number),
            step: whose.and_then(|(_, step)| step),
            unit: self.unit_text(request),
            amount: request.wish.amount(),
        };
        self.fresh.refusals.push(refused.clone());
        self.remember(request.shop, request.id, Settled::Refused(refused.clone()));
        Outcome::Refused(refused)
    }

    /// Notes that more of an earlier request was undone: entry numbers and parts.
    pub fn note_reversed(&mut self, shop: ShopId, id: RequestId, reversed: &[(i64, Split)]) {
        let settled = self.past.get_mut(&(shop, id)).and_then(|past| past.settled.as_mut());
        if let Some(Settled::Recorded(recorded)) = settled {
            for leg in &mut recorded.legs {
                let parts = reversed.iter().filter(|(number, _)| *number == leg.entry.number);
                leg.reversed = parts.fold(leg.reversed, |sum, (_, part)| sum.plus(*part));
            }
        }
    }
}
