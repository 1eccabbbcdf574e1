//! The way that the owner chose for phones: looked at before it is gone, and as the server takes it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;
use tillbeam_server::tls::acme::{Acme, Authority, Kind, Standing};
use tillbeam_server::tls::given::{self, Unfit, Worth};
use tillbeam_server::{Limits, Network, Tls};

use crate::wire::{Certificate, Way, local};

/// The longest that a person types: a name, an address, a path.
const TEXT_LIMIT: usize = 500;
/// How long a name is looked up.
const LOOK_UP_LIMIT: Duration = Duration::from_secs(5);

impl Way {
    /// Whether it can be gone, with the address that was chosen for it.
    ///
    /// # Errors
    /// `no_public_name`, `contact_wrong`, `not_https`, and of files `no_certificate`, `key_other`, `certificate_ended`,
    /// `certificate_early`, `certificate_other`.
    pub fn check(&self, url: Option<&str>, now: Timestamp) -> Result<(), &'static str> {
        let is_https = url.is_some_and(|url| url.starts_with("https://"));
        match self {
            Self::Plain => Ok(()),
            Self::OwnCa if url.is_none() || is_https => Ok(()),
            Self::Proxy if is_https => Ok(()),
            Self::OwnCa | Self::Proxy => Err(local::NOT_HTTPS),
            Self::Public { name, contact } => {
                Acme::of_names(name).map_err(|_| local::NO_PUBLIC_NAME)?;
                if contact.as_deref().is_none_or(is_mail) { Ok(()) } else { Err(local::CONTACT_WRONG) }
            }
            Self::Files { cert, key } if [cert, key].iter().all(|path| path.len() <= TEXT_LIMIT) => {
                let host = url.filter(|_| is_https).and_then(host_of).ok_or(local::NOT_HTTPS)?;
                match given::look(Path::new(cert), Path::new(key), &host, now) {
                    Ok(Worth::Good | Worth::EndsSoon | Worth::NotVouched) => Ok(()),
                    Err(Unfit::Files(_)) => Err(local::NO_CERTIFICATE),
                    Err(Unfit::OtherKey) => Err(local::KEY_OTHER),
                    Err(Unfit::Ended) => Err(local::CERTIFICATE_ENDED),
                    Err(Unfit::NotYet) => Err(local::CERTIFICATE_EARLY),
                    Err(Unfit::OtherName { .. }) => Err(local::CERTIFICATE_OTHER),
                }
            }
            Self::Files { .. } => Err(local::NO_CERTIFICATE),
        }
    }

    /// The public names by which phones are to come, with the address that was chosen. Numbers and names of the shop's
    /// own network are none: this computer may not know them as phones do.
    pub fn public_names(&self, url: Option<&str>) -> Vec<String> {
        let names = match self {
            Self::Public { name, .. } => Some(name.clone()),
            Self::Plain | Self::OwnCa | Self::Proxy | Self::Files { .. } => url.and_then(host_of),
        };
        names.and_then(|names| Acme::of_names(&names).ok()).map(|acme| acme.names).unwrap_or_default()
    }

    /// As the server takes it, with the address that was chosen for it. Where files are no certificate any more the
    /// till opens all the same, and phones find https at the address that they know: by the own CA, with why.
    pub fn tls(&self, url: Option<&str>, now: Timestamp) -> (Tls, Option<Certificate>) {
        match self {
            Self::Plain | Self::Proxy => (Tls::Off, None),
            Self::OwnCa => (Tls::OwnCa, None),
            Self::Public { name, contact } => match Acme::of_names(name) {
                Ok(Acme { names, .. }) => {
                    let authority = Authority { contact: contact.clone(), ..Authority::default() };
                    (Tls::Acme(Acme { names, authority }), Some(Certificate::Waiting))
                }
                Err(cause) => (Tls::OwnCa, Some(Certificate::Unusable { cause })),
            },
            Self::Files { cert, key } => {
                let host = url.and_then(host_of).unwrap_or_default();
                let found = match given::look(Path::new(cert), Path::new(key), &host, now) {
                    Ok(Worth::Good) => Certificate::Held,
                    Ok(Worth::EndsSoon) => Certificate::Ending,
                    Ok(Worth::NotVouched) => Certificate::Unvouched,
                    Err(Unfit::Ended) => Certificate::Ended,
                    Err(Unfit::NotYet) => Certificate::Early,
                    Err(error @ (Unfit::Files(_) | Unfit::OtherKey | Unfit::OtherName { .. })) => {
                        return (Tls::OwnCa, Some(Certificate::Unusable { cause: error.to_string() }));
                    }
                };
                (Tls::Files { cert: cert.into(), key: key.into() }, Some(found))
            }
        }
    }

    /// How much one peer may ask: a web server on this computer says whom it passes on.
    pub fn limits(&self) -> Limits {
        let proxies = match self {
            Self::Proxy => {
                [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(Network::from).to_vec()
            }
            Self::Plain | Self::OwnCa | Self::Public { .. } | Self::Files { .. } => Vec::new(),
        };
        Limits { proxies, ..Limits::default() }
    }
}

/// Whether the system finds a computer under each name in time.
///
/// # Errors
/// `name_nowhere`
pub async fn look_up(names: &[String]) -> Result<(), &'static str> {
    for name in names {
        let found = tokio::time::timeout(LOOK_UP_LIMIT, tokio::net::lookup_host((name.as_str(), 443))).await;
        if found.ok().and_then(Result::ok).and_then(|mut addresses| addresses.next()).is_none() {
            return Err(local::NAME_NOWHERE);
        }
    }
    Ok(())
}

impl From<&Standing> for Certificate {
    fn from(standing: &Standing) -> Self {
        match standing {
            Standing::Waiting => Self::Waiting,
            Standing::Held => Self::Held,
            Standing::Failed(trouble) => {
                let cause = trouble.cause.clone();
                match trouble.kind {
                    Kind::Unreached => Self::Unreached { cause },
                    Kind::Unseen => Self::Unseen { cause },
                    Kind::Refused => Self::Refused { cause },
                }
            }
        }
    }
}

/// Without brackets.
fn host_of(url: &str) -> Option<String> {
    let url: Url = url.parse().ok()?;
    url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned())
}

fn is_mail(text: &str) -> bool {
    let parts = text.split_once('@');
    text.len() <= TEXT_LIMIT
        && parts.is_some_and(|(who, host)| !who.is_empty() && host.contains('.') && !host.contains('@'))
        && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn public(name: &str, contact: Option<&str>) -> Way {
        Way::Public { name: name.to_owned(), contact: contact.map(str::to_owned) }
    }

    fn now() -> Timestamp {
        Timestamp::now()
    }

    #[test]
    fn what_cannot_be_gone_is_said_before_the_till_is_closed() {
        assert_eq!(Way::Plain.check(Some("http://till.local:8787"), now()), Ok(()));
        assert_eq!(Way::OwnCa.check(None, now()), Ok(()));
        assert_eq!(Way::OwnCa.check(Some("http://till.local:8787"), now()), Err("not_https"));
        assert_eq!(Way::Proxy.check(None, now()), Err("not_https"));
        assert_eq!(Way::Proxy.check(Some("https://pay.example.org"), now()), Ok(()));
        assert_eq!(public("pay.example.org", Some("owner@example.org")).check(None, now()), Ok(()));
        for name in ["", "till", "till.local:8787", "10.0.0.5"] {
            assert_eq!(public(name, None).check(None, now()), Err("no_public_name"), "{name}");
        }
        for contact in ["", "owner", "@example.org", "a b@example.org", "a@b"] {
            assert_eq!(public("pay.example.org", Some(contact)).check(None, now()), Err("contact_wrong"), "{contact}");
        }
    }

    /// Two certificates for the name, of now, and one that has ended.
    fn made(folder: &Path) -> impl Fn(&str, &str) -> Way {
        for (name, ends) in [("one", 4000), ("two", 4000), ("old", 2001)] {
            let mut params = rcgen::CertificateParams::new(vec!["pay.example.org".to_owned()]).unwrap();
            params.not_before = rcgen::date_time_ymd(2000, 1, 1);
            params.not_after = rcgen::date_time_ymd(ends, 1, 1);
            let key = rcgen::KeyPair::generate().unwrap();
            std::fs::write(folder.join(format!("{name}.pem")), params.self_signed(&key).unwrap().pem()).unwrap();
            std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
        }
        let folder = folder.to_owned();
        let path = move |name: &str| folder.join(name).display().to_string();
        move |cert, key| Way::Files { cert: path(cert), key: path(key) }
    }

    #[test]
    fn files_have_to_be_a_certificate_for_the_name_with_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let files = made(folder.path());
        let check = |cert: &str, key: &str, url: &str| files(cert, key).check(Some(url), now());
        let url = "https://pay.example.org";
        assert_eq!(check("one.pem", "one.key", url), Ok(()));
        assert_eq!(files("one.pem", "one.key").check(None, now()), Err("not_https"));
        assert_eq!(check("one.pem", "one.key", "http://pay.example.org"), Err("not_https"));
        assert_eq!(check("one.pem", "two.key", url), Err("key_other"));
        assert_eq!(check("one.key", "one.pem", url), Err("no_certificate"));
        assert_eq!(check("none.pem", "one.key", url), Err("no_certificate"));
        assert_eq!(check("old.pem", "old.key", url), Err("certificate_ended"));
        assert_eq!(check("one.pem", "one.key", "https://10.0.0.5:8787"), Err("certificate_other"));
        let earlier = "1999-12-31T00:00:00Z".parse().unwrap();
        assert_eq!(files("one.pem", "one.key").check(Some(url), earlier), Err("certificate_early"));
    }

    #[test]
    fn the_till_opens_whatever_became_of_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let files = made(folder.path());
        let opened = |cert: &str, key: &str| files(cert, key).tls(Some("https://pay.example.org"), now());
        assert!(matches!(opened("one.pem", "one.key"), (Tls::Files { .. }, Some(Certificate::Unvouched))));
        assert!(matches!(opened("old.pem", "old.key"), (Tls::Files { .. }, Some(Certificate::Ended))));
        for (cert, key) in [("one.pem", "two.key"), ("none.pem", "one.key"), ("one.key", "one.pem")] {
            assert!(matches!(opened(cert, key), (Tls::OwnCa, Some(Certificate::Unusable { .. }))), "{cert}");
        }
    }

    #[test]
    fn only_names_on_the_internet_are_looked_up() {
        assert_eq!(
            public("Pay.example.org, b.example.org", None).public_names(None),
            ["pay.example.org", "b.example.org"]
        );
        assert_eq!(Way::Proxy.public_names(Some("https://pay.example.org:8443")), ["pay.example.org"]);
        for url in [None, Some("http://till.local:8787"), Some("http://10.0.0.5:8787"), Some("https://[fe80::1]:8787")]
        {
            assert!(Way::Plain.public_names(url).is_empty(), "{url:?}");
        }
    }

    #[tokio::test]
    async fn a_name_has_to_lead_somewhere() {
        // Neither is asked on a network.
        assert_eq!(look_up(&["localhost".to_owned()]).await, Ok(()));
        assert_eq!(look_up(&["localhost".to_owned(), "x".repeat(70)]).await, Err("name_nowhere"));
    }
}
