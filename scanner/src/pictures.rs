//! One picture from disk as a frame: PGM, PNG or JPEG, told by what is in the file, not by its name.
//!
//! Whoever can drop a file into a folder chooses what is read here, so sizes are checked before memory is
//! taken, and only ordinary files are opened.

use crate::frame::{Luma, MAX_SIDE, pixel_count};
use crate::jpeg;
use crate::source::SourceError;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Instant;

/// Bytes of the largest file that is read.
pub const MAX_FILE_BYTES: u64 = 128 * 1024 * 1024;
/// Bytes that decoding one picture may take.
const MAX_DECODE_BYTES: u64 = 512 * 1024 * 1024;

/// Reads a picture; captured now. All errors are [`SourceError::BadPicture`].
pub fn load(path: &Path) -> Result<Luma, SourceError> {
    let bad = |why: String| SourceError::BadPicture { path: path.to_owned(), why };
    read_file(path).and_then(|bytes| read(&bytes)).map_err(bad)
}

/// Reads a picture from the bytes of its file; captured now. The error is a phrase.
pub fn read(bytes: &[u8]) -> Result<Luma, String> {
    let (width, height, pixels) = decode(bytes)?;
    Luma::new(width, height, pixels, Instant::now()).map_err(|error| error.to_string())
}

fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "reading it is not allowed".to_owned(),
        _ => error.to_string(),
    };
    // Asked before it is opened: a pipe would hold us up.
    let about = fs::metadata(path).map_err(told)?;
    if !about.is_file() {
        return Err("it is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)).map_err(told)?;
    if bytes.is_empty() {
        return Err("the file is empty".to_owned());
    }
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err("the file is too large".to_owned());
    }
    Ok(bytes)
}

fn decode(bytes: &[u8]) -> Result<(u32, u32, Vec<u8>), String> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| error.to_string())?;
    match reader.format() {
        Some(ImageFormat::Jpeg) => return jpeg::to_luma(bytes),
        Some(ImageFormat::Png | ImageFormat::Pnm) => {}
        _ => return Err("it is no PGM, PNG or JPEG picture".to_owned()),
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODE_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| told(&error))?;
    let (width, height) = decoder.dimensions();
    pixel_count(width, height).map_err(|error| error.to_string())?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| told(&error))?;
    Ok((width, height, on_white(picture)))
}

fn told(error: &ImageError) -> String {
    match error {
        ImageError::Limits(_) => "the picture is too large".to_owned(),
        error => format!("it is damaged ({error})"),
    }
}

/// Luma bytes; what is transparent lets a white page through, as people see it.
fn on_white(picture: DynamicImage) -> Vec<u8> {
    if !picture.color().has_alpha() {
        return picture.into_luma8().into_raw();
    }
    let grey_and_alpha = picture.into_luma_alpha8().into_raw();
    let blend = |pair: &[u8]| {
        let (grey, alpha) = (u16::from(pair[0]), u16::from(pair[1]));
        u8::try_from((grey * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    grey_and_alpha.chunks_exact(2).map(blend).collect()
}
