//! The master key: outside the database, in generations.
//!
//! A credential names its generation; a restore or a rotation starts a new
//! one. The file is JSON, readable by its owner alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use hkdf::Hkdf;
use serde::Deserialize;
use sha2::Sha256;

use crate::code::{CredentialNumber, Key};
use crate::id::WebhookId;
use crate::private;

/// The file's name in the data directory.
pub const FILE: &str = "master.key";

/// Every generation, the oldest first; never empty. Clones share what they know: one that learns of a new
/// generation tells all.
#[derive(Clone)]
pub struct Master {
    path: PathBuf,
    generations: Arc<RwLock<Arc<[[u8; 32]]>>>,
}

#[derive(Deserialize)]
struct File {
    generations: Vec<String>,
}

/// Why the master key could not be had.
#[derive(Debug, thiserror::Error)]
pub enum MasterError {
    /// The file system said no.
    #[error("the master key {path} cannot be used: {cause}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is there but is not a master key.
    #[error("the master key {path} is damaged; put the file from your backup in its place")]
    Damaged {
        /// The file.
        path: String,
    },
}

impl Master {
    /// Reads the key of a data directory, making one if `create` and there is none.
    pub fn open(data: &Path, create: bool) -> Result<Self, MasterError> {
        let path = data.join(FILE);
        let generations = match read(&path) {
            Err(MasterError::Io { cause, .. }) if cause.kind() == std::io::ErrorKind::NotFound && create => {
                let first = vec![random()];
                write(&path, &first)?;
                first
            }
            read => read?,
        };
        Ok(Self { path, generations: Arc::new(RwLock::new(generations.into())) })
    }

    /// Appends a new generation, on the disk first.
    pub fn start_generation(&self) -> Result<(), MasterError> {
        let mut generations = read(&self.path)?;
        generations.push(random());
        write(&self.path, &generations)?;
        self.know(generations);
        Ok(())
    }

    /// Looks for generations that another process appended.
    pub fn refresh(&self) -> Result<(), MasterError> {
        self.know(read(&self.path)?);
        Ok(())
    }

    fn know(&self, generations: Vec<[u8; 32]>) {
        let mut known = self.generations.write().unwrap_or_else(PoisonError::into_inner);
        // Generations are only ever appended; another file is not this server's.
        if generations.len() > known.len() && generations.starts_with(&known) {
            *known = generations.into();
        }
    }

    fn known(&self) -> Arc<[[u8; 32]]> {
        self.generations.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The generation of new credentials, from 1.
    pub fn current(&self) -> i64 {
        i64::try_from(self.known().len()).unwrap_or(i64::MAX)
    }

    /// A generation; one that is not known yet is looked for on the disk. `None` if there is none.
    fn generation(&self, generation: i64) -> Option<[u8; 32]> {
        let index = usize::try_from(generation).ok()?.checked_sub(1)?;
        let known = self.known().get(index).copied();
        known.or_else(|| {
            self.refresh().ok()?;
            self.known().get(index).copied()
        })
    }

    /// A credential's key; `None` for a generation that the file does not have.
    pub fn key(&self, generation: i64, number: CredentialNumber) -> Option<Key> {
        Some(Key::derive(&self.generation(generation)?, number))
    }

    /// The keys of request fingerprints, the newest generation first.
    pub fn fingerprint_keys(&self) -> Vec<[u8; 32]> {
        self.known().iter().rev().map(|master| derive(master, b"tillbeam/fingerprint/1")).collect()
    }

    /// The keys of recovery words, the newest generation first.
    pub fn recovery_keys(&self) -> Vec<[u8; 32]> {
        self.known().iter().rev().map(|master| derive(master, b"tillbeam/recovery/1")).collect()
    }

    /// The key of the PINs that were set in a generation; `None` for one that the file does not have.
    pub fn pin_key(&self, generation: i64) -> Option<[u8; 32]> {
        Some(derive(&self.generation(generation)?, b"tillbeam/pin/1"))
    }

    /// The key of a webhook's secret; `None` for a generation that this file does not have.
    pub fn webhook_key(&self, generation: i64, webhook: WebhookId) -> Option<[u8; 32]> {
        let info = [b"tillbeam/webhook/1".as_slice(), &webhook.0.to_be_bytes()].concat();
        Some(derive(&self.generation(generation)?, &info))
    }
}

fn read(path: &Path) -> Result<Vec<[u8; 32]>, MasterError> {
    let bytes = fs::read(path).map_err(|cause| MasterError::Io { path: path.display().to_string(), cause })?;
    parse(&bytes).ok_or(MasterError::Damaged { path: path.display().to_string() })
}

fn parse(bytes: &[u8]) -> Option<Vec<[u8; 32]>> {
    let file: File = serde_json::from_slice(bytes).ok()?;
    let generations: Option<Vec<[u8; 32]>> =
        file.generations.iter().map(|text| hex::decode(text).ok()?.try_into().ok()).collect();
    generations.filter(|generations| !generations.is_empty())
}

/// Written beside, synced and renamed: a power cut leaves the old file or the new one.
fn write(path: &Path, generations: &[[u8; 32]]) -> Result<(), MasterError> {
    let text = serde_json::json!({ "generations": generations.iter().map(hex::encode).collect::<Vec<_>>() });
    private::write(path, text.to_string().as_bytes())
        .map_err(|cause| MasterError::Io { path: path.display().to_string(), cause })
}

fn derive(master: &[u8; 32], info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(None, master).expand(info, &mut key).expect("32 bytes are within HKDF's limit");
    key
}

/// 32 bytes from the operating system.
///
/// # Panics
/// If the system has no randomness: nothing safe can be done then.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_made_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let number = CredentialNumber::new(1).unwrap();
        let first = Master::open(folder.path(), true).unwrap().key(1, number).unwrap().to_hex();
        let again = Master::open(folder.path(), false).unwrap();
        assert_eq!(again.key(1, number).unwrap().to_hex(), first);
        assert!(again.key(2, number).is_none() && again.key(0, number).is_none());
    }

    #[test]
    fn a_new_generation_is_learned_by_whoever_has_the_file_open() {
        let folder = tempfile::tempdir().unwrap();
        let number = CredentialNumber::new(1).unwrap();
        let server = Master::open(folder.path(), true).unwrap();
        let clone = server.clone();
        let other = Master::open(folder.path(), false).unwrap();
        other.start_generation().unwrap();
        assert_eq!((server.current(), other.current()), (1, 2));
        // Asked for a key that it does not know, it looks; its clones then know too.
        let key = server.key(2, number).unwrap().to_hex();
        assert_eq!(key, other.key(2, number).unwrap().to_hex());
        assert_ne!(key, server.key(1, number).unwrap().to_hex());
        assert_eq!(clone.current(), 2);
        assert_eq!(server.fingerprint_keys().len(), 2);
    }

    #[test]
    fn a_damaged_key_is_never_replaced_by_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "{}").unwrap();
        assert!(matches!(Master::open(folder.path(), true), Err(MasterError::Damaged { .. })));
        assert!(matches!(Master::open(&folder.path().join("none"), false), Err(MasterError::Io { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Master::open(folder.path(), true).unwrap();
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
