//! The address of a server, as somebody types it. Pure.

use reqwest::Url;

use crate::start;

/// The server's usual port, where none was typed.
pub(super) const PORT: u16 = 8787;

/// An address as somebody types it: with or without `https://`, and the usual port where there is neither.
pub(super) fn parse(text: &str, sealed: bool) -> Option<Url> {
    let text = text.trim();
    if text.contains("://") {
        let url: Url = start::phone_url(text)?.parse().ok()?;
        // A server with a CA of its own speaks https, however its address was typed.
        return if sealed && url.scheme() == "http" { secure(url) } else { Some(url) };
    }
    let mut url: Url = start::phone_url(&format!("https://{text}"))?.parse().ok()?;
    let bare = !text.trim_end_matches('/').ends_with(&format!(":{}", url.port().unwrap_or(443)));
    if bare {
        url.set_port(Some(PORT)).ok()?;
    }
    Some(url)
}

fn secure(mut url: Url) -> Option<Url> {
    let port = url.port_or_known_default();
    url.set_scheme("https").ok()?;
    url.set_port(port).ok()?;
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_people_type_it() {
        let of = |text, sealed| parse(text, sealed).map(|url| url.to_string());
        for (typed, is) in [
            ("192.168.1.5", "https://192.168.1.5:8787/"),
            ("192.168.1.5:9000", "https://192.168.1.5:9000/"),
            ("192.168.1.5:443", "https://192.168.1.5/"),
            (" till.example.org/ ", "https://till.example.org:8787/"),
            ("https://till.example.org", "https://till.example.org/"),
            ("http://10.0.0.5:8787", "http://10.0.0.5:8787/"),
            ("[fd00::5]", "https://[fd00::5]:8787/"),
        ] {
            assert_eq!(of(typed, false).as_deref(), Some(is), "{typed}");
        }
        assert_eq!(of("http://10.0.0.5:8787", true).as_deref(), Some("https://10.0.0.5:8787/"));
        assert_eq!(of("http://10.0.0.5", true).as_deref(), Some("https://10.0.0.5:80/"));
        for none in ["", "://", "ftp://a", "a/b", "https://", "a b"] {
            assert_eq!(of(none, false), None, "{none}");
        }
    }
}
