//! Why nothing was taken: one closed list with stable codes.
//!
//! A refusal is an answer, not a failure. It is stored, final for its request
//! id, and told to the customer if the code was theirs.

/// One reason for which a request took nothing, in the order in which they are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Not a code, an unknown number, or a wrong tag: deliberately one answer for all three.
    CodeInvalid,
    /// A code of another shop.
    WrongShop,
    /// A code of another time of the day.
    CodeExpired {
        /// The code's time less the server's, in seconds.
        clock_difference_s: i64,
    },
    /// The credential was taken back.
    CredentialRevoked,
    /// The customer is frozen.
    Frozen,
    /// No operator with an open session, or the shop takes no printed cards.
    Forbidden,
    /// The code was used before.
    CodeUsed,
    /// No such customer or entry in this shop.
    NotFound,
    /// The shop has no such unit.
    UnitUnknown,
    /// Not an amount that can be moved.
    AmountInvalid,
    /// More than the shop's limit allows, in one use, in one day or on the account.
    LimitExceeded,
    /// The amount needs the customer's PIN.
    PinRequired,
    /// A PIN is wrong, or blocked after too many wrong ones.
    PinWrong,
    /// A manager has to approve.
    ApprovalRequired,
    /// The account is past its date.
    PassExpired,
    /// The account holds too little.
    InsufficientBalance {
        /// What it holds.
        balance: i64,
    },
    /// A cancelled request cannot be reversed.
    Cancelled,
    /// More than is left of the entry.
    ReversalExceeds,
    /// It cannot be undone: the value was spent, or it is an undoing itself.
    Stands,
}

/// Every refusal, once; the details are of no meaning here.
pub const ALL: [Refusal; 19] = [
    Refusal::CodeInvalid,
    Refusal::WrongShop,
    Refusal::CodeExpired { clock_difference_s: 0 },
    Refusal::CredentialRevoked,
    Refusal::Frozen,
    Refusal::Forbidden,
    Refusal::CodeUsed,
    Refusal::NotFound,
    Refusal::UnitUnknown,
    Refusal::AmountInvalid,
    Refusal::LimitExceeded,
    Refusal::PinRequired,
    Refusal::PinWrong,
    Refusal::ApprovalRequired,
    Refusal::PassExpired,
    Refusal::InsufficientBalance { balance: 0 },
    Refusal::Cancelled,
    Refusal::ReversalExceeds,
    Refusal::Stands,
];

impl Refusal {
    /// The stable code that screens turn into a sentence.
    pub fn code(self) -> &'static str {
        match self {
            Self::CodeInvalid => "code_invalid",
            Self::WrongShop => "wrong_shop",
            Self::CodeExpired { .. } => "code_expired",
            Self::CredentialRevoked => "credential_revoked",
            Self::Frozen => "frozen",
            Self::Forbidden => "forbidden",
            Self::CodeUsed => "code_used",
            Self::NotFound => "not_found",
            Self::UnitUnknown => "unit_unknown",
            Self::AmountInvalid => "amount_invalid",
            Self::LimitExceeded => "limit_exceeded",
            Self::PinRequired => "pin_required",
            Self::PinWrong => "pin_wrong",
            Self::ApprovalRequired => "approval_required",
            Self::PassExpired => "pass_expired",
            Self::InsufficientBalance { .. } => "insufficient_balance",
            Self::Cancelled => "cancelled",
            Self::ReversalExceeds => "reversal_exceeds",
            Self::Stands => "stands",
        }
    }

    /// The refusal of a stored row; `None` for a code that is not in the list.
    pub fn from_row(code: &str, balance: Option<i64>, clock_difference_s: Option<i64>) -> Option<Self> {
        let found = ALL.into_iter().find(|refusal| refusal.code() == code)?;
        Some(match found {
            Self::InsufficientBalance { .. } => Self::InsufficientBalance { balance: balance? },
            Self::CodeExpired { .. } => Self::CodeExpired { clock_difference_s: clock_difference_s? },
            plain => plain,
        })
    }

    /// What the account held, where that is the reason.
    pub fn balance(self) -> Option<i64> {
        if let Self::InsufficientBalance { balance } = self { Some(balance) } else { None }
    }

    /// The code's time less the server's, in seconds, where that is the reason.
    pub fn clock_difference_s(self) -> Option<i64> {
        if let Self::CodeExpired { clock_difference_s } = self { Some(clock_difference_s) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_comes_back_from_its_row() {
        for refusal in ALL {
            let back = Refusal::from_row(refusal.code(), refusal.balance(), refusal.clock_difference_s());
            assert_eq!(back, Some(refusal));
        }
        assert_eq!(Refusal::from_row("no_such_code", None, None), None);
    }
}
