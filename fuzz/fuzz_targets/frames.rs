//! See `sight::frames`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tillbeam_fuzz::sight::frames(bytes));
