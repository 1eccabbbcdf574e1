//! A new generation of the master key, and what becomes of the credentials of older ones.
//!
//! A phone renews by itself: it is told so, asks for its new key, and until it shows a code of it both keys work. A card
//! gets a new print of the same number. Works beside a running server, which looks for a generation that it does not
//! know. Called by the command line and `http::renew`.

use crate::audit::{Act, Deed};
use crate::code::{Code, CredentialNumber, Key};
use crate::data::{Data, DataError};
use crate::id::{CustomerId, ShopId};
use crate::ledger::Millis;
use crate::master::Master;
use crate::store::keys::{self, ToRenew};
use crate::store::{self, Connection, audit};

/// Why a key could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data directory or the key in it.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The books.
    #[error("the books cannot be written: {0}")]
    Store(#[from] store::Error),
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A new generation; older keys work until they are renewed.
    Rotate,
    /// A new generation; older keys stop at once.
    Compromised,
    /// No new generation; older keys stop.
    StopOld,
}

/// How it stands then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The generation of new credentials.
    pub generation: i64,
    /// What is of older ones.
    pub to_renew: ToRenew,
}

/// A card's new print.
#[derive(Debug, serde::Serialize)]
pub struct Reprint {
    /// Whose it is.
    pub customer_id: CustomerId,
    /// Their name.
    pub name: String,
    /// Ten digits, as before.
    pub credential: String,
    /// The code to print.
    pub card_code: String,
}

/// Carries a step out. The new generation is on the disk before the books name it.
pub async fn carry_out(data: &Data, step: Step, now: Millis) -> Result<Standing, Error> {
    match step {
        Step::Rotate | Step::Compromised => data.master.start_generation().map_err(DataError::from)?,
        Step::StopOld => {}
    }
    let mut write = data.store.begin_write().await?;
    keys::set_current(&mut write, data.master.current()).await?;
    let deed = match step {
        Step::Rotate => Deed::KeyRotated,
        Step::Compromised => Deed::KeyCompromised,
        Step::StopOld => Deed::OldKeysStopped,
    };
    if step != Step::Rotate {
        keys::stop_older(&mut write).await?;
    }
    let generation = keys::current(&mut write).await?;
    let detail = serde_json::json!({ "generation": generation });
    audit::add(&mut write, &Act::of_server(deed, now, detail)).await?;
    let standing = Standing { generation, to_renew: keys::to_renew(&mut write).await? };
    write.commit().await?;
    Ok(standing)
}

/// The current key of a credential. Asked again, it is the same: nothing is lost with an answer.
pub async fn renew(conn: &mut Connection, master: &Master, credential: CredentialNumber) -> Result<Key, store::Error> {
    keys::offer(conn, credential).await?;
    let generation = keys::current(conn).await?;
    master.key(generation, credential).ok_or(store::Error::Inconsistent("no current master key"))
}

/// New prints for a shop's cards of older generations. The old print works until the new one is scanned.
pub async fn reprint(data: &Data, shop: ShopId) -> Result<Vec<Reprint>, Error> {
    let mut write = data.store.begin_write().await?;
    let mut prints = Vec::new();
    for card in keys::old_cards(&mut write, shop).await? {
        let key = renew(&mut write, &data.master, card.credential).await?;
        prints.push(Reprint {
            customer_id: card.customer,
            name: card.name,
            credential: card.credential.to_string(),
            card_code: Code::card(card.credential, &key).to_string(),
        });
    }
    write.commit().await?;
    Ok(prints)
}
