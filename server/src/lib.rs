//! The ledger and the push.
