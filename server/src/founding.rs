//! A shop of one's own, made from the answers of a first start, and the window's terminal in a shop that is there.
//!
//! Whoever may read the data directory may do this; it is in the record of deeds. Called by the window.

use serde_json::json;

use crate::audit::{Act, Deed};
use crate::data::Data;
use crate::day;
use crate::id::{OperatorId, ShopId};
use crate::ledger::Millis;
use crate::master::random;
use crate::name::Name;
use crate::operator::Role;
use crate::pin::{Kept, Pin};
use crate::store::product::{self, ProductRow};
use crate::store::shop::NewShop;
use crate::store::{self, Connection, audit, operator, shop, terminal};
use crate::token;
use crate::unit::{Unit, UnitKind};

/// The name of the window's terminal in every shop that it opens.
pub const TERMINAL: &str = "window";
/// The books' word for a pass whose name has no Latin letters.
const PASS: &str = "visit";

/// What screens call money on account.
const BALANCE: [&str; 2] = ["Balance", "储值"];

/// What the owner said.
pub struct Answers {
    /// As on the sign.
    pub name: Name,
    /// What screens speak: `en` or `zh`.
    pub language: &'static str,
    /// Of the shop's money.
    pub currency: Unit,
    /// IANA name; one that is none means UTC.
    pub time_zone: String,
    /// What a visit is called, if visits are sold.
    pub pass: Option<Name>,
    /// Whether money is kept on account.
    pub money: bool,
    /// The owner's name and PIN; without them nobody is asked who they are.
    pub owner: Option<(Name, Pin)>,
}

/// Why there is no new shop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A shop's name is how the command line knows it.
    #[error("there is a shop of this name")]
    Known,
    /// Neither visits nor money, or a currency that is none.
    #[error("a shop sells visits, money on account, or both")]
    SellsNothing,
    /// The books.
    #[error("the books cannot be written: {0}")]
    Store(#[from] store::Error),
}

/// A shop that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Founded {
    /// Its id.
    pub shop: ShopId,
    /// Its owner, if they have a PIN.
    pub owner: Option<OperatorId>,
}

/// Makes the shop: its units, a button for a visit, its owner.
///
/// # Errors
/// `Known`, `SellsNothing`; nothing is made then.
pub async fn found(data: &Data, answers: &Answers, now: Millis) -> Result<Founded, Error> {
    let pass = answers.pass.as_ref().map(|name| (pass_of(name), name));
    let money = answers.money.then_some(&answers.currency);
    let default_unit = pass.as_ref().map(|(unit, _)| unit).or(money).ok_or(Error::SellsNothing)?;
    if answers.currency.kind() != UnitKind::Money {
        return Err(Error::SellsNothing);
    }
    let kept = answers.owner.as_ref().map(|(name, pin)| Ok((name, keep(data, pin)?))).transpose();
    let kept = kept.map_err(|error: store::Error| error)?;
    let mut write = data.store.begin_write().await?;
    if shop::find(&mut write, answers.name.as_str(), false).await?.is_some() {
        return Err(Error::Known);
    }
    let new = NewShop {
        name: answers.name.as_str(),
        currency: answers.currency.as_str(),
        time_zone: if day::zone(&answers.time_zone).is_some() { &answers.time_zone } else { "UTC" },
        language: answers.language,
        default_unit,
        cards: false,
        practice: false,
    };
    let id = shop::create(&mut write, &new, now).await?;
    if let Some((unit, name)) = &pass {
        sell_visits(&mut write, id, unit, name.as_str()).await?;
    }
    if let Some(unit) = money {
        shop::add_unit(&mut write, id, unit, BALANCE).await?;
    }
    let owner = match &kept {
        Some((name, pin)) => {
            let made = operator::create(&mut write, id, (name.as_str(), Role::Owner, pin), None, now).await?;
            Some(made.ok_or(store::Error::Inconsistent("a new shop with an operator"))?)
        }
        None => None,
    };
    let detail = json!({ "currency": new.currency, "default_unit": default_unit, "owner": owner });
    audit::add(&mut write, &Act { shop: Some(id), ..Act::of_server(Deed::ShopMade, now, detail) }).await?;
    write.commit().await?;
    Ok(Founded { shop: id, owner })
}

async fn sell_visits(conn: &mut Connection, shop: ShopId, unit: &Unit, name: &str) -> Result<(), store::Error> {
    shop::add_unit(conn, shop, unit, [name, name]).await?;
    let (name_en, name_zh) = (name.to_owned(), name.to_owned());
    let button = ProductRow { name_en, name_zh, unit: unit.as_str().to_owned(), amount: 1 };
    product::set(conn, shop, &[button]).await
}

fn keep(data: &Data, pin: &Pin) -> Result<Kept, store::Error> {
    let generation = data.master.current();
    let key = data.master.pin_key(generation).ok_or(store::Error::Inconsistent("no current master key"))?;
    Ok(Kept { hash: pin.hash(&key, &random()), generation })
}

/// The books' word for a pass: its name in small letters and digits, as far as it has any.
fn pass_of(name: &Name) -> Unit {
    let words = name.as_str().split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let text: String = words.collect::<Vec<_>>().join("_").to_ascii_lowercase().chars().take(32).collect();
    let plain = Unit::parse(PASS).expect("small letters are a pass");
    Unit::parse(text.trim_end_matches('_')).filter(|unit| unit.kind() == UnitKind::Pass).unwrap_or(plain)
}

/// The shops that are there, without practice, the oldest first.
pub async fn shops(data: &Data) -> Result<Vec<(ShopId, String)>, store::Error> {
    shop::real(&mut *data.store.read().await?).await
}

/// A fresh token for the window's terminal in a shop; the one before is void. None: there is no such shop.
pub async fn open(data: &Data, id: ShopId, now: Millis) -> Result<Option<String>, store::Error> {
    let mut write = data.store.begin_write().await?;
    if !shop::real(&mut write).await?.iter().any(|(known, _)| *known == id) {
        return Ok(None);
    }
    let (token, hash) = token::new();
    terminal::replace(&mut write, id, TERMINAL, &hash, now).await?;
    write.commit().await?;
    Ok(Some(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_has_a_word_for_the_books_whatever_its_name() {
        for (name, word) in [
            ("Wash", "wash"),
            (" Full wash, wax ", "full_wash_wax"),
            ("洗车", "visit"),
            ("10 visits", "visit"),
            ("CNY", "cny"),
            ("洗车 wash", "wash"),
        ] {
            assert_eq!(pass_of(&Name::parse(name).unwrap()).as_str(), word, "{name}");
        }
        let long = pass_of(&Name::parse(&"haircut ".repeat(10)).unwrap());
        assert!(long.as_str().starts_with("haircut_haircut") && long.as_str().len() <= 32);
    }
}
