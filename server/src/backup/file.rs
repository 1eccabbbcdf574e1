//! A backup as one file: a head line, the parts, a checksum, an end line.
//!
//! ```text
//! TILLBEAM BACKUP 1 plain|sealed⏎
//! {"made_at":…,"parts":[{"name":"tillbeam.db","bytes":N},…]}⏎  ┐ as they are, or sealed with a passphrase:
//! the parts' bytes, one after the other                        ┘ see `seal`
//! SHA-256 of everything before, 32 bytes
//! ⏎TILLBEAM END⏎
//! ```

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Seek as _, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::seal::{Denied, Opener, Passphrase, SALT, Sealer};
use super::{Error, PARTS};
use crate::master::random;

const PLAIN: &str = "TILLBEAM BACKUP 1 plain\n";
const SEALED: &str = "TILLBEAM BACKUP 1 sealed\n";
/// What every version's head line starts with.
const MAGIC: &[u8] = b"TILLBEAM BACKUP ";
const END: &[u8] = b"\nTILLBEAM END\n";
const SUM: usize = 32;
/// The longest head line and the longest list of parts, in bytes.
const MAX_HEAD: u64 = 64;
const MAX_LIST: u64 = 64 * 1024;
/// Written bytes go to the disk this often, so that the books' own commits never wait for much of it.
const SYNC_BYTES: usize = 4 << 20;

/// What lies in a backup, in order.
#[derive(Serialize, Deserialize)]
struct List {
    made_at: String,
    parts: Vec<Part>,
}

#[derive(Serialize, Deserialize)]
struct Part {
    name: String,
    bytes: u64,
}

/// Whether a file is a backup of any version.
pub fn is_backup(path: &Path) -> bool {
    let mut start = [0; MAGIC.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *MAGIC
}

/// Writes the parts that lie in a folder to a new file for its owner alone, and syncs it.
pub fn write(path: &Path, folder: &Path, made_at: &str, passphrase: Option<&Passphrase>) -> Result<(), Error> {
    let failed = |cause| Error::write(path, cause);
    let mut out = Out::create(path).map_err(failed)?;
    out.write_all(if passphrase.is_some() { SEALED } else { PLAIN }.as_bytes()).map_err(failed)?;
    match passphrase {
        None => parts(&mut out, folder, made_at).map_err(failed)?,
        Some(passphrase) => {
            let mut sealer = Sealer::new(&mut out, passphrase, &random::<SALT>()).map_err(failed)?;
            parts(&mut sealer, folder, made_at).and_then(|()| sealer.finish()).map_err(failed)?;
        }
    }
    out.finish().map_err(failed)
}

fn parts(out: &mut impl Write, folder: &Path, made_at: &str) -> io::Result<()> {
    let mut list = List { made_at: made_at.to_owned(), parts: Vec::new() };
    for name in PARTS {
        match std::fs::metadata(folder.join(name)) {
            Ok(part) => list.parts.push(Part { name: name.to_owned(), bytes: part.len() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    serde_json::to_writer(&mut *out, &list)?;
    out.write_all(b"\n")?;
    for part in &list.parts {
        let copied = io::copy(&mut File::open(folder.join(&part.name))?.take(part.bytes), out)?;
        if copied != part.bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Takes a backup apart into a folder: when it was made. Its checksum is looked at first, so that nothing is made
/// of a damaged one.
pub fn read(path: &Path, folder: &Path, passphrase: Option<&Passphrase>) -> Result<String, Error> {
    let failed = |cause| Error::read(path, cause);
    let mut file = BufReader::new(File::open(path).map_err(failed)?);
    let sealed = head(path, &mut file)?;
    let end = check_sum(path, file.get_mut()).map_err(|cause| Error::of(path, cause))?;
    let start = if sealed { SEALED } else { PLAIN }.len() as u64;
    file.seek(io::SeekFrom::Start(start)).map_err(failed)?;
    let body = file.take(end - start);
    match (sealed, passphrase) {
        (false, _) => take_apart(path, body, folder),
        (true, None) => Err(Error::PassphraseNeeded { path: path.display().to_string() }),
        (true, Some(passphrase)) => {
            let opener = Opener::new(body, passphrase).map_err(|cause| Error::of(path, cause))?;
            take_apart(path, opener, folder)
        }
    }
}

/// Whether it is sealed.
fn head(path: &Path, file: &mut BufReader<File>) -> Result<bool, Error> {
    let mut line = Vec::new();
    file.by_ref().take(MAX_HEAD).read_until(b'\n', &mut line).map_err(|cause| Error::read(path, cause))?;
    match line.as_slice() {
        line if line == PLAIN.as_bytes() => Ok(false),
        line if line == SEALED.as_bytes() => Ok(true),
        line if line.starts_with(MAGIC) && line.ends_with(b"\n") => {
            Err(Error::Version { path: path.display().to_string() })
        }
        _ => Err(Error::NoBackup { path: path.display().to_string() }),
    }
}

/// Where the content ends.
fn check_sum(path: &Path, file: &mut File) -> io::Result<u64> {
    let length = std::fs::metadata(path)?.len();
    let tail = (SUM + END.len()) as u64;
    let end = length.checked_sub(tail).ok_or(io::ErrorKind::UnexpectedEof)?;
    file.rewind()?;
    let mut sum = Sha256::new();
    let mut content = Read::by_ref(file).take(end);
    let mut block = vec![0; SYNC_BYTES];
    loop {
        match content.read(&mut block)? {
            0 => break,
            length => sum.update(&block[..length]),
        }
    }
    let mut found = [0; SUM];
    let mut end_line = [0; END.len()];
    file.read_exact(&mut found)?;
    file.read_exact(&mut end_line)?;
    if end_line != END {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if found != <[u8; SUM]>::from(sum.finalize()) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    Ok(end)
}

fn take_apart(path: &Path, body: impl Read, folder: &Path) -> Result<String, Error> {
    let failed = |cause| Error::of(path, cause);
    let mut body = BufReader::new(body);
    let mut line = Vec::new();
    body.by_ref().take(MAX_LIST).read_until(b'\n', &mut line).map_err(failed)?;
    let list: List = serde_json::from_slice(&line).map_err(|_| failed(io::ErrorKind::InvalidData.into()))?;
    // Only names of ours are ever made into files.
    if list.parts.iter().any(|part| !PARTS.contains(&part.name.as_str())) {
        return Err(failed(io::ErrorKind::InvalidData.into()));
    }
    for part in &list.parts {
        let place = folder.join(&part.name);
        let written = private(&place).and_then(|mut file| {
            let copied = io::copy(&mut body.by_ref().take(part.bytes), &mut file);
            file.sync_all().and(copied)
        });
        match written {
            Ok(bytes) if bytes == part.bytes => {}
            Ok(_) => return Err(failed(io::ErrorKind::InvalidData.into())),
            Err(cause) if Denied::caused(&cause) => return Err(failed(cause)),
            Err(cause) => return Err(Error::write(&place, cause)),
        }
    }
    Ok(list.made_at)
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Sums and syncs what goes through it.
struct Out {
    file: BufWriter<File>,
    sum: Sha256,
    unsynced: usize,
}

impl Out {
    fn create(path: &Path) -> io::Result<Self> {
        Ok(Self { file: BufWriter::with_capacity(1 << 20, private(path)?), sum: Sha256::new(), unsynced: 0 })
    }

    fn finish(mut self) -> io::Result<()> {
        let sum: [u8; SUM] = self.sum.finalize().into();
        self.file.write_all(&sum)?;
        self.file.write_all(END)?;
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = self.file.write(bytes)?;
        self.sum.update(&bytes[..taken]);
        self.unsynced += taken;
        if self.unsynced >= SYNC_BYTES {
            self.file.flush()?;
            self.file.get_ref().sync_data()?;
            self.unsynced = 0;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
