//! Decode time.
fn main() {}
