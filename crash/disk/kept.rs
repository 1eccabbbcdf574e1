//! What stood in a file or a folder before it is changed.

use std::ffi::{CStr, CString, c_char, c_int};

use crate::log::{Kind, Watch};

/// `SQLite`'s shared memory: mapped, rebuilt at every start, and nothing that a disk has to keep.
const VOLATILE: &str = "-shm";

/// A file of the watched folder.
pub struct File {
    /// Its inode.
    pub inode: u64,
    /// Its length in bytes.
    pub size: u64,
}

/// The file behind a descriptor, if it lies in the watched folder.
pub fn file(watch: &Watch, fd: c_int) -> Option<File> {
    let mut name = [0_u8; 512];
    let link = CString::new(format!("/proc/self/fd/{fd}")).ok()?;
    // SAFETY: both buffers live through the call, and the length is the buffer's.
    let length =
        unsafe { libc::syscall(libc::SYS_readlinkat, libc::AT_FDCWD, link.as_ptr(), name.as_mut_ptr(), name.len()) };
    let name = std::str::from_utf8(name.get(..usize::try_from(length).ok()?)?).ok()?;
    is_watched(watch, name).then(|| stat(fd)).flatten()
}

/// Whether a path lies in the folder and is to be kept, or is the folder.
pub fn is_watched(watch: &Watch, path: &str) -> bool {
    let inside = path.strip_prefix(&watch.folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    inside && !path.trim_end_matches(" (deleted)").ends_with(VOLATILE)
}

/// Inode and length behind a descriptor.
pub fn stat(fd: c_int) -> Option<File> {
    // SAFETY: zeroes are a valid `stat`, which the call fills.
    let (result, stat) = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        (libc::fstat(fd, &raw mut stat), stat)
    };
    (result == 0).then_some(File { inode: stat.st_ino, size: stat.st_size as u64 })
}

/// Notes what a write of `bytes` at `offset` will cover.
pub fn before_write(watch: &Watch, fd: c_int, file: &File, offset: u64, bytes: &[u8]) {
    let old = read(fd, offset, bytes.len().min(usize::try_from(file.size.saturating_sub(offset)).unwrap_or(0)));
    watch.note(Kind::Write, file.inode, offset, file.size, [&old, bytes]);
}

/// Notes what setting the length will cut off.
pub fn before_resize(watch: &Watch, fd: c_int, file: &File, length: u64) {
    let cut = usize::try_from(file.size.saturating_sub(length)).unwrap_or(0);
    watch.note(Kind::Resize, file.inode, length, file.size, [&read(fd, length, cut), b""]);
}

/// What a file holds somewhere; opened anew, because the descriptor may be for writing alone.
fn read(fd: c_int, offset: u64, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let Ok(link) = CString::new(format!("/proc/self/fd/{fd}")) else { return bytes };
    let mut done = 0;
    // SAFETY: the path ends with a zero byte; the buffer is as long as said; the descriptor is ours.
    unsafe {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC;
        let reader = libc::syscall(libc::SYS_openat, libc::AT_FDCWD, link.as_ptr(), flags, 0);
        while done < length {
            let at = offset + done as u64;
            let got = libc::syscall(libc::SYS_pread64, reader, bytes.as_mut_ptr().add(done), length - done, at);
            let Ok(got @ 1..) = usize::try_from(got) else { break };
            done += got;
        }
        libc::syscall(libc::SYS_close, reader);
    }
    bytes
}

/// The inode of the folder that a watched path lies in, and its last part.
pub fn name(watch: &Watch, path: *const c_char) -> Option<(u64, String)> {
    // SAFETY: the C library's own callers promise a path that ends with a zero byte.
    let path = unsafe { CStr::from_ptr(path) }.to_str().ok()?;
    let (folder, name) = path.rsplit_once('/')?;
    if !is_watched(watch, path) {
        return None;
    }
    let folder = CString::new(folder).ok()?;
    // SAFETY: zeroes are a valid `stat`, which the call fills; the path ends with a zero byte.
    let (result, stat) = unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        (libc::stat(folder.as_ptr(), &raw mut stat), stat)
    };
    (result == 0).then(|| (stat.st_ino, name.to_owned()))
}

/// Whether a path is there.
pub fn is_there(path: *const c_char) -> bool {
    // SAFETY: as in `name`.
    unsafe { libc::syscall(libc::SYS_faccessat, libc::AT_FDCWD, path, libc::F_OK) == 0 }
}

/// Keeps a file that is about to lose its name; the number of its link beside the log, 0 if there is none.
pub fn keep(watch: &Watch, number: &mut u64, path: *const c_char) -> u64 {
    *number += 1;
    let Ok(link) = CString::new(format!("{}.{number}", watch.log)) else { return 0 };
    // SAFETY: both paths end with a zero byte.
    let kept = unsafe { libc::syscall(libc::SYS_linkat, libc::AT_FDCWD, path, libc::AT_FDCWD, link.as_ptr(), 0) };
    if kept == 0 { *number } else { 0 }
}
