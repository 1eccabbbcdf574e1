//! A sink in the network and a pipe in the place of a printer: what arrives there is what a printer would be told.

use std::io::Read as _;
use std::net::TcpListener;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::*;

/// There is one job at a time in a process.
static ALONE: Mutex<()> = Mutex::new(());

fn printed(printer: Printer, job: Job) -> Result<(), String> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(print(printer, job)).map_err(|failed| failed.code)
}

/// 200 rows of two bytes.
fn job(drawer: bool) -> Job {
    Job { drawer, width_bytes: 2, picture: (0..400).map(|byte| u8::try_from(byte % 251).unwrap()).collect() }
}

/// What `job` is as commands: the picture in two bands, then the feed and the cut.
fn is_the_job(bytes: &[u8], drawer: bool) {
    let mut expected = b"\x1b@".to_vec();
    if drawer {
        expected.extend(b"\x1bp\0\x19\xfa");
    }
    assert!(bytes.starts_with(&expected), "{:?}", &bytes[..16]);
    let picture = job(false).picture;
    let (first, second) = picture.split_at(256);
    let bands = [&b"\x1dv0\0\x02\0\x80\0"[..], first, b"\x1dv0\0\x02\0\x48\0", second].concat();
    let place = bytes.windows(bands.len()).position(|window| window == bands).expect("the picture is whole");
    let rest = &bytes[place + bands.len()..];
    assert!(rest.windows(3).any(|window| window == b"\x1dVA" || window.starts_with(b"\x1dV")), "{rest:?}");
    assert_eq!(bytes.windows(2).any(|window| window == b"\x1bp"), drawer);
}

#[test]
fn a_printer_in_the_network_gets_the_picture_and_the_drawer_only_if_wanted() {
    for drawer in [false, true] {
        let sink = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = sink.local_addr().unwrap().to_string();
        let arrived = thread::spawn(move || {
            let (mut stream, _) = sink.accept().unwrap();
            let mut bytes = Vec::new();
            stream.read_to_end(&mut bytes).unwrap();
            bytes
        });
        printed(Printer::Network { address }, job(drawer)).unwrap();
        is_the_job(&arrived.join().unwrap(), drawer);
    }
}

#[test]
fn the_drawer_opens_without_paper() {
    let sink = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = sink.local_addr().unwrap().to_string();
    printed(Printer::Network { address }, Job { drawer: true, width_bytes: 0, picture: Vec::new() }).unwrap();
    let mut bytes = Vec::new();
    sink.accept().unwrap().0.read_to_end(&mut bytes).unwrap();
    assert!(bytes == b"\x1b@\x1bp\0\x19\xfa", "{bytes:?}");
}

#[cfg(unix)]
#[test]
fn a_printer_by_usb_gets_the_same_and_a_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("lp0");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reading = pipe.clone();
    let arrived = thread::spawn(move || fs::read(reading).unwrap());
    printed(Printer::Usb { path: pipe.to_str().unwrap().to_owned() }, job(true)).unwrap();
    is_the_job(&arrived.join().unwrap(), true);
    let file = folder.path().join("letter.txt");
    fs::write(&file, "dear").unwrap();
    let refused = printed(Printer::Usb { path: file.to_str().unwrap().to_owned() }, job(false));
    assert_eq!(refused, Err("printer_unknown".to_owned()));
    assert_eq!(fs::read(&file).unwrap(), b"dear");
}

#[test]
fn a_printer_that_is_off_or_not_there_is_said_to_be() {
    let off = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    for (printer, code) in [
        (Printer::None, "printer_none"),
        (Printer::Network { address: off }, "printer_off"),
        (Printer::Network { address: "x".repeat(70) }, "printer_unknown"),
        (Printer::Usb { path: "/dev/usb/none".to_owned() }, "printer_gone"),
    ] {
        assert_eq!(printed(printer, job(false)), Err(code.to_owned()));
    }
}

#[test]
fn a_job_is_read_as_the_page_sends_it() {
    let job = Job { drawer: true, width_bytes: 2, picture: vec![1, 2, 3, 4] };
    assert_eq!(Job::parse(&[1, 2, 1, 2, 3, 4]), Some(job));
    assert_eq!(Job::parse(&[1, 0]), Some(Job { drawer: true, width_bytes: 0, picture: Vec::new() }));
    for none in [&[][..], &[1], &[2, 1, 0], &[0, 0, 1], &[0, 2, 1], &vec![0; PICTURE_LIMIT + 3]] {
        assert_eq!(Job::parse(none), None, "{}", none.len());
    }
}
