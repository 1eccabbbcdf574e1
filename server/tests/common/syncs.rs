//! Counts the program's own fsyncs: these definitions stand before the C library's.

#![expect(unsafe_code, reason = "a symbol of the C library is taken over, to count its calls")]

use std::ffi::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};

static SYNCS: AtomicUsize = AtomicUsize::new(0);

/// Syncs since the start of the program.
pub fn count() -> usize {
    SYNCS.load(Ordering::SeqCst)
}

/// # Safety
/// As the C library's: any descriptor is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    sync(libc::SYS_fsync, fd)
}

/// # Safety
/// As the C library's: any descriptor is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    sync(libc::SYS_fdatasync, fd)
}

fn sync(call: libc::c_long, fd: c_int) -> c_int {
    SYNCS.fetch_add(1, Ordering::SeqCst);
    // SAFETY: both calls take one descriptor and touch no memory of ours.
    let result = unsafe { libc::syscall(call, fd) };
    c_int::try_from(result).unwrap_or(-1)
}
