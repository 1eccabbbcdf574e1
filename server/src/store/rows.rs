//! Rows to values and back: the shapes that several queries share.

use sqlx::FromRow;

use super::Error;
use crate::code::{CredentialNumber, Step};
use crate::event::ShownEntry;
use crate::id::{AccountId, CustomerId, OperatorId, RequestId, ShopId, TerminalId};
use crate::ledger::{Entry, EntryKind, Split};
use crate::outcome::Refused;
use crate::refusal::Refusal;
use crate::request::Noun;
use crate::unit::Unit;

/// One row of `shown_entry`.
#[derive(FromRow)]
pub struct EntryRow {
    shop_id: ShopId,
    number: i64,
    kind: EntryKind,
    at: i64,
    request_id: Vec<u8>,
    leg: i64,
    fingerprint: Vec<u8>,
    terminal_id: Option<TerminalId>,
    operator_id: Option<OperatorId>,
    approver_id: Option<OperatorId>,
    peer_customer_id: Option<CustomerId>,
    customer_id: CustomerId,
    seq: Option<i64>,
    debit_account_id: AccountId,
    credit_account_id: AccountId,
    principal: i64,
    bonus: i64,
    balance: i64,
    credential: Option<i64>,
    step: Option<i64>,
    reverses: Option<i64>,
    hash: Vec<u8>,
    unit: String,
    gain: bool,
    customer_name: String,
    shop_name: String,
    of_request_id: Option<Vec<u8>>,
    of_kind: Option<EntryKind>,
}

impl TryFrom<EntryRow> for ShownEntry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self, Error> {
        let entry = Entry {
            shop: row.shop_id,
            number: row.number,
            kind: row.kind,
            at: row.at,
            request: request_id(&row.request_id)?,
            leg: row.leg,
            fingerprint: fixed(&row.fingerprint)?,
            terminal: row.terminal_id,
            operator: row.operator_id,
            approver: row.approver_id,
            customer: row.customer_id,
            seq: row.seq,
            debit: row.debit_account_id,
            credit: row.credit_account_id,
            split: Split { principal: row.principal, bonus: row.bonus },
            balance: row.balance,
            credential: row.credential.map(number).transpose()?,
            step: row.step.map(Step),
            reverses: row.reverses,
            peer: row.peer_customer_id,
            hash: fixed(&row.hash)?,
        };
        let of = row.of_request_id.map(|id| request_id(&id)).transpose()?;
        Ok(Self {
            entry,
            gain: row.gain,
            unit: unit(&row.unit)?,
            customer_name: row.customer_name,
            shop_name: row.shop_name,
            of: of.zip(row.of_kind),
        })
    }
}

/// One row of `refusal`.
#[derive(FromRow)]
pub struct RefusalRow {
    shop_id: ShopId,
    request_id: Vec<u8>,
    noun: Noun,
    fingerprint: Vec<u8>,
    terminal_id: TerminalId,
    at: i64,
    code: String,
    customer_id: Option<CustomerId>,
    seq: Option<i64>,
    credential: Option<i64>,
    step: Option<i64>,
    unit: Option<String>,
    amount: Option<i64>,
    balance: Option<i64>,
    clock_difference_s: Option<i64>,
}

impl TryFrom<RefusalRow> for Refused {
    type Error = Error;

    fn try_from(row: RefusalRow) -> Result<Self, Error> {
        Ok(Self {
            shop: row.shop_id,
            request: request_id(&row.request_id)?,
            noun: row.noun,
            fingerprint: fixed(&row.fingerprint)?,
            terminal: row.terminal_id,
            at: row.at,
            refusal: Refusal::from_row(&row.code, row.balance, row.clock_difference_s)
                .ok_or(Error::Inconsistent("a refusal with an unknown code"))?,
            customer: row.customer_id,
            seq: row.seq,
            credential: row.credential.map(number).transpose()?,
            step: row.step.map(Step),
            unit: row.unit.unwrap_or_default(),
            amount: row.amount,
        })
    }
}

/// 16 bytes as a request id.
pub fn request_id(bytes: &[u8]) -> Result<RequestId, Error> {
    Ok(RequestId::from_bytes(fixed(bytes)?))
}

/// A blob of a fixed length.
pub fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Error> {
    bytes.try_into().map_err(|_| Error::Inconsistent("a blob of the wrong length"))
}

/// A unit that the schema let in.
pub fn unit(text: &str) -> Result<Unit, Error> {
    Unit::parse(text).ok_or(Error::Inconsistent("a unit that is none"))
}

/// A credential number that the schema let in.
pub fn number(value: i64) -> Result<CredentialNumber, Error> {
    u64::try_from(value)
        .ok()
        .and_then(CredentialNumber::new)
        .ok_or(Error::Inconsistent("a credential number of more than ten digits"))
}

/// A credential number as the schema keeps it.
pub fn number_column(number: CredentialNumber) -> i64 {
    i64::try_from(number.get()).expect("a credential number has ten digits")
}
