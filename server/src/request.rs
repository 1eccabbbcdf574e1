//! What a terminal asks for, and what two askings have in common.
//!
//! Pure values: `http` parses them, `book` decides them, the fingerprint
//! tells a repeated request from a different one under the same id.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::id::{CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::Fingerprint;
use crate::operator::Approval;
use crate::pin;

/// The longest note or reason, in characters.
pub const MAX_NOTE_CHARS: usize = 500;

/// The nouns of the interface whose ids share one namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(rename_all = "snake_case")]
pub enum Noun {
    /// `/redemptions`
    Redemption,
    /// `/top-ups`
    TopUp,
    /// `/reversals`
    Reversal,
    /// `/refunds`
    Refund,
    /// `/transfers`
    Transfer,
    /// `/adjustments`
    Adjustment,
}

impl Noun {
    /// Every noun.
    pub const ALL: [Self; 6] =
        [Self::Redemption, Self::TopUp, Self::Reversal, Self::Refund, Self::Transfer, Self::Adjustment];

    /// The word as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redemption => "redemption",
            Self::TopUp => "top_up",
            Self::Reversal => "reversal",
            Self::Refund => "refund",
            Self::Transfer => "transfer",
            Self::Adjustment => "adjustment",
        }
    }

    /// The noun of a stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|noun| noun.as_str() == text)
    }
}

/// One request of one terminal.
#[derive(Debug, Clone)]
pub struct Request {
    /// The terminal's shop.
    pub shop: ShopId,
    /// The terminal.
    pub terminal: TerminalId,
    /// The id that the terminal chose.
    pub id: RequestId,
    /// The operator who is said to stand there.
    pub operator: Option<OperatorId>,
    /// A manager's consent that came with it.
    pub approval: Option<Approval>,
    /// What it wants.
    pub wish: Wish,
}

/// Whose value a redemption takes.
#[derive(Clone, PartialEq, Eq)]
pub enum Who {
    /// Whose code it is: the 27 digits as they came.
    Code(String),
    /// A customer who was found by name.
    Customer(CustomerId),
}

/// What a request wants.
#[derive(Clone, PartialEq, Eq)]
pub enum Wish {
    /// Take an amount against a code.
    Redeem {
        /// Whose.
        who: Who,
        /// None: the shop's default unit.
        unit: Option<String>,
        /// Minor units or visits, as it came.
        amount: i64,
        /// The customer's PIN, as the edge found it.
        pin: pin::Check,
        /// Free text.
        note: Option<String>,
    },
    /// Add value.
    TopUp {
        /// Whose.
        customer: CustomerId,
        /// The unit as it came.
        unit: String,
        /// What was paid for.
        amount: i64,
        /// What the shop adds, from 0; none: what its rules give.
        bonus: Option<i64>,
        /// Free text.
        reason: Option<String>,
    },
    /// Undo a recorded request, wholly or in part.
    Reverse {
        /// What kind of request is undone: a redemption or a top-up.
        noun: Noun,
        /// Which.
        of: RequestId,
        /// None: all that is left.
        amount: Option<i64>,
        /// Free text.
        reason: Option<String>,
    },
    /// Pay out what was paid for.
    Refund {
        /// Whose.
        customer: CustomerId,
        /// The unit as it came.
        unit: String,
        /// None: all that is left.
        amount: Option<i64>,
        /// Whether the bonus that is left is given up.
        forfeit_bonus: bool,
        /// Free text.
        reason: String,
    },
    /// Move value to another customer.
    Transfer {
        /// From whom.
        customer: CustomerId,
        /// To whom.
        to: CustomerId,
        /// The unit as it came.
        unit: String,
        /// None: all that is left.
        amount: Option<i64>,
        /// Free text.
        reason: String,
    },
    /// Correct an account, up or down.
    Adjust {
        /// Whose.
        customer: CustomerId,
        /// The unit as it came.
        unit: String,
        /// Of what was paid for; below zero it is taken.
        amount: i64,
        /// Of what the shop gave; below zero it is taken.
        bonus: i64,
        /// Free text.
        reason: String,
    },
    /// Make the id final and without effect.
    Cancel {
        /// Under which noun it was asked.
        noun: Noun,
    },
}

impl Request {
    /// HMAC-SHA256 over the meaning, cut to 16 bytes: what is wanted, and who is said to want it and to consent,
    /// without PINs. Keyed, because the code of a printed card could be found from a bare digest. `unit` is the
    /// one in effect, so that leaving it out means the default.
    pub fn fingerprint(&self, key: &[u8; 32], unit: &str) -> Fingerprint {
        let mut digest = Digest::new(key);
        let mut field = |bytes: &[u8]| digest.field(bytes);
        field(unit.as_bytes());
        field(self.wish.note().unwrap_or_default().as_bytes());
        self.wish.meaning(&mut field);
        if let Some(operator) = self.operator {
            field(b"operator");
            field(&operator.0.to_be_bytes());
        }
        if let Some(approval) = self.approval {
            field(b"approval");
            field(&approval.operator.0.to_be_bytes());
        }
        digest.end()
    }
}

/// A fingerprint in the making: HMAC-SHA256 over fields, each after its length, cut to 16 bytes.
struct Digest(Hmac<Sha256>);

impl Digest {
    fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("HMAC takes a key of any length"))
    }

    fn field(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn end(self) -> Fingerprint {
        let digest = self.0.finalize().into_bytes();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        short
    }
}

/// The fingerprint of a request that makes a person: what, and its fields.
pub fn fingerprint_of(key: &[u8; 32], what: &str, fields: &[&str]) -> Fingerprint {
    let mut digest = Digest::new(key);
    digest.field(what.as_bytes());
    for field in fields {
        digest.field(field.as_bytes());
    }
    digest.end()
}

/// Names the wish without its code.
impl std::fmt::Debug for Wish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Redeem { unit, amount, .. } => write!(f, "Redeem {amount} {unit:?}"),
            Self::TopUp { customer, unit, amount, bonus, .. } => {
                write!(f, "TopUp {amount}+{bonus:?} {unit} of {customer}")
            }
            Self::Reverse { noun, of, amount, .. } => write!(f, "Reverse {amount:?} of {noun:?} {of}"),
            Self::Refund { customer, unit, amount, .. } => write!(f, "Refund {amount:?} {unit} of {customer}"),
            Self::Transfer { customer, to, unit, amount, .. } => {
                write!(f, "Transfer {amount:?} {unit} of {customer} to {to}")
            }
            Self::Adjust { customer, unit, amount, bonus, .. } => {
                write!(f, "Adjust {amount}+{bonus} {unit} of {customer}")
            }
            Self::Cancel { noun } => write!(f, "Cancel {noun:?}"),
        }
    }
}

impl Wish {
    /// The noun under which its outcome is found.
    pub fn noun(&self) -> Noun {
        match self {
            Self::Redeem { .. } => Noun::Redemption,
            Self::TopUp { .. } => Noun::TopUp,
            Self::Reverse { .. } => Noun::Reversal,
            Self::Refund { .. } => Noun::Refund,
            Self::Transfer { .. } => Noun::Transfer,
            Self::Adjust { .. } => Noun::Adjustment,
            Self::Cancel { noun } => *noun,
        }
    }

    /// The unit that the wish names itself.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Self::Redeem { unit, .. } => unit.as_deref(),
            Self::TopUp { unit, .. }
            | Self::Refund { unit, .. }
            | Self::Transfer { unit, .. }
            | Self::Adjust { unit, .. } => Some(unit),
            Self::Reverse { .. } | Self::Cancel { .. } => None,
        }
    }

    /// The unit in effect: its own, or `default` where a redemption names none. What undoes has none.
    pub fn unit_or<'a>(&'a self, default: &'a str) -> &'a str {
        match self {
            Self::Redeem { unit, .. } => unit.as_deref().unwrap_or(default),
            Self::TopUp { unit, .. }
            | Self::Refund { unit, .. }
            | Self::Transfer { unit, .. }
            | Self::Adjust { unit, .. } => unit,
            Self::Reverse { .. } | Self::Cancel { .. } => "",
        }
    }

    /// The amount as it was asked.
    pub fn amount(&self) -> Option<i64> {
        match self {
            Self::Redeem { amount, .. } | Self::TopUp { amount, .. } | Self::Adjust { amount, .. } => Some(*amount),
            Self::Reverse { amount, .. } | Self::Refund { amount, .. } | Self::Transfer { amount, .. } => *amount,
            Self::Cancel { .. } => None,
        }
    }

    /// The free text that came with it.
    pub fn note(&self) -> Option<&str> {
        match self {
            Self::Redeem { note, .. } => note.as_deref(),
            Self::TopUp { reason, .. } | Self::Reverse { reason, .. } => reason.as_deref(),
            Self::Refund { reason, .. } | Self::Transfer { reason, .. } | Self::Adjust { reason, .. } => Some(reason),
            Self::Cancel { .. } => None,
        }
    }

    /// The parts that tell one wish from another of the same unit and text; an amount that was left out is -1.
    fn meaning(&self, field: &mut impl FnMut(&[u8])) {
        match self {
            Self::Redeem { who, amount, .. } => {
                match who {
                    Who::Code(code) => {
                        field(b"redeem");
                        field(code.as_bytes());
                    }
                    Who::Customer(customer) => {
                        field(b"redeem by name");
                        field(&customer.0.to_be_bytes());
                    }
                }
                field(&amount.to_be_bytes());
            }
            Self::TopUp { customer, amount, bonus, .. } => {
                field(b"top-up");
                field(&customer.0.to_be_bytes());
                field(&amount.to_be_bytes());
                field(&bonus.unwrap_or(-1).to_be_bytes());
            }
            Self::Reverse { of, amount, .. } => {
                field(b"reverse");
                field(of.as_bytes());
                field(&amount.unwrap_or(-1).to_be_bytes());
            }
            Self::Refund { customer, amount, forfeit_bonus, .. } => {
                field(b"refund");
                field(&customer.0.to_be_bytes());
                field(&amount.unwrap_or(-1).to_be_bytes());
                field(&[u8::from(*forfeit_bonus)]);
            }
            Self::Transfer { customer, to, amount, .. } => {
                field(b"transfer");
                field(&customer.0.to_be_bytes());
                field(&to.0.to_be_bytes());
                field(&amount.unwrap_or(-1).to_be_bytes());
            }
            Self::Adjust { customer, amount, bonus, .. } => {
                field(b"adjust");
                field(&customer.0.to_be_bytes());
                field(&amount.to_be_bytes());
                field(&bonus.to_be_bytes());
            }
            Self::Cancel { .. } => field(b"cancel"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redeem(code: &str, amount: i64, note: Option<&str>) -> Request {
        let who = Who::Code(code.into());
        let wish = Wish::Redeem { who, unit: None, amount, pin: pin::Check::Absent, note: note.map(Into::into) };
        let (shop, terminal, id) = (ShopId(1), TerminalId(1), RequestId::from_bytes([1; 16]));
        Request { shop, terminal, id, operator: None, approval: None, wish }
    }

    fn approved(operator: i64, pin: pin::Check) -> Request {
        Request { approval: Some(Approval { operator: OperatorId(operator), pin }), ..redeem("1", 1, None) }
    }

    #[test]
    fn a_different_meaning_has_a_different_fingerprint() {
        let key = [1; 32];
        let first = redeem("1", 1, None).fingerprint(&key, "wash");
        assert_eq!(first, redeem("1", 1, None).fingerprint(&key, "wash"));
        assert_eq!(first, redeem("1", 1, Some("")).fingerprint(&key, "wash"), "no note and an empty one mean the same");
        for other in [
            redeem("2", 1, None).fingerprint(&key, "wash"),
            redeem("1", 2, None).fingerprint(&key, "wash"),
            redeem("1", 1, Some("x")).fingerprint(&key, "wash"),
            redeem("1", 1, None).fingerprint(&key, "wax"),
            redeem("1", 1, None).fingerprint(&[2; 32], "wash"),
            Request { operator: Some(OperatorId(1)), ..redeem("1", 1, None) }.fingerprint(&key, "wash"),
            approved(1, pin::Check::Right).fingerprint(&key, "wash"),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_pin_is_no_part_of_the_meaning() {
        let print = |operator, pin| approved(operator, pin).fingerprint(&[1; 32], "wash");
        assert_eq!(print(1, pin::Check::Right), print(1, pin::Check::Wrong));
        assert_ne!(print(1, pin::Check::Right), print(2, pin::Check::Right));
    }
}
