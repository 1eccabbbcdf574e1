//! Prints receipts by ESC/POS, in the network or by USB. A receipt comes as a picture that the page has drawn, so that
//! Chinese and names in any script look on paper as they do on the screen, whatever fonts a printer has.
//!
//! One job at a time, each on a thread of its own that nobody waits for at the end: a printer without paper may hold a
//! write up for ever. Nothing here knows of the till; a receipt that is not printed changes nothing in the books.

use std::cell::RefCell;
use std::fs;
use std::io::{self, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use escpos::driver::Driver;
use escpos::errors::{PrinterError, Result as PrinterResult};
use escpos::printer::Printer as Commands;
use escpos::utils::{CashDrawer, Protocol};
use tokio::sync::oneshot;

use crate::wire::{Failed, Printer, local};

/// The usual port of printers in a network.
const PORT: u16 = 9100;
/// To connect, and for each write.
const LIMIT: Duration = Duration::from_secs(5);
/// For all of a job; later it is said that it was not printed, and the printer may still do so.
const JOB_LIMIT: Duration = Duration::from_secs(20);
/// The largest picture, in bytes: 40 cm of wide paper.
const PICTURE_LIMIT: usize = 72 * 3_200;
/// Rows of one command; printers take no pictures of any height.
const BAND_ROWS: usize = 128;
/// A printer by USB, as Linux calls it.
const USB_DIR: &str = "/dev/usb";

/// The one job.
static BUSY: AtomicBool = AtomicBool::new(false);

/// What is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Opens the drawer.
    pub drawer: bool,
    /// Of one row; eight dots a byte, the leftmost first, a dot that is set is black.
    pub width_bytes: usize,
    /// Row by row; none: only the drawer opens.
    pub picture: Vec<u8>,
}

impl Job {
    /// As the page sends it: `1` if the drawer opens, the bytes of a row, the rows. `None` for anything else.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (&[drawer, width], picture) = bytes.split_first_chunk()?;
        let width_bytes = usize::from(width);
        let whole = picture.is_empty() || (width_bytes > 0 && picture.len() % width_bytes == 0);
        let small = picture.len() <= PICTURE_LIMIT;
        (drawer <= 1 && whole && small).then(|| Self { drawer: drawer == 1, width_bytes, picture: picture.to_vec() })
    }
}

/// Prints it, or says why not.
///
/// # Errors
/// `printer_…`, see [`local`].
pub async fn print(printer: Printer, job: Job) -> Result<(), Failed> {
    if BUSY.swap(true, Ordering::SeqCst) {
        return Err(Failed::new(local::PRINTER_BUSY));
    }
    let (done, printed) = oneshot::channel();
    let thread = std::thread::Builder::new().name("receipt".to_owned()).spawn(move || {
        let printed = run(&printer, &job);
        BUSY.store(false, Ordering::SeqCst);
        // Nobody may wait any more.
        let _ = done.send(printed);
    });
    if thread.is_err() {
        BUSY.store(false, Ordering::SeqCst);
        return Err(Failed::new("internal"));
    }
    match tokio::time::timeout(JOB_LIMIT, printed).await {
        Ok(printed) => printed.unwrap_or(Err("internal")).map_err(Failed::new),
        Err(_) => Err(Failed::new(local::PRINTER_BUSY)),
    }
}

/// The printers that are plugged in by USB, as the system calls them.
pub fn plugged_in() -> Vec<String> {
    let Ok(entries) = fs::read_dir(USB_DIR) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.path().to_str().map(str::to_owned))
        .filter(|path| path.starts_with("/dev/usb/lp"))
        .collect();
    found.sort();
    found
}

fn run(printer: &Printer, job: &Job) -> Result<(), &'static str> {
    let line: Box<dyn Write> = match printer {
        Printer::None => return Err(local::PRINTER_NONE),
        Printer::Network { address } => Box::new(connect(address)?),
        Printer::Usb { path } => Box::new(open(Path::new(path))?),
    };
    send(Line(RefCell::new(line)), job).map_err(|error| {
        tracing::warn!(%error, "a receipt was not printed");
        local::PRINTER_OFF
    })
}

fn connect(address: &str) -> Result<TcpStream, &'static str> {
    let named = |error: &io::Error| {
        tracing::warn!(%error, "the receipt printer cannot be reached");
        local::PRINTER_OFF
    };
    let to = address.trim();
    let port_named = to.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok()) && !to.ends_with(']');
    let found = if port_named { to.to_socket_addrs() } else { (to, PORT).to_socket_addrs() };
    let addresses = found.map_err(|_| local::PRINTER_UNKNOWN)?;
    let mut failed = local::PRINTER_UNKNOWN;
    for address in addresses {
        match TcpStream::connect_timeout(&address, LIMIT) {
            Ok(stream) => {
                stream.set_write_timeout(Some(LIMIT)).map_err(|error| named(&error))?;
                return Ok(stream);
            }
            Err(error) => failed = named(&error),
        }
    }
    Err(failed)
}

/// Only what is a printer's, or a pipe that stands in for one: a picture must not end up in somebody's file.
fn open(path: &Path) -> Result<fs::File, &'static str> {
    let kind = fs::metadata(path).map_err(|error| of_file(&error))?.file_type();
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let printer = kind.is_char_device() && (path.starts_with(USB_DIR) || path.starts_with("/dev/lp"));
        if !printer && !kind.is_fifo() {
            return Err(local::PRINTER_UNKNOWN);
        }
    }
    #[cfg(not(unix))]
    if kind.is_file() || kind.is_dir() {
        return Err(local::PRINTER_UNKNOWN);
    }
    fs::OpenOptions::new().write(true).open(path).map_err(|error| of_file(&error))
}

fn of_file(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::PermissionDenied => local::PRINTER_DENIED,
        io::ErrorKind::NotFound => local::PRINTER_GONE,
        _ => local::PRINTER_OFF,
    }
}

fn send(line: Line, job: &Job) -> PrinterResult<()> {
    let mut commands = Commands::new(line, Protocol::default(), None);
    commands.init()?;
    if job.drawer {
        // The library leaves the two times of the pulse out, and a printer would take them from what follows.
        commands.cash_drawer(CashDrawer::Pin2)?.custom(&PULSE)?;
    }
    for band in job.picture.chunks(BAND_ROWS * job.width_bytes.max(1)) {
        commands.custom(&raster(job.width_bytes, band))?;
    }
    if job.picture.is_empty() {
        commands.print()?;
    } else {
        commands.feeds(FEEDS)?.print_cut()?;
    }
    Ok(())
}

/// How long the drawer's pulse is on and off, in 2 ms.
const PULSE: [u8; 2] = [25, 250];
/// From the print head to the knife, in lines.
const FEEDS: u8 = 4;

/// `GS v 0`: a picture, a dot for a dot.
fn raster(width_bytes: usize, rows: &[u8]) -> Vec<u8> {
    let low_high = |number: usize| u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes();
    let height = rows.len() / width_bytes.max(1);
    let mut command = b"\x1dv0\0".to_vec();
    command.extend(low_high(width_bytes));
    command.extend(low_high(height));
    command.extend(rows);
    command
}

/// What the library writes to.
struct Line(RefCell<Box<dyn Write>>);

impl Driver for Line {
    fn name(&self) -> String {
        "receipt printer".to_owned()
    }

    fn write(&self, data: &[u8]) -> PrinterResult<()> {
        Ok(self.0.try_borrow_mut().map_err(|error| PrinterError::Io(error.to_string()))?.write_all(data)?)
    }

    fn read(&self, _: &mut [u8]) -> PrinterResult<usize> {
        Ok(0)
    }

    fn flush(&self) -> PrinterResult<()> {
        Ok(self.0.try_borrow_mut().map_err(|error| PrinterError::Io(error.to_string()))?.flush()?)
    }
}

#[cfg(test)]
mod tests;
