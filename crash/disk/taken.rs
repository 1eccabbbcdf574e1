//! The C library's functions that change files, taken over.

use std::ffi::{c_char, c_int, c_long, c_void};
use std::time::Duration;

use crate::kept::{self, File};
use crate::log::{Kind, Watch, watch};

/// How long a sync takes.
const SYNC: Duration = Duration::from_millis(2);

/// The bytes that a caller hands over.
unsafe fn bytes<'a>(from: *const c_void, length: usize) -> &'a [u8] {
    // SAFETY: the caller of `write` promises that its buffer has this length.
    unsafe { std::slice::from_raw_parts(from.cast(), length) }
}

/// Does a call on a descriptor, after `before` if it is of a watched file.
fn on_file(fd: c_int, before: impl FnOnce(&Watch, &File), call: impl FnOnce() -> c_long) -> c_long {
    let watched = watch().and_then(|watch| Some((watch, kept::file(watch, fd)?)));
    let Some((watch, _)) = watched else { return call() };
    if watch.is_read_only() {
        return refuse();
    }
    let _turn = watch.turn();
    // Asked again: the length may have changed while we waited.
    if let Some(file) = kept::stat(fd) {
        before(watch, &file);
    }
    call()
}

/// What is answered on a disk that can only be read.
fn refuse() -> c_long {
    // SAFETY: every thread has its own.
    unsafe { *libc::__errno_location() = libc::EROFS };
    -1
}

/// Whether a path is in a folder that can only be read now.
fn is_read_only(path: *const c_char) -> bool {
    watch().is_some_and(|watch| kept::name(watch, path).is_some() && watch.is_read_only())
}

/// Where the next `write` goes.
fn position(fd: c_int, file: &File) -> u64 {
    // SAFETY: both calls take numbers alone.
    let (flags, at) =
        unsafe { (libc::fcntl(fd, libc::F_GETFL), libc::syscall(libc::SYS_lseek, fd, 0, libc::SEEK_CUR)) };
    if flags & libc::O_APPEND == 0 { u64::try_from(at).unwrap_or(0) } else { file.size }
}

fn long(result: c_long) -> isize {
    isize::try_from(result).unwrap_or(-1)
}

fn short(result: c_long) -> c_int {
    c_int::try_from(result).unwrap_or(-1)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, from: *const c_void, length: usize) -> isize {
    let before = |watch: &Watch, file: &File| {
        // SAFETY: as in `bytes`.
        kept::before_write(watch, fd, file, position(fd, file), unsafe { bytes(from, length) });
    };
    // SAFETY: the arguments are the caller's.
    long(on_file(fd, before, || unsafe { libc::syscall(libc::SYS_write, fd, from, length) }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, parts: *const libc::iovec, count: c_int) -> isize {
    let before = |watch: &Watch, file: &File| {
        // SAFETY: the caller promises so many parts, each as long as it says.
        let all: Vec<u8> = unsafe {
            let parts = std::slice::from_raw_parts(parts, usize::try_from(count).unwrap_or(0));
            parts.iter().flat_map(|part| bytes(part.iov_base, part.iov_len)).copied().collect()
        };
        kept::before_write(watch, fd, file, position(fd, file), &all);
    };
    // SAFETY: the arguments are the caller's.
    long(on_file(fd, before, || unsafe { libc::syscall(libc::SYS_writev, fd, parts, count) }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(fd: c_int, from: *const c_void, length: usize, at: i64) -> isize {
    let before = |watch: &Watch, file: &File| {
        // SAFETY: as in `bytes`.
        kept::before_write(watch, fd, file, at as u64, unsafe { bytes(from, length) });
    };
    // SAFETY: the arguments are the caller's.
    long(on_file(fd, before, || unsafe { libc::syscall(libc::SYS_pwrite64, fd, from, length, at) }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(fd: c_int, from: *const c_void, length: usize, at: i64) -> isize {
    // SAFETY: the same call.
    unsafe { pwrite64(fd, from, length, at) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(fd: c_int, length: i64) -> c_int {
    let before = |watch: &Watch, file: &File| kept::before_resize(watch, fd, file, length as u64);
    // SAFETY: the call takes numbers alone.
    short(on_file(fd, before, || unsafe { libc::syscall(libc::SYS_ftruncate, fd, length) }))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(fd: c_int, length: i64) -> c_int {
    // SAFETY: the same call.
    unsafe { ftruncate64(fd, length) }
}

fn synced(call: c_long, fd: c_int) -> c_int {
    let watched = watch().and_then(|watch| Some((watch, kept::file(watch, fd)?)));
    // SAFETY: the call takes a number alone.
    let Some((watch, file)) = watched else { return short(unsafe { libc::syscall(call, fd) }) };
    // Nobody pulls the plug of the real disk: what counts is what is written down. It takes a real one's time, in
    // which the power can go.
    if !watch.forgets {
        let _turn = watch.turn();
        std::thread::sleep(SYNC);
        watch.note(Kind::Sync, file.inode, 0, 0, [b"", b""]);
    }
    0
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    synced(libc::SYS_fsync, fd)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    synced(libc::SYS_fdatasync, fd)
}

/// The mode is there or not, as in C; what is not there is not looked at.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(folder: c_int, path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    // SAFETY: the arguments are the caller's.
    let call = || short(unsafe { libc::syscall(libc::SYS_openat, folder, path, flags, mode) });
    if flags & (libc::O_WRONLY | libc::O_RDWR) != 0 && is_read_only(path) {
        return short(refuse());
    }
    if flags & (libc::O_CREAT | libc::O_TRUNC) == 0 {
        return call();
    }
    let Some((watch, (inode, name))) = watch().and_then(|watch| Some((watch, kept::name(watch, path)?))) else {
        return call();
    };
    let _turn = watch.turn();
    if !kept::is_there(path) {
        watch.note(Kind::Create, inode, 0, 0, [name.as_bytes(), b""]);
        return call();
    }
    if flags & libc::O_TRUNC == 0 {
        return call();
    }
    // SAFETY: the arguments are the caller's, less what would cut the file before it was looked at.
    let fd = short(unsafe { libc::syscall(libc::SYS_openat, folder, path, flags & !libc::O_TRUNC, mode) });
    if let Some(file) = kept::stat(fd) {
        kept::before_resize(watch, fd, &file, 0);
        // SAFETY: the call takes numbers alone.
        unsafe { libc::syscall(libc::SYS_ftruncate, fd, 0) };
    }
    fd
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(folder: c_int, path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    // SAFETY: the same call.
    unsafe { openat64(folder, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    // SAFETY: the same call.
    unsafe { openat64(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    // SAFETY: the same call.
    unsafe { openat64(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the arguments are the caller's.
    let call = || short(unsafe { libc::syscall(libc::SYS_renameat, libc::AT_FDCWD, from, libc::AT_FDCWD, to) });
    let watched = watch().and_then(|watch| Some((watch, kept::name(watch, from)?, kept::name(watch, to)?)));
    let Some((watch, (_, old), (inode, new))) = watched else { return call() };
    if watch.is_read_only() {
        return short(refuse());
    }
    let mut turn = watch.turn();
    let kept = if kept::is_there(to) { kept::keep(watch, &mut turn, to) } else { 0 };
    watch.note(Kind::Rename, inode, kept, 0, [old.as_bytes(), new.as_bytes()]);
    call()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the arguments are the caller's.
    let call = || short(unsafe { libc::syscall(libc::SYS_unlinkat, libc::AT_FDCWD, path, 0) });
    let Some((watch, (inode, name))) = watch().and_then(|watch| Some((watch, kept::name(watch, path)?))) else {
        return call();
    };
    if watch.is_read_only() {
        return short(refuse());
    }
    let mut turn = watch.turn();
    let kept = kept::keep(watch, &mut turn, path);
    watch.note(Kind::Remove, inode, kept, 0, [name.as_bytes(), b""]);
    call()
}
