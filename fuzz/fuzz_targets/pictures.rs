//! See `sight::picture`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tillbeam_fuzz::sight::picture(bytes));
