//! The scanner as its users have it: whole pictures in, texts out; the demo camera; the command line.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod cli;
mod cup;
mod decode;
mod demo;
mod flaw;
mod folder;
mod fuzzing;
mod hostile;
mod pictures;
mod sheet;
mod stream;
