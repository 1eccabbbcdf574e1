//! The shop, its units and what is taken next, as the server tells them and the page shows them.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

use super::Habits;

/// The shop as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(TS))]
pub struct ShopShown {
    /// The shop itself.
    pub shop: Shop,
    /// Every unit that can be taken.
    pub units: Vec<Unit>,
    /// The till's buttons, in their order.
    pub products: Vec<Product>,
    /// The unit taken where none is chosen.
    pub default_unit: String,
    /// The address that phones use.
    pub phone_url: String,
    /// What the next scan takes.
    pub preset: Preset,
    /// Which of the page's choices of it that was: what is told after one that is still on its way is not news.
    pub choice: u64,
    /// The page's language.
    pub language: Language,
    /// What this till is used to.
    pub habits: Habits,
}

/// The tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Shop {
    /// Positive, below 2^53.
    pub id: u64,
    /// As on the sign.
    pub name: String,
    /// ISO 4217.
    pub currency: String,
    /// IANA name.
    pub time_zone: String,
    /// The shop's own language.
    pub language: Language,
    /// Fake customers, marked, never in the books.
    pub practice: bool,
}

/// A unit: a pass or the shop's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Unit {
    /// `wash`, or `CNY`.
    pub unit: String,
    /// A count or money.
    pub kind: UnitKind,
    /// Digits after the point; 0 for a pass.
    pub decimals: u8,
    /// What screens call it.
    pub names: Names,
}

/// A unit's names on screens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Names {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// A button of the till: a name for what a scan takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Product {
    /// What screens call it.
    pub names: Names,
    /// One of the shop's units.
    pub unit: String,
    /// 1 … 10^12.
    pub amount: u64,
}

/// A count of visits, or minor units of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// 次卡.
    Pass,
    /// 储值.
    Money,
}

/// The two languages of every screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// 中文.
    Zh,
}

/// What the next scan takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Preset {
    /// One of the shop's units.
    pub unit: String,
    /// 1 … 10^12.
    pub amount: u64,
}

/// The server's answer to `GET /api/v1/shop`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ShopAnswer {
    /// The shop itself.
    pub shop: Shop,
    /// Every unit that can be taken.
    pub units: Vec<Unit>,
    /// The till's buttons; a server of before has none.
    #[serde(default)]
    pub products: Vec<Product>,
    /// One of the units.
    pub default_unit: String,
    /// The address that phones use.
    pub phone_url: String,
}

impl ShopAnswer {
    /// What the next scan takes where nobody chose: the first button; without any, one visit, or ten of the currency.
    pub fn first_preset(&self) -> Option<Preset> {
        if let Some(Product { unit, amount, .. }) = self.products.first() {
            return Some(Preset { unit: unit.clone(), amount: *amount });
        }
        let unit = self.units.iter().find(|unit| unit.unit == self.default_unit).or(self.units.first())?;
        let amount = match unit.kind {
            UnitKind::Pass => 1,
            UnitKind::Money => 10_u64.checked_pow(u32::from(unit.decimals) + 1)?,
        };
        Some(Preset { unit: unit.unit.clone(), amount })
    }
}
