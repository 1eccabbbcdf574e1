//! The table: each figure's median over the rounds, beside what it is compared with in the same round.

use std::fmt;

/// Values of one figure, one for each round.
#[derive(Debug, Clone, Default)]
pub struct Figure(Vec<f64>);

impl Figure {
    /// Adds a round's value.
    pub fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The middle one; the lower of two.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len().saturating_sub(1) / 2).copied()
    }
}

/// The median, and from where to where.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(median) = self.median() else { return f.write_str("–") };
        f.write_str(&rounded(median))?;
        if self.0.len() > 1 {
            let low = self.0.iter().copied().fold(f64::INFINITY, f64::min);
            let high = self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            write!(f, " ({}–{})", rounded(low), rounded(high))?;
        }
        Ok(())
    }
}

/// Three digits that count.
fn rounded(value: f64) -> String {
    match value {
        value if value >= 100.0 => {
            let digits = format!("{value:.0}");
            let mut grouped = String::new();
            for (index, digit) in digits.chars().enumerate() {
                if index > 0 && (digits.len() - index).is_multiple_of(3) {
                    grouped.push(',');
                }
                grouped.push(digit);
            }
            grouped
        }
        value if value >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

/// What a figure has to reach.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// At least: floor and goal.
    AtLeast(f64, f64),
    /// At most: floor and goal.
    AtMost(f64, f64),
}

impl Target {
    fn verdict(self, value: f64) -> &'static str {
        let (floor, goal) = match self {
            Self::AtLeast(floor, goal) => (value >= floor, value >= goal),
            Self::AtMost(floor, goal) => (value <= floor, value <= goal),
        };
        match (floor, goal) {
            (_, true) => "goal",
            (true, false) => "floor",
            (false, false) => "**short**",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, floor, goal) = match self {
            Self::AtLeast(floor, goal) => ("≥", floor, goal),
            Self::AtMost(floor, goal) => ("≤", floor, goal),
        };
        write!(f, "{sign} {floor}")?;
        if (floor - goal).abs() > f64::EPSILON { write!(f, ", goal {sign} {goal}") } else { Ok(()) }
    }
}

/// The table under way.
#[derive(Default)]
pub struct Table {
    rows: Vec<(String, Figure, Option<Target>)>,
}

impl Table {
    /// Adds a round's value of a figure.
    pub fn add(&mut self, name: impl Into<String>, value: f64) {
        self.put(name.into(), value, None);
    }

    /// The same for a figure that has a target.
    pub fn aim(&mut self, name: impl Into<String>, value: f64, target: Target) {
        self.put(name.into(), value, Some(target));
    }

    fn put(&mut self, name: String, value: f64, target: Option<Target>) {
        if let Some((_, figure, _)) = self.rows.iter_mut().find(|(known, ..)| *known == name) {
            figure.add(value);
        } else {
            let mut figure = Figure::default();
            figure.add(value);
            self.rows.push((name, figure, target));
        }
    }
}

/// Markdown.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| figure | median (lowest–highest) | target | reached |")?;
        writeln!(f, "| --- | --- | --- | --- |")?;
        for (name, figure, target) in &self.rows {
            let verdict = target.zip(figure.median()).map_or("", |(target, median)| target.verdict(median));
            let target = target.map(|target| target.to_string()).unwrap_or_default();
            writeln!(f, "| {name} | {figure} | {target} | {verdict} |")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_its_median_with_its_range() {
        let mut table = Table::default();
        for value in [12_345.6, 9_000.0, 20_000.0] {
            table.aim("redemptions/s", value, Target::AtLeast(10_000.0, 15_000.0));
        }
        table.add("p50 ms", 0.456);
        let text = table.to_string();
        assert!(text.contains("| redemptions/s | 12,346 (9,000–20,000) | ≥ 10000, goal ≥ 15000 | floor |"), "{text}");
        assert!(text.contains("| p50 ms | 0.46 |  |  |"), "{text}");
    }

    #[test]
    fn at_most_is_short_above_and_reached_below() {
        assert_eq!(Target::AtMost(6.0, 3.5).verdict(7.0), "**short**");
        assert_eq!(Target::AtMost(6.0, 3.5).verdict(6.0), "floor");
        assert_eq!(Target::AtMost(6.0, 3.5).verdict(3.0), "goal");
    }
}
