//! Who is listening: a bounded queue for each, and the slow are cut.
//!
//! The hub is a hint, the books are the truth: a listener that misses
//! something reads it there. Nothing here waits; a full queue ends its
//! listener, who comes back with a cursor.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::sync::mpsc;

use crate::code::CredentialNumber;
use crate::event::{Told, json};
use crate::id::{CustomerId, ShopId, TerminalId};

/// Messages that wait for one listener.
pub const QUEUE: usize = 64;
/// Sockets of one customer; beyond, the oldest is closed.
pub const MAX_SOCKETS: usize = 16;

/// Why a listener was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Its token holds no more.
    Revoked,
    /// It could not keep up.
    Slow,
    /// The customer opened too many others.
    TooMany,
}

impl Cut {
    /// The close code of the socket.
    pub fn close_code(self) -> u16 {
        match self {
            Self::Revoked => 4001,
            Self::Slow => 4008,
            Self::TooMany => 4009,
        }
    }
}

/// What a terminal is told.
#[derive(Debug)]
pub enum Notice {
    /// A ledger entry: its number and its JSON.
    Entry(i64, String),
    /// State, as JSON: lamps, how many are online.
    State(String),
}

/// Everybody who listens.
#[derive(Default)]
pub struct Hub {
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    next: u64,
    phones: HashMap<CustomerId, Vec<Seat<PhoneSeat, Told>>>,
    terminals: HashMap<ShopId, Vec<Seat<TerminalId, Notice>>>,
    online: HashMap<ShopId, usize>,
}

struct PhoneSeat {
    credential: CredentialNumber,
    /// The shop to count it in, if it is a socket and not one long-poll.
    online_in: Option<ShopId>,
}

struct Seat<K, M> {
    id: u64,
    key: K,
    queue: mpsc::Sender<Arc<M>>,
    cut: Arc<OnceLock<Cut>>,
}

/// One listener's end; dropping it leaves the hub.
pub struct Listener<M> {
    queue: mpsc::Receiver<Arc<M>>,
    cut: Arc<OnceLock<Cut>>,
    leave: Option<Box<dyn FnOnce() + Send>>,
}

impl<M> Listener<M> {
    /// The next message; an error when the listener was cut off.
    pub async fn next(&mut self) -> Result<Arc<M>, Cut> {
        if let Some(cut) = self.cut.get() {
            return Err(*cut);
        }
        self.queue.recv().await.ok_or_else(|| self.cut.get().copied().unwrap_or(Cut::Slow))
    }
}

impl<M> Drop for Listener<M> {
    fn drop(&mut self) {
        if let Some(leave) = self.leave.take() {
            leave();
        }
    }
}

impl<K, M> Seat<K, M> {
    /// Hands over a message; false if the listener is slow and now cut.
    fn offer(&self, message: &Arc<M>) -> bool {
        match self.queue.try_send(message.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                let _ = self.cut.set(Cut::Slow);
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

impl Hub {
    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().expect("nobody panics while holding the seats")
    }

    /// Listens for a customer's events; `online_in` counts a socket in its shop.
    pub fn listen(
        self: &Arc<Self>,
        customer: CustomerId,
        credential: CredentialNumber,
        online_in: Option<ShopId>,
    ) -> Listener<Told> {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let cut = Arc::new(OnceLock::new());
        let mut seats = self.seats();
        let id = seats.next_id();
        let taken = seats.phones.entry(customer).or_default();
        if online_in.is_some() && taken.iter().filter(|seat| seat.key.online_in.is_some()).count() >= MAX_SOCKETS {
            let oldest = taken.iter().position(|seat| seat.key.online_in.is_some());
            let seat = taken.remove(oldest.expect("there are MAX_SOCKETS of them"));
            let _ = seat.cut.set(Cut::TooMany);
            seats.count(seat.key.online_in, false);
        }
        let seat = Seat { id, key: PhoneSeat { credential, online_in }, queue, cut: cut.clone() };
        seats.phones.entry(customer).or_default().push(seat);
        seats.count(online_in, true);
        drop(seats);
        let hub = self.clone();
        Listener { queue: receiver, cut, leave: Some(Box::new(move || hub.leave(customer, id))) }
    }

    /// Listens for a shop's entries and state.
    pub fn listen_terminal(self: &Arc<Self>, shop: ShopId, terminal: TerminalId) -> Listener<Notice> {
        let (queue, receiver) = mpsc::channel(QUEUE);
        let cut = Arc::new(OnceLock::new());
        let mut seats = self.seats();
        let id = seats.next_id();
        seats.terminals.entry(shop).or_default().push(Seat { id, key: terminal, queue, cut: cut.clone() });
        drop(seats);
        let hub = self.clone();
        Listener { queue: receiver, cut, leave: Some(Box::new(move || hub.leave_terminal(shop, id))) }
    }

    fn leave(&self, customer: CustomerId, id: u64) {
        let mut seats = self.seats();
        seats.remove(customer, |seat| seat.id == id);
    }

    fn leave_terminal(&self, shop: ShopId, id: u64) {
        let mut seats = self.seats();
        if let Some(taken) = seats.terminals.get_mut(&shop) {
            taken.retain(|seat| seat.id != id);
            if taken.is_empty() {
                seats.terminals.remove(&shop);
            }
        }
    }

    /// Tells a customer's phones.
    pub fn tell(&self, told: Told) {
        let mut seats = self.seats();
        let customer = told.customer;
        let told = Arc::new(told);
        seats.remove(customer, |seat| !seat.offer(&told));
    }

    /// Tells a shop's terminals.
    pub fn notify(&self, shop: ShopId, notice: Notice) {
        self.seats().notify(shop, notice);
    }

    /// Whether any terminal of a shop listens.
    pub fn has_terminals(&self, shop: ShopId) -> bool {
        self.seats().terminals.contains_key(&shop)
    }

    /// Open customer sockets of a shop.
    pub fn online(&self, shop: ShopId) -> usize {
        self.seats().online.get(&shop).copied().unwrap_or(0)
    }

    /// Cuts off every listener of a revoked credential.
    pub fn revoke(&self, customer: CustomerId, credential: CredentialNumber) {
        self.seats().remove(customer, |seat| {
            let revoked = seat.key.credential == credential;
            if revoked {
                let _ = seat.cut.set(Cut::Revoked);
            }
            revoked
        });
    }

    /// Cuts off every listener of a revoked terminal.
    pub fn revoke_terminal(&self, shop: ShopId, terminal: TerminalId) {
        if let Some(taken) = self.seats().terminals.get_mut(&shop) {
            for seat in taken.extract_if(.., |seat| seat.key == terminal) {
                let _ = seat.cut.set(Cut::Revoked);
            }
        }
    }
}

/// The state message with the number of open customer sockets.
pub fn online_json(customers: usize) -> String {
    json(&serde_json::json!({ "type": "online", "customers": customers }))
}

impl Seats {
    fn next_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Removes a customer's seats for which `gone` holds.
    fn remove(&mut self, customer: CustomerId, gone: impl Fn(&Seat<PhoneSeat, Told>) -> bool) {
        let Some(taken) = self.phones.get_mut(&customer) else { return };
        let left: Vec<_> = taken.extract_if(.., |seat| gone(seat)).collect();
        if taken.is_empty() {
            self.phones.remove(&customer);
        }
        for seat in left {
            self.count(seat.key.online_in, false);
        }
    }

    fn count(&mut self, shop: Option<ShopId>, more: bool) {
        let Some(shop) = shop else { return };
        let online = self.online.entry(shop).or_default();
        *online = if more { *online + 1 } else { online.saturating_sub(1) };
        let customers = *online;
        self.notify(shop, Notice::State(online_json(customers)));
    }

    fn notify(&mut self, shop: ShopId, notice: Notice) {
        if let Some(taken) = self.terminals.get_mut(&shop) {
            let notice = Arc::new(notice);
            taken.retain(|seat| seat.offer(&notice));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUSTOMER: CustomerId = CustomerId(1);
    const SHOP: ShopId = ShopId(1);

    fn told(customer: CustomerId, seq: i64) -> Told {
        Told { customer, seq, at: 0, json: String::new(), seed: String::new() }
    }

    fn number(n: u64) -> CredentialNumber {
        CredentialNumber::new(n).unwrap()
    }

    #[tokio::test]
    async fn every_device_of_the_customer_hears_and_nobody_else() {
        let hub = Arc::new(Hub::default());
        let mut first = hub.listen(CUSTOMER, number(1), Some(SHOP));
        let mut second = hub.listen(CUSTOMER, number(2), Some(SHOP));
        let mut other = hub.listen(CustomerId(2), number(3), Some(SHOP));
        hub.tell(told(CUSTOMER, 1));
        hub.tell(told(CustomerId(2), 7));
        assert_eq!(first.next().await.unwrap().seq, 1);
        assert_eq!(second.next().await.unwrap().seq, 1);
        assert_eq!(other.next().await.unwrap().seq, 7);
    }

    #[tokio::test]
    async fn closing_one_device_leaves_the_others() {
        let hub = Arc::new(Hub::default());
        let first = hub.listen(CUSTOMER, number(1), Some(SHOP));
        let mut second = hub.listen(CUSTOMER, number(1), Some(SHOP));
        drop(first);
        assert_eq!(hub.online(SHOP), 1);
        hub.tell(told(CUSTOMER, 1));
        assert_eq!(second.next().await.unwrap().seq, 1);
    }

    #[tokio::test]
    async fn the_slow_one_is_cut_and_slows_nobody() {
        let hub = Arc::new(Hub::default());
        let mut slow = hub.listen(CUSTOMER, number(1), Some(SHOP));
        let mut quick = hub.listen(CUSTOMER, number(2), Some(SHOP));
        for seq in 1..=i64::try_from(QUEUE).unwrap() + 1 {
            hub.tell(told(CUSTOMER, seq));
            assert_eq!(quick.next().await.unwrap().seq, seq);
        }
        assert!(matches!(slow.next().await, Err(Cut::Slow)));
        assert_eq!(hub.online(SHOP), 1);
    }

    #[tokio::test]
    async fn the_seventeenth_socket_closes_the_oldest() {
        let hub = Arc::new(Hub::default());
        let mut all: Vec<_> = (0..=MAX_SOCKETS).map(|_| hub.listen(CUSTOMER, number(1), Some(SHOP))).collect();
        assert!(matches!(all[0].next().await, Err(Cut::TooMany)));
        hub.tell(told(CUSTOMER, 1));
        assert_eq!(all[1].next().await.unwrap().seq, 1);
        assert_eq!(hub.online(SHOP), MAX_SOCKETS);
        drop(all);
        assert_eq!(hub.online(SHOP), 0);
    }

    #[tokio::test]
    async fn a_revoked_credential_is_cut_at_once_and_its_neighbour_is_not() {
        let hub = Arc::new(Hub::default());
        let mut revoked = hub.listen(CUSTOMER, number(1), Some(SHOP));
        let mut other = hub.listen(CUSTOMER, number(2), Some(SHOP));
        hub.revoke(CUSTOMER, number(1));
        assert!(matches!(revoked.next().await, Err(Cut::Revoked)));
        hub.tell(told(CUSTOMER, 1));
        assert!(other.next().await.is_ok());
    }

    #[tokio::test]
    async fn terminals_hear_who_is_online() {
        let hub = Arc::new(Hub::default());
        let mut terminal = hub.listen_terminal(SHOP, TerminalId(1));
        let phone = hub.listen(CUSTOMER, number(1), Some(SHOP));
        drop(phone);
        let mut heard = Vec::new();
        for _ in 0..2 {
            if let Notice::State(json) = &*terminal.next().await.unwrap() {
                heard.push(json.clone());
            }
        }
        assert_eq!(heard, [online_json(1), online_json(0)]);
    }
}
