//! Gathers what a commit adds to the log into few calls of the system.
//!
//! `SQLite` hands the log over in two pieces a page, each with a call of its own; for a batch that is thousands.
//! This is a layer over the system's own file access that keeps what is appended until it is synced or read, and
//! hands it over in one piece. Nothing is said to be written before that: with `synchronous=FULL`, which the
//! store always sets, each commit syncs the log before others are shown it, and what could not be written then
//! fails the commit. Only the writer's connection uses it, and only its log; other files are the system's.
//!
//! After `SQLite`'s own description of such layers: <https://www.sqlite.org/vfs.html>.

#![expect(unsafe_code, reason = "SQLite's interface is C")]

use std::ffi::{CStr, c_int, c_void};
use std::mem;
use std::ptr;
use std::sync::OnceLock;

use libsqlite3_sys as ffi;

use super::Error;

/// Bytes that are kept at most. The system's layer takes less than 128 KiB in one call.
const MAX_KEPT: usize = 64 << 10;

/// Its name, for a connection that wants it.
pub const NAME: &str = "tillbeam-gather";
const C_NAME: &CStr = c"tillbeam-gather";

/// A log, in the place that `SQLite` gives to a file.
#[repr(C)]
struct Log {
    base: ffi::sqlite3_file,
    kept: *mut Kept,
}

/// What was appended and not handed over.
struct Kept {
    /// The system's file, in memory of its own.
    file: Box<[u64]>,
    /// Where the bytes belong.
    at: i64,
    bytes: Vec<u8>,
}

/// Makes the layer known, once in this process.
///
/// # Errors
/// If the library has no way to files at all.
pub fn register() -> Result<(), Error> {
    static RESULT: OnceLock<c_int> = OnceLock::new();
    let result = *RESULT.get_or_init(|| {
        // SAFETY: the system's layer lives for ever, and so does the copy of it that is handed over.
        unsafe {
            let system = ffi::sqlite3_vfs_find(ptr::null());
            if system.is_null() {
                return ffi::SQLITE_ERROR;
            }
            let mut layer = *system;
            layer.zName = C_NAME.as_ptr();
            layer.pNext = ptr::null_mut();
            layer.xOpen = Some(open);
            layer.szOsFile = layer.szOsFile.max(c_int::try_from(mem::size_of::<Log>()).unwrap_or(c_int::MAX));
            ffi::sqlite3_vfs_register(Box::leak(Box::new(layer)), 0)
        }
    });
    if result == ffi::SQLITE_OK {
        Ok(())
    } else {
        Err(Error::Sqlite { code: result, text: "the log's writes cannot be gathered".to_owned() })
    }
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: `SQLite` gives memory of `szOsFile` bytes for the file; it is the system's, or a `Log` over one whose
    // memory is as large and lives until `close`.
    unsafe {
        let system = ffi::sqlite3_vfs_find(ptr::null());
        let Some(open_system) = system.as_ref().and_then(|system| system.xOpen) else { return ffi::SQLITE_ERROR };
        if flags & ffi::SQLITE_OPEN_WAL == 0 {
            return open_system(system, name, file, flags, out_flags);
        }
        (*file).pMethods = ptr::null();
        let words = usize::try_from((*system).szOsFile).unwrap_or(0).div_ceil(mem::size_of::<u64>());
        let mut kept = Box::new(Kept { file: vec![0; words].into_boxed_slice(), at: 0, bytes: Vec::new() });
        let result = open_system(system, name, kept.system(), flags, out_flags);
        if result == ffi::SQLITE_OK {
            (*file.cast::<Log>()).kept = Box::into_raw(kept);
            (*file).pMethods = &raw const METHODS;
        } else if let Some(close) = kept.methods().and_then(|methods| methods.xClose) {
            close(kept.system());
        }
        result
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    // The first form: a log is neither locked nor mapped.
    iVersion: 1,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: None,
    xShmLock: None,
    xShmBarrier: None,
    xShmUnmap: None,
    xFetch: None,
    xUnfetch: None,
};

impl Kept {
    fn system(&mut self) -> *mut ffi::sqlite3_file {
        self.file.as_mut_ptr().cast()
    }

    /// The system's calls for its file; none if it could not be opened.
    fn methods(&mut self) -> Option<&'static ffi::sqlite3_io_methods> {
        // SAFETY: the memory is as large as the system asks for, and it points to its constants or nowhere.
        unsafe { (*self.system()).pMethods.as_ref() }
    }

    /// Hands over what is kept. What fails is gone, like the commit that it belonged to.
    fn hand_over(&mut self) -> c_int {
        let bytes = mem::take(&mut self.bytes);
        let result = if bytes.is_empty() { ffi::SQLITE_OK } else { self.write(&bytes, self.at) };
        self.bytes = bytes;
        self.bytes.clear();
        result
    }

    fn write(&mut self, bytes: &[u8], at: i64) -> c_int {
        let (Some(write), Ok(length)) =
            (self.methods().and_then(|methods| methods.xWrite), c_int::try_from(bytes.len()))
        else {
            return ffi::SQLITE_IOERR_WRITE;
        };
        // SAFETY: the file is open, and the bytes are there for the call.
        unsafe { write(self.system(), bytes.as_ptr().cast(), length, at) }
    }

    fn append(&mut self, bytes: &[u8], at: i64) -> c_int {
        let kept = i64::try_from(self.bytes.len()).unwrap_or(i64::MAX);
        let follows = self.at.checked_add(kept) == Some(at);
        if !self.bytes.is_empty() && (!follows || self.bytes.len() + bytes.len() > MAX_KEPT) {
            let result = self.hand_over();
            if result != ffi::SQLITE_OK {
                return result;
            }
        }
        if self.bytes.is_empty() {
            self.at = at;
        }
        self.bytes.extend_from_slice(bytes);
        ffi::SQLITE_OK
    }
}

/// Hands over what is kept, then calls the system's `$method` of the same file, which has the first form's calls all.
macro_rules! after_handing_over {
    ($file:expr, $method:ident $(, $argument:expr)*) => {
        // SAFETY: the file is a `Log` that `open` made and `close` did not take, and only its connection uses it.
        unsafe {
            let kept = &mut *(*$file.cast::<Log>()).kept;
            match (kept.hand_over(), kept.methods().and_then(|methods| methods.$method)) {
                (ffi::SQLITE_OK, Some(method)) => method(kept.system() $(, $argument)*),
                (ffi::SQLITE_OK, None) => ffi::SQLITE_IOERR,
                (failed, _) => failed,
            }
        }
    };
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let result = after_handing_over!(file, xClose);
    // SAFETY: as above; `SQLite` uses a file no more once it is closed.
    drop(unsafe { Box::from_raw((*file.cast::<Log>()).kept) });
    result
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, into: *mut c_void, length: c_int, at: i64) -> c_int {
    after_handing_over!(file, xRead, into, length, at)
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, from: *const c_void, length: c_int, at: i64) -> c_int {
    let Ok(length) = usize::try_from(length) else { return ffi::SQLITE_IOERR_WRITE };
    // SAFETY: as in `after_handing_over`; the bytes are there for the call.
    unsafe { (*(*file.cast::<Log>()).kept).append(std::slice::from_raw_parts(from.cast(), length), at) }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, size: i64) -> c_int {
    after_handing_over!(file, xTruncate, size)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    after_handing_over!(file, xSync, flags)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, size: *mut i64) -> c_int {
    after_handing_over!(file, xFileSize, size)
}

/// A log is never locked by itself.
unsafe extern "C" fn lock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, reserved: *mut c_int) -> c_int {
    after_handing_over!(file, xCheckReservedLock, reserved)
}

unsafe extern "C" fn file_control(file: *mut ffi::sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    after_handing_over!(file, xFileControl, what, argument)
}

unsafe extern "C" fn sector_size(file: *mut ffi::sqlite3_file) -> c_int {
    after_handing_over!(file, xSectorSize)
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    after_handing_over!(file, xDeviceCharacteristics)
}
