//! Money and visits: one type for both, and the limits on amounts.
//!
//! A unit in capitals is a currency, in minor units; any other is a pass.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The largest amount of one request, in minor units or visits.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000;
/// The largest balance of an account.
pub const MAX_BALANCE: i64 = 1_000_000_000_000_000;
/// Currencies without a minor unit (ISO 4217).
const NO_DECIMALS: [&str; 17] = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
const MAX_PASS_LENGTH: usize = 32;

/// What an account is counted in: `wash`, or `CNY`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type, ToSchema)]
#[serde(transparent)]
#[sqlx(transparent)]
#[schema(pattern = "^([a-z][a-z0-9_]{0,31}|[A-Z]{3})$", example = "wash")]
pub struct Unit(String);

/// Whether a unit is money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum UnitKind {
    /// A count of visits.
    Pass,
    /// A currency, in minor units.
    Money,
}

impl Unit {
    /// Reads `[a-z][a-z0-9_]{0,31}` or three capitals.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let first = bytes.first()?;
        let valid = if first.is_ascii_uppercase() {
            bytes.len() == 3 && bytes.iter().all(u8::is_ascii_uppercase)
        } else {
            first.is_ascii_lowercase()
                && bytes.len() <= MAX_PASS_LENGTH
                && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_')
        };
        valid.then(|| Self(text.to_owned()))
    }

    /// The unit as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Money or a pass.
    pub fn kind(&self) -> UnitKind {
        if self.0.starts_with(|c: char| c.is_ascii_uppercase()) { UnitKind::Money } else { UnitKind::Pass }
    }

    /// Decimals of the minor unit (ISO 4217); 0 for a pass.
    pub fn decimals(&self) -> u32 {
        match (self.kind(), self.0.as_str()) {
            (kind, currency) if kind == UnitKind::Pass || NO_DECIMALS.contains(&currency) => 0,
            (_, "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND") => 3,
            (_, "CLF" | "UYW") => 4,
            _ => 2,
        }
    }

    /// An amount with its decimals and a point, as the seed's texts have it: `12.50`, `9`.
    pub fn decimal(&self, amount: i64) -> String {
        let decimals = self.decimals();
        if decimals == 0 {
            return amount.to_string();
        }
        let scale = 10_i64.pow(decimals);
        let width = usize::try_from(decimals).unwrap_or(0);
        let sign = if amount < 0 { "-" } else { "" };
        format!("{sign}{}.{:0width$}", (amount / scale).abs(), (amount % scale).abs())
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom("unit is a pass like `wash` or a currency like `CNY`"))
    }
}

/// An amount that may be moved: 1 to 10^12.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Amount(i64);

impl Amount {
    /// The amount, if it may be moved.
    pub fn new(amount: i64) -> Option<Self> {
        (1..=MAX_AMOUNT).contains(&amount).then_some(Self(amount))
    }

    /// Minor units or visits.
    pub fn get(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_passes_or_currencies_and_nothing_else() {
        for good in ["wash", "w", "car_wash_2", "CNY", "a2345678901234567890123456789012"] {
            assert!(Unit::parse(good).is_some(), "{good}");
        }
        for bad in ["", "Wash", "CN", "CNYX", "2wash", "_w", "wäsche", "a b", "a23456789012345678901234567890123"] {
            assert!(Unit::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn amounts_are_written_with_the_currencys_decimals() {
        let of = |unit: &str, amount| Unit::parse(unit).unwrap().decimal(amount);
        assert_eq!(of("CNY", 1250), "12.50");
        assert_eq!(of("CNY", 5), "0.05");
        assert_eq!(of("JPY", 1250), "1250");
        assert_eq!(of("KWD", 1250), "1.250");
        assert_eq!(of("CNY", -5), "-0.05");
        assert_eq!(of("wash", 9), "9");
    }

    #[test]
    fn an_amount_is_from_one_to_a_million_million() {
        assert!(Amount::new(1).is_some() && Amount::new(MAX_AMOUNT).is_some());
        assert!(Amount::new(0).is_none() && Amount::new(-1).is_none() && Amount::new(MAX_AMOUNT + 1).is_none());
    }
}
