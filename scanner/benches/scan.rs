//! How many codes are read, by what is wrong with the picture, and in how many milliseconds: ours beside plain
//! zxing-cpp and plain rqrr, frame by frame in one run.
//!
//! `cargo xtask bench scan --frames FOLDER` takes the manifests (`*.jsonl`) in a folder and the frames that they name:
//! `path`, `texts`, `type`, `corners` and, for the frames of a sequence, `sequence` in their order. `--captures FOLDER`
//! takes pictures without a manifest, each of which shows a member's code. `--misses` names what ours did not read.
//! `--hostile` shows ours what somebody could hold before a camera to keep it busy.

mod measured;

use clap::Parser;
use measured::{Size, Table, worked, worst};
use rqrr::PreparedImage;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::digits::Digits27;
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::pictures;
use zxingcpp::{BarcodeFormat, BarcodeReader, ImageFormat, ImageView, TextMode};

/// Pixels of the window that is cut out of a larger frame to measure a small camera.
const SMALL: (u32, u32) = (640, 480);

#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
struct Args {
    /// A folder with manifests and their frames.
    #[arg(long)]
    frames: Vec<PathBuf>,
    /// A folder of pictures that show a member's code each.
    #[arg(long)]
    captures: Vec<PathBuf>,
    /// Only types and sequences with this in their name.
    #[arg(long, default_value = "")]
    only: String,
    /// Ours alone.
    #[arg(long)]
    alone: bool,
    /// Pictures that are made to take long, instead of any.
    #[arg(long)]
    hostile: bool,
    /// Name the frames and sequences that ours did not read.
    #[arg(long)]
    misses: bool,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A row of a manifest.
#[derive(Deserialize)]
struct Row {
    path: PathBuf,
    texts: Vec<String>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    corners: Option<[[f32; 2]; 4]>,
    #[serde(default)]
    sequence: Option<String>,
}

type Reader = fn(&mut Decoder, &Luma) -> Vec<String>;

const READERS: [(&str, Reader); 3] = [("ours", ours), ("zxing-cpp", engine), ("rqrr", plain_rqrr)];

fn ours(decoder: &mut Decoder, frame: &Luma) -> Vec<String> {
    decoder.decode(frame).into_iter().map(|found| found.text).collect()
}

fn engine(_: &mut Decoder, frame: &Luma) -> Vec<String> {
    let reader = BarcodeReader::new().formats([BarcodeFormat::QRCode]).text_mode(TextMode::Plain);
    let view = ImageView::from_slice(frame.pixels(), frame.width(), frame.height(), ImageFormat::Lum);
    let codes = view.and_then(|view| reader.from(view)).unwrap_or_default();
    codes.into_iter().map(|code| code.text()).collect()
}

fn plain_rqrr(_: &mut Decoder, frame: &Luma) -> Vec<String> {
    let (width, height) = (frame.width() as usize, frame.height() as usize);
    let read = catch_unwind(AssertUnwindSafe(|| {
        let mut picture = PreparedImage::prepare_from_greyscale(width, height, |x, y| frame.pixels()[y * width + x]);
        picture.detect_grids().iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
    }));
    read.unwrap_or_default()
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    // rqrr's own panics are its misses.
    std::panic::set_hook(Box::new(|_| {}));
    let readers = if args.alone { &READERS[..1] } else { &READERS[..] };
    let names = readers.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let out = &mut io::stdout().lock();
    if args.hostile {
        return Ok(worst::print(out)?);
    }
    for folder in &args.frames {
        for manifest in manifests(folder)? {
            let rows: Vec<Row> =
                fs::read_to_string(&manifest)?.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
            let mut table = Table::new(&names);
            let sequences: BTreeSet<&str> = rows.iter().filter_map(|row| row.sequence.as_deref()).collect();
            for row in rows.iter().filter(|row| row.sequence.is_none() && row.kind.contains(&args.only)) {
                single(row, folder, readers, &mut table)?;
            }
            for name in sequences.into_iter().filter(|name| name.contains(&args.only)) {
                let rows: Vec<&Row> = rows.iter().filter(|row| row.sequence.as_deref() == Some(name)).collect();
                sequence(name, &rows, folder, readers, &mut table)?;
            }
            table.print(&manifest.display().to_string(), args.misses, out)?;
        }
    }
    for folder in &args.captures {
        let mut table = Table::new(&names);
        for path in files(folder, "png")? {
            let frame = pictures::load(&path)?;
            let is_ours = |texts: &[String]| texts.iter().any(|text| Digits27::parse(text).is_ok());
            measure(&frame, readers, &mut table, "capture", &path, &[], &is_ours);
        }
        table.print(&folder.display().to_string(), args.misses, out)?;
    }
    Ok(())
}

fn manifests(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    files(folder, "jsonl")
}

fn files(folder: &Path, ending: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|found| found == ending));
    paths.sort();
    Ok(paths)
}

/// A frame by itself, as a camera's first, and the part of it that a small camera would show.
fn single(row: &Row, folder: &Path, readers: &[(&str, Reader)], table: &mut Table) -> anyhow::Result<()> {
    let frame = pictures::load(&folder.join(&row.path))?;
    let is_read = |texts: &[String]| row.texts.iter().all(|text| texts.contains(text)) && !row.texts.is_empty();
    measure(&frame, readers, table, &row.kind, &row.path, &row.texts, &is_read);
    let small = window(&frame, row.corners)?;
    measure(&small, readers, table, "", &row.path, &row.texts, &is_read);
    Ok(())
}

/// Counts a frame for all readers; a type without a name counts for the times alone.
fn measure(
    frame: &Luma,
    readers: &[(&str, Reader)],
    table: &mut Table,
    kind: &str,
    path: &Path,
    texts: &[String],
    is_read: &dyn Fn(&[String]) -> bool,
) {
    for (index, (_, reader)) in readers.iter().enumerate() {
        let (found, took) = timed(*reader, &mut Decoder::new(), frame);
        let read = is_read(&found);
        let is_empty = kind == "empty" || (kind.is_empty() && texts.is_empty());
        table.time(index, Size::of(frame), is_empty, read, took);
        if !kind.is_empty() {
            let wrong = found.iter().any(|text| !texts.contains(text)) && kind != "capture";
            table.count(index, kind, &path.display().to_string(), read || (is_empty && found.is_empty()), wrong);
        }
    }
}

/// The frames of one camera in their order; read when any of them is.
fn sequence(
    name: &str,
    rows: &[&Row],
    folder: &Path,
    readers: &[(&str, Reader)],
    table: &mut Table,
) -> anyhow::Result<()> {
    let mut decoders: Vec<Decoder> = readers.iter().map(|_| Decoder::new()).collect();
    let (mut read, mut wrong) = (vec![false; readers.len()], vec![false; readers.len()]);
    for row in rows {
        let frame = pictures::load(&folder.join(&row.path))?;
        for (index, (_, reader)) in readers.iter().enumerate() {
            let (found, took) = timed(*reader, &mut decoders[index], &frame);
            let hit = row.texts.iter().any(|text| found.contains(text));
            read[index] |= hit;
            wrong[index] |= found.iter().any(|text| !row.texts.contains(text));
            table.time(index, Size::of(&frame), row.texts.is_empty(), hit, took);
        }
    }
    for index in 0..readers.len() {
        table.count(index, &rows[0].kind, name, read[index], wrong[index]);
    }
    Ok(())
}

/// What a reader finds, and the time that this thread worked on it: what else the machine does hardly counts.
fn timed(reader: Reader, decoder: &mut Decoder, frame: &Luma) -> (Vec<String>, Duration) {
    let start = worked();
    let found = reader(decoder, frame);
    (found, worked().saturating_sub(start))
}

/// 640 × 480 pixels around a code, or out of the middle.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "pixels of a frame"
)]
fn window(frame: &Luma, corners: Option<[[f32; 2]; 4]>) -> anyhow::Result<Luma> {
    let (width, height) = (SMALL.0.min(frame.width()), SMALL.1.min(frame.height()));
    let middle = |axis: usize, side: u32| {
        corners.map_or(side as f32 / 2.0, |corners| corners.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0)
    };
    let first = |axis: usize, side: u32, part: u32| {
        ((middle(axis, side) - part as f32 / 2.0).max(0.0) as u32).min(side - part) as usize
    };
    let (left, top) = (first(0, frame.width(), width), first(1, frame.height(), height));
    let rows = frame.pixels().chunks_exact(frame.width() as usize).skip(top).take(height as usize);
    let pixels = rows.flat_map(|row| &row[left..left + width as usize]).copied().collect();
    Ok(Luma::new(width, height, pixels, Instant::now())?)
}
