//! See `entry::csv`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tillbeam_fuzz::entry::csv(bytes));
