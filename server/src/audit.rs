//! What was done that moved no value, for whoever has to answer for it later.
//!
//! Pure: the words. The rows are written by `store::audit`, in the transaction of the deed. What moved value is in
//! the ledger and not here.

use crate::id::{CustomerId, OperatorId, ShopId, TerminalId};
use crate::ledger::Millis;

macro_rules! deeds {
    ($($(#[$doc:meta])* $variant:ident $word:literal)*) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum Deed { $($(#[$doc])* $variant,)* }

        impl Deed {
            /// The closed list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The word in the database.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

deeds! {
    /// An operator opened a session with their PIN.
    SessionOpened "session_opened"
    /// An operator's session on a terminal was locked.
    SessionClosed "session_closed"
    /// Wrong PINs blocked an operator's PIN.
    PinBlocked "pin_blocked"
    /// An operator was made.
    OperatorMade "operator_made"
    /// An operator's name, role or PIN changed, or they were disabled or enabled.
    OperatorChanged "operator_changed"
    /// A code was made by which a terminal is paired.
    PairingMade "pairing_made"
    /// A device was paired as a terminal by such a code.
    TerminalPaired "terminal_paired"
    /// A terminal's token was taken away.
    TerminalRevoked "terminal_revoked"
    /// A customer was made.
    CustomerMade "customer_made"
    /// A customer's name or phone number changed.
    CustomerChanged "customer_changed"
    /// A link was made by which a phone joins a customer.
    JoinMade "join_made"
    /// An account got another date, or none.
    ExpirySet "expiry_set"
    /// A customer was frozen.
    CustomerFrozen "customer_frozen"
    /// A customer was unfrozen.
    CustomerUnfrozen "customer_unfrozen"
    /// A phone or card was taken back.
    CredentialRevoked "credential_revoked"
    /// A card was made.
    CardMade "card_made"
    /// A phone's browser had lost its key and got another credential.
    PhoneRejoined "phone_rejoined"
    /// A customer paused the codes of their phone.
    PhonePaused "phone_paused"
    /// They switched them on again.
    PhoneResumed "phone_resumed"
    /// A customer got a recovery word.
    RecoveryMade "recovery_made"
    /// A phone was connected by a recovery word.
    RecoveryUsed "recovery_used"
    /// A customer got a PIN.
    PinSet "pin_set"
    /// A customer's PIN was taken away.
    PinRemoved "pin_removed"
    /// A customer's personal data was erased.
    CustomerErased "customer_erased"
    /// The shop's settings changed.
    SettingsChanged "settings_changed"
    /// A unit was added or changed.
    UnitChanged "unit_changed"
    /// What the shop gives on top changed.
    BonusRulesChanged "bonus_rules_changed"
    /// The buttons of the shop's tills changed.
    ProductsChanged "products_changed"
    /// The shop was made by the answers of a first start.
    ShopMade "shop_made"
    /// An owner's PIN was set on the machine itself.
    OwnerReset "owner_reset"
    /// The books were restored from a backup.
    Restored "restored"
    /// A new generation of the master key was started.
    KeyRotated "key_rotated"
    /// The same, and older keys were stopped: somebody else may have had them.
    KeyCompromised "key_compromised"
    /// Keys that were not renewed were stopped.
    OldKeysStopped "old_keys_stopped"
    /// An address was named to which the shop's entries are sent.
    WebhookMade "webhook_made"
    /// A webhook was paused or resumed.
    WebhookChanged "webhook_changed"
    /// A webhook was taken away.
    WebhookDeleted "webhook_deleted"
    /// A webhook failed for too long.
    WebhookDisabled "webhook_disabled"
}

/// One deed: who did what to whom.
#[derive(Debug, Clone)]
pub struct Act {
    /// Whose; none: it concerns the whole server.
    pub shop: Option<ShopId>,
    /// When, Unix ms.
    pub at: Millis,
    /// What.
    pub deed: Deed,
    /// Where.
    pub terminal: Option<TerminalId>,
    /// Who.
    pub operator: Option<OperatorId>,
    /// Who consented.
    pub approver: Option<OperatorId>,
    /// To whom.
    pub customer: Option<CustomerId>,
    /// To what and how; no names, no secrets.
    pub detail: serde_json::Value,
}

impl Act {
    /// What a customer does by themselves.
    pub fn of_customer(shop: ShopId, customer: CustomerId, deed: Deed, at: Millis, detail: serde_json::Value) -> Self {
        Self { shop: Some(shop), customer: Some(customer), ..Self::of_server(deed, at, detail) }
    }

    /// A deed on the machine itself, of the whole server.
    pub fn of_server(deed: Deed, at: Millis, detail: serde_json::Value) -> Self {
        Self { shop: None, at, deed, terminal: None, operator: None, approver: None, customer: None, detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_stands_for_two_deeds() {
        let distinct: std::collections::HashSet<_> = Deed::ALL.iter().map(|deed| deed.as_str()).collect();
        assert_eq!(distinct.len(), Deed::ALL.len());
    }

    #[test]
    fn the_document_has_the_words_of_the_database() {
        for deed in Deed::ALL {
            assert_eq!(serde_json::json!(deed), deed.as_str());
        }
    }
}
