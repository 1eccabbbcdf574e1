//! What a newcomer types.
fn main() {}
