//! How phones reach the till, and how it stands with the certificate that this takes.

use serde::{Deserialize, Serialize};
#[cfg(test)]
use ts_rs::TS;

/// How phones reach the till.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Way {
    /// Plain http on the shop's own network.
    #[default]
    Plain,
    /// https by the server's own CA, which each device has to trust.
    OwnCa,
    /// https by a public name, which Let's Encrypt certifies.
    Public {
        /// Like `pay.example.org`; several with commas between them.
        name: String,
        /// The e-mail address that the authority may write to.
        contact: Option<String>,
    },
    /// https by a web server on this computer, like nginx, that passes phones on.
    Proxy,
    /// https by a certificate of the owner's.
    Files {
        /// The path of the chain, PEM.
        cert: String,
        /// The path of its key, PEM.
        key: String,
    },
}

/// How it stands with a certificate; `cause` is in the system's or the authority's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(TS))]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Certificate {
    /// The first is on order.
    Waiting,
    /// There is one.
    Held,
    /// The owner's ends within two weeks.
    Ending,
    /// The owner's has ended.
    Ended,
    /// The owner's does not count yet: it, or this computer's clock, is wrong.
    Early,
    /// No public authority vouches for the owner's.
    Unvouched,
    /// The authority cannot be reached.
    Unreached {
        /// Why.
        cause: String,
    },
    /// The authority does not find this computer at its name.
    Unseen {
        /// Why.
        cause: String,
    },
    /// The authority says no.
    Refused {
        /// Why.
        cause: String,
    },
    /// The owner's files cannot be used any more: the own CA stands in for them.
    Unusable {
        /// Why.
        cause: String,
    },
}
