//! An owner's forgotten PIN: a new one, set on the machine itself by whoever may read the data directory.
//!
//! What was done is in the record of deeds, where every manager sees it. Called by the command line alone.

use crate::audit::{Act, Deed};
use crate::data::Data;
use crate::id::{OperatorId, ShopId};
use crate::ledger::Millis;
use crate::master::random;
use crate::operator::Role;
use crate::pin::{Kept, Pin};
use crate::store::{self, Connection, audit, operator, shop};

/// The name of an owner who is made without one.
pub const NAME: &str = "Owner";

/// Why there is no new PIN.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such shop.
    #[error("there is no shop called {0}")]
    NoShop(String),
    /// Which one?
    #[error("the shop has more than one owner; say which with --operator: {0}")]
    Several(String),
    /// Somebody who is no owner has the name.
    #[error("{0} is no owner of the shop; name an owner, or a new name for a new one")]
    NoOwner(String),
    /// The books.
    #[error("the books cannot be written: {0}")]
    Store(#[from] store::Error),
}

/// What was done.
#[derive(Debug, PartialEq, Eq)]
pub struct Reset {
    /// The owner's name.
    pub name: String,
    /// Whether they are new.
    pub made: bool,
}

/// Gives an owner a new PIN and locks their sessions; makes an owner where the shop has none, or none of this name.
pub async fn reset(data: &Data, shop_name: &str, name: Option<&str>, pin: &Pin, now: Millis) -> Result<Reset, Error> {
    let generation = data.master.current();
    let key = data.master.pin_key(generation).ok_or(store::Error::Inconsistent("no current master key"))?;
    let kept = Kept { hash: pin.hash(&key, &random()), generation };
    let mut write = data.store.begin_write().await?;
    let found = shop::find(&mut write, shop_name, false).await?;
    let shop = found.ok_or_else(|| Error::NoShop(shop_name.to_owned()))?;
    let (owner, reset) = if let Some((owner, name)) = owner(&mut write, shop, name).await? {
        operator::set_pin(&mut write, owner, &kept).await?;
        operator::close_sessions_of(&mut write, owner).await?;
        (owner, Reset { name, made: false })
    } else {
        let name = name.unwrap_or(NAME);
        let made = operator::create(&mut write, shop, (name, Role::Owner, &kept), None, now).await?;
        let owner = made.ok_or_else(|| Error::NoOwner(name.to_owned()))?;
        (owner, Reset { name: name.to_owned(), made: true })
    };
    let detail = serde_json::json!({ "operator": owner, "made": reset.made });
    let act = Act { shop: Some(shop), ..Act::of_server(Deed::OwnerReset, now, detail) };
    audit::add(&mut write, &act).await?;
    write.commit().await?;
    Ok(reset)
}

/// The owner that is meant: of this name, or the only one.
async fn owner(conn: &mut Connection, shop: ShopId, name: Option<&str>) -> Result<Option<(OperatorId, String)>, Error> {
    let mut owners = operator::owners_by_name(conn, shop).await?;
    match name {
        Some(name) => Ok(owners.into_iter().find(|(_, known)| known == name)),
        None if owners.len() > 1 => {
            let names: Vec<String> = owners.into_iter().map(|(_, name)| name).collect();
            Err(Error::Several(names.join(", ")))
        }
        None => Ok(owners.pop()),
    }
}
