//! A disk that forgets: preloaded into a program, it writes down what would undo every write of one folder.
//!
//! Writes go to the real files, so the program sees what it wrote. Beside them a log keeps what stood there
//! before, and when a file or a folder was synced. After the program was killed, `tillbeam-crash` takes back
//! whatever was not synced: that is what a power cut leaves. Linked into nothing; Linux only.
//!
//! Two variables say what to watch: `TILLBEAM_DISK_FOLDER` and `TILLBEAM_DISK_LOG`. With
//! `TILLBEAM_DISK_FORGETS` syncs are not done and not written down, as with `synchronous = off`. While a file of the log's
//! name with `.read-only` behind it is there, the folder can only be read.

#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "functions of the C library are taken over")]
#![expect(clippy::cast_sign_loss, reason = "C's types for sizes and offsets are signed")]

mod kept;
mod log;
mod taken;
