//! What is asked for, in which order, and when the server dies: all from one seed.

use std::time::Duration;

/// Numbers from a seed: Steele, Lea and Flood's splitmix64.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below a limit, which is above 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).expect("it is below a usize")
    }
}

/// One thing that a till does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A phone's code, once.
    Phone,
    /// A printed card.
    Card,
    /// The same code twice at once, under two ids; from two tills if `apart`.
    DoubleScan {
        /// Whether the second scan is another till's.
        apart: bool,
    },
    /// The same id from two connections at once.
    SameId,
    /// A cancel that races its own redemption.
    CancelRace,
    /// A cancel of an id that was never sent.
    CancelUnsent,
    /// A cancel of something recorded.
    CancelRecorded,
    /// A top-up, with a bonus if so.
    TopUp {
        /// Whether the shop adds something.
        bonus: bool,
    },
    /// A reversal of something recorded, in part if so.
    Reverse {
        /// Whether a part is left.
        part: bool,
    },
    /// Some principal is paid out.
    Refund,
    /// Value goes to another customer.
    Transfer,
    /// A correction by hand, up or down.
    Adjust {
        /// Whether the customer gains.
        up: bool,
    },
}

/// One act with its details.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// What.
    pub act: Act,
    /// Which customer, till, unit and target: reduced to what there is.
    pub pick: [usize; 4],
    /// How much.
    pub amount: i64,
}

/// The schedule of one run.
pub struct Plan {
    dice: Dice,
}

/// When a server dies: after so many answers, and a moment.
#[derive(Debug, Clone, Copy)]
pub struct Death {
    /// Whether it is asked to stop, in the middle of its work, and not killed.
    pub asked: bool,
    /// Answers.
    pub answers: usize,
    /// The moment after.
    pub after: Duration,
}

impl Plan {
    /// The plan of a seed.
    pub fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed) }
    }

    /// The next act.
    pub fn step(&mut self) -> Step {
        let act = match self.dice.below(100) {
            0..28 => Act::Phone,
            28..30 => Act::Refund,
            30..32 => Act::Transfer,
            32..34 => Act::Adjust { up: self.dice.below(2) == 0 },
            34..44 => Act::Card,
            44..50 => Act::DoubleScan { apart: false },
            50..54 => Act::DoubleScan { apart: true },
            54..60 => Act::SameId,
            60..66 => Act::CancelRace,
            66..68 => Act::CancelUnsent,
            68..73 => Act::CancelRecorded,
            73..81 => Act::TopUp { bonus: false },
            81..87 => Act::TopUp { bonus: true },
            87..92 => Act::Reverse { part: false },
            _ => Act::Reverse { part: true },
        };
        let pick = [(); 4].map(|()| self.dice.below(1 << 20));
        let amount = 1 + i64::try_from(self.dice.below(5)).expect("below five");
        Step { act, pick, amount }
    }

    /// When the next server dies.
    pub fn death(&mut self) -> Death {
        // A quarter dies while the first requests are under way.
        let answers = if self.dice.below(4) == 0 { self.dice.below(3) } else { self.dice.below(80) };
        Death { asked: self.dice.below(10) == 0, answers, after: Duration::from_micros(self.dice.next() % 3_000) }
    }

    /// Dice of their own for a power cut.
    pub fn dice(&mut self) -> Dice {
        Dice::new(self.dice.next())
    }
}
