//! See `sight::buffers`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tillbeam_fuzz::sight::buffers(bytes));
