//! What a book keeps of each thing, what a batch adds to it, and a movement before it has its numbers.

use std::collections::{HashMap, HashSet};

use jiff::tz::TimeZone;

use crate::code::{CredentialNumber, Key, Kind, Step};
use crate::day;
use crate::event::ShownEntry;
use crate::id::{AccountId, CustomerId, OperatorId, RequestId, ShopId};
use crate::ledger::{EntryKind, Hash, Millis, Order, OwnAccount, Split, leg};
use crate::limits::Terms;
use crate::operator::Role;
use crate::outcome::{Cancellation, Refused, Repeat};
use crate::pin::Tries;
use crate::unit::Unit;

/// The most that one of a shop's own accounts may hold or owe, in each part. What a batch moves, or brings back, stays
/// far below the rest of a row's 64 bits.
pub const MAX_OWN: i64 = 9_000_000_000_000_000_000;

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

    /// Whether one of its own accounts comes near to what a row can hold.
    pub fn is_full(&self) -> bool {
        let full = |part: i64| part.unsigned_abs() > MAX_OWN.unsigned_abs();
        self.own.values().any(|account| full(account.split.principal) || full(account.split.bonus))
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
    /// Whether their personal data was erased: what they did can be undone, and nothing else be done.
    pub erased: bool,
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
    /// Its codes of steps before this one were used in books that a restore put aside.
    pub codes_from: Step,
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
    /// Whose deed it settles, where nobody acts: of a cancel that its terminal sends by itself.
    pub on_behalf_of: Option<OperatorId>,
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
            on_behalf_of: None,
        }
    }
}
