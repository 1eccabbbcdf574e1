//! The log: one record for each change, written before the change is done.
//!
//! A record: kind (1 byte), inode, offset, size before (8 bytes each, little-endian), then the lengths (4 bytes
//! each) of two byte strings, and these. A record that was cut off was of a change that did not happen.

use std::ffi::{CString, c_int};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// What happened.
#[derive(Clone, Copy)]
pub enum Kind {
    /// Bytes at an offset: before, after.
    Write = 1,
    /// A file's length was set to the offset; the bytes cut off, nothing.
    Resize = 2,
    /// A file or a folder was synced.
    Sync = 3,
    /// A name is new in a folder.
    Create = 4,
    /// A name was changed in a folder: from, to.
    Rename = 5,
    /// A name was removed from a folder.
    Remove = 6,
}

/// What is watched.
pub struct Watch {
    /// The folder, without a slash at its end.
    pub folder: String,
    /// The log's path; links to what was removed lie beside it.
    pub log: String,
    /// Whether syncs are forgotten.
    pub forgets: bool,
    /// While there is a file of this name, nothing is written.
    read_only: CString,
    fd: c_int,
    turn: Mutex<u64>,
}

/// What this process watches; none if it was not asked to.
pub fn watch() -> Option<&'static Watch> {
    static WATCH: OnceLock<Option<Watch>> = OnceLock::new();
    WATCH
        .get_or_init(|| {
            let (folder, log) = (std::env::var("TILLBEAM_DISK_FOLDER").ok()?, std::env::var("TILLBEAM_DISK_LOG").ok()?);
            let path = CString::new(log.as_str()).ok()?;
            let read_only = CString::new(format!("{log}.read-only")).ok()?;
            let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_APPEND | libc::O_CLOEXEC;
            // SAFETY: the path ends with a zero byte; the call keeps nothing of it.
            let fd = unsafe { libc::syscall(libc::SYS_openat, libc::AT_FDCWD, path.as_ptr(), flags, 0o600) };
            let forgets = std::env::var_os("TILLBEAM_DISK_FORGETS").is_some();
            Some(Watch { folder, log, forgets, read_only, fd: c_int::try_from(fd).ok()?, turn: Mutex::new(0) })
        })
        .as_ref()
}

impl Watch {
    /// Changes of the folder take turns, so that the log has them in their order.
    pub fn turn(&self) -> MutexGuard<'_, u64> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the folder can only be read now.
    pub fn is_read_only(&self) -> bool {
        // SAFETY: the name ends with a zero byte; the call keeps nothing of it.
        unsafe { libc::access(self.read_only.as_ptr(), libc::F_OK) == 0 }
    }

    /// Writes a record down.
    pub fn note(&self, kind: Kind, inode: u64, offset: u64, size: u64, [first, second]: [&[u8]; 2]) {
        let mut record = vec![kind as u8];
        for number in [inode, offset, size] {
            record.extend_from_slice(&number.to_le_bytes());
        }
        for bytes in [first, second] {
            record.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        record.extend_from_slice(first);
        record.extend_from_slice(second);
        let mut rest = record.as_slice();
        while !rest.is_empty() {
            // SAFETY: the slice lives through the call.
            let done = unsafe { libc::syscall(libc::SYS_write, self.fd, rest.as_ptr(), rest.len()) };
            let Ok(done @ 1..) = usize::try_from(done) else { std::process::abort() };
            rest = &rest[done..];
        }
    }
}
