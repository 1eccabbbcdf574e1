//! What the till remembers from one start to the next: language, preset and habits. No secret is in it.

use std::fs;
use std::io;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tillbeam_server::private;

use crate::wire::{Habits, Language, Preset};

const FILE: &str = "till.json";

/// Remembered settings; a file that is missing or not readable means the defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// Where none was chosen, the shop's.
    #[serde(default)]
    pub language: Option<Language>,
    /// What the next scan takes.
    #[serde(default)]
    pub preset: Option<Preset>,
    /// Sounds and the lock.
    #[serde(default)]
    pub habits: Habits,
}

impl Settings {
    /// From the data directory.
    pub fn load(dir: &Path) -> Self {
        read(&dir.join(FILE))
    }

    /// Into the data directory; never half of it.
    pub fn save(&self, dir: &Path) -> io::Result<()> {
        write(&dir.join(FILE), self)
    }
}

/// What a file of settings holds; one that is missing or not readable holds the defaults.
pub(crate) fn read<T: DeserializeOwned + Default>(path: &Path) -> T {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
        Err(_) => T::default(),
    }
}

/// Replaces a file of settings as a whole: a power cut leaves the old one or the new one.
pub(crate) fn write(path: &Path, settings: &impl Serialize) -> io::Result<()> {
    private::write(path, &serde_json::to_vec_pretty(settings)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_saved_is_loaded_and_rubbish_means_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let preset = Some(Preset { unit: "wash".to_owned(), amount: 2 });
        let settings = Settings {
            language: Some(Language::Zh),
            preset,
            habits: Habits { sounds: false, spoken: true, lock_after_min: 0 },
        };
        settings.save(dir.path()).unwrap();
        assert_eq!(Settings::load(dir.path()), settings);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(dir.path().join(FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "written as what must survive a power cut is");
        }
        fs::write(dir.path().join(FILE), "{").unwrap();
        assert_eq!(Settings::load(dir.path()), Settings::default());
    }
}
