//! Which names the server answers to, and which pages are its own.
//!
//! A page of a stranger's site may point its name at this machine (DNS
//! rebinding); it then comes with that name as `Host`. Addresses and local
//! names cannot be pointed elsewhere, others have to be configured.

use std::net::IpAddr;

use axum::http::{HeaderMap, Uri, header};

use crate::tls::LOCAL_NAME;

/// The names that a server answers to.
#[derive(Debug, Clone)]
pub struct Hosts {
    named: Vec<String>,
    public_origin: Option<String>,
}

impl Hosts {
    /// Names that are ours (the machine's, those of certificates), and that of the public address if there is one.
    pub fn new(names: &[String], public_url: Option<&str>) -> Self {
        let public = public_url.and_then(|url| url.parse::<Uri>().ok());
        let public_host = public.as_ref().and_then(Uri::host).map(str::to_ascii_lowercase);
        let named = names.iter().map(|name| name.to_ascii_lowercase()).chain(public_host).collect();
        Self { named, public_origin: public_url.map(origin_of) }
    }

    /// Whether `Host` is a name of ours.
    pub fn is_ours(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
        let name = name_of(host).to_ascii_lowercase();
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        bare.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name == LOCAL_NAME
            || name.rsplit_once('.').is_some_and(|(_, end)| end == "local")
            || self.named.iter().any(|known| *known == name || format!("{known}.local") == name)
    }

    /// Whether `Origin` is this server's own page; a request without one is not from a page.
    pub fn is_own_origin(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(origin) = text(header::ORIGIN) else { return true };
        if self.public_origin.as_deref() == Some(origin) {
            return true;
        }
        let host = text(header::HOST).unwrap_or_default();
        origin
            .split_once("://")
            .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && rest.eq_ignore_ascii_case(host))
    }
}

/// The host without its port.
fn name_of(host: &str) -> &str {
    match host.rfind(':') {
        Some(colon) if !host.ends_with(']') => &host[..colon],
        _ => host,
    }
}

/// Scheme, host and port of an address.
fn origin_of(url: &str) -> String {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url[after..].find('/').map_or(url.len(), |at| after + at);
    url[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(host: &str, origin: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn addresses_local_names_and_configured_names_are_ours() {
        let hosts = Hosts::new(&["Till".to_owned()], Some("https://pay.example.org/x"));
        for ours in
            ["127.0.0.1:8787", "192.168.1.5", "[::1]:8787", "[fe80::1]", "localhost:1", "shop.local", "TILL:8787"]
        {
            assert!(hosts.is_ours(&headers(ours, None)), "{ours}");
        }
        assert!(hosts.is_ours(&headers("pay.example.org", None)) && hosts.is_ours(&headers("till.local", None)));
        for foreign in ["evil.example", "pay.example.org.evil.example", "local", "127.0.0.1.evil.example:8787"] {
            assert!(!hosts.is_ours(&headers(foreign, None)), "{foreign}");
        }
        assert!(!hosts.is_ours(&HeaderMap::new()));
    }

    #[test]
    fn only_the_servers_own_page_has_its_origin() {
        let hosts = Hosts::new(&[], Some("https://pay.example.org/x"));
        assert!(hosts.is_own_origin(&headers("10.0.0.1:8787", Some("http://10.0.0.1:8787"))));
        assert!(hosts.is_own_origin(&headers("127.0.0.1:8089", Some("https://pay.example.org"))));
        assert!(hosts.is_own_origin(&headers("10.0.0.1:8787", None)));
        for foreign in ["http://10.0.0.1", "http://evil.example", "null", "https://pay.example.org.evil.example"] {
            assert!(!hosts.is_own_origin(&headers("10.0.0.1:8787", Some(foreign))), "{foreign}");
        }
    }
}
