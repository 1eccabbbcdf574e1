//! `tillbeam-scan`.
fn main() {}
