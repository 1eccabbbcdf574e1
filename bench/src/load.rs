//! Redemptions: in a closed loop, as fast as they are answered, or in an open one, at instants fixed before.
//!
//! In an open loop a request is due whether or not the ones before it were answered, and its time runs from
//! that instant: a server that stalls is charged for everybody who waits.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rustix::fd::OwnedFd;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::net::unix::pipe::Receiver;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::cpu::{self, Ran};
use crate::phone::{Acks, Phones};
use crate::served::Served;
use crate::stock::{Stock, Turns};
use crate::tally::Tally;
use crate::wire::{Buffer, Line};

/// Connections of an open loop.
const LINES: usize = 64;
/// How long pushes may take to come in after the last request.
const GRACE: Duration = Duration::from_secs(10);
/// How often the end is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// How requests come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// So many requesters, each with its next request when the last is answered.
    Closed(usize),
    /// So many a second.
    Open(u32),
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How requests come.
    pub pace: Pace,
    /// What phones do with a push; none: no phone is connected.
    pub phones: Option<Acks>,
    /// Time before anything is measured.
    pub warm_up: Duration,
    /// Measured time.
    pub time: Duration,
}

/// What was measured.
pub struct Measured {
    /// Every request, answer and push.
    pub tally: Tally,
    /// What ran meanwhile.
    pub ran: Ran,
    /// Redemptions recorded while that was measured.
    pub during: u64,
    /// Phones that connected, and how long that took.
    pub connected: (usize, Duration),
    /// Sockets that the server closed.
    pub closed: u64,
    /// The server's memory at the end, phones connected, in bytes.
    pub pss: u64,
}

impl Measured {
    /// Redemptions per second.
    pub fn rate(&self) -> f64 {
        count(self.during) / self.ran.wall.as_secs_f64()
    }

    /// Processor time of the server for each, in µs.
    pub fn cpu_us(&self) -> f64 {
        self.ran.server.as_secs_f64() * 1e6 / count(self.during)
    }
}

/// A count as a number to divide by.
pub fn count(number: u64) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// Measures the redemptions of some customers, whose phones are connected if the plan says so.
pub async fn measure(
    served: &Served,
    stock: &Rc<RefCell<Stock>>,
    customers: &[u32],
    plan: Plan,
) -> anyhow::Result<Measured> {
    let tally = Rc::new(RefCell::new(Tally::new(served.next_run())?));
    let start = Instant::now();
    let phones = match plan.phones {
        Some(acks) => {
            let tokens = stock.borrow().tokens(customers);
            Some(Phones::connect(served.address, &tokens, &tally, acks).await?)
        }
        None => None,
    };
    let connected = (phones.as_ref().map_or(0, |_| customers.len()), start.elapsed());
    let desk = Desk::new(tally.clone(), stock.clone(), customers);
    let mut lines = desk.connect(served.address, plan.pace).await?;
    let (ran, during) = tokio::select! {
        measured = desk.run(served.pid(), plan) => measured?,
        Some(broken) = lines.join_next() => anyhow::bail!("a connection ended: {:?}", broken),
    };
    let settled = async {
        while !tally.borrow().is_settled(phones.is_some()) {
            sleep(LOOK).await;
        }
    };
    // What is not settled then is counted as lost.
    let _ = timeout(GRACE, settled).await;
    let pss = cpu::pss(served.pid())?;
    drop(lines);
    let closed = phones.as_ref().map_or(0, Phones::closed);
    if let Some(phones) = phones {
        phones.hang_up().await;
    }
    drop(desk);
    let tally = Rc::into_inner(tally).context("somebody still counts")?.into_inner();
    ensure!(tally.recorded > 0, "nothing was recorded: {:?}", tally.refused.1);
    Ok(Measured { tally, ran, during, connected, closed, pss })
}

/// What requesters share.
struct Desk {
    tally: Rc<RefCell<Tally>>,
    stock: Rc<RefCell<Stock>>,
    turns: RefCell<Turns>,
    /// Connections that wait for something to send.
    idle: RefCell<Vec<Rc<Sending>>>,
    /// Instants that have passed while every connection was busy.
    due: RefCell<VecDeque<Instant>>,
    /// Whether an answer is followed by a request at once.
    closed_loop: Cell<bool>,
}

/// A connection and the number of the request that it waits for.
struct Sending {
    line: Line,
    number: Cell<usize>,
}

impl Desk {
    fn new(tally: Rc<RefCell<Tally>>, stock: Rc<RefCell<Stock>>, customers: &[u32]) -> Rc<Self> {
        Rc::new(Self {
            tally,
            stock,
            turns: RefCell::new(Turns::of(customers)),
            idle: RefCell::default(),
            due: RefCell::default(),
            closed_loop: Cell::new(false),
        })
    }

    /// Opens the connections and waits on each for answers.
    async fn connect(self: &Rc<Self>, server: SocketAddr, pace: Pace) -> anyhow::Result<JoinSet<anyhow::Result<()>>> {
        let number = match pace {
            Pace::Closed(requesters) => requesters,
            Pace::Open(_) => LINES,
        };
        let token = self.stock.borrow().terminal.clone();
        let mut tasks = JoinSet::new();
        for _ in 0..number {
            let line = Line::connect(server, &token).await?;
            let sending = Rc::new(Sending { line, number: Cell::new(0) });
            self.idle.borrow_mut().push(sending.clone());
            let desk = Rc::downgrade(self);
            tasks.spawn_local(async move {
                let mut buffer = Buffer::default();
                loop {
                    let (status, body) = sending.line.answer(&mut buffer).await?;
                    let Some(desk) = desk.upgrade() else { return Ok(()) };
                    desk.tally.borrow_mut().answered(sending.number.get(), status, body);
                    desk.go_on(&sending)?;
                }
            });
        }
        Ok(tasks)
    }

    /// The next request of a connection that was just answered.
    fn go_on(&self, sending: &Rc<Sending>) -> anyhow::Result<()> {
        if self.closed_loop.get() {
            return self.send(sending, Instant::now());
        }
        let due = self.due.borrow_mut().pop_front();
        if let Some(due) = due {
            return self.send(sending, due);
        }
        self.idle.borrow_mut().push(sending.clone());
        Ok(())
    }

    fn send(&self, sending: &Sending, due: Instant) -> anyhow::Result<()> {
        let (customer, code) = self.turns.borrow_mut().next(&mut self.stock.borrow_mut())?;
        let (number, id) = self.tally.borrow_mut().ask(customer, due);
        sending.number.set(number);
        sending.line.redeem(id, &code.to_string())
    }

    /// Sends what is due now, or as soon as a connection is free.
    fn send_or_wait(&self, due: Instant) -> anyhow::Result<()> {
        let idle = self.idle.borrow_mut().pop();
        if let Some(sending) = idle {
            return self.send(&sending, due);
        }
        self.due.borrow_mut().push_back(due);
        Ok(())
    }

    /// Warms up, measures, stops sending: what ran, and what was recorded meanwhile.
    async fn run(self: &Rc<Self>, server: u32, plan: Plan) -> anyhow::Result<(Ran, u64)> {
        let measured = async {
            sleep(plan.warm_up).await;
            let since = cpu::Since::now(server)?;
            self.tally.borrow_mut().measuring = true;
            sleep(plan.time).await;
            let ran = since.elapsed()?;
            self.tally.borrow_mut().measuring = false;
            Ok((ran, self.tally.borrow().recorded))
        };
        match plan.pace {
            Pace::Closed(_) => {
                self.closed_loop.set(true);
                let idle = self.idle.take();
                idle.iter().try_for_each(|sending| self.send(sending, Instant::now()))?;
                let measured = measured.await;
                self.closed_loop.set(false);
                measured
            }
            Pace::Open(rate) => {
                tokio::select! {
                    measured = measured => measured,
                    stopped = self.pace(rate) => Err(stopped.err().context("the pace ended")?),
                }
            }
        }
    }

    /// Sends at fixed instants, for ever. The kernel's timer is exact to some µs, the runtime's to 1 ms.
    async fn pace(&self, rate: u32) -> anyhow::Result<()> {
        let every = Duration::from_secs(1) / rate;
        // A timer reads as a pipe does.
        let timer = Receiver::from_owned_fd_unchecked(timer(every)?)?;
        let mut due = Instant::now();
        loop {
            timer.readable().await?;
            let mut ticks = [0; 8];
            match timer.try_read(&mut ticks) {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(error.into()),
            }
            for _ in 0..u64::from_ne_bytes(ticks) {
                due += every;
                self.send_or_wait(due)?;
            }
        }
    }
}

fn timer(every: Duration) -> anyhow::Result<OwnedFd> {
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let interval = Timespec { tv_sec: 0, tv_nsec: i64::from(every.subsec_nanos()) };
    let times = Itimerspec { it_interval: interval, it_value: interval };
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &times)?;
    Ok(timer)
}
