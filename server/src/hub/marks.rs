//! What was revoked lately.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, Instant};

/// How long a mark is kept: longer than any call takes from the look at its token to its seat.
const KEPT: Duration = Duration::from_mins(10);

/// Marks that are forgotten after a while, so that they take no more memory than that while's revocations.
pub struct Marks<K> {
    since: HashMap<K, Instant>,
    /// The oldest first.
    order: VecDeque<(Instant, K)>,
}

impl<K> Default for Marks<K> {
    fn default() -> Self {
        Self { since: HashMap::new(), order: VecDeque::new() }
    }
}

impl<K: Eq + Hash + Copy> Marks<K> {
    /// Marks somebody, and forgets the old marks.
    pub fn add(&mut self, key: K, now: Instant) {
        while let Some((at, old)) = self.order.front().copied()
            && now.duration_since(at) > KEPT
        {
            self.order.pop_front();
            // It may have been marked again since.
            if self.since.get(&old) == Some(&at) {
                self.since.remove(&old);
            }
        }
        self.since.insert(key, now);
        self.order.push_back((now, key));
    }

    /// Whether somebody is marked.
    pub fn has(&self, key: &K) -> bool {
        self.since.contains_key(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_lasts_its_time_and_no_longer() {
        let (mut marks, start) = (Marks::default(), Instant::now());
        let later = |s| start + Duration::from_secs(s);
        for n in 0..1000 {
            marks.add(n, later(n));
        }
        assert!(marks.has(&999) && marks.has(&399));
        assert!(!marks.has(&398));
        marks.add(999, later(1300));
        marks.add(0, later(1700));
        assert!(marks.has(&999), "marked again");
        assert_eq!((marks.since.len(), marks.order.len()), (2, 2));
    }
}
