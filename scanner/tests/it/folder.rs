use crate::sheet::{self, BLACK, WHITE};
use image::GrayImage;
use std::fs;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tillbeam_scanner::source::{self, FrameSource, SourceSpec};

const LONG: Duration = Duration::from_secs(20);

fn open(path: &Path) -> Box<dyn FrameSource> {
    source::open(SourceSpec::Pictures { path: path.to_owned(), fps: 500.0 }).unwrap()
}

fn picture(folder: &Path, name: &str, grey: u8) {
    let spool = folder.join(format!(".{name}"));
    GrayImage::from_pixel(4, 4, image::Luma([grey])).save(spool.with_extension("png")).unwrap();
    fs::rename(spool.with_extension("png"), folder.join(name)).unwrap();
}

fn next_grey(source: &mut dyn FrameSource) -> u8 {
    source.next(LONG).unwrap().pixels()[0]
}

#[test]
fn one_picture_stays_in_view() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("code.png");
    sheet::save(&sheet::blank(8, 8), &path);
    let mut source = open(&path);
    let first = source.next(LONG).unwrap();
    let second = source.next(LONG).unwrap();
    assert_eq!(first.pixels(), second.pixels());
    assert!(second.captured() > first.captured());
    assert_eq!(source.name(), path.display().to_string());
}

#[test]
fn a_folder_is_shown_in_the_order_of_names_and_then_holds_the_last() {
    let folder = TempDir::new().unwrap();
    for (name, grey) in [("b.PNG", 20), ("a.png", 10), ("c.png", 30)] {
        picture(folder.path(), name, grey);
    }
    fs::write(folder.path().join("notes.txt"), "no picture").unwrap();
    let mut source = open(folder.path());
    let greys: Vec<u8> = (0..5).map(|_| next_grey(&mut *source)).collect();
    assert_eq!(greys, [10, 20, 30, 30, 30]);
}

#[test]
fn a_picture_that_is_put_there_later_comes_into_view() {
    let folder = TempDir::new().unwrap();
    let mut source = open(folder.path());
    assert_eq!(source.next(Duration::from_millis(5)).unwrap_err().code(), "timed_out");
    picture(folder.path(), "z.png", WHITE);
    assert_eq!(next_grey(&mut *source), WHITE);
    picture(folder.path(), "a.png", BLACK);
    let seen: Vec<u8> = (0..2).map(|_| next_grey(&mut *source)).collect();
    assert_eq!(seen[1], BLACK, "a new name is new wherever it sorts");
}

#[test]
fn a_file_that_is_no_picture_is_said_and_the_next_one_shown() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.png"), "no picture").unwrap();
    picture(folder.path(), "b.png", 77);
    let mut source = open(folder.path());
    let said = source.next(LONG).unwrap_err();
    assert_eq!(said.code(), "bad_picture");
    assert!(said.to_string().contains("a.png cannot be read: it is no PGM, PNG or JPEG picture."), "{said}");
    assert_eq!(next_grey(&mut *source), 77);
}

#[test]
fn a_folder_that_goes_away_is_gone() {
    let folder = TempDir::new().unwrap();
    picture(folder.path(), "a.png", 1);
    let mut source = open(folder.path());
    assert_eq!(next_grey(&mut *source), 1);
    folder.close().unwrap();
    assert_eq!(source.next(LONG).unwrap_err().code(), "gone");
}

#[test]
fn a_path_that_is_not_there_cannot_be_opened() {
    let opened = source::open(SourceSpec::Pictures { path: "/no/such/folder".into(), fps: f32::NAN });
    assert_eq!(opened.err().map(|error| error.code()), Some("bad_picture"));
}
