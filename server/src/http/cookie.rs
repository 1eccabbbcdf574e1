//! The page's cookies: one for each phone that a browser is, named by its credential, so that several shops of one
//! server live side by side and no answer can overwrite another's.

use axum::http::{HeaderMap, HeaderValue, header};

use super::App;
use crate::code::CredentialNumber;

/// What every name begins with; the bare name is a client's that is only one phone.
pub const COOKIE: &str = "tillbeam";
/// How long a cookie lasts without a visit, in seconds: 400 days, the most that browsers keep.
const COOKIE_S: u32 = 400 * 24 * 3600;
/// Cookies that are looked at: shops on one phone.
const MAX_COOKIES: usize = 16;

/// The tokens of a request's cookies: of one phone, or of all.
pub fn tokens(headers: &HeaderMap, of: Option<&str>) -> Vec<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let ours = pairs.filter(|(name, _)| match (name.strip_prefix(COOKIE), of) {
        (None, _) => false,
        (Some(""), _) => true,
        (Some(rest), None) => rest.starts_with('-'),
        (Some(rest), Some(of)) => rest.strip_prefix('-') == Some(of),
    });
    ours.map(|(_, token)| token.to_owned()).take(MAX_COOKIES).collect()
}

/// Keeps a phone's token in its browser, for another while.
pub fn keep(app: &App, credential: CredentialNumber, token: &str) -> HeaderValue {
    set(app, credential, token, COOKIE_S)
}

/// Takes it out of there.
pub fn drop(app: &App, credential: CredentialNumber) -> HeaderValue {
    set(app, credential, "", 0)
}

fn set(app: &App, credential: CredentialNumber, token: &str, seconds: u32) -> HeaderValue {
    let secure = if app.secure { "; Secure" } else { "" };
    let text = format!("{COOKIE}-{credential}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    HeaderValue::try_from(text).expect("digits and base64url are visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_is_found_by_its_number_and_all_of_them_without_one() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("other=x; tillbeam-0000000001=a; tillbeam-2=b"));
        headers.append(header::COOKIE, HeaderValue::from_static("tillbeamer=c; tillbeam=d"));
        assert_eq!(tokens(&headers, None), ["a", "b", "d"]);
        assert_eq!(tokens(&headers, Some("0000000001")), ["a", "d"]);
        assert_eq!(tokens(&headers, Some("3")), ["d"]);
    }
}
