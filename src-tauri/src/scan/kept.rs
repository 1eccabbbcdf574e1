//! What is remembered of the cameras from one start to the next, in the till's own folder.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tillbeam_scanner::camera;

use crate::settings;

const FILE: &str = "cameras.json";

/// What is known of the shop's cameras.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Cameras {
    /// The one that was chosen, or else the first that ever worked.
    #[serde(default)]
    preferred: Option<String>,
    /// Those that nokhwa cannot serve.
    #[serde(default)]
    without_nokhwa: Vec<String>,
}

/// The remembered cameras and their file.
pub(super) struct Kept {
    cameras: Cameras,
    file: PathBuf,
}

impl Kept {
    /// From the till's folder.
    pub(super) fn load(folder: &Path) -> Self {
        let file = folder.join(FILE);
        let cameras: Cameras = settings::read(&file);
        camera::remember_without_nokhwa(&cameras.without_nokhwa);
        Self { cameras, file }
    }

    pub(super) fn preferred(&self) -> Option<&str> {
        self.cameras.preferred.as_deref()
    }

    /// The merchant's choice.
    pub(super) fn prefer(&mut self, id: String) {
        self.change(Cameras { preferred: Some(id), ..self.cameras.clone() });
    }

    /// This one works. Without a choice, it is kept to: a system numbers its cameras anew at every start.
    pub(super) fn works(&mut self, id: &str) {
        let preferred = self.cameras.preferred.clone().or_else(|| Some(id.to_owned()));
        self.change(Cameras { preferred, without_nokhwa: camera::without_nokhwa() });
    }

    fn change(&mut self, cameras: Cameras) {
        if self.cameras == cameras {
            return;
        }
        self.cameras = cameras;
        if let Err(error) = settings::write(&self.file, &self.cameras) {
            tracing::warn!(%error, "the cameras could not be remembered");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_works_is_kept_to_until_another_is_chosen() {
        let folder = tempfile::tempdir().unwrap();
        let mut kept = Kept::load(folder.path());
        assert_eq!(kept.preferred(), None);
        kept.works("usb-one");
        kept.works("usb-two");
        assert_eq!(Kept::load(folder.path()).preferred(), Some("usb-one"));
        kept.prefer("usb-two".to_owned());
        kept.works("usb-one");
        assert_eq!(Kept::load(folder.path()).preferred(), Some("usb-two"));
    }
}
