//! Problem documents (RFC 9457): the closed list of codes, and what a document has.
//!
//! A new refusal or error needs its line here: the compiler asks for it, and
//! the `OpenAPI` document then names it.

use axum::http::StatusCode;
use serde::{Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, HeaderBuilder, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::show::CustomerName;
use crate::id::RequestId;
use crate::refusal::Refusal;
use crate::sheet::Wrong;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

macro_rules! codes {
    ($($variant:ident $text:literal $status:ident $meaning:literal)*) => {
        /// Everything that a call can end with but success.
        #[expect(clippy::enum_variant_names, reason = "`code_used` is about a customer's code")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// The closed list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code that clients turn into a sentence.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The status that it comes with.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// What it means, for who reads the document.
            fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    Malformed "malformed" BAD_REQUEST
        "The request cannot be read; `detail` says why. Not final for its id. A wrong method has status 405."
    TokenInvalid "token_invalid" UNAUTHORIZED "No token, an unknown or a revoked one. Not final for its id."
    InsufficientBalance "insufficient_balance" PAYMENT_REQUIRED
        "The account holds too little: `balance` of `unit`."
    Frozen "frozen" FORBIDDEN "The customer is frozen."
    CredentialRevoked "credential_revoked" FORBIDDEN "The phone or card was taken back."
    WrongShop "wrong_shop" FORBIDDEN "A code of another shop."
    PinRequired "pin_required" FORBIDDEN "The amount needs the customer's PIN."
    PinWrong "pin_wrong" FORBIDDEN
        "The PIN is wrong, or blocked after too many: the customer's, or the one of `operator` or `approval`."
    LimitExceeded "limit_exceeded" FORBIDDEN "More than the shop's limit allows."
    ApprovalRequired "approval_required" FORBIDDEN "A manager has to approve; for what is an owner's, an owner."
    Forbidden "forbidden" FORBIDDEN "Not for this caller, this origin or this host; `detail` says what to do."
    NotFound "not_found" NOT_FOUND "Not there, or another shop's."
    CodeUsed "code_used" CONFLICT "The code was used before."
    Cancelled "cancelled" CONFLICT "The request was cancelled and has no effect."
    IdMismatch "id_mismatch" CONFLICT "The id is known with another body."
    ReversalExceeds "reversal_exceeds" CONFLICT "More than is left to reverse."
    Stands "stands" CONFLICT "It cannot be undone or changed: known, and in effect."
    CodeExpired "code_expired" GONE
        "A code of another time; `clock_difference_s` is the phone's clock less the server's, in seconds."
    PassExpired "pass_expired" GONE "The account is past its date."
    InviteExpired "invite_expired" GONE "The join link or pairing code was used, is too old, or is none."
    TooLarge "too_large" PAYLOAD_TOO_LARGE "The body is over the limit. Not final for its id."
    CodeInvalid "code_invalid" UNPROCESSABLE_ENTITY "No code of this server, or an unknown number."
    AmountInvalid "amount_invalid" UNPROCESSABLE_ENTITY "Not an amount that can be moved."
    UnitUnknown "unit_unknown" UNPROCESSABLE_ENTITY "The shop has no such unit."
    TooManyAttempts "too_many_attempts" TOO_MANY_REQUESTS
        "Too many in a short time; again after `Retry-After`. Not final for its id."
    Internal "internal" INTERNAL_SERVER_ERROR "Something of the server broke. Not final for its id."
    Busy "busy" SERVICE_UNAVAILABLE "Too much to do; again after `Retry-After`, safe to repeat."
    ClockWrong "clock_wrong" SERVICE_UNAVAILABLE
        "The server's clock is behind its books; again after `Retry-After`, safe to repeat."
}

impl Code {
    fn of_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

impl From<Refusal> for Code {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::CodeInvalid => Self::CodeInvalid,
            Refusal::WrongShop => Self::WrongShop,
            Refusal::CodeExpired { .. } => Self::CodeExpired,
            Refusal::CredentialRevoked => Self::CredentialRevoked,
            Refusal::Frozen => Self::Frozen,
            Refusal::Forbidden => Self::Forbidden,
            Refusal::CodeUsed => Self::CodeUsed,
            Refusal::NotFound => Self::NotFound,
            Refusal::UnitUnknown => Self::UnitUnknown,
            Refusal::AmountInvalid => Self::AmountInvalid,
            Refusal::PassExpired => Self::PassExpired,
            Refusal::InsufficientBalance { .. } => Self::InsufficientBalance,
            Refusal::LimitExceeded => Self::LimitExceeded,
            Refusal::PinRequired => Self::PinRequired,
            Refusal::PinWrong => Self::PinWrong,
            Refusal::ApprovalRequired => Self::ApprovalRequired,
            Refusal::Cancelled => Self::Cancelled,
            Refusal::ReversalExceeds => Self::ReversalExceeds,
            Refusal::Stands => Self::Stands,
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let meanings: Vec<String> =
            Self::ALL.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.meaning())).collect();
        let text = "Why, from a closed list. Clients turn it into a sentence and treat an unknown one by its status.";
        enumeration(Self::ALL).description(Some(format!("{text}\n\n{}", meanings.join("\n")))).into()
    }
}

impl ToSchema for Code {}

/// A problem document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the code says it all.
    #[schema(example = "about:blank")]
    pub r#type: &'static str,
    /// The status in words.
    pub title: &'static str,
    /// The status.
    pub status: u16,
    /// Why.
    pub code: Code,
    /// What is wrong and what to do, for who writes the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The seconds of `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<i64>,
    /// The refused request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<RequestId>,
    /// Whose code it was, where it was one of this shop's customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerName>,
    /// What the account holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<i64>,
    /// What it is counted in, as it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The code's time less the server's, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock_difference_s: Option<i64>,
    /// The wrong cells of a file, the first 100.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wrong: Vec<Wrong>,
    /// How many cells are wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wrong_count: Option<u64>,
}

/// Names the problems of a call: `refuses!(Problems: Frozen, CodeUsed)` makes a type for `responses(…)`.
macro_rules! refuses {
    ($(#[$doc:meta])* $name:ident: $($code:ident),* $(,)?) => {
        $(#[$doc])*
        pub struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses() -> std::collections::BTreeMap<
                String,
                utoipa::openapi::RefOr<utoipa::openapi::response::Response>,
            > {
                $crate::http::problem::responses(&[$($crate::http::problem::Code::$code),*])
            }
        }
    };
}
pub(in crate::http) use refuses;

/// The extension of a response that lists its codes.
const CODES: &str = "x-codes";

/// The responses of some codes, by their status.
pub fn responses(codes: &[Code]) -> std::collections::BTreeMap<String, RefOr<utoipa::openapi::Response>> {
    let mut all: Vec<Code> = codes.to_vec();
    all.sort_unstable();
    all.dedup();
    let mut by_status: std::collections::BTreeMap<StatusCode, Vec<Code>> = std::collections::BTreeMap::new();
    for code in all {
        by_status.entry(code.status()).or_default().push(code);
    }
    by_status.into_iter().map(|(status, codes)| (status.as_str().to_owned(), response(&codes).into())).collect()
}

/// The codes that [`responses`] put into a response.
pub fn codes_of(response: &RefOr<utoipa::openapi::Response>) -> Vec<Code> {
    let RefOr::T(response) = response else { return Vec::new() };
    let listed = response.extensions.as_ref().and_then(|extensions| extensions.get(CODES));
    let listed = listed.and_then(|listed| listed.as_array()).into_iter().flatten();
    listed.filter_map(|code| Code::of_text(code.as_str()?)).collect()
}

fn response(codes: &[Code]) -> utoipa::openapi::Response {
    let problem = utoipa::openapi::AllOfBuilder::new()
        .item(utoipa::openapi::Ref::from_schema_name("Problem"))
        .item(ObjectBuilder::new().property("code", enumeration(codes)));
    let meanings: Vec<String> = codes.iter().map(|code| format!("`{}`: {}", code.as_str(), code.meaning())).collect();
    let texts: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
    let extension = utoipa::openapi::extensions::Extensions::builder().add(CODES, texts).build();
    let response = ResponseBuilder::new()
        .description(meanings.join(" "))
        .content(MEDIA_TYPE, ContentBuilder::new().schema(Some(problem)).build())
        .extensions(Some(extension));
    match codes.first().map(|code| code.status()) {
        Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).build();
            let header = HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds to wait.")).build();
            response.header("Retry-After", header).build()
        }
        _ => response.build(),
    }
}

fn enumeration(codes: &[Code]) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(codes.iter().map(|code| code.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal;

    #[test]
    fn every_refusal_is_in_the_closed_list() {
        for refusal in refusal::ALL {
            assert_eq!(Code::from(refusal).as_str(), refusal.code());
        }
    }

    #[test]
    fn no_code_stands_for_two_things() {
        let distinct: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(distinct.len(), Code::ALL.len());
    }
}
