//! Turns of what is costly: a few at a time in all, and fewer of one shop, so that none makes the others wait.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Keys whose places are kept although nobody waits there.
const MAX_IDLE: usize = 1024;

/// Places that are counted for each of many: a shop, a terminal.
pub struct Places<K> {
    each: usize,
    kept: Mutex<HashMap<K, Arc<Semaphore>>>,
}

impl<K: Eq + Hash> Places<K> {
    /// So many places for each.
    pub fn new(each: usize) -> Self {
        Self { each, kept: Mutex::default() }
    }

    /// Waits for a place, in the order of coming.
    pub async fn take(&self, key: K) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() > MAX_IDLE {
                kept.retain(|_, places| Arc::strong_count(places) > 1);
            }
            kept.entry(key).or_insert_with(|| Arc::new(Semaphore::new(self.each))).clone()
        };
        places.acquire_owned().await.ok()
    }
}

/// Turns of one kind of work; of a key's work one runs or waits in the common row.
pub struct Turns<K> {
    of_key: Places<K>,
    all: Arc<Semaphore>,
}

/// A turn; dropping it gives the places back.
pub struct Turn(#[expect(dead_code, reason = "held for its drop")] [OwnedSemaphorePermit; 2]);

impl<K: Eq + Hash> Turns<K> {
    /// So many turns at a time in all, and one of each key.
    pub fn new(at_once: usize) -> Self {
        Self { of_key: Places::new(1), all: Arc::new(Semaphore::new(at_once)) }
    }

    /// Waits for a turn, first among the key's own, then among all keys'.
    pub async fn take(&self, key: K) -> Option<Turn> {
        let own = self.of_key.take(key).await?;
        Some(Turn([own, self.all.clone().acquire_owned().await.ok()?]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_shop_waits_for_itself_and_leaves_a_place_for_another() {
        let turns = Arc::new(Turns::new(2));
        let soon = std::time::Duration::from_millis(100);
        let first = turns.take(1).await;
        assert!(first.is_some());
        let waiting: Vec<_> = (0..100)
            .map(|_| {
                tokio::spawn({
                    let turns = turns.clone();
                    async move { turns.take(1).await }
                })
            })
            .collect();
        assert!(tokio::time::timeout(soon, turns.take(1)).await.is_err());
        let other = turns.take(2).await;
        assert!(other.is_some());
        assert!(tokio::time::timeout(soon, turns.take(3)).await.is_err(), "two in all");
        drop(other);
        drop(first);
        for turn in waiting {
            assert!(turn.await.unwrap().is_some());
        }
    }

    #[tokio::test]
    async fn those_where_nobody_waits_are_forgotten() {
        let places = Places::new(1);
        let held = places.take(0).await;
        for key in 1..=3 * MAX_IDLE {
            drop(places.take(key).await);
        }
        assert!(places.kept.lock().unwrap().len() <= MAX_IDLE + 1);
        assert!(places.kept.lock().unwrap().contains_key(&0));
        drop(held);
    }
}
