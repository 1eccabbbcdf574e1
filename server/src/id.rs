//! The ids that travel: newtypes, so that a shop's id is never taken for a customer's.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Integers above this are not exact in JavaScript.
pub const MAX_ID: i64 = (1 << 53) - 1;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type, ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
        pub struct $name(pub i64);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let id = i64::deserialize(deserializer)?;
                let inside = (1..=MAX_ID).contains(&id).then_some(Self(id));
                inside.ok_or_else(|| serde::de::Error::custom("an id is from 1 to 9007199254740991"))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id!(
    /// A shop, the tenant.
    ShopId
);
id!(
    /// A paired merchant device.
    TerminalId
);
id!(
    /// A person at a terminal.
    OperatorId
);
id!(
    /// A person as one shop knows them.
    CustomerId
);
id!(
    /// An address to which a shop's entries are sent.
    WebhookId
);
id!(
    /// What one customer holds in one unit, or one of the shop's own accounts.
    AccountId
);

/// A request's id: a UUID that the terminal chose, the idempotency key for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, ToSchema)]
#[schema(
    value_type = String,
    format = "uuid",
    pattern = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$",
    example = "0192f0c0-0000-7000-8000-000000000001"
)]
pub struct RequestId(Uuid);

impl RequestId {
    /// Reads the 36 characters, in any case; other spellings of a UUID are no request ids.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 36).then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
    }

    /// From the 16 bytes in the database.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// A fresh one, version 7, for requests that the server itself makes.
    pub fn now() -> Self {
        Self(Uuid::now_v7())
    }
}

/// 36 characters in lower case.
impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl Serialize for RequestId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("id must be a UUID of 36 characters"))
    }
}
