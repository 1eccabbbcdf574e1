//! A till, a disk, a network that loses and delays, a server and a merchant, in any order.
//!
//! Whatever happens, once the network works again every request that was sent is settled exactly once, as the server
//! has it in its books, and one scan never has two ids.

use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;

/// One thing that happens.
#[derive(Debug, Clone, Copy)]
enum Step {
    Pass {
        ms: u64,
    },
    Scan {
        code: u64,
    },
    /// To one of the calls on their way.
    Network {
        which: usize,
        fate: Fate,
    },
    /// The power goes, after so many of the next actions were carried out.
    PowerCut {
        after: usize,
    },
    Link {
        online: bool,
    },
    /// Presses every "cancel for sure" there is.
    Merchant,
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Answered,
    AnswerLost,
    /// Reported as lost, yet it arrives some day.
    Stuck,
    /// An answer that settles nothing, before or after the server did it.
    Error {
        done: bool,
        repeatable: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let fate = prop_oneof![
        4 => Just(Fate::Answered),
        2 => Just(Fate::AnswerLost),
        2 => Just(Fate::Stuck),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(done, repeatable)| Fate::Error { done, repeatable }),
    ];
    prop_oneof![
        4 => (10_u64..3_000).prop_map(|ms| Step::Pass { ms }),
        1 => (10_000_u64..40_000).prop_map(|ms| Step::Pass { ms }),
        4 => (1_u64..6).prop_map(|code| Step::Scan { code }),
        8 => (0_usize..8, fate).prop_map(|(which, fate)| Step::Network { which, fate }),
        1 => (0_usize..6).prop_map(|after| Step::PowerCut { after }),
        1 => any::<bool>().prop_map(|online| Step::Link { online }),
        1 => Just(Step::Merchant),
    ]
}

/// A call on its way, and whether the till that made it still lives.
#[derive(Debug, Clone)]
struct Flying {
    id: Uuid,
    call: Call,
    code: Option<Code>,
    life: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    Recorded,
    Repeats(Uuid),
    Refused,
    Cancelled { was: &'static str },
}

#[derive(Debug, Default)]
struct Books {
    known: HashMap<Uuid, Known>,
    used: Vec<(Code, Uuid)>,
}

impl Books {
    fn post(&mut self, id: Uuid, asked: &Code) {
        if self.known.contains_key(&id) {
            return;
        }
        let first = self.used.iter().find(|(used, _)| used == asked).map(|(_, first)| *first);
        let known = match first {
            Some(first) if self.known[&first] == Known::Recorded => Known::Repeats(first),
            Some(_) => Known::Refused,
            None if *asked == code(5) => Known::Refused,
            None => Known::Recorded,
        };
        if known == Known::Recorded {
            self.used.push((*asked, id));
        }
        self.known.insert(id, known);
    }

    fn cancel(&mut self, id: Uuid) {
        let was = match self.known.get(&id) {
            Some(Known::Cancelled { was }) => was,
            Some(Known::Recorded) => "recorded",
            Some(Known::Refused) => "refused",
            Some(Known::Repeats(_)) | None => "unknown",
        };
        self.known.insert(id, Known::Cancelled { was });
    }

    fn answer(&self, id: Uuid) -> Reply {
        match self.known.get(&id) {
            None => Reply::Unknown,
            Some(Known::Recorded) => recorded(id.as_u128()),
            Some(Known::Repeats(first)) => recorded(first.as_u128()),
            Some(Known::Refused) => Reply::Refused(Refusal { code: "frozen".to_owned(), ..Refusal::default() }),
            Some(Known::Cancelled { was }) => Reply::Cancelled { was: (*was).to_owned() },
        }
    }

    fn carry_out(&mut self, flying: &Flying) {
        match (flying.call, &flying.code) {
            (Call::Post, Some(code)) => self.post(flying.id, code),
            (Call::Cancel, _) => self.cancel(flying.id),
            (Call::Post | Call::Get, _) => {}
        }
    }
}

struct World {
    now: u64,
    life: usize,
    till: Till,
    disk: Contents,
    books: Books,
    flying: Vec<Flying>,
    /// Reported as lost, but not gone.
    stuck: Vec<Flying>,
    fuse: Option<usize>,
    next_id: u128,
    /// The id that a scan was given, and the life it was sent in.
    scans: HashMap<Uuid, usize>,
    cancelled: HashSet<Uuid>,
    closings: HashMap<Uuid, usize>,
}

impl World {
    fn new() -> Self {
        let disk = Contents { epoch: Some("e".to_owned()), ..Contents::default() };
        Self {
            now: 0,
            life: 0,
            till: online(&disk),
            disk,
            books: Books::default(),
            flying: Vec::new(),
            stuck: Vec::new(),
            fuse: None,
            next_id: 1,
            scans: HashMap::new(),
            cancelled: HashSet::new(),
            closings: HashMap::new(),
        }
    }

    fn moment(&self) -> Moment {
        at(self.now)
    }

    fn run(&mut self) {
        for action in self.till.actions(self.moment()) {
            if let Some(left) = &mut self.fuse {
                if *left == 0 {
                    return self.restart();
                }
                *left -= 1;
            }
            self.carry_out(action);
        }
    }

    fn restart(&mut self) {
        self.fuse = None;
        self.life += 1;
        self.till = Till::start(&self.disk, Settings::default(), self.moment());
        self.till.on_shop(shop(), Vec::new());
        self.till.on_link(LinkState::Online);
    }

    fn carry_out(&mut self, action: Action) {
        let life = self.life;
        match action {
            Action::Write(line) => {
                match &line {
                    Line::Closed(closed) => *self.closings.entry(closed.id).or_default() += 1,
                    Line::Cancelling { id } => drop(self.cancelled.insert(*id)),
                    Line::Open(_) | Line::Epoch { .. } => {}
                }
                self.disk.apply(line);
            }
            Action::Post(request) => {
                let id = request.id;
                assert!(self.disk.open.iter().any(|open| open.request == request), "sent before it was written");
                assert_eq!(self.scans.get(&id), Some(&life), "sent again after a restart, or never scanned");
                assert!(!self.cancelled.contains(&id), "sent again after a cancel");
                let About::Redemption { code } = request.about else { panic!("no top-ups here") };
                self.flying.push(Flying { id, call: Call::Post, code: Some(code), life });
            }
            Action::Get(id, _) => self.flying.push(Flying { id, call: Call::Get, code: None, life }),
            Action::Cancel(id, _) => {
                assert!(self.disk.open.iter().any(|open| open.request.id == id && open.cancelling), "not written");
                self.flying.push(Flying { id, call: Call::Cancel, code: None, life });
            }
            Action::Tell(_)
            | Action::LookAgain(_)
            | Action::LookAgainAtShop
            | Action::TryNext(_)
            | Action::Ended(..)
            | Action::Remember(_) => {}
        }
    }

    fn network(&mut self, which: usize, fate: Fate) {
        if self.flying.is_empty() {
            return;
        }
        let flying = self.flying.swap_remove(which % self.flying.len());
        let reply = match fate {
            Fate::Answered => {
                self.books.carry_out(&flying);
                self.books.answer(flying.id)
            }
            Fate::AnswerLost => {
                self.books.carry_out(&flying);
                Reply::Lost
            }
            Fate::Stuck => {
                self.stuck.push(flying.clone());
                Reply::Lost
            }
            Fate::Error { done, repeatable } => {
                if done && repeatable {
                    self.books.carry_out(&flying);
                }
                not_final("internal", repeatable)
            }
        };
        if flying.life == self.life {
            self.till.on_reply(flying.id, flying.call, reply, self.moment());
        }
    }

    fn merchant(&mut self) {
        let now = self.moment();
        let can_cancel = |open: &&Open| open.state(now.ms) == DoubtState::CanCancel;
        let ids: Vec<Uuid> = self.till.open.iter().filter(can_cancel).map(|open| open.request().id).collect();
        for id in ids {
            self.till.cancel(id, now).unwrap();
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Pass { ms } => self.now += ms,
            Step::Scan { code: number } => {
                let scan_id = id(self.next_id);
                self.next_id += 1;
                self.scans.insert(scan_id, self.life);
                let others_parked = self.till.open.iter().all(|open| open.is_parked(self.now));
                let before = self.till.open.len();
                let _ = self.till.scan(code(number), scan_id, self.moment());
                assert!(others_parked || self.till.open.len() == before, "two requests at once");
            }
            Step::Network { which, fate } => self.network(which, fate),
            Step::PowerCut { after } => self.fuse = Some(after),
            Step::Link { online } => {
                self.till.on_link(if online { LinkState::Online } else { LinkState::Offline });
            }
            Step::Merchant => self.merchant(),
        }
        self.run();
    }

    /// The network works, the merchant presses what there is to press.
    fn heal(&mut self) {
        self.fuse = None;
        for _ in 0..400 {
            self.now += 250;
            while !self.flying.is_empty() {
                self.network(0, Fate::Answered);
            }
            self.merchant();
            self.run();
        }
    }
}

/// More than the default: the interleavings that hurt are rare. `PROPTEST_CASES` asks for even more.
fn config() -> ProptestConfig {
    const CASES: u32 = 1_500;
    let asked = ProptestConfig::default();
    ProptestConfig { cases: asked.cases.max(CASES), ..asked }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_request_ends_once_and_as_the_server_has_it(steps in prop::collection::vec(step(), 0..60)) {
        let mut world = World::new();
        for step in steps {
            world.step(step);
        }
        world.heal();
        prop_assert!(world.till.open.is_empty() && world.disk.open.is_empty(), "{:?}", world.till.open);
        // What was stuck in the network arrives long after: it must not change anything any more.
        for stuck in std::mem::take(&mut world.stuck) {
            world.books.carry_out(&stuck);
        }
        for closed in &world.disk.closed {
            prop_assert_eq!(world.closings[&closed.id], 1, "settled more than once");
            let known = world.books.known.get(&closed.id);
            let agrees = match closed.outcome {
                Outcome::Recorded => matches!(known, Some(Known::Recorded | Known::Repeats(_))),
                Outcome::Refused => matches!(known, Some(Known::Refused | Known::Cancelled { was: "unknown" | "refused" })),
                Outcome::Cancelled => matches!(known, Some(Known::Cancelled { .. })),
            };
            prop_assert!(agrees, "{:?} in the journal, {:?} in the books", closed, known);
        }
        for id in world.books.known.keys() {
            prop_assert!(world.closings.contains_key(id), "the server has one that the till never settled");
        }
    }
}
