//! One till per data directory, with or without a session bus: a lock of our own, and a word to who holds it.
//!
//! The lock is a file's, so it ends with its process, however that ends. Its holder listens on loopback for the
//! secret that lies beside the lock, for the owner alone: whoever starts the program again knows it, and the window
//! that is there comes to the front. Every wait is short.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};

const LOCK: &str = "instance.lock";
const FILE: &str = "instance.json";
/// For the other one to answer.
const LIMIT: Duration = Duration::from_secs(2);
const SECRET_BYTES: usize = 16;
const SHOWN: u8 = b'y';
const NOT_SHOWN: u8 = b'n';

type Front = Box<dyn Fn() -> bool + Send + Sync>;

/// Held as long as this process is the data directory's till.
pub struct Instance {
    _lock: File,
    front: Arc<OnceLock<Front>>,
}

/// What a start finds.
pub enum Found {
    /// Nobody else.
    Nobody(Instance),
    /// Another one, whose window is in front now.
    Shown,
    /// Another one that has no window, or none that comes to the front.
    Another,
}

/// Where the holder listens.
#[derive(Serialize, Deserialize)]
struct Door {
    port: u16,
    secret: String,
}

/// Takes the till's folder for this process, or asks who has it to show its window.
///
/// # Errors
/// The lock cannot be made: the folder is not writable.
pub fn take(till: &Path) -> io::Result<Found> {
    let lock = File::create(till.join(LOCK))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Ok(if ask(till).unwrap_or(false) { Found::Shown } else { Found::Another });
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let front = Arc::<OnceLock<Front>>::default();
    if let Err(error) = listen(till, Arc::clone(&front)) {
        tracing::warn!(%error, "a second start will not bring this window to the front");
    }
    Ok(Found::Nobody(Instance { _lock: lock, front }))
}

impl Instance {
    /// What brings the window to the front when the program is started again; it says whether it could.
    pub fn on_another_start(&self, front: impl Fn() -> bool + Send + Sync + 'static) {
        let _ = self.front.set(Box::new(front));
    }
}

fn listen(till: &Path, front: Arc<OnceLock<Front>>) -> io::Result<()> {
    let mut secret = [0; SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(io::Error::other)?;
    let door = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let said = Door { port: door.local_addr()?.port(), secret: hex::encode(secret) };
    // For its owner alone from the beginning (0600).
    let mut beside = tempfile::NamedTempFile::new_in(till)?;
    beside.write_all(&serde_json::to_vec(&said)?)?;
    beside.persist(till.join(FILE)).map_err(|error| error.error)?;
    std::thread::Builder::new().name("instance".to_owned()).spawn(move || {
        for visitor in door.incoming().flatten() {
            let _ = answer(visitor, &secret, &front);
        }
    })?;
    Ok(())
}

fn answer(mut visitor: TcpStream, secret: &[u8], front: &OnceLock<Front>) -> io::Result<()> {
    visitor.set_read_timeout(Some(LIMIT))?;
    visitor.set_write_timeout(Some(LIMIT))?;
    let mut said = [0; SECRET_BYTES];
    visitor.read_exact(&mut said)?;
    let shown = said == *secret && front.get().is_some_and(|front| front());
    visitor.write_all(&[if shown { SHOWN } else { NOT_SHOWN }])
}

fn ask(till: &Path) -> io::Result<bool> {
    let door: Door = serde_json::from_slice(&fs::read(till.join(FILE))?)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, door.port));
    let mut other = TcpStream::connect_timeout(&address, LIMIT)?;
    other.set_read_timeout(Some(LIMIT))?;
    other.set_write_timeout(Some(LIMIT))?;
    other.write_all(&hex::decode(door.secret).map_err(io::Error::other)?)?;
    let mut answer = [0];
    other.read_exact(&mut answer)?;
    Ok(answer == [SHOWN])
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn first(dir: &Path) -> Instance {
        match take(dir).unwrap() {
            Found::Nobody(instance) => instance,
            Found::Shown | Found::Another => panic!("somebody has {}", dir.display()),
        }
    }

    #[test]
    fn a_second_start_brings_the_first_window_to_the_front_and_takes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let instance = first(dir.path());
        assert!(matches!(take(dir.path()).unwrap(), Found::Another), "it has no window yet");
        let fronts = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&fronts);
        instance.on_another_start(move || counted.fetch_add(1, Ordering::SeqCst) == 0);
        assert!(matches!(take(dir.path()).unwrap(), Found::Shown));
        assert!(matches!(take(dir.path()).unwrap(), Found::Another), "its window does not come any more");
        assert_eq!(fronts.load(Ordering::SeqCst), 2);
        drop(instance);
        first(dir.path());
    }

    #[test]
    fn who_does_not_know_the_secret_moves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let instance = first(dir.path());
        instance.on_another_start(|| panic!("nobody who may was here"));
        let door: Door = serde_json::from_slice(&fs::read(dir.path().join(FILE)).unwrap()).unwrap();
        let wrong = Door { port: door.port, secret: hex::encode([7; SECRET_BYTES]) };
        fs::write(dir.path().join(FILE), serde_json::to_vec(&wrong).unwrap()).unwrap();
        assert!(!ask(dir.path()).unwrap());
    }

    #[test]
    fn a_door_that_is_gone_or_rubbish_is_no_reason_to_wait() {
        let dir = tempfile::tempdir().unwrap();
        let _instance = first(dir.path());
        fs::write(dir.path().join(FILE), "{").unwrap();
        assert!(matches!(take(dir.path()).unwrap(), Found::Another));
        fs::remove_file(dir.path().join(FILE)).unwrap();
        assert!(matches!(take(dir.path()).unwrap(), Found::Another));
    }
}
