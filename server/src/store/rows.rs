//! Rows to values and back: the shapes that several queries share.

use std::ffi::c_int;

use sqlx::FromRow;

use super::Error;
use super::raw::Row;
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

/// What [`entry`] reads of the view `shown_entry as e`, in its order.
macro_rules! entry_columns {
    () => {
        "e.shop_id, e.number, e.kind, e.at, e.request_id, e.leg, e.fingerprint, e.terminal_id, e.customer_id, e.seq, \
         e.debit_account_id, e.credit_account_id, e.principal, e.bonus, e.balance, e.credential, e.step, e.reverses, \
         e.hash, e.operator_id, e.approver_id, e.peer_customer_id"
    };
}
pub(super) use entry_columns;

/// An entry; columns behind it begin at [`AFTER_ENTRY`].
pub(super) fn entry(row: &Row<'_>) -> Result<Entry, Error> {
    Ok(Entry {
        shop: ShopId(row.int(0)),
        number: row.int(1),
        kind: kind(row.text(2)?)?,
        at: row.int(3),
        request: request_id(row.bytes(4))?,
        leg: row.int(5),
        fingerprint: fixed(row.bytes(6))?,
        terminal: row.opt_int(7).map(TerminalId),
        customer: CustomerId(row.int(8)),
        seq: row.opt_int(9),
        debit: AccountId(row.int(10)),
        credit: AccountId(row.int(11)),
        split: Split { principal: row.int(12), bonus: row.int(13) },
        balance: row.int(14),
        credential: row.opt_int(15).map(number).transpose()?,
        step: row.opt_int(16).map(Step),
        reverses: row.opt_int(17),
        hash: fixed(row.bytes(18))?,
        operator: row.opt_int(19).map(OperatorId),
        approver: row.opt_int(20).map(OperatorId),
        peer: row.opt_int(21).map(CustomerId),
    })
}

/// The first column behind an entry's.
pub(super) const AFTER_ENTRY: c_int = 22;

/// What [`refused`] reads of `refusal`, in its order.
macro_rules! refusal_columns {
    () => {
        "shop_id, request_id, noun, fingerprint, terminal_id, at, code, balance, clock_difference_s, customer_id, seq, \
         credential, step, unit, amount"
    };
}
pub(super) use refusal_columns;

/// A refusal.
pub(super) fn refused(row: &Row<'_>) -> Result<Refused, Error> {
    let refusal = Refusal::from_row(row.text(6)?, row.opt_int(7), row.opt_int(8));
    Ok(Refused {
        shop: ShopId(row.int(0)),
        request: request_id(row.bytes(1))?,
        noun: noun(row.text(2)?)?,
        fingerprint: fixed(row.bytes(3))?,
        terminal: TerminalId(row.int(4)),
        at: row.int(5),
        refusal: refusal.ok_or(Error::Inconsistent("a refusal with an unknown code"))?,
        customer: row.opt_int(9).map(CustomerId),
        seq: row.opt_int(10),
        credential: row.opt_int(11).map(number).transpose()?,
        step: row.opt_int(12).map(Step),
        unit: row.text(13)?.to_owned(),
        amount: row.opt_int(14),
    })
}

/// The word of a kind that the schema let in.
pub fn kind(text: &str) -> Result<EntryKind, Error> {
    EntryKind::parse(text).ok_or(Error::Inconsistent("an entry of an unknown kind"))
}

/// The word of a noun that the schema let in.
pub fn noun(text: &str) -> Result<Noun, Error> {
    Noun::parse(text).ok_or(Error::Inconsistent("a request of an unknown noun"))
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
