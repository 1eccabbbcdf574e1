//! An authority's certificates with their keys, and the key of the account there, in `acme` in the data directory: files
//! that only their owner reads. Other names or another authority are other files.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use rustls_acme::{AccountCache, CertCache};
use sha2::{Digest as _, Sha256};

use super::super::TlsError;
use super::Acme;
use crate::private;

const FOLDER: &str = "acme";
/// Bytes of a SHA-256 that tell one order from another in a file's name.
const TAG_BYTES: usize = 8;

/// So many refusals an hour are not exceeded by starting anew either: Let's Encrypt bears five.
const REFUSALS_AN_HOUR: usize = 4;
const HOUR_S: i64 = 3_600;

/// The files of one order.
#[derive(Debug, Clone)]
pub struct Kept {
    certificate: PathBuf,
    account: PathBuf,
    refusals: PathBuf,
}

impl Kept {
    /// Makes the folder.
    pub fn open(data: &Path, acme: &Acme) -> Result<Self, TlsError> {
        let folder = data.join(FOLDER);
        private::folder(&folder).map_err(|cause| TlsError::Io { path: folder.display().to_string(), cause })?;
        let file = |parts: &[String], ending: &str| {
            let first = parts.first().map_or("nobody", String::as_str);
            let text = [parts.join("\n"), acme.authority.directory().to_owned()].join("\n\n");
            let tag = hex::encode(&Sha256::digest(text)[..TAG_BYTES]);
            folder.join(format!("{}-{tag}.{ending}", first.replace(|c: char| !c.is_ascii_alphanumeric(), "_")))
        };
        let contact: Vec<String> = acme.authority.contact.iter().cloned().collect();
        Ok(Self {
            certificate: file(&acme.names, "pem"),
            account: file(&contact, "key"),
            refusals: file(&acme.names, "refusals"),
        })
    }

    /// Whether there is a certificate from before.
    pub fn has_certificate(&self) -> bool {
        self.certificate.exists()
    }

    /// Notes that the authority said no, at `now_s` of the clock.
    pub async fn refused(&self, now_s: i64) -> io::Result<()> {
        let mut refusals = self.refusals(now_s).await;
        refusals.push(now_s);
        let lines: Vec<String> = refusals.iter().map(ToString::to_string).collect();
        write(&self.refusals, lines.join("\n").as_bytes()).await
    }

    /// How long to wait before the next order, so that the authority does not lock this name out.
    pub async fn wait(&self, now_s: i64) -> Duration {
        let refusals = self.refusals(now_s).await;
        let oldest = refusals.len().checked_sub(REFUSALS_AN_HOUR).map(|at| refusals[at]);
        let left_s = oldest.map_or(0, |oldest| oldest + HOUR_S - now_s);
        Duration::from_secs(u64::try_from(left_s).unwrap_or_default())
    }

    /// When it said no within the last hour, the oldest first; a clock that was set back forgets what was later.
    async fn refusals(&self, now_s: i64) -> Vec<i64> {
        let bytes = read(&self.refusals).await.ok().flatten().unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let seconds = text.lines().filter_map(|line| line.parse().ok());
        seconds.filter(|second| (now_s - HOUR_S..=now_s).contains(second)).collect()
    }
}

async fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match tokio::fs::read(path).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

async fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (path, bytes) = (path.to_owned(), bytes.to_owned());
    tokio::task::spawn_blocking(move || private::write(&path, &bytes)).await.map_err(io::Error::other)?
}

#[async_trait]
impl CertCache for Kept {
    type EC = io::Error;

    async fn load_cert(&self, _: &[String], _: &str) -> io::Result<Option<Vec<u8>>> {
        read(&self.certificate).await
    }

    async fn store_cert(&self, _: &[String], _: &str, pem: &[u8]) -> io::Result<()> {
        write(&self.certificate, pem).await
    }
}

#[async_trait]
impl AccountCache for Kept {
    type EA = io::Error;

    async fn load_account(&self, _: &[String], _: &str) -> io::Result<Option<Vec<u8>>> {
        read(&self.account).await
    }

    async fn store_account(&self, _: &[String], _: &str, key: &[u8]) -> io::Result<()> {
        write(&self.account, key).await
    }
}

#[cfg(test)]
mod tests {
    use super::super::Authority;
    use super::*;

    #[tokio::test]
    async fn starting_anew_does_not_use_up_what_an_authority_bears_in_an_hour() {
        let data = tempfile::tempdir().unwrap();
        let acme = Acme::of_names("pay.example.org").unwrap();
        let kept = || Kept::open(data.path(), &acme).unwrap();
        for minute in 0..3 {
            kept().refused(minute * 60).await.unwrap();
        }
        assert_eq!(kept().wait(180).await, Duration::ZERO);
        kept().refused(180).await.unwrap();
        assert_eq!(kept().wait(200).await, Duration::from_secs(3_400), "until the first is an hour old");
        assert_eq!(kept().wait(3_601).await, Duration::ZERO);
        assert_eq!(kept().wait(-10).await, Duration::ZERO, "a clock that was set back");
    }

    #[tokio::test]
    async fn what_is_kept_is_the_owners_alone_and_of_one_order() {
        let data = tempfile::tempdir().unwrap();
        let acme = Acme::of_names("pay.example.org").unwrap();
        let kept = Kept::open(data.path(), &acme).unwrap();
        assert!(!kept.has_certificate() && kept.load_cert(&[], "").await.unwrap().is_none());
        kept.store_cert(&[], "", b"certificate").await.unwrap();
        kept.store_account(&[], "", b"key").await.unwrap();
        let again = Kept::open(data.path(), &acme).unwrap();
        assert_eq!(again.load_cert(&[], "").await.unwrap().as_deref(), Some(&b"certificate"[..]));
        assert_eq!(again.load_account(&[], "").await.unwrap().as_deref(), Some(&b"key"[..]));
        for other in [
            Acme {
                authority: Authority { directory: Some("https://staging.example/dir".into()), ..Authority::default() },
                ..acme.clone()
            },
            Acme::of_names("pay.example.org,b.example.org").unwrap(),
        ] {
            assert!(!Kept::open(data.path(), &other).unwrap().has_certificate());
        }
        #[cfg(unix)]
        for path in [&kept.certificate, &kept.account, &data.path().join(FOLDER)] {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
        }
    }
}
