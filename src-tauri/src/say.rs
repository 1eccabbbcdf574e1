//! The terminal's words, English and Chinese; the window has its own in the page.

use crate::wire::{Language, Unit, UnitKind};

/// One of the two.
pub fn in_both<'a>(language: Language, en: &'a str, zh: &'a str) -> &'a str {
    match language {
        Language::En => en,
        Language::Zh => zh,
    }
}

/// An amount with its unit: `2 wash`, `12.50 CNY`.
pub fn amount(language: Language, units: &[Unit], unit: &str, amount: u64) -> String {
    let known = units.iter().find(|known| known.unit == unit);
    let decimals = known.map_or(0, |known| usize::from(known.decimals));
    let name = match known {
        Some(known) if known.kind == UnitKind::Pass => in_both(language, &known.names.en, &known.names.zh),
        _ => unit,
    };
    let digits = format!("{amount:0>width$}", width = decimals + 1);
    let (whole, parts) = digits.split_at(digits.len() - decimals);
    if decimals == 0 { format!("{whole} {name}") } else { format!("{whole}.{parts} {name}") }
}

/// Why nothing was taken, and what to do.
pub fn refusal(language: Language, code: &str) -> &'static str {
    let (en, zh) = match code {
        "insufficient_balance" => ("not enough left; top up first", "余额不足，请先充值"),
        "frozen" => ("this account is frozen", "该账户已冻结"),
        "credential_revoked" => ("this phone or card is no longer valid; join again", "该手机或卡已失效，请重新加入"),
        "wrong_shop" => ("this code is of another shop", "这是其他门店的会员码"),
        "pin_required" => ("the customer's PIN is needed", "需要会员密码"),
        "pin_wrong" => ("the PIN is wrong", "密码错误"),
        "limit_exceeded" => ("this is above the limit", "超出限额"),
        "approval_required" => ("a manager has to approve this", "需要店长批准"),
        "forbidden" => ("this terminal may not do that", "本终端无权操作"),
        "code_used" => ("this code was used; wait for the next one", "会员码已使用，请等待新码"),
        "cancelled" => ("this request was cancelled", "该请求已撤销"),
        "code_expired" => (
            "this code is too old; check the phone's clock and show the next one",
            "会员码已过期，请检查手机时间并出示新码",
        ),
        "pass_expired" => ("the pass has expired", "次卡已过期"),
        "code_invalid" => ("this is no valid code; show it again", "会员码无效，请重新出示"),
        "amount_invalid" => ("this amount cannot be taken", "金额无效"),
        "unit_unknown" => ("the shop does not have this unit", "门店没有该单位"),
        "token_invalid" => ("this terminal is not paired with the shop", "本终端未与门店配对"),
        "too_many_attempts" => ("too many wrong codes; wait a moment", "错误次数过多，请稍候"),
        "busy" => ("an earlier request is still open; do not scan again", "上一笔仍在处理，请勿重复扫码"),
        "clock_wrong" => ("the server's clock is wrong; set it", "服务器时间有误，请校准"),
        "not_found" => ("not found", "未找到"),
        "offline" => ("the server cannot be reached; nothing was taken", "无法连接服务器，未扣款"),
        "journal_failed" => ("this computer's disk cannot be written; nothing was taken", "本机磁盘无法写入，未扣款"),
        _ => ("the server could not do it; nothing was taken", "服务器未能处理，未扣款"),
    };
    in_both(language, en, zh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Names;

    #[test]
    fn money_has_its_decimals_and_a_pass_its_name() {
        let names = |en: &str, zh: &str| Names { en: en.to_owned(), zh: zh.to_owned() };
        let units = [
            Unit { unit: "wash".to_owned(), kind: UnitKind::Pass, decimals: 0, names: names("wash", "洗车") },
            Unit { unit: "CNY".to_owned(), kind: UnitKind::Money, decimals: 2, names: names("yuan", "元") },
        ];
        assert_eq!(amount(Language::Zh, &units, "wash", 2), "2 洗车");
        assert_eq!(amount(Language::En, &units, "CNY", 1250), "12.50 CNY");
        assert_eq!(amount(Language::En, &units, "CNY", 5), "0.05 CNY");
    }
}
