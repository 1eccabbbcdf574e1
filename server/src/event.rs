//! What a customer is told: one event, rendered from its ledger row or refusal.
//!
//! Pure. Nothing is stored but the row; the same bytes come out live and on
//! replay. The old system's texts are made here too.

use std::time::Instant;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::code::CredentialNumber;
use crate::id::{CustomerId, RequestId, ShopId};
use crate::ledger::{Entry, EntryKind, rfc3339};
use crate::mark;
use crate::outcome::Refused;
use crate::refusal::Refusal;
use crate::status::{Status, StatusKind};
use crate::unit::{Unit, UnitKind};

/// A rendered event on its way to a customer's phones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Who is told.
    pub customer: CustomerId,
    /// Its number in the customer's series.
    pub seq: i64,
    /// When it happened, Unix ms.
    pub at: i64,
    /// When its commit was done; none for one that is read again.
    pub committed: Option<Instant>,
    /// The event as a JSON object.
    pub json: String,
    /// The old system's text for it.
    pub seed: String,
}

/// A shop as events name it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ShopName {
    /// Its id.
    pub id: ShopId,
    /// Its name on screens.
    pub name: String,
}

/// An entry with what it takes to show it.
#[derive(Debug, Clone)]
pub struct ShownEntry {
    /// The entry.
    pub entry: Entry,
    /// Whether the customer gained.
    pub gain: bool,
    /// What it moved.
    pub unit: Unit,
    /// The customer's name.
    pub customer_name: String,
    /// The shop's name.
    pub shop_name: String,
    /// What it undoes.
    pub of: Option<(RequestId, EntryKind)>,
}

impl ShownEntry {
    /// The event of it; none if the customer is not told.
    pub fn told(&self) -> Option<Told> {
        let shop = ShopName { id: self.entry.shop, name: self.shop_name.clone() };
        of_entry(&self.entry, self.gain, &self.unit, &shop, self.of)
    }
}

/// What a customer is told. What does not belong to it is left out.
#[derive(Serialize, ToSchema)]
pub struct Event<'a> {
    /// redemption, `top_up`, bonus, reversal, refund, transfer, adjustment, expiry, refusal, status
    r#type: &'static str,
    /// Its number in the customer's series, from 1.
    #[schema(minimum = 1)]
    seq: i64,
    id: RequestId,
    shop: &'a ShopName,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<UnitKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonus: Option<i64>,
    /// Whether the customer gained, where the type alone does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    gain: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<i64>,
    #[schema(format = DateTime)]
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_difference_s: Option<i64>,
    /// What became of the customer, an account or a credential: `frozen`, `unfrozen`, `expires_at`, `expires_soon`,
    /// `expired`, `paired`, `revoked`, `renew`.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'static str>,
    /// The account's date.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<String>,
    /// Null for a card; left out where nothing was scanned.
    #[serde(skip_serializing_if = "Value::is_null", rename = "step")]
    #[schema(value_type = Option<i64>, required = false)]
    phone_step: Value,
    #[serde(skip_serializing_if = "Option::is_none", rename = "step")]
    #[schema(ignore)]
    card_step: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    of_type: Option<&'static str>,
}

/// The event of a ledger entry; none if its customer is not told. `of` is what a reversal undoes.
fn of_entry(
    entry: &Entry,
    gain: bool,
    unit: &Unit,
    shop: &ShopName,
    of: Option<(RequestId, EntryKind)>,
) -> Option<Told> {
    let seq = entry.seq?;
    let event = Event {
        r#type: entry.kind.as_str(),
        seq,
        id: entry.request,
        shop,
        unit: Some(unit.as_str()),
        kind: Some(unit.kind()),
        decimals: Some(unit.decimals()),
        amount: Some(entry.split.total()),
        principal: Some(entry.split.principal),
        bonus: Some(entry.split.bonus),
        gain: entry.kind.goes_either_way().then_some(gain),
        balance: Some(entry.balance),
        at: rfc3339(entry.at),
        mark: Some(mark::of(&entry.hash)),
        code: None,
        clock_difference_s: None,
        status: None,
        expires_at: None,
        credential: entry.credential.map(|number| number.to_string()),
        phone_step: entry.step.map_or(Value::Null, |step| step.0.into()),
        card_step: (entry.credential.is_some() && entry.step.is_none()).then_some(()),
        of: of.map(|(id, _)| id),
        of_type: of.map(|(_, kind)| kind.as_str()),
    };
    Some(Told {
        customer: entry.customer,
        seq,
        at: entry.at,
        committed: None,
        json: json(&event),
        seed: format!("0_{}_{}", seed_word(entry.kind), seed_left(unit, entry.balance)),
    })
}

/// The event of a refusal; none if its customer is not told.
pub fn of_refusal(refused: &Refused, shop: &ShopName) -> Option<Told> {
    let (seq, customer) = (refused.seq?, refused.customer?);
    let unit = Unit::parse(&refused.unit);
    let event = Event {
        r#type: "refusal",
        seq,
        id: refused.request,
        shop,
        unit: unit.as_ref().map(Unit::as_str),
        kind: unit.as_ref().map(Unit::kind),
        decimals: unit.as_ref().map(Unit::decimals),
        amount: refused.amount,
        principal: None,
        bonus: None,
        gain: None,
        balance: refused.refusal.balance(),
        at: rfc3339(refused.at),
        mark: None,
        code: Some(refused.refusal.code()),
        clock_difference_s: refused.refusal.clock_difference_s(),
        status: None,
        expires_at: None,
        credential: refused.credential.map(|number: CredentialNumber| number.to_string()),
        phone_step: refused.step.map_or(Value::Null, |step| step.0.into()),
        card_step: (refused.credential.is_some() && refused.step.is_none()).then_some(()),
        of: None,
        of_type: None,
    };
    let seed = format!("1_扣费失败_{}", seed_reason(refused.refusal));
    Some(Told { customer, seq, at: refused.at, committed: None, json: json(&event), seed })
}

/// The event of a status.
pub fn of_status(status: &Status, shop: &ShopName) -> Told {
    let news = &status.news;
    let event = Event {
        r#type: "status",
        seq: status.seq,
        id: status.request,
        shop,
        unit: news.unit.as_ref().map(Unit::as_str),
        kind: news.unit.as_ref().map(Unit::kind),
        decimals: news.unit.as_ref().map(Unit::decimals),
        amount: None,
        principal: None,
        bonus: None,
        gain: None,
        balance: None,
        at: rfc3339(status.at),
        mark: None,
        code: None,
        clock_difference_s: None,
        status: Some(news.kind.as_str()),
        expires_at: news.expires_at.map(rfc3339),
        credential: None,
        phone_step: Value::Null,
        card_step: None,
        of: None,
        of_type: None,
    };
    let seed = format!("0_账户通知_{}", seed_status(news.kind));
    Told { customer: news.customer, seq: status.seq, at: status.at, json: json(&event), seed, committed: None }
}

/// A value of ours as JSON text.
pub fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types have no map with keys that are not strings")
}

fn seed_word(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Redemption => "扣费成功",
        EntryKind::TopUp => "充值成功",
        EntryKind::Bonus => "赠送成功",
        EntryKind::Reversal => "冲正成功",
        EntryKind::Refund => "退款成功",
        EntryKind::Transfer => "转卡成功",
        EntryKind::Adjustment => "调整成功",
        EntryKind::Expiry => "已过期",
    }
}

fn seed_status(kind: StatusKind) -> &'static str {
    match kind {
        StatusKind::Frozen => "账户已冻结",
        StatusKind::Unfrozen => "账户已解冻",
        StatusKind::ExpiresAt => "有效期已变更",
        StatusKind::ExpiresSoon => "即将过期",
        StatusKind::Expired => "已过期",
        StatusKind::Paired => "已绑定新设备",
        StatusKind::Revoked => "设备已停用",
        StatusKind::Renew => "请更新会员码",
    }
}

fn seed_left(unit: &Unit, balance: i64) -> String {
    match unit.kind() {
        UnitKind::Pass => format!("剩余次数: {balance}"),
        UnitKind::Money => format!("剩余金额: {}", unit.decimal(balance)),
    }
}

fn seed_reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::InsufficientBalance { .. } => "余额不足",
        Refusal::CodeExpired { .. } => "会员码已过期",
        Refusal::CodeUsed => "会员码已使用",
        Refusal::Frozen => "账户已冻结",
        Refusal::CredentialRevoked => "会员码已停用",
        Refusal::Forbidden => "门店不支持会员卡",
        Refusal::PassExpired => "次卡已过期",
        Refusal::UnitUnknown => "项目不存在",
        Refusal::AmountInvalid => "金额无效",
        Refusal::LimitExceeded => "超出限额",
        Refusal::PinRequired => "需要密码",
        Refusal::PinWrong => "密码错误",
        Refusal::ApprovalRequired => "需要店长同意",
        Refusal::CodeInvalid
        | Refusal::WrongShop
        | Refusal::NotFound
        | Refusal::Cancelled
        | Refusal::ReversalExceeds
        | Refusal::Stands => "无效请求",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Step;
    use crate::id::{AccountId, TerminalId};
    use crate::ledger::Split;
    use crate::request::Noun;
    use crate::status::News;

    fn shop() -> ShopName {
        ShopName { id: ShopId(3), name: "Lotus".into() }
    }

    fn entry(unit_balance: i64) -> Entry {
        Entry {
            shop: ShopId(3),
            number: 5,
            kind: EntryKind::Redemption,
            at: 1_795_372_800_123,
            request: RequestId::parse("0192F0C0-0000-7000-8000-000000000001").unwrap(),
            leg: 0,
            fingerprint: [0; 16],
            terminal: Some(TerminalId(1)),
            operator: None,
            approver: None,
            customer: CustomerId(7),
            seq: Some(2),
            debit: AccountId(1),
            credit: AccountId(2),
            split: Split { principal: 1, bonus: 0 },
            balance: unit_balance,
            credential: CredentialNumber::new(42),
            step: Some(Step(359_074_560)),
            reverses: None,
            peer: None,
            hash: [0; 32],
        }
    }

    #[test]
    fn a_redemption_is_told_in_full() {
        let told = of_entry(&entry(9), false, &Unit::parse("wash").unwrap(), &shop(), None).unwrap();
        assert_eq!(
            told.json,
            r#"{"type":"redemption","seq":2,"id":"0192f0c0-0000-7000-8000-000000000001","shop":{"id":3,"name":"Lotus"},"unit":"wash","kind":"pass","decimals":0,"amount":1,"principal":1,"bonus":0,"balance":9,"at":"2026-11-22T18:40:00.123Z","mark":"00 🐳","credential":"0000000042","step":359074560}"#
        );
        assert_eq!(told.seed, "0_扣费成功_剩余次数: 9");
    }

    #[test]
    fn a_status_is_told_with_its_account_and_date() {
        let news = News {
            unit: Unit::parse("wash"),
            expires_at: Some(1_795_372_800_000),
            ..News::of(ShopId(3), CustomerId(7), StatusKind::ExpiresSoon)
        };
        let request = RequestId::parse("0192f0c0-0000-7000-8000-000000000001").unwrap();
        let told = of_status(&Status { news, seq: 4, at: 0, request }, &shop());
        assert_eq!(
            told.json,
            r#"{"type":"status","seq":4,"id":"0192f0c0-0000-7000-8000-000000000001","shop":{"id":3,"name":"Lotus"},"unit":"wash","kind":"pass","decimals":0,"at":"1970-01-01T00:00:00.000Z","status":"expires_soon","expires_at":"2026-11-22T18:40:00.000Z"}"#
        );
        assert_eq!(told.seed, "0_账户通知_即将过期");
    }

    #[test]
    fn money_is_told_to_the_old_client_with_its_decimals() {
        let told = of_entry(&entry(1250), false, &Unit::parse("CNY").unwrap(), &shop(), None).unwrap();
        assert_eq!(told.seed, "0_扣费成功_剩余金额: 12.50");
    }

    #[test]
    fn too_little_left_is_told_with_what_is_left() {
        let refused = Refused {
            shop: ShopId(3),
            request: RequestId::parse("0192f0c0-0000-7000-8000-000000000001").unwrap(),
            noun: Noun::Redemption,
            fingerprint: [0; 16],
            terminal: TerminalId(1),
            at: 0,
            refusal: Refusal::InsufficientBalance { balance: 2 },
            customer: Some(CustomerId(7)),
            seq: Some(3),
            credential: CredentialNumber::new(42),
            step: None,
            unit: "wash".into(),
            amount: Some(5),
        };
        let told = of_refusal(&refused, &shop()).unwrap();
        assert_eq!(told.seed, "1_扣费失败_余额不足");
        assert_eq!(
            told.json,
            r#"{"type":"refusal","seq":3,"id":"0192f0c0-0000-7000-8000-000000000001","shop":{"id":3,"name":"Lotus"},"unit":"wash","kind":"pass","decimals":0,"amount":5,"balance":2,"at":"1970-01-01T00:00:00.000Z","code":"insufficient_balance","credential":"0000000042","step":null}"#
        );
    }
}
