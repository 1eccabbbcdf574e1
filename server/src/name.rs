//! Names and phone numbers as people type them: of customers, operators, terminals, shops.
//!
//! Pure. Names are of any script, right-to-left ones and emoji included. What a screen cannot show, or what turns the text around it,
//! is not in a name.

use std::fmt;

use utoipa::ToSchema;

/// The longest name, in characters.
pub const MAX_CHARS: usize = 100;

/// Digits of a phone number, at least and at most.
pub const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 3..=20;
/// The longest that one is typed, in characters.
pub const MAX_PHONE_CHARS: usize = 40;
/// Digits at the end of a phone number by which screens tell it.
pub const PHONE_END: usize = 4;

/// A phone number: its digits, with the country code if it was given.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(max_length = 40, pattern = r"^[-+ ().\/]*([0-9][-+ ().\/]*){3,20}$", example = "+86 138 0013 8000")]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads digits with the usual signs between them; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let signs = |c: char| matches!(c, '+' | '-' | ' ' | '(' | ')' | '.' | '/');
        let valid = text.chars().all(|c| c.is_ascii_digit() || signs(c));
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        (valid && text.len() <= MAX_PHONE_CHARS && PHONE_DIGITS.contains(&digits.len())).then_some(Self(digits))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The end of a phone number's digits, by which screens tell it.
pub fn phone_end(digits: &str) -> &str {
    &digits[digits.len().saturating_sub(PHONE_END)..]
}

/// A name: trimmed, 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(
    min_length = 1,
    max_length = 100,
    pattern = r"^[^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*[^\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069][^\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]*$",
    example = "Li Na 李娜"
)]
pub struct Name(String);

impl Name {
    /// `None` if there is nothing to read, too much, a control character, or one that overrides the direction of
    /// the text around it (Unicode's explicit embeddings, overrides and isolates).
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let turns = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let readable = !text.is_empty() && text.chars().all(|c| !c.is_control() && !turns(c));
        (readable && text.chars().count() <= MAX_CHARS).then(|| Self(text.to_owned()))
    }

    /// The name as it is shown.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_and_emoji_are_names() {
        for name in ["Zoë 王", "محمد علي", "שרה", "👩‍👩‍👧 Li", "x", "O'Brien \"Bo\" <b>"] {
            assert_eq!(Name::parse(&format!("  {name} ")).unwrap().as_str(), name);
        }
        assert!(Name::parse(&"王".repeat(MAX_CHARS)).is_some());
    }

    #[test]
    fn a_phone_number_is_its_digits() {
        for (text, digits) in [("+86 138-0013-8000", "8613800138000"), ("(030) 12.34/56", "030123456"), ("110", "110")]
        {
            assert_eq!(PhoneNumber::parse(text).unwrap().as_str(), digits);
        }
        for none in ["", "12", "1380013800a", "１３８００", &"1".repeat(21), "+-"] {
            assert!(PhoneNumber::parse(none).is_none(), "{none}");
        }
        assert_eq!((phone_end("8613800138000"), phone_end("110")), ("8000", "110"));
    }

    #[test]
    fn what_no_screen_can_show_is_no_name() {
        for text in ["", "  ", "a\nb", "a\0", "a\u{1b}[31m", "\u{202e}evil", "a\u{2066}b", &"x".repeat(MAX_CHARS + 1)] {
            assert!(Name::parse(text).is_none(), "{text:?}");
        }
    }
}
