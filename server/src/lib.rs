//! The ledger.
pub mod book; pub mod clock; pub mod code; pub mod hub; pub mod lamps; pub mod line; pub mod session; pub mod writer; pub mod data; pub mod master; pub mod store; pub mod event; pub mod mark; pub mod id; pub mod ledger; pub mod outcome; pub mod redeem; pub mod refusal; pub mod request; pub mod reverse; pub mod throttle; pub mod top_up; pub mod unit;
