//! A Z report, as it is kept.

use sha2::{Digest as _, Sha256};

use crate::id::{OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Hash, Millis};

/// A closed range of a shop's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZReport {
    /// Whose.
    pub shop: ShopId,
    /// 1, 2, 3 … in that shop.
    pub number: i64,
    /// The request that closed it.
    pub request: RequestId,
    /// When; never before its last entry.
    pub at: Millis,
    /// Where it was closed.
    pub terminal: TerminalId,
    /// Who closed it.
    pub operator: Option<OperatorId>,
    /// Who approved, where the operator alone may not close.
    pub approver: Option<OperatorId>,
    /// The entry after the last one of the report before.
    pub first_entry: i64,
    /// The ledger's last entry then; one less than the first where there is none.
    pub last_entry: i64,
    /// The ledger's hash at it.
    pub entry_hash: Hash,
    /// [`Totals`](super::Totals) as JSON, byte for byte as they were.
    pub totals: String,
    /// Chains it to the report before.
    pub hash: Hash,
}

impl ZReport {
    /// SHA-256 over `tillbeam/z-report/1`, the hash of the report before (zeros before the first), the request id,
    /// every id, number and time as 8 bytes big-endian (an absent one as the bytes of -1), the ledger's hash at
    /// the last entry, and the totals' own SHA-256.
    pub fn hash_after(&self, previous: &Hash) -> Hash {
        let mut sha = Sha256::new();
        sha.update(b"tillbeam/z-report/1");
        sha.update(previous);
        sha.update(self.request.as_bytes());
        let numbers = [
            self.shop.0,
            self.number,
            self.at,
            self.terminal.0,
            self.operator.map_or(-1, |operator| operator.0),
            self.approver.map_or(-1, |operator| operator.0),
            self.first_entry,
            self.last_entry,
        ];
        for number in numbers {
            sha.update(number.to_be_bytes());
        }
        sha.update(self.entry_hash);
        sha.update(Sha256::digest(self.totals.as_bytes()));
        sha.finalize().into()
    }
}
