//! What one cell of a sheet says.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Form, What};
use crate::csv;
use crate::day;
use crate::ledger::Millis;
use crate::name::{self, Name};
use crate::unit::{MAX_BALANCE, Unit};

/// The longest external id, in characters.
const MAX_EXTERNAL_CHARS: usize = 100;
/// Digits of a phone number.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 3..=20;

/// A name, as it was before our own export defused it.
pub fn name(cell: &str) -> Result<String, (What, String)> {
    let text = csv::plain(cell);
    if text.chars().count() > name::MAX_CHARS {
        return Err((What::TooLong, format!("a name has at most {} characters; shorten it", name::MAX_CHARS)));
    }
    let name = Name::parse(text).map(|name| name.as_str().to_owned());
    name.ok_or_else(|| (What::Name, "the name is empty, or has a line break or what no screen can show".into()))
}

/// An id of another system: text in one line.
pub fn external(cell: &str) -> Result<String, (What, String)> {
    let text = csv::plain(cell);
    if text.chars().count() > MAX_EXTERNAL_CHARS {
        return Err((What::TooLong, format!("an id has at most {MAX_EXTERNAL_CHARS} characters; shorten it")));
    }
    if text.chars().any(char::is_control) {
        return Err((What::External, "it has a line break or what no screen can show; take it out".into()));
    }
    Ok(text.to_owned())
}

/// The digits of a phone number, without what people put between them.
pub fn phone(cell: &str) -> Result<String, (What, String)> {
    let between = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}');
    let digits: String = csv::plain(cell).trim_start_matches('+').chars().filter(|c| !between(*c)).collect();
    if digits.bytes().all(|byte| byte.is_ascii_digit()) && PHONE_DIGITS.contains(&digits.len()) {
        return Ok(digits);
    }
    let (least, most) = (PHONE_DIGITS.start(), PHONE_DIGITS.end());
    let detail = format!(
        "a phone number has {least} to {most} digits; if the spreadsheet made another number of it (1.38E+10), make \
         the column text"
    );
    Err((What::Phone, detail))
}

/// An amount in minor units or visits, from its decimals.
pub fn amount(unit: &Unit, cell: &str) -> Result<i64, (What, String)> {
    let decimals = usize::try_from(unit.decimals()).unwrap_or(0);
    let wrong = || {
        let example = unit.decimal(12 * 10_i64.pow(unit.decimals()));
        (What::Amount, format!("an amount of {unit} is written like {example}, not below zero and without separators"))
    };
    let (whole, part) = cell.split_once('.').unwrap_or((cell, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > decimals || cell.ends_with('.') {
        return Err(wrong());
    }
    let value: i64 = format!("{whole}{part:0<decimals$}").parse().unwrap_or(i64::MAX);
    if value > MAX_BALANCE {
        return Err((What::TooMuch, format!("an account holds at most {}", unit.decimal(MAX_BALANCE))));
    }
    Ok(value)
}

/// A date, on which the account still holds, or an exact time.
pub fn expiry(form: &Form, cell: &str) -> Result<Millis, (What, String)> {
    if let Ok(moment) = cell.parse::<Timestamp>() {
        return Ok(moment.as_millisecond());
    }
    let date = ["%Y-%m-%d", "%Y/%m/%d"].into_iter().find_map(|form| Date::strptime(form, cell).ok());
    let date = date.ok_or_else(|| (What::Date, "a date is written like 2027-12-31".into()))?;
    Ok(day::start(&form.zone, form.day_start_min, day::following(date)))
}
