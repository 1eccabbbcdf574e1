//! Certificates for public names, by ACME (RFC 8555) with TLS-ALPN-01 (RFC 8737): ordered, kept in the data directory,
//! and ordered anew when two thirds of their time are over.
//!
//! `rustls-acme` does the ordering. Here is what names are taken, which client gets which certificate, how often is
//! tried, and what is said of it. Only a client that asks for such a name gets the authority's certificate; the shop's
//! own devices and the window, which come by an address, get the own CA's, so that they work before there is another.

mod kept;
mod trouble;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_acme::acme::LETS_ENCRYPT_PRODUCTION_DIRECTORY;
use rustls_acme::{AcmeConfig, AcmeState, EventError, EventOk, ResolvesServerCertAcme};
use rustls_pki_types::DnsName;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use self::kept::Kept;
pub use self::trouble::{Kind, Trouble};
use super::own::OwnCa;
use super::{TlsError, read_chain};

/// What the connection of an authority that checks a name speaks, by ALPN.
pub const CHALLENGE: &[u8] = rustls_acme::acme::ACME_TLS_ALPN_NAME;
/// The most names in one certificate.
const MAX_NAMES: usize = 20;
/// After how long everything is begun anew: a line to the authority that hangs, or a long wait, ends then.
const ANEW: Duration = Duration::from_hours(24);

/// What to order, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acme {
    /// The public names, in lower case; phones come by the first.
    pub names: Vec<String>,
    /// Who certifies them.
    pub authority: Authority,
}

/// Who certifies public names; Let's Encrypt where nothing is named.
#[derive(Debug, Clone, PartialEq, Eq, Default, clap::Args)]
pub struct Authority {
    /// With acme: the e-mail address that the authority writes to
    #[arg(long = "acme-contact", env = "TILLBEAM_ACME_CONTACT")]
    pub contact: Option<String>,
    /// With acme: the authority's directory [default: Let's Encrypt's]
    #[arg(long = "acme-directory", env = "TILLBEAM_ACME_DIRECTORY")]
    pub directory: Option<String>,
    /// With acme: a PEM file with the CA that the directory's own certificate is of [default: the well-known ones]
    #[arg(long = "acme-root", env = "TILLBEAM_ACME_ROOT")]
    pub root: Option<PathBuf>,
}

impl Authority {
    /// Where orders go.
    fn directory(&self) -> &str {
        self.directory.as_deref().unwrap_or(LETS_ENCRYPT_PRODUCTION_DIRECTORY)
    }

    /// What is named here, else there.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            contact: self.contact.or(other.contact),
            directory: self.directory.or(other.directory),
            root: self.root.or(other.root),
        }
    }
}

impl Acme {
    /// Names separated by commas, of Let's Encrypt.
    pub fn of_names(text: &str) -> Result<Self, String> {
        let names: Vec<String> = text.split(',').map(|name| name.trim().to_ascii_lowercase()).collect();
        match names.iter().find(|name| !is_public(name)) {
            Some(name) => Err(format!("`{name}` is no public name like pay.example.org, which `acme:NAME` needs")),
            None if names.len() > MAX_NAMES => Err(format!("these are more than {MAX_NAMES} names")),
            None => Ok(Self { names, authority: Authority::default() }),
        }
    }
}

/// Ends of names that nobody certifies.
const PRIVATE: [&str; 5] = ["", "local", "localhost", "internal", "lan"];

/// Whether an authority could certify it this way: with a point, no address, no pattern, no name of a network's own.
fn is_public(name: &str) -> bool {
    let last = name.rsplit_once('.').map(|(_, last)| last);
    DnsName::try_from(name).is_ok()
        && last.is_some_and(|last| !PRIVATE.contains(&last) && !last.bytes().all(|byte| byte.is_ascii_digit()))
}

/// How it stands with the certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The first is on order.
    Waiting,
    /// There is one.
    Held,
    /// There is none, or an old one, and the last order came to nothing.
    Failed(Trouble),
}

/// Orders certificates beside the server.
pub struct Orders {
    acme: Acme,
    kept: Kept,
    client: Arc<ClientConfig>,
    by_name: Arc<ByName>,
    standing: watch::Sender<Standing>,
}

impl Orders {
    pub(super) fn new(acme: Acme, data: &Path, own: OwnCa, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
        let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let client = client.with_root_certificates(roots(acme.authority.root.as_deref())?).with_no_client_auth();
        let by_name = ByName { names: acme.names.clone(), public: Mutex::default(), own };
        let kept = Kept::open(data, &acme)?;
        Ok(Self {
            acme,
            kept,
            client: Arc::new(client),
            by_name: Arc::new(by_name),
            standing: watch::Sender::new(Standing::Waiting),
        })
    }

    /// How it stands, and every change.
    pub fn standing(&self) -> watch::Receiver<Standing> {
        self.standing.subscribe()
    }

    pub(super) fn resolver(&self) -> Arc<dyn ResolvesServerCert> {
        self.by_name.clone()
    }

    /// Until the end; `port` is where this server listens.
    pub async fn run(self, port: u16, stop: CancellationToken) {
        if !self.kept.has_certificate() {
            let (names, directory) = (self.acme.names.join(", "), self.acme.authority.directory());
            tracing::info!(
                names,
                directory,
                "waiting for the first certificate: the authority comes to port 443 of each name, which must lead to port \
                 {port} of this machine; until then phones cannot come by it"
            );
        }
        while !stop.is_cancelled() {
            let day = timeout(ANEW, self.watch());
            let _ = stop.run_until_cancelled(day).await;
        }
    }

    async fn watch(&self) {
        let config = AcmeConfig::new_with_client_config(&self.acme.names, self.client.clone())
            .directory(self.acme.authority.directory())
            .contact(self.acme.authority.contact.iter().map(|address| format!("mailto:{address}")))
            .cache(self.kept.clone());
        let mut state = config.state();
        let mut failures = 0;
        let wait = self.kept.wait(now_s()).await;
        if self.kept.has_certificate() {
            // The one that is there is taken up before this state's certificates count.
            self.tell(&mut state, &mut failures).await;
        }
        self.by_name.put(state.resolver());
        if !wait.is_zero() {
            let (names, seconds) = (self.acme.names.join(", "), wait.as_secs());
            tracing::warn!(names, "the authority said no too often in the last hour; it is asked again in {seconds} s");
            sleep(wait).await;
        }
        loop {
            let pause = self.tell(&mut state, &mut failures).await;
            sleep(pause).await;
        }
    }

    /// Says what happens next, and how long to wait after it.
    async fn tell(&self, state: &mut AcmeState<std::io::Error>, failures: &mut u32) -> Duration {
        let names = self.acme.names.join(", ");
        match state.next().await {
            Some(Ok(EventOk::DeployedCachedCert)) => {
                if self.standing.send_replace(Standing::Held) != Standing::Held {
                    tracing::info!(names, "the kept certificate is used");
                }
            }
            Some(Ok(EventOk::DeployedNewCert)) => {
                *failures = 0;
                self.standing.send_replace(Standing::Held);
                tracing::info!(names, "a new certificate is used from now on");
            }
            Some(Ok(EventOk::CertCacheStore | EventOk::AccountCacheStore)) => {}
            Some(Err(EventError::Order(error))) => {
                let trouble = Trouble::of(&error);
                let (pause, to_do) = (trouble.pause(*failures), trouble.to_do(&self.acme));
                *failures += 1;
                if trouble.kind != Kind::Unreached
                    && let Err(error) = self.kept.refused(now_s()).await
                {
                    tracing::warn!(%error, "this refusal is not remembered");
                }
                let (cause, seconds) = (&trouble.cause, pause.as_secs());
                tracing::warn!(names, cause, "no new certificate: {to_do}; tried again in {seconds} s");
                self.standing.send_replace(Standing::Failed(trouble));
                return pause;
            }
            Some(Err(EventError::CertCacheStore(error) | EventError::AccountCacheStore(error))) => {
                tracing::error!(%error, "a certificate or its key cannot be kept in the data directory: see that its disk can be written, or the next start orders another one");
            }
            Some(Err(error)) => tracing::warn!(%error, "the kept certificate cannot be used; another is ordered"),
            None => tracing::error!("no certificate is ordered any more"),
        }
        Duration::ZERO
    }
}

fn now_s() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn roots(file: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    match file {
        Some(path) => read_chain(path)?.into_iter().try_for_each(|root| roots.add(root))?,
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    Ok(roots)
}

/// Which certificate a client gets.
#[derive(Debug)]
struct ByName {
    names: Vec<String>,
    /// None before the first order.
    public: Mutex<Option<Arc<ResolvesServerCertAcme>>>,
    own: OwnCa,
}

impl ByName {
    fn put(&self, public: Arc<ResolvesServerCertAcme>) {
        *self.public.lock().unwrap_or_else(PoisonError::into_inner) = Some(public);
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().unwrap_or_default();
        if !self.names.iter().any(|name| name.eq_ignore_ascii_case(asked)) {
            return self.own.resolve(hello);
        }
        let public = self.public.lock().unwrap_or_else(PoisonError::into_inner).clone();
        public?.resolve(hello)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_names_are_taken() {
        let names = |text: &str| Acme::of_names(text).map(|acme| acme.names);
        assert_eq!(names("Pay.Example.org, b.example.org"), Ok(vec!["pay.example.org".into(), "b.example.org".into()]));
        for none in [
            "",
            "till",
            "10.0.0.5",
            "*.example.org",
            "a.example.org,",
            "https://a.example.org",
            "a.b:443",
            "::1",
            "till.local",
        ] {
            assert!(names(none).is_err(), "{none}");
        }
        assert!(names(&vec!["a.example.org"; MAX_NAMES + 1].join(",")).is_err());
    }
}
