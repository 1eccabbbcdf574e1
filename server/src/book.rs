//! The part of the books that one batch touches, and what happens to it.
//!
//! Pure: `store::batch` fills a book, each waiting request is settled against
//! it in turn (so a request sees the ones before it in the same batch), and
//! what is fresh is written in one commit. The rules are in `redeem`, `top_up`
//! and `reverse`; this file keeps the state and numbers the entries.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;

use crate::code::{CredentialNumber, Key, Kind, Step};
use crate::event::ShownEntry;
use crate::id::{AccountId, CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Entry, EntryKind, Fingerprint, Hash, Millis, Order, OwnAccount, Split, leg};
use crate::limits::{BonusRule, Day, Terms};
use crate::operator::Role;
use crate::outcome::{Cancellation, Leg, Outcome, Past, Recorded, Refused, Repeat, Settled};
use crate::pin::Tries;
use crate::refusal::Refusal;
use crate::request::{Request, Wish};
use crate::throttle::Bucket;
use crate::unit::Unit;
use crate::{adjust, approve, day, redeem, refund, reverse, top_up, transfer};

/// A server whose clock is this far behind its last entry takes no codes.
pub const MAX_CLOCK_BEHIND_MS: Millis = 60_000;

/// A shop, as far as a batch needs it.
#[derive(Debug, Clone)]
pub struct Shop {
    /// Its name on screens.
    pub name: String,
    /// What a redemption without a unit takes.
    pub default_unit: Unit,
    /// Whether printed cards are taken.
    pub cards: bool,
    /// Which part a redemption takes first.
    pub redeem_order: Order,
    /// The IANA name of its time zone.
    pub time_zone: String,
    /// When a business day begins, in minutes after midnight.
    pub day_start_min: i64,
    /// What it allows of each unit.
    pub terms: HashMap<Unit, Terms>,
    /// Steps that a code may be off.
    pub step_tolerance: i64,
    /// Codes of steps before this one are not taken: these books were restored then.
    pub codes_from: Step,
    /// Whether it has operators; in a shop without them nobody is asked.
    pub staffed: bool,
    /// The last entry's number.
    pub last_number: i64,
    /// The last entry's hash.
    pub last_hash: Hash,
    /// The last entry's time.
    pub last_at: Millis,
    /// The shop's own accounts, by unit; a unit that is not here does not exist.
    pub own: HashMap<(Unit, OwnAccount), Account>,
}

impl Shop {
    /// Its time zone.
    pub fn zone(&self) -> TimeZone {
        day::zone(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// What it allows of a unit.
    pub fn terms(&self, unit: &Unit) -> Terms {
        self.terms.get(unit).copied().unwrap_or_default()
    }

    /// Which of its own accounts of a unit an id is.
    pub fn own_of(&self, unit: &Unit, id: AccountId) -> Option<OwnAccount> {
        OwnAccount::ALL.into_iter().find(|own| self.own.get(&(unit.clone(), *own)).is_some_and(|a| a.id == id))
    }
}

/// An account and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What it holds; the shop's own have any sign.
    pub split: Split,
    /// The date after which it blocks.
    pub expires_at: Option<Millis>,
}

impl Account {
    /// Whether it is past its date.
    pub fn is_expired(&self, now: Millis) -> bool {
        self.expires_at.is_some_and(|expires_at| expires_at <= now)
    }
}

/// A customer, as far as a batch needs them.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The shop that knows them.
    pub shop: ShopId,
    /// Their name on screens.
    pub name: String,
    /// Whether they are frozen.
    pub frozen: bool,
    /// The last event's number.
    pub seq: i64,
}

/// An operator who is not disabled, as far as a batch names them.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Their shop.
    pub shop: ShopId,
    /// What they may do.
    pub role: Role,
    /// Wrong PINs in a row.
    pub tries: Tries,
}

/// A credential with its key.
#[derive(Clone)]
pub struct Credential {
    /// The shop that gave it out.
    pub shop: ShopId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Phone or card.
    pub kind: Kind,
    /// What its tags are made with.
    pub key: Key,
    /// Whether that key is of a generation that is not taken any more.
    pub stopped: bool,
    /// The key that was handed out to take its place, until a code of it is shown.
    pub next: Option<Key>,
    /// Whether it was taken back.
    pub revoked: bool,
    /// Whether its customer paused it.
    pub paused: bool,
    /// Wrong PINs in a row that came with its codes.
    pub tries: Tries,
}

/// The last time that a terminal took a card.
#[derive(Debug, Clone)]
pub struct CardScan {
    /// The redemption that it made.
    pub first: RequestId,
    /// When it was last scanned, repeats included.
    pub at: Millis,
}

/// What a batch adds, in the order in which it happened.
#[derive(Debug, Default)]
pub struct Fresh {
    /// New entries.
    pub entries: Vec<ShownEntry>,
    /// New refusals.
    pub refusals: Vec<Refused>,
    /// New repeats.
    pub repeats: Vec<Repeat>,
    /// New cancellations.
    pub cancellations: Vec<Cancellation>,
    /// New free text: shop, entry, text.
    pub notes: Vec<(ShopId, i64, String)>,
    /// Accounts that were opened, by customer and unit.
    pub opened: HashSet<(CustomerId, Unit)>,
    /// Accounts whose holdings changed, by customer and unit.
    pub moved: HashSet<(CustomerId, Unit)>,
    /// The shops' own accounts whose holdings changed.
    pub own_moved: HashSet<(ShopId, Unit, OwnAccount)>,
    /// Credentials that showed a code of their next key.
    pub renewed: Vec<CredentialNumber>,
    /// Customers who have new events.
    pub told: HashSet<CustomerId>,
    /// Operators whose wrong PINs were counted or forgotten.
    pub operator_tries: HashSet<OperatorId>,
    /// Credentials whose customer's wrong PINs were counted or forgotten.
    pub credential_tries: HashSet<CredentialNumber>,
}

/// A movement before it has its numbers.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What it is.
    pub kind: EntryKind,
    /// Which movement of its request.
    pub leg: i64,
    /// Whose account.
    pub customer: CustomerId,
    /// In what.
    pub unit: Unit,
    /// The shop's side.
    pub own: OwnAccount,
    /// Whether the customer gains.
    pub gain: bool,
    /// How much.
    pub split: Split,
    /// The scanned credential.
    pub credential: Option<CredentialNumber>,
    /// The code's step.
    pub step: Option<Step>,
    /// The entry that it undoes: its number, its request, what it is.
    pub reverses: Option<(i64, RequestId, EntryKind)>,
    /// The other customer of a transfer.
    pub peer: Option<CustomerId>,
}

impl Draft {
    /// A first movement of nothing out of a customer's account, by no code; the caller fills in what is otherwise.
    pub fn new(kind: EntryKind, customer: CustomerId, unit: &Unit, own: OwnAccount) -> Self {
        Self {
            kind,
            leg: leg::MAIN,
            customer,
            unit: unit.clone(),
            own,
            gain: false,
            split: Split::default(),
            credential: None,
            step: None,
            reverses: None,
            peer: None,
        }
    }
}

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
                Some(if same {
                    Outcome::Recorded { recorded: first.clone(), fresh: false, repeated: true }
                } else {
                    Outcome::IdMismatch
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
    /// `NotFound` also for one of another shop.
    pub fn customer(&self, shop: ShopId, id: CustomerId) -> Result<&Customer, Refusal> {
        self.customers.get(&id).filter(|known| known.shop == shop).ok_or(Refusal::NotFound)
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
        let operator = self.acting(request);
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
