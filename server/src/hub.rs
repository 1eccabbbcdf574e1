//! Who is listening: a bounded queue for each, and the slow are cut.
//!
//! The hub is a hint, the books are the truth: a listener that misses
//! something reads it there. Nothing here waits; a full queue ends its
//! listener, who comes back with a cursor. A listener with a task of its own
//! has a queue of its own; sockets of the [`Park`] share the park's.

mod marks;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Instant;

use tokio::sync::{mpsc, watch};

use self::marks::Marks;
use crate::code::CredentialNumber;
use crate::event::{Told, json};
use crate::id::{CustomerId, ShopId, TerminalId};
use crate::park::{Park, Spot};
use crate::writer;

/// Messages that wait for one listener with a queue of its own: several full batches, which come all at once.
pub const QUEUE: usize = 4 * writer::BATCH;
/// Sockets of one customer; beyond, the oldest is closed.
pub const MAX_SOCKETS: usize = 16;
/// Long-polls of one customer that wait; beyond, the oldest is told to come again later.
pub const MAX_POLLS: usize = 16;

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
    /// Every reason, once.
    pub const ALL: [Self; 3] = [Self::Revoked, Self::Slow, Self::TooMany];

    /// The word in the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Slow => "slow",
            Self::TooMany => "too_many",
        }
    }

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
    /// State, as JSON: a lamp.
    State(String),
}

/// A listener's number: never given twice, and rising, so that a customer's oldest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SeatId(u64);

impl SeatId {
    const LAST: Self = Self(u64::MAX);
}

/// Everybody who listens.
#[derive(Default)]
pub struct Hub {
    seats: Mutex<Seats>,
}

/// How many listen.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Listening {
    /// Sockets and streams of customers.
    pub phones: usize,
    /// Long-polls that wait.
    pub polls: usize,
    /// Sockets of terminals.
    pub terminals: usize,
    /// Sockets and streams of customers, by shop.
    pub online: Vec<(ShopId, usize)>,
}

#[derive(Default)]
struct Seats {
    last: SeatId,
    phones: BTreeMap<(CustomerId, SeatId), PhoneSeat>,
    terminals: HashMap<ShopId, Vec<TerminalSeat>>,
    online: HashMap<ShopId, watch::Sender<usize>>,
    /// What was revoked lately: who showed a token just before it was void and takes a seat just after is cut, too.
    revoked: Marks<CredentialNumber>,
    revoked_terminals: Marks<TerminalId>,
}

struct PhoneSeat {
    credential: CredentialNumber,
    /// The shop to count it in, if it is a socket and not one long-poll.
    online_in: Option<ShopId>,
    way: Way,
}

/// How a phone's seat is told.
enum Way {
    /// By a queue of its own.
    Queue(Box<Queue<Told>>),
    /// By the park's.
    Parked(Park, Spot),
}

struct TerminalSeat {
    id: SeatId,
    terminal: TerminalId,
    queue: Queue<Notice>,
}

struct Queue<M> {
    sender: mpsc::Sender<Arc<M>>,
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

impl<M> Queue<M> {
    /// A queue and its listener, which calls `leave` when it goes.
    fn new(leave: impl FnOnce() + Send + 'static) -> (Self, Listener<M>) {
        let (sender, queue) = mpsc::channel(QUEUE);
        let cut = Arc::new(OnceLock::new());
        (Self { sender, cut: cut.clone() }, Listener { queue, cut, leave: Some(Box::new(leave)) })
    }

    /// Hands over a message; false if the listener is slow and now cut.
    fn offer(&self, message: &Arc<M>) -> bool {
        match self.sender.try_send(message.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                let _ = self.cut.set(Cut::Slow);
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}

impl PhoneSeat {
    /// Hands over an event; false if the phone is slow and now cut.
    fn offer(&self, id: SeatId, told: &Arc<Told>) -> bool {
        match &self.way {
            Way::Queue(queue) => queue.offer(told),
            Way::Parked(park, spot) => {
                let taken = park.tell(*spot, id, told);
                if !taken {
                    self.cut(id, Cut::Slow);
                }
                taken
            }
        }
    }

    fn cut(&self, id: SeatId, cut: Cut) {
        match &self.way {
            Way::Queue(queue) => {
                let _ = queue.cut.set(cut);
            }
            Way::Parked(park, spot) => park.cut(*spot, id, cut),
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
        let mut seats = self.seats();
        let id = seats.next_id();
        let hub = self.clone();
        let (queue, listener) = Queue::new(move || hub.leave(customer, id));
        let way = Way::Queue(Box::new(queue));
        seats.sit(customer, id, PhoneSeat { credential, online_in, way });
        listener
    }

    /// Seats a socket of the park. It leaves by [`Hub::leave`].
    pub fn listen_parked(
        &self,
        customer: CustomerId,
        credential: CredentialNumber,
        shop: ShopId,
        (park, spot): (Park, Spot),
    ) -> SeatId {
        let mut seats = self.seats();
        let id = seats.next_id();
        seats.sit(customer, id, PhoneSeat { credential, online_in: Some(shop), way: Way::Parked(park, spot) });
        id
    }

    /// Listens for a shop's entries and state.
    pub fn listen_terminal(self: &Arc<Self>, shop: ShopId, terminal: TerminalId) -> Listener<Notice> {
        let mut seats = self.seats();
        let id = seats.next_id();
        let hub = self.clone();
        let (queue, listener) = Queue::new(move || hub.leave_terminal(shop, id));
        if seats.revoked_terminals.has(&terminal) {
            let _ = queue.cut.set(Cut::Revoked);
        } else {
            seats.terminals.entry(shop).or_default().push(TerminalSeat { id, terminal, queue });
        }
        drop(seats);
        listener
    }

    /// Takes a phone's seat away, if it still has it.
    pub fn leave(&self, customer: CustomerId, id: SeatId) {
        let mut seats = self.seats();
        if let Some(seat) = seats.phones.remove(&(customer, id)) {
            seats.count(seat.online_in, false);
        }
    }

    fn leave_terminal(&self, shop: ShopId, id: SeatId) {
        let mut seats = self.seats();
        if let Some(taken) = seats.terminals.get_mut(&shop) {
            taken.retain(|seat| seat.id != id);
            if taken.is_empty() {
                seats.terminals.remove(&shop);
            }
        }
    }

    /// Whether any phone of a customer listens.
    pub fn has_phones(&self, customer: CustomerId) -> bool {
        self.seats().of(customer).next().is_some()
    }

    /// Tells a customer's phones.
    pub fn tell(&self, told: Told) {
        let mut seats = self.seats();
        let customer = told.customer;
        let told = Arc::new(told);
        seats.remove(customer, |id, seat| !seat.offer(id, &told));
    }

    /// Tells a shop's terminals.
    pub fn notify(&self, shop: ShopId, notice: Notice) {
        if let Some(taken) = self.seats().terminals.get_mut(&shop) {
            let notice = Arc::new(notice);
            taken.retain(|seat| seat.queue.offer(&notice));
        }
    }

    /// Whether any terminal of a shop listens.
    pub fn has_terminals(&self, shop: ShopId) -> bool {
        self.seats().terminals.contains_key(&shop)
    }

    /// Open customer sockets of a shop, and how that changes: whoever looks sees the newest number, so that a
    /// thousand phones that come at once are not a thousand messages that wait.
    pub fn online(&self, shop: ShopId) -> watch::Receiver<usize> {
        self.seats().online.entry(shop).or_default().subscribe()
    }

    /// Customers with an open socket or stream in a shop, each once, who came last first. It looks at every seat.
    pub fn customers_online(&self, shop: ShopId) -> Vec<CustomerId> {
        let mut found: Vec<(SeatId, CustomerId)> = Vec::new();
        for ((customer, id), seat) in &self.seats().phones {
            match found.last_mut() {
                _ if seat.online_in != Some(shop) => {}
                Some((newest, last)) if last == customer => *newest = *id,
                Some(_) | None => found.push((*id, *customer)),
            }
        }
        found.sort_unstable_by(|one, other| other.cmp(one));
        found.into_iter().map(|(_, customer)| customer).collect()
    }

    /// How many listen now.
    pub fn listening(&self) -> Listening {
        let seats = self.seats();
        let online: Vec<(ShopId, usize)> =
            seats.online.iter().map(|(shop, online)| (*shop, *online.borrow())).collect();
        let phones = online.iter().map(|(_, online)| online).sum();
        let terminals = seats.terminals.values().map(Vec::len).sum();
        Listening { phones, polls: seats.phones.len() - phones, terminals, online }
    }

    /// Cuts off every listener of a revoked credential.
    pub fn revoke(&self, customer: CustomerId, credential: CredentialNumber) {
        let mut seats = self.seats();
        seats.revoked.add(credential, Instant::now());
        seats.remove(customer, |id, seat| {
            let revoked = seat.credential == credential;
            if revoked {
                seat.cut(id, Cut::Revoked);
            }
            revoked
        });
    }

    /// Cuts off every listener of a revoked terminal.
    pub fn revoke_terminal(&self, shop: ShopId, terminal: TerminalId) {
        let mut seats = self.seats();
        seats.revoked_terminals.add(terminal, Instant::now());
        if let Some(taken) = seats.terminals.get_mut(&shop) {
            for seat in taken.extract_if(.., |seat| seat.terminal == terminal) {
                let _ = seat.queue.cut.set(Cut::Revoked);
            }
        }
    }
}

/// The state message with the number of open customer sockets.
pub fn online_json(customers: usize) -> String {
    json(&serde_json::json!({ "type": "online", "customers": customers }))
}

impl Seats {
    fn next_id(&mut self) -> SeatId {
        self.last.0 += 1;
        self.last
    }

    /// Seats a phone; beyond [`MAX_SOCKETS`] the customer's oldest socket goes, beyond [`MAX_POLLS`] the oldest poll.
    fn sit(&mut self, customer: CustomerId, id: SeatId, seat: PhoneSeat) {
        if self.revoked.has(&seat.credential) {
            seat.cut(id, Cut::Revoked);
            return;
        }
        let is_socket = seat.online_in.is_some();
        let most = if is_socket { MAX_SOCKETS } else { MAX_POLLS };
        let alike = || self.of(customer).filter(|(_, seat)| seat.online_in.is_some() == is_socket);
        let oldest = alike().next().map(|(id, _)| id).filter(|_| alike().count() >= most);
        if let Some(oldest) = oldest {
            self.remove(customer, |id, seat| {
                if id == oldest {
                    seat.cut(id, Cut::TooMany);
                }
                id == oldest
            });
        }
        self.count(seat.online_in, true);
        self.phones.insert((customer, id), seat);
    }

    fn of(&self, customer: CustomerId) -> impl Iterator<Item = (SeatId, &PhoneSeat)> {
        let all = (customer, SeatId::default())..=(customer, SeatId::LAST);
        self.phones.range(all).map(|((_, id), seat)| (*id, seat))
    }

    /// Removes a customer's seats for which `gone` holds.
    fn remove(&mut self, customer: CustomerId, gone: impl Fn(SeatId, &PhoneSeat) -> bool) {
        let left: Vec<SeatId> = self.of(customer).filter(|(id, seat)| gone(*id, seat)).map(|(id, _)| id).collect();
        for id in left {
            if let Some(seat) = self.phones.remove(&(customer, id)) {
                self.count(seat.online_in, false);
            }
        }
    }

    fn count(&mut self, shop: Option<ShopId>, more: bool) {
        let Some(shop) = shop else { return };
        let online = self.online.entry(shop).or_default();
        online.send_modify(|online| *online = if more { *online + 1 } else { online.saturating_sub(1) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CUSTOMER: CustomerId = CustomerId(1);
    const SHOP: ShopId = ShopId(1);

    fn told(customer: CustomerId, seq: i64) -> Told {
        Told { customer, seq, at: 0, committed: None, json: String::new(), seed: String::new() }
    }

    fn number(n: u64) -> CredentialNumber {
        CredentialNumber::new(n).unwrap()
    }

    #[test]
    fn customers_of_a_shop_are_online_once_each_and_who_came_last_is_first() {
        let hub = Arc::new(Hub::default());
        let listen = |customer, shop| hub.listen(CustomerId(customer), number(1), shop);
        let _kept = [listen(1, Some(SHOP)), listen(2, Some(SHOP)), listen(3, Some(ShopId(2))), listen(4, None)];
        assert_eq!(hub.customers_online(SHOP), [CustomerId(2), CustomerId(1)]);
        let second = listen(1, Some(SHOP));
        assert_eq!(hub.customers_online(SHOP), [CustomerId(1), CustomerId(2)]);
        drop(second);
        assert_eq!(hub.customers_online(SHOP), [CustomerId(2), CustomerId(1)]);
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
        assert_eq!(*hub.online(SHOP).borrow(), 1);
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
        assert_eq!(*hub.online(SHOP).borrow(), 1);
    }

    #[tokio::test]
    async fn the_seventeenth_socket_closes_the_oldest() {
        let hub = Arc::new(Hub::default());
        let mut all: Vec<_> = (0..=MAX_SOCKETS).map(|_| hub.listen(CUSTOMER, number(1), Some(SHOP))).collect();
        assert!(matches!(all[0].next().await, Err(Cut::TooMany)));
        hub.tell(told(CUSTOMER, 1));
        assert_eq!(all[1].next().await.unwrap().seq, 1);
        assert_eq!(*hub.online(SHOP).borrow(), MAX_SOCKETS);
        drop(all);
        assert_eq!(*hub.online(SHOP).borrow(), 0);
    }

    #[tokio::test]
    async fn whoever_takes_a_seat_after_the_revocation_is_cut_too() {
        let hub = Arc::new(Hub::default());
        hub.revoke(CUSTOMER, number(1));
        hub.revoke_terminal(SHOP, TerminalId(1));
        assert!(matches!(hub.listen(CUSTOMER, number(1), Some(SHOP)).next().await, Err(Cut::Revoked)));
        assert!(matches!(hub.listen_terminal(SHOP, TerminalId(1)).next().await, Err(Cut::Revoked)));
        assert!(!hub.has_terminals(SHOP));
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

    #[test]
    fn whoever_looks_sees_how_many_are_online_now() {
        let hub = Arc::new(Hub::default());
        let mut online = hub.online(SHOP);
        let phone = hub.listen(CUSTOMER, number(1), Some(SHOP));
        assert!(online.has_changed().unwrap());
        assert_eq!(*online.borrow_and_update(), 1);
        drop(phone);
        drop(hub.listen(CUSTOMER, number(1), None));
        assert_eq!(*online.borrow_and_update(), 0);
    }

    #[test]
    fn a_parked_socket_is_told_and_cut_like_any_other() {
        let hub = Hub::default();
        let (park, lot) = Park::new().unwrap();
        let all: Vec<_> = (0..=MAX_SOCKETS)
            .map(|spot| hub.listen_parked(CUSTOMER, number(1), SHOP, (park.clone(), Spot(spot))))
            .collect();
        hub.tell(told(CUSTOMER, 1));
        hub.revoke(CUSTOMER, number(1));
        hub.tell(told(CUSTOMER, 2));
        let told = lot.told();
        assert_eq!(told.first(), Some(&(all[0], Err(Cut::TooMany))));
        assert_eq!(told.iter().filter(|(_, told)| *told == Ok(1)).count(), MAX_SOCKETS);
        assert_eq!(told.iter().filter(|(_, told)| *told == Err(Cut::Revoked)).count(), MAX_SOCKETS);
        assert_eq!(told.len(), 2 * MAX_SOCKETS + 1);
        assert_eq!(*hub.online(SHOP).borrow(), 0);
    }
}
