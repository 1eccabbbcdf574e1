//! The last ten entries and the lamps of the last redemptions, as the terminal's socket tells them.
//!
//! Pure. Entries come at least once and in order; a repeat changes nothing.

use std::collections::VecDeque;

use uuid::Uuid;

use crate::wire::{Entry, Lamp, Listed, RefusalListed, RequestKind};

/// Entries on the page.
pub const SHOWN: usize = 10;
/// As many lamps as the server tells after hello.
const LAMPS: usize = 50;

/// What the bottom of the window lists.
#[derive(Debug, Default)]
pub struct Board {
    /// Newest first.
    listed: VecDeque<Listed>,
    /// Newest last.
    lamps: VecDeque<(Uuid, Lamp)>,
    last_number: u64,
}

impl Board {
    /// A ledger entry; `false` if it was known, or if it is none of a terminal's: balances that were brought in
    /// are no news of the day.
    pub fn entry(&mut self, mut entry: Entry) -> bool {
        if entry.number <= self.last_number {
            return false;
        }
        self.last_number = entry.number;
        if entry.terminal.is_none() {
            return false;
        }
        if let Some(lamp) = entry.lamp {
            self.lamp(entry.id, lamp);
        }
        if entry.kind == "redemption" {
            entry.lamp = Some(self.lamp_of(entry.id));
        }
        self.push(Listed::Entry(Box::new(entry)));
        true
    }

    /// A request of this terminal that moved nothing.
    pub fn refusal(&mut self, id: Uuid, of: RequestKind, code: String, at: String) {
        self.push(Listed::Refusal(RefusalListed { kind: "refusal", id, of, code, at }));
    }

    /// A lamp never goes back; `false` if nothing changed.
    pub fn lamp(&mut self, id: Uuid, lamp: Lamp) -> bool {
        match self.lamps.iter_mut().find(|(known, _)| *known == id) {
            Some((_, known)) if *known >= lamp => return false,
            Some((_, known)) => *known = lamp,
            None => {
                self.lamps.push_back((id, lamp));
                if self.lamps.len() > LAMPS {
                    self.lamps.pop_front();
                }
            }
        }
        for listed in &mut self.listed {
            if let Listed::Entry(entry) = listed
                && entry.id == id
                && entry.kind == "redemption"
            {
                entry.lamp = Some(lamp);
            }
        }
        true
    }

    /// How far a redemption got, as far as this till heard.
    pub fn lamp_of(&self, id: Uuid) -> Lamp {
        self.lamps.iter().find(|(known, _)| *known == id).map_or(Lamp::Recorded, |(_, lamp)| *lamp)
    }

    /// After a restore the numbers begin elsewhere.
    pub fn restart(&mut self) {
        *self = Self::default();
    }

    /// Newest first.
    pub fn listed(&self) -> Vec<Listed> {
        self.listed.iter().cloned().collect()
    }

    fn push(&mut self, listed: Listed) {
        self.listed.push_front(listed);
        self.listed.truncate(SHOWN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Customer;

    fn entry(number: u64) -> Entry {
        Entry {
            number,
            kind: "redemption".to_owned(),
            id: Uuid::from_u128(u128::from(number)),
            customer: Customer::default(),
            unit: "wash".to_owned(),
            amount: 1,
            balance: 9,
            at: String::new(),
            mark: String::new(),
            lamp: None,
            of: None,
            of_kind: None,
            gain: None,
            terminal: Some(1),
        }
    }

    #[test]
    fn the_last_ten_are_listed_newest_first_and_a_replay_changes_nothing() {
        let mut board = Board::default();
        for number in (1..=12).chain(5..=12) {
            board.entry(entry(number));
        }
        let numbers: Vec<u64> = board
            .listed()
            .iter()
            .map(|listed| if let Listed::Entry(entry) = listed { entry.number } else { 0 })
            .collect();
        assert_eq!(numbers, (3..=12).rev().collect::<Vec<_>>());
    }

    #[test]
    fn a_lamp_never_goes_back_and_may_come_before_its_entry() {
        let mut board = Board::default();
        let id = Uuid::from_u128(1);
        assert!(board.lamp(id, Lamp::Seen));
        assert!(!board.lamp(id, Lamp::Received));
        board.entry(entry(1));
        assert!(matches!(&board.listed()[0], Listed::Entry(entry) if entry.lamp == Some(Lamp::Seen)));
    }
}
