//! Power cuts for the window's journal: what it said was on the disk has to be there afterwards.
//!
//! A writer of our own opens the real journal and appends lines; it prints each after `append` came back, which
//! is when the window sends its request. A lost `closed` only means that the server is asked once more.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use jiff::Timestamp;
use tillbeam::journal::{Closed, Contents, Journal, Line, Outcome};
use tillbeam::request::{About, By, Request};
use tillbeam::wire::RequestKind;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;
use uuid::Uuid;

use crate::cut::{Disk, Loss};
use crate::plan::Dice;

/// The longest that the writer may take for a line.
const PATIENCE: Duration = Duration::from_secs(30);

/// How far a request is known to have come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Open,
    Cancelling,
    Closed,
}

/// Cuts the power of one journal so often; the differences.
pub async fn run(cuts: usize, seed: u64, forgets: bool) -> anyhow::Result<Vec<String>> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data");
    std::fs::create_dir(&data)?;
    let mut disk = Disk::of(&data)?;
    disk.forgets = forgets;
    let mut dice = Dice::new(seed);
    let mut known = HashMap::new();
    for cut in 1..=cuts {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("journal-writer").arg(&data).arg(dice.next().to_string());
        command.stdout(Stdio::piped()).kill_on_drop(true);
        disk.preload(&mut command)?;
        let mut child = command.spawn()?;
        let mut lines = BufReader::new(child.stdout.take().context("it prints")?).lines();
        for _ in 0..dice.below(30) {
            let line = timeout(PATIENCE, lines.next_line()).await.context("the writer is stuck")??;
            note(&mut known, &line.context("the writer ended by itself")?)?;
        }
        child.kill().await?;
        while let Some(line) = lines.next_line().await? {
            note(&mut known, &line)?;
        }
        disk.cut(if cut % 2 == 0 { Loss::Everything } else { Loss::SomeSectors }, &mut dice)?;
        let journal = Journal::open(&data, Timestamp::now())?;
        let wrong = differences(&known, journal.contents());
        if !wrong.is_empty() {
            return Ok(wrong);
        }
    }
    Ok(Vec::new())
}

fn note(known: &mut HashMap<Uuid, Known>, line: &str) -> anyhow::Result<()> {
    let (word, id) = line.split_once(' ').context("a word and an id")?;
    let state = match word {
        "open" => Known::Open,
        "cancelling" => Known::Cancelling,
        _ => Known::Closed,
    };
    known.insert(id.parse()?, state);
    Ok(())
}

fn differences(known: &HashMap<Uuid, Known>, contents: &Contents) -> Vec<String> {
    // A torn line is one that was never said to be on the disk: others are looked for by their ids.
    let mut wrong = Vec::new();
    for (id, state) in known {
        let open = contents.open.iter().find(|pending| pending.request.id == *id);
        let closed = contents.closed.iter().any(|closed| closed.id == *id);
        match (open, state) {
            (None, _) if !closed => wrong.push(format!("{id} was on the disk and is gone")),
            (Some(pending), Known::Cancelling) if !pending.cancelling => {
                wrong.push(format!("{id} was to be cancelled, and that is gone"));
            }
            (None | Some(_), _) => {}
        }
    }
    wrong
}

/// The writer: requests that are opened, some to be cancelled, most closed, until it is killed.
pub fn write(data: &Path, seed: u64) -> anyhow::Result<()> {
    let mut dice = Dice::new(seed);
    let mut journal = Journal::open(data, Timestamp::now())?;
    loop {
        let request = Request {
            id: Uuid::now_v7(),
            about: About::TopUp { customer: 1 + dice.next() % 100, bonus: None },
            unit: "wash".into(),
            amount: 1 + dice.next() % 9,
            at: Timestamp::now(),
            by: By::default(),
        };
        let closed = Closed {
            id: request.id,
            kind: RequestKind::TopUp,
            unit: request.unit.clone(),
            amount: request.amount,
            at: request.at,
            outcome: Outcome::Recorded,
        };
        let id = request.id;
        append(&mut journal, &Line::Open(request), "open", id)?;
        if dice.below(4) == 0 {
            append(&mut journal, &Line::Cancelling { id }, "cancelling", id)?;
        }
        if dice.below(5) > 0 {
            append(&mut journal, &Line::Closed(closed), "closed", id)?;
        }
    }
}

fn append(journal: &mut Journal, line: &Line, word: &str, id: Uuid) -> anyhow::Result<()> {
    journal.append(line, Timestamp::now())?;
    Ok(writeln!(std::io::stdout(), "{word} {id}")?)
}
