//! What a shop allows of a unit, and what a business day has used up of it.
//!
//! Pure. `redeem`, `top_up` and `transfer` ask; `store::batch` looks a day's sum up where a unit has a limit by the
//! day, and nowhere else.

use jiff::Span;
use jiff::civil::Date;

use crate::book::Shop;
use crate::day;
use crate::ledger::Millis;
use crate::refusal::Refusal;
use crate::unit::MAX_BALANCE;

/// A unit's settings. Amounts are minor units or visits; none: no limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    /// On an account.
    pub max_balance: Option<i64>,
    /// Taken at once.
    pub max_per_use: Option<i64>,
    /// Taken from a customer in one business day.
    pub max_per_day: Option<i64>,
    /// Above it, the customer's PIN is asked for.
    pub pin_above: Option<i64>,
    /// Taken at once by a printed card without the customer's PIN.
    pub card_max_per_use: Option<i64>,
    /// Taken in one business day by printed cards without the customer's PIN.
    pub card_max_per_day: Option<i64>,
    /// Days until what is added expires.
    pub expires_after_days: Option<i64>,
    /// No top-ups any more; what is there is still taken.
    pub retired: bool,
}

/// What a shop adds to a top-up that names no bonus itself.
#[derive(Debug, Clone, Copy)]
pub struct BonusRule {
    /// The lowest amount that it is for.
    pub from_amount: i64,
    /// A fixed part.
    pub bonus: i64,
    /// Thousandths of the amount, rounded down.
    pub per_mille: i64,
}

impl BonusRule {
    /// What the rule with the highest amount that is reached gives.
    pub fn of(rules: &[Self], amount: i64) -> i64 {
        let reached = rules.iter().filter(|rule| rule.from_amount <= amount).max_by_key(|rule| rule.from_amount);
        reached.map_or(0, |rule| rule.bonus + amount.saturating_mul(rule.per_mille) / 1000)
    }
}

/// What redemptions of one customer and unit took in the business day that runs, less what was given back.
#[derive(Debug, Clone, Copy, Default)]
pub struct Day {
    /// When it began.
    pub start: Millis,
    /// In all.
    pub taken: i64,
    /// Of it, by printed cards.
    pub by_card: i64,
}

impl Terms {
    /// Whether what a day took has to be known.
    pub fn count_days(&self) -> bool {
        self.max_per_day.is_some() || self.card_max_per_day.is_some()
    }

    /// The most that an account may hold.
    pub fn room(&self) -> i64 {
        self.max_balance.map_or(MAX_BALANCE, |max| max.min(MAX_BALANCE))
    }

    /// Whether `amount` may be taken on top of what the day took, and if so, whether the customer's PIN is needed.
    ///
    /// # Errors
    /// `LimitExceeded`.
    pub fn may_take(&self, amount: i64, day: Day, by_card: bool) -> Result<bool, Refusal> {
        let over = |max: Option<i64>, sum: i64| max.is_some_and(|max| sum > max);
        if over(self.max_per_use, amount) || over(self.max_per_day, day.taken.saturating_add(amount)) {
            return Err(Refusal::LimitExceeded);
        }
        let card =
            over(self.card_max_per_use, amount) || over(self.card_max_per_day, day.by_card.saturating_add(amount));
        Ok(over(self.pin_above, amount) || (by_card && card))
    }

    /// When value that is added at `at` expires: at the end of a business day.
    pub fn expiry(&self, shop: &Shop, at: Millis) -> Option<Millis> {
        let days = Span::new().try_days(self.expires_after_days?).ok()?;
        let zone = shop.zone();
        let last = day::date_of(&zone, shop.day_start_min, at).checked_add(days).unwrap_or(Date::MAX);
        Some(day::start(&zone, shop.day_start_min, day::following(last)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms {
        max_balance: None,
        max_per_use: Some(10),
        max_per_day: Some(15),
        pin_above: Some(8),
        card_max_per_use: Some(3),
        card_max_per_day: Some(5),
        expires_after_days: None,
        retired: false,
    };

    #[test]
    fn limits_are_the_most_that_is_taken_and_above_some_the_pin_is_asked() {
        let day = |taken, by_card| Day { start: 0, taken, by_card };
        for (amount, before, by_card, expected) in [
            (8, day(0, 0), false, Ok(false)),
            (9, day(0, 0), false, Ok(true)),
            (10, day(5, 0), false, Ok(true)),
            (11, day(0, 0), false, Err(Refusal::LimitExceeded)),
            (8, day(7, 0), false, Ok(false)),
            (8, day(8, 0), false, Err(Refusal::LimitExceeded)),
            (3, day(2, 2), true, Ok(false)),
            (3, day(3, 3), true, Ok(true)),
            (4, day(0, 0), true, Ok(true)),
            (4, day(0, 9), false, Ok(false)),
        ] {
            assert_eq!(TERMS.may_take(amount, before, by_card), expected, "{amount} after {before:?}");
        }
        assert_eq!(Terms::default().may_take(i64::MAX, day(1, 1), true), Ok(false), "without limits nothing is asked");
    }

    #[test]
    fn the_highest_rule_that_is_reached_gives_the_bonus() {
        let rule = |from_amount, bonus, per_mille| BonusRule { from_amount, bonus, per_mille };
        let rules = [rule(100, 5, 0), rule(1000, 0, 125), rule(500, 10, 10)];
        for (amount, bonus) in [(99, 0), (100, 5), (499, 5), (500, 15), (999, 19), (1000, 125), (1007, 125)] {
            assert_eq!(BonusRule::of(&rules, amount), bonus, "{amount}");
        }
    }
}
