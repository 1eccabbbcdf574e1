//! Why there is no certificate, what to do, and when it is tried again.

use std::time::Duration;

use rustls_acme::OrderError;
use rustls_acme::acme::{AcmeError, Auth, Problem};

use super::Acme;

/// While the authority cannot be reached, which costs it nothing: the first wait, doubled up to the longest.
const UNREACHED: Duration = Duration::from_secs(10);
const LONGEST_UNREACHED: Duration = Duration::from_mins(10);
/// After a refusal: Let's Encrypt bears five of a name in an hour.
const REFUSED: [Duration; 4] =
    [Duration::from_mins(1), Duration::from_mins(5), Duration::from_mins(20), Duration::from_hours(1)];

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The authority cannot be reached.
    Unreached,
    /// The authority does not find this server at its name.
    Unseen,
    /// The authority says no.
    Refused,
}

/// Why there is no certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What went wrong.
    pub kind: Kind,
    /// In the authority's or the system's words.
    pub cause: String,
}

impl Trouble {
    /// Of an order.
    pub fn of(error: &OrderError) -> Self {
        let (kind, cause) = match error {
            OrderError::BadAuth(auth) => (Kind::Unseen, said_of(auth)),
            OrderError::TooManyAttemptsAuth(_) => (Kind::Unseen, "it does not say why".to_owned()),
            OrderError::BadOrder(order) => (Kind::Refused, said(order.error.as_ref())),
            OrderError::ProcessingTimeout(_) => (Kind::Refused, "it takes too long".to_owned()),
            OrderError::Rcgen(error) => (Kind::Refused, error.to_string()),
            OrderError::Acme(AcmeError::NoTlsAlpn01Challenge) => (Kind::Refused, "it offers no TLS-ALPN-01".to_owned()),
            // The crate does not export this error's type; its text has what the authority answered.
            OrderError::Acme(error) if error.to_string().contains("non 2xx http status") => {
                (Kind::Refused, error.to_string())
            }
            OrderError::Acme(error) => (Kind::Unreached, error.to_string()),
        };
        Self { kind, cause }
    }

    /// For the owner.
    pub fn to_do(&self, acme: &Acme) -> String {
        let (names, authority) = (acme.names.join(", "), acme.authority.directory());
        match self.kind {
            Kind::Unreached => {
                format!(
                    "{authority} cannot be reached: see that this machine is on the internet and its clock is right"
                )
            }
            Kind::Unseen => format!(
                "the authority does not find this server at {names}: see that the name leads to this shop's address on \
                 the internet, and that the router passes port 443 on to this machine"
            ),
            Kind::Refused => format!("{authority} refuses: do what it says"),
        }
    }

    /// How long to wait after so many failures before this one.
    pub fn pause(&self, before: u32) -> Duration {
        if self.kind == Kind::Unreached {
            return UNREACHED.saturating_mul(2_u32.saturating_pow(before)).min(LONGEST_UNREACHED);
        }
        let last = REFUSED.len() - 1;
        REFUSED[usize::try_from(before).map_or(last, |before| before.min(last))]
    }
}

/// What the authority said of the check of a name.
fn said_of(auth: &Auth) -> String {
    said(auth.challenges.iter().find_map(|challenge| challenge.error.as_ref()))
}

fn said(problem: Option<&Problem>) -> String {
    problem.and_then(|problem| problem.detail.clone()).unwrap_or_else(|| "it gives no reason".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_found_is_said_with_what_the_authority_said_and_what_to_do() {
        let acme = Acme::of_names("pay.example.org").unwrap();
        let auth = serde_json::json!({
            "status": "invalid",
            "identifier": { "type": "dns", "value": "pay.example.org" },
            "challenges": [
                { "type": "dns-01", "url": "https://a/1" },
                { "type": "tls-alpn-01", "url": "https://a/2", "error": { "type": "urn:x", "detail": "Connection refused" } },
            ],
        });
        let trouble = Trouble::of(&OrderError::BadAuth(serde_json::from_value(auth).unwrap()));
        assert_eq!(trouble.cause, "Connection refused");
        let to_do = trouble.to_do(&acme);
        assert!(to_do.contains("port 443") && to_do.contains("pay.example.org"), "{to_do}");
    }

    #[test]
    fn refusals_are_few_in_an_hour_and_a_line_that_is_down_is_tried_often() {
        let refused = Trouble::of(&OrderError::TooManyAttemptsAuth("pay.example.org".to_owned()));
        let hour: Vec<Duration> = (0..4).map(|before| refused.pause(before)).collect();
        assert!(hour.iter().sum::<Duration>() > Duration::from_hours(1), "four tries last longer than an hour");
        assert_eq!(refused.pause(99), Duration::from_hours(1));
        let down = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let down = Trouble::of(&OrderError::Acme(AcmeError::Io(down)));
        assert_eq!(down.kind, Kind::Unreached);
        assert_eq!((down.pause(0), down.pause(1), down.pause(99)), (UNREACHED, UNREACHED * 2, LONGEST_UNREACHED));
    }
}
