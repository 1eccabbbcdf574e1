//! Who stands at the terminal, and what their role may do.
//!
//! Pure values. In a shop without operators the owner is meant, and nobody is asked.

use crate::id::OperatorId;
use crate::pin;

/// What a person may do; each may do what the one before may.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    sqlx::Type,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(rename_all = "lowercase")]
pub enum Role {
    /// Takes and adds value.
    Cashier,
    /// Undoes, refunds, transfers, corrects, approves.
    Manager,
    /// Settings, operators, terminals, erasing.
    Owner,
}

impl Role {
    /// Every role, in rising order.
    pub const ALL: [Self; 3] = [Self::Cashier, Self::Manager, Self::Owner];

    /// The role of a stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cashier => "cashier",
            Self::Manager => "manager",
            Self::Owner => "owner",
        }
    }
}

/// A manager's consent to what the operator alone may not do. The edge has looked at the PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Approval {
    /// Who consents.
    pub operator: OperatorId,
    /// Whether their PIN was right.
    pub pin: pin::Check,
}
