//! Secrets of this till, such as its token at a remote server: in the system's keyring where there is one that opens,
//! and in a file for the owner alone where not.
//!
//! Nobody waits longer than [`LIMIT`] for a keyring. What lies in the file is the newest: it is there because the keyring
//! did not take it. Nothing here is logged but the reason why a keyring was not used. [`crate::remote`] calls it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tillbeam_server::private;
use tokio::sync::oneshot;

mod ring;

/// A keyring that is locked asks its owner for a password; after that long the till goes on without it. A little more than
/// the prompt itself is given.
const LIMIT: Duration = Duration::from_secs(ring::PROMPT_LIMIT_S + 3);

/// Asks a keyring for a secret, or to keep one that is given; blocks.
type Ring = Arc<dyn Fn(&Name, Option<&str>) -> Result<Option<String>, Shut> + Send + Sync>;

/// Where secrets of one data directory are kept.
pub struct Secrets {
    folder: PathBuf,
    ring: Ring,
    limit: Duration,
}

/// What a secret is, and whose: two data directories of one person have each their own.
#[derive(Clone)]
struct Name {
    secret: String,
    till: String,
}

/// Where a secret lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// With the system.
    Keyring,
    /// In the file.
    File,
}

/// Why a keyring was of no use.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shut {
    /// This session has none.
    Absent,
    /// It is there, and does not open.
    Closed(String),
}

/// Why a secret cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The keyring may have it, and does not open.
    #[error("the system's keyring does not open: {0}")]
    Closed(String),
    /// Neither a keyring nor the file has it.
    #[error("neither the system's keyring nor a file has it")]
    Gone,
    /// The file is there.
    #[error("its file cannot be read: {0}")]
    File(#[from] io::Error),
}

impl Secrets {
    /// Of the till in this folder.
    pub fn new(till: &Path) -> Self {
        Self { folder: till.to_owned(), ring: Arc::new(ring::ask), limit: LIMIT }
    }

    /// The same in files alone, as in a session that has no keyring.
    pub fn without_keyring(till: &Path) -> Self {
        Self { ring: Arc::new(|_, _| Err(Shut::Absent)), ..Self::new(till) }
    }

    /// Keeps a secret under a name, which is also its file's, in place of the one that was there. Call it within a Tokio
    /// runtime.
    ///
    /// # Errors
    /// Neither the keyring nor the file takes it: the file's reason.
    pub async fn keep(&self, name: &str, secret: &str) -> io::Result<Kept> {
        let path = self.folder.join(name);
        match self.ask(name, Some(secret)).await {
            Ok(Some(kept)) if kept == secret => {
                remove(&path)?;
                return Ok(Kept::Keyring);
            }
            Ok(_) => tracing::warn!("the system's keyring did not keep what it was given"),
            Err(Shut::Absent) => {}
            Err(Shut::Closed(reason)) => tracing::warn!(reason, "the system's keyring is not used"),
        }
        private::write(&path, secret.as_bytes())?;
        Ok(Kept::File)
    }

    /// The secret of that name. Call it within a Tokio runtime.
    pub async fn read(&self, name: &str) -> Result<String, Unreadable> {
        match fs::read_to_string(self.folder.join(name)) {
            Ok(secret) => return Ok(secret.trim().to_owned()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Err(_) => {}
        }
        match self.ask(name, None).await {
            Ok(Some(secret)) => Ok(secret),
            Ok(None) | Err(Shut::Absent) => Err(Unreadable::Gone),
            Err(Shut::Closed(reason)) => Err(Unreadable::Closed(reason)),
        }
    }

    /// On a thread of its own, which is left alone when its time is over: a runtime would wait for it at its end.
    async fn ask(&self, name: &str, secret: Option<&str>) -> Result<Option<String>, Shut> {
        let till = fs::canonicalize(&self.folder).unwrap_or_else(|_| self.folder.clone());
        let name = Name { secret: name.to_owned(), till: till.display().to_string() };
        let (ring, secret) = (Arc::clone(&self.ring), secret.map(str::to_owned));
        let (answer, answered) = oneshot::channel();
        let asking = move || drop(answer.send(ring(&name, secret.as_deref())));
        let spawned = std::thread::Builder::new().name("keyring".to_owned()).spawn(asking);
        spawned.map_err(|error| Shut::Closed(error.to_string()))?;
        match tokio::time::timeout(self.limit, answered).await {
            Ok(answer) => answer.unwrap_or_else(|_| Err(Shut::Closed("it failed".to_owned()))),
            Err(_) => Err(Shut::Closed(format!("no answer within {} s", self.limit.as_secs()))),
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::{Mutex, mpsc};

    use super::*;

    fn with(till: &Path, ring: Ring) -> Secrets {
        Secrets { folder: till.to_owned(), ring, limit: LIMIT }
    }

    /// Keeps what it is given, by name and till.
    fn stand_in() -> Ring {
        let kept = Mutex::new(HashMap::new());
        Arc::new(move |Name { secret, till }, given| {
            let (mut kept, key) = (kept.lock().unwrap(), (secret.clone(), till.clone()));
            if let Some(given) = given {
                kept.insert(key.clone(), given.to_owned());
            }
            Ok(kept.get(&key).cloned())
        })
    }

    #[tokio::test]
    async fn without_a_keyring_a_file_for_the_owner_alone_holds_it() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = Secrets::without_keyring(dir.path());
        assert!(matches!(secrets.read("token").await, Err(Unreadable::Gone)));
        assert_eq!(secrets.keep("token", "s3cret").await.unwrap(), Kept::File);
        assert_eq!(secrets.read("token").await.unwrap(), "s3cret");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(dir.path().join("token")).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn the_keyring_holds_it_and_no_file_does_also_not_one_of_before() {
        let dir = tempfile::tempdir().unwrap();
        Secrets::without_keyring(dir.path()).keep("token", "old").await.unwrap();
        let ring = stand_in();
        let secrets = with(dir.path(), Arc::clone(&ring));
        assert_eq!(secrets.keep("token", "s3cret").await.unwrap(), Kept::Keyring);
        assert!(!dir.path().join("token").exists());
        assert_eq!(secrets.read("token").await.unwrap(), "s3cret");
        let another = tempfile::tempdir().unwrap();
        assert!(matches!(with(another.path(), ring).read("token").await, Err(Unreadable::Gone)));
    }

    #[tokio::test]
    async fn a_keyring_that_says_yes_and_keeps_nothing_is_not_believed() {
        let dir = tempfile::tempdir().unwrap();
        let secrets = with(dir.path(), Arc::new(|_, _| Ok(None)));
        assert_eq!(secrets.keep("token", "s3cret").await.unwrap(), Kept::File);
        assert_eq!(secrets.read("token").await.unwrap(), "s3cret");
    }

    #[tokio::test]
    async fn nobody_waits_for_a_keyring_that_does_not_answer() {
        let dir = tempfile::tempdir().unwrap();
        // Its thread ends with the test.
        let (end, never) = mpsc::channel::<()>();
        let never = Mutex::new(never);
        let silent: Ring = Arc::new(move |_, _| {
            let _ = never.lock().unwrap().recv();
            Err(Shut::Absent)
        });
        let secrets = Secrets { limit: Duration::from_millis(10), ..with(dir.path(), silent) };
        assert!(matches!(secrets.read("token").await, Err(Unreadable::Closed(_))), "nobody knows what it has");
        assert_eq!(secrets.keep("token", "s3cret").await.unwrap(), Kept::File);
        assert_eq!(secrets.read("token").await.unwrap(), "s3cret");
        drop(end);
    }
}
