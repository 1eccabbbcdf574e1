//! A passphrase over a backup: ChaCha20-Poly1305 in chunks, under a key made by Argon2id.
//!
//! The stream is the one of the age format: each chunk has a counter and a last-one flag in its nonce, so that
//! none can be left out, moved or added. The key is used for one file alone: its salt is random.

use std::io::{self, Read, Take, Write};
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};

/// Bytes of the salt at the start.
pub const SALT: usize = 16;
/// Bytes of a chunk before it is sealed.
const CHUNK: usize = 64 * 1024;
/// What sealing adds to a chunk, in bytes.
const TAG: usize = 16;
/// Argon2id's memory in KiB, and its rounds. Part of the format: another cost is another version.
const COST: (u32, u32) = (64 * 1024, 3);

/// What a backup is sealed with. Not printable on purpose.
#[derive(Clone)]
pub struct Passphrase(String);

impl Passphrase {
    /// `None` if there is nothing in it. A line's end is not part of it.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim_end_matches(['\r', '\n']);
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// From a file.
    ///
    /// # Errors
    /// Whatever the file system says, and `InvalidData` for an empty file or one that is not UTF-8.
    pub fn read(file: &Path) -> io::Result<Self> {
        let text = std::fs::read_to_string(file)?;
        Self::new(&text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "there is no passphrase in it"))
    }

    /// Slow on purpose.
    fn key(&self, salt: &[u8; SALT]) -> LessSafeKey {
        let params = Params::new(COST.0, COST.1, 1, Some(32)).expect("the cost is within Argon2's limits");
        let mut key = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(self.0.as_bytes(), salt, &mut key)
            .expect("salt and key have lengths that Argon2 takes");
        LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key).expect("the key has 32 bytes"))
    }
}

fn nonce(counter: u64, last: bool) -> Nonce {
    let mut bytes = [0; 12];
    bytes[3..11].copy_from_slice(&counter.to_be_bytes());
    bytes[11] = u8::from(last);
    Nonce::assume_unique_for_key(bytes)
}

/// Seals what is written to it. Without `finish` nobody can read it.
pub struct Sealer<W: Write> {
    out: W,
    key: LessSafeKey,
    counter: u64,
    chunk: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    /// Begins with the salt.
    pub fn new(mut out: W, passphrase: &Passphrase, salt: &[u8; SALT]) -> io::Result<Self> {
        out.write_all(salt)?;
        Ok(Self::with(out, passphrase.key(salt)))
    }

    fn with(out: W, key: LessSafeKey) -> Self {
        Self { out, key, counter: 0, chunk: Vec::with_capacity(CHUNK + TAG) }
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.key.seal_in_place_append_tag(nonce(self.counter, last), Aad::empty(), &mut self.chunk);
        sealed.map_err(|_| io::Error::other("a chunk could not be sealed"))?;
        self.out.write_all(&self.chunk)?;
        self.chunk.clear();
        self.counter += 1;
        Ok(())
    }

    /// Writes the last chunk.
    pub fn finish(mut self) -> io::Result<()> {
        self.seal(true)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits for the next byte: only then it is known not to be the last.
        if self.chunk.len() == CHUNK && !bytes.is_empty() {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Another passphrase than it was sealed with; the cause of an [`Opener`]'s error.
#[derive(Debug, thiserror::Error)]
#[error("it was sealed with another passphrase")]
pub struct Denied;

impl Denied {
    /// Whether it is what an error was caused by.
    pub fn caused(error: &io::Error) -> bool {
        error.get_ref().and_then(|cause| cause.downcast_ref::<Self>()).is_some()
    }
}

/// Reads what a [`Sealer`] wrote.
pub struct Opener<R: Read> {
    sealed: Take<R>,
    key: LessSafeKey,
    counter: u64,
    chunk: Vec<u8>,
    read: usize,
}

impl<R: Read> Opener<R> {
    /// `sealed` ends where the sealed content ends.
    pub fn new(mut sealed: Take<R>, passphrase: &Passphrase) -> io::Result<Self> {
        let mut salt = [0; SALT];
        sealed.read_exact(&mut salt)?;
        Ok(Self::with(sealed, passphrase.key(&salt)))
    }

    fn with(sealed: Take<R>, key: LessSafeKey) -> Self {
        Self { sealed, key, counter: 0, chunk: Vec::new(), read: 0 }
    }

    fn open(&mut self) -> io::Result<()> {
        let mut chunk = vec![0; usize::try_from(self.sealed.limit()).unwrap_or(usize::MAX).min(CHUNK + TAG)];
        self.sealed.read_exact(&mut chunk)?;
        let last = self.sealed.limit() == 0;
        let denied = |_| io::Error::new(io::ErrorKind::InvalidData, Denied);
        let length = self.key.open_in_place(nonce(self.counter, last), Aad::empty(), &mut chunk).map_err(denied)?.len();
        chunk.truncate(length);
        self.counter += 1;
        (self.chunk, self.read) = (chunk, 0);
        Ok(())
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.read == self.chunk.len() && self.sealed.limit() > 0 {
            self.open()?;
        }
        let taken = into.len().min(self.chunk.len() - self.read);
        into[..taken].copy_from_slice(&self.chunk[self.read..self.read + taken]);
        self.read += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key without Argon2's work.
    fn key(byte: u8) -> LessSafeKey {
        LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &[byte; 32]).unwrap())
    }

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut sealer = Sealer::with(&mut out, key(1));
        sealer.write_all(content).unwrap();
        sealer.finish().unwrap();
        out
    }

    fn opened(sealed: &[u8], key: LessSafeKey) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Opener::with(sealed.take(sealed.len() as u64), key).read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn what_is_sealed_is_read_back_at_every_length_around_a_chunk() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7] {
            let content: Vec<u8> = (0..length).map(|index| u8::try_from(index % 251).unwrap()).collect();
            assert_eq!(opened(&sealed(&content), key(1)).unwrap(), content, "{length}");
        }
    }

    #[test]
    fn another_key_and_a_missing_moved_or_changed_chunk_are_denied() {
        let whole = sealed(&vec![5; 3 * CHUNK]);
        assert!(Denied::caused(&opened(&whole, key(2)).unwrap_err()));
        let chunk = CHUNK + TAG;
        let moved = [&whole[chunk..2 * chunk], &whole[..chunk], &whole[2 * chunk..]].concat();
        let mut changed = whole.clone();
        changed[chunk + 9] ^= 1;
        for bytes in [&whole[..2 * chunk], &moved, &changed] {
            assert!(Denied::caused(&opened(bytes, key(1)).unwrap_err()));
        }
    }

    #[test]
    fn a_passphrase_is_a_line_without_its_end() {
        assert!(Passphrase::new("").is_none() && Passphrase::new("\r\n").is_none());
        assert_eq!(Passphrase::new("two words \n").unwrap().0, "two words ");
    }
}
