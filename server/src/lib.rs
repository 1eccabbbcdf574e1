//! The ledger.
pub mod book; pub mod code; pub mod event; pub mod mark; pub mod id; pub mod ledger; pub mod outcome; pub mod redeem; pub mod refusal; pub mod request; pub mod reverse; pub mod throttle; pub mod top_up; pub mod unit;
