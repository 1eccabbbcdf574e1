//! See `entry::socket`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tillbeam_fuzz::entry::socket(bytes));
