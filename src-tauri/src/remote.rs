//! A server on another computer: where it is, whom to believe that it is it, and this terminal's token there.
//!
//! What is known of the server is a file in the till's folder; the token is a [`crate::secret`].
//! [`crate::reach`] finds a server and pairs with it; [`crate::app`] opens what is remembered here.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::link::{Address, LinkError, Token, Trust};
use crate::secret::{Secrets, Unreadable};
use crate::settings;
use crate::wire::ServerAt;

const FILE: &str = "remote.json";
const TOKEN: &str = "remote.token";

/// What is remembered of the server; no secret is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Remote {
    /// `http://…` or `https://…`, without a path.
    pub base: String,
    /// The certificate of the server's own CA, hexadecimal; none: the well-known ones.
    #[serde(default)]
    pub ca: Option<String>,
    /// Of the shop there, positive.
    pub shop: u64,
    /// As on the sign, when it was paired.
    pub shop_name: String,
    /// What the shop calls this till.
    pub terminal: String,
}

impl Remote {
    /// From the till's folder; none was paired, or its file cannot be read.
    pub fn load(till: &Path) -> Option<Self> {
        let known: Self = settings::read(&till.join(FILE));
        (known.shop > 0).then_some(known)
    }

    /// Into the till's folder, with the token where secrets are; never half of either. The server of before is forgotten first:
    /// after a power cut in between the till is paired with none, and this token goes to nobody but the one who gave it. Call it
    /// within a Tokio runtime.
    pub async fn save(&self, till: &Path, secrets: &Secrets, token: &str) -> io::Result<()> {
        settings::write(&till.join(FILE), &Self::default())?;
        secrets.keep(TOKEN, token).await?;
        settings::write(&till.join(FILE), self)
    }

    /// The token. Call it within a Tokio runtime.
    pub async fn token(secrets: &Secrets) -> Result<String, Unreadable> {
        secrets.read(TOKEN).await
    }

    /// How to reach it with this token.
    pub fn address(&self, token: &str) -> Result<Address, LinkError> {
        Ok(Address { base: self.base.clone(), connect: None, token: Token::new(token)?, trust: self.trust()? })
    }

    /// Whom to believe that it is the server.
    pub fn trust(&self) -> Result<Trust, LinkError> {
        let Some(ca) = &self.ca else { return Ok(Trust::WellKnown) };
        let der = hex::decode(ca).map_err(|error| LinkError::Certificate(error.to_string()))?;
        Ok(Trust::Pinned(der))
    }

    /// The journal's folder: its own for each shop of each server, and the same one when it is paired again.
    pub fn folder(&self, till: &Path) -> PathBuf {
        let server = Sha256::digest(self.ca.as_deref().unwrap_or(&self.base));
        till.join(format!("remote-{}-{}", self.shop, hex::encode(&server[..8])))
    }

    /// What the page is told of it.
    pub fn shown(&self) -> ServerAt {
        ServerAt {
            url: self.base.clone(),
            shop: self.shop_name.clone(),
            terminal: self.terminal.clone(),
            pinned: self.ca.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remote() -> Remote {
        Remote {
            base: "https://10.0.0.5:8787".to_owned(),
            ca: Some("00ff".to_owned()),
            shop: 3,
            shop_name: "莲花".to_owned(),
            terminal: "Front".to_owned(),
        }
    }

    #[tokio::test]
    async fn what_was_paired_is_there_at_the_next_start_and_its_token_is_kept_apart() {
        let till = tempfile::tempdir().unwrap();
        let secrets = Secrets::without_keyring(till.path());
        assert_eq!(Remote::load(till.path()), None);
        remote().save(till.path(), &secrets, "secret").await.unwrap();
        assert_eq!(Remote::load(till.path()), Some(remote()));
        let token = Remote::token(&secrets).await.unwrap();
        let address = remote().address(&token).unwrap();
        assert_eq!((address.trust, address.connect), (Trust::Pinned(vec![0, 255]), None));
        assert!(!std::fs::read_to_string(till.path().join(FILE)).unwrap().contains("secret"));
    }

    #[tokio::test]
    async fn a_token_never_goes_to_the_server_of_before() {
        let till = tempfile::tempdir().unwrap();
        let secrets = Secrets::without_keyring(till.path());
        remote().save(till.path(), &secrets, "old").await.unwrap();
        // The power goes before the token is there.
        std::fs::remove_file(till.path().join(TOKEN)).unwrap();
        std::fs::create_dir(till.path().join(TOKEN)).unwrap();
        let other = Remote { base: "https://10.0.0.9:8787".to_owned(), ..remote() };
        assert!(other.save(till.path(), &secrets, "new").await.is_err());
        assert_eq!(Remote::load(till.path()), None);
    }

    #[test]
    fn each_shop_of_each_server_has_a_journal_of_its_own() {
        let till = Path::new("/till");
        let moved = Remote { base: "https://10.0.0.9:8787".to_owned(), ..remote() };
        assert_eq!(moved.folder(till), remote().folder(till), "the server is known by its CA, not by its address");
        for other in [Remote { shop: 4, ..remote() }, Remote { ca: None, ..remote() }] {
            assert_ne!(other.folder(till), remote().folder(till));
        }
    }
}
