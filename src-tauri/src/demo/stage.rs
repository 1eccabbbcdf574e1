//! The counter of the demo: draws a customer's phone into camera pictures and watches what the till says.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tillbeam_scanner::demo::{CYCLE, HELD, INTERVAL, Show};
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::reading::GONE_AFTER;
use tillbeam_scanner::slot::{Latest, Reader};
use tokio::sync::mpsc;
use tokio::time::timeout;
use uuid::Uuid;

use super::phone::Arrived;
use crate::screen::Screen;
use crate::wire::{Lamp, Shown, TillEvent};

/// From the first frame to the result, and from there to the lamp.
const STEP_LIMIT: Duration = Duration::from_secs(10);
/// A picture in which nothing was read by then is followed by the next one. One at a time, so that every moment
/// belongs to the picture that was read.
const NEXT_PICTURE: Duration = Duration::from_millis(500);
/// Events that wait for the demo to look.
const EVENTS: usize = 1024;

/// One scan, in moments.
#[derive(Debug)]
pub(super) struct Scan {
    /// When the picture that was read was taken.
    pub(super) frame: Instant,
    pub(super) decoded: Instant,
    pub(super) sent: Instant,
    pub(super) answered: Instant,
    pub(super) result: Shown,
}

/// Frames out, events in.
pub(super) struct Stage {
    slot: Latest<Luma>,
    events: mpsc::Receiver<(Instant, TillEvent)>,
    arrivals: mpsc::Receiver<Arrived>,
    /// Redemptions whose lamp turned to seen, and when: a phone may be quicker than the till's answer.
    seen: HashMap<Uuid, Instant>,
    visits: u32,
}

impl Stage {
    /// With the till's screen and what arrives on phones.
    pub(super) fn new(screen: &Arc<Screen>, arrivals: mpsc::Receiver<Arrived>) -> Self {
        let (sender, events) = mpsc::channel(EVENTS);
        screen.listen(Box::new(move |event| {
            let wanted = match event {
                TillEvent::Found { corners } => corners.is_some(),
                TillEvent::Result { .. } | TillEvent::Lamp { .. } | TillEvent::Link { .. } | TillEvent::Shop(_) => true,
                _ => false,
            };
            !wanted
                || !matches!(
                    sender.try_send((Instant::now(), event.clone())),
                    Err(mpsc::error::TrySendError::Closed(_))
                )
        }));
        Self { slot: Latest::new(), events, arrivals, seen: HashMap::new(), visits: 0 }
    }

    /// For the reading thread.
    pub(super) fn frames(&self) -> Reader<Luma> {
        self.slot.reader()
    }

    /// Until the till knows its shop and its server.
    pub(super) async fn ready(&mut self) -> anyhow::Result<()> {
        let (mut shop, mut online) = (false, false);
        while !(shop && online) {
            let next = timeout(STEP_LIMIT, self.events.recv()).await.context("the till does not reach the server")?;
            match next.context("the till ended")?.1 {
                TillEvent::Shop(_) => shop = true,
                TillEvent::Link { state } => online = state == crate::wire::LinkState::Online,
                _ => {}
            }
        }
        Ok(())
    }

    /// Holds up a phone that shows `code` until there is a result.
    pub(super) async fn hold_up(&mut self, code: String) -> anyhow::Result<Scan> {
        while self.events.try_recv().is_ok() {}
        let mut show = Show::new(Box::new(move || Some(code.clone())));
        let mut since_start = CYCLE * self.visits + HELD.0;
        self.visits += 1;
        let begun = Instant::now();
        let (mut frame, mut decoded, mut sent) = (begun, None, None);
        let mut pictures = tokio::time::interval(NEXT_PICTURE);
        let end = tokio::time::Instant::from_std(begun + STEP_LIMIT);
        loop {
            let event = tokio::select! {
                biased;
                event = self.events.recv() => event.context("the till ended")?,
                () = tokio::time::sleep_until(end) => break,
                _ = pictures.tick(), if decoded.is_none() => {
                    let picture = show.frame(since_start, begun);
                    since_start += INTERVAL;
                    // Drawing is no part of it.
                    frame = Instant::now();
                    self.slot.put(picture.at(frame));
                    continue;
                }
            };
            match event {
                (at, TillEvent::Found { .. }) => decoded = decoded.or(Some(at)),
                (at, TillEvent::Result { result: Shown::Sending(_) }) => sent = Some(at),
                (at, TillEvent::Lamp { id, lamp: Lamp::Seen }) => {
                    self.seen.insert(id, at);
                }
                (_, TillEvent::Result { result: Shown::Checking(_) | Shown::Idle }) => {}
                (answered, TillEvent::Result { result }) => {
                    let decoded = decoded.context("a result without a code")?;
                    let sent = sent.context("a result of nothing that was sent")?;
                    return Ok(Scan { frame, decoded, sent, answered, result });
                }
                _ => {}
            }
        }
        bail!(
            "no result in {} s: {}",
            STEP_LIMIT.as_secs(),
            if decoded.is_some() { "no answer" } else { "nothing read" }
        )
    }

    /// Takes the phone away for as long as it takes to count as gone.
    pub(super) async fn take_away(&mut self) {
        let mut show = Show::new(Box::new(|| None));
        let until = Instant::now() + GONE_AFTER + INTERVAL * 2;
        while Instant::now() < until {
            self.slot.put(show.frame(CYCLE.saturating_sub(INTERVAL), Instant::now()));
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// What arrives next on a phone.
    pub(super) async fn arrival(&mut self) -> anyhow::Result<Arrived> {
        let next = timeout(STEP_LIMIT, self.arrivals.recv()).await.context("nothing arrives on the phone")?;
        next.context("the phones are gone")
    }

    /// Whether nothing more arrived on any phone.
    pub(super) fn is_quiet(&mut self) -> bool {
        self.arrivals.try_recv().is_err()
    }

    /// When the lamp of a redemption turned to seen.
    pub(super) async fn seen(&mut self, redemption: Uuid) -> anyhow::Result<Instant> {
        loop {
            if let Some(at) = self.seen.remove(&redemption) {
                return Ok(at);
            }
            let next = timeout(STEP_LIMIT, self.events.recv()).await.context("the lamp does not turn to seen")?;
            if let (at, TillEvent::Lamp { id, lamp: Lamp::Seen }) = next.context("the till ended")? {
                self.seen.insert(id, at);
            }
        }
    }
}
