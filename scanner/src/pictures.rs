//! One picture from disk.
