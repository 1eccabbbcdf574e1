//! A request that makes a person: the same id again makes no second one, and another body under it is told apart.

use super::App;
use super::error::ApiError;
use crate::id::{RequestId, ShopId};
use crate::ledger::Fingerprint;
use crate::request;
use crate::store::{Connection, past};

/// A request by its id and what it asks for.
pub struct Once {
    /// Its id.
    pub id: RequestId,
    /// By every generation of the key, the newest first; never empty.
    fingerprints: Vec<Fingerprint>,
}

impl Once {
    /// A request that makes a `what` of these fields.
    pub fn of(app: &App, id: RequestId, what: &str, fields: &[&str]) -> Self {
        let keys = app.master.fingerprint_keys();
        Self { id, fingerprints: keys.iter().map(|key| request::fingerprint_of(key, what, fields)).collect() }
    }

    /// What is kept of it.
    pub fn kept(&self) -> (RequestId, Fingerprint) {
        (self.id, self.fingerprints[0])
    }

    /// Whether it is the request that is known by this id; what was kept without a fingerprint is.
    ///
    /// # Errors
    /// `IdMismatch`.
    pub fn is_the_same(&self, known: Option<&[u8]>) -> Result<(), ApiError> {
        let same = known.is_none_or(|known| self.fingerprints.iter().any(|own| own == known));
        if same { Ok(()) } else { Err(ApiError::IdMismatch) }
    }

    /// Whether nothing else of the shop has its id.
    ///
    /// # Errors
    /// `IdMismatch`, or the books cannot be read.
    pub async fn is_free(&self, conn: &mut Connection, shop: ShopId) -> Result<(), ApiError> {
        if past::is_taken(conn, shop, self.id).await? { Err(ApiError::IdMismatch) } else { Ok(()) }
    }
}
