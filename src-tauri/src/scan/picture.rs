//! A picture that somebody dropped on the window or pasted into it: one look, and the code in it.

use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::pictures;
use tillbeam_scanner::reading::{Reading, Watch};

use crate::request::Code;
use crate::wire::{Failed, local};

/// Bytes of the largest picture that is taken from the page; a phone's photograph of 50 megapixels has fewer.
const BYTES_LIMIT: usize = 32 * 1024 * 1024;

/// The member's code in the bytes of a picture's file. Takes up to a second: not for a task.
pub fn code_in(bytes: &[u8]) -> Result<Code, Failed> {
    if bytes.len() > BYTES_LIMIT {
        return Err(Failed::new("too_large"));
    }
    let picture = pictures::read(bytes).map_err(|why| {
        tracing::info!(why, "a picture cannot be read");
        Failed::new(local::NO_PICTURE)
    })?;
    let found = Decoder::new().decode(&picture);
    match Watch::new().frame(found.iter().map(|found| found.text.as_str()), picture.captured()) {
        Reading::Code(code) => Ok(Code::from(code)),
        Reading::Nothing | Reading::StillThere => Err(Failed::new(local::NO_CODE)),
        Reading::NotOurs => Err(Failed::new(local::NOT_OURS)),
        Reading::Misread => Err(Failed::new(local::MISREAD)),
        Reading::TwoCodes => Err(Failed::new(local::TWO_CODES)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PGM of 8 greys a module with these texts side by side.
    fn picture(texts: &[&str]) -> Vec<u8> {
        const MODULE: usize = 8;
        let symbols: Vec<_> = texts.iter().map(|text| qrcode::QrCode::new(text).unwrap()).collect();
        let side = symbols.iter().map(|symbol| symbol.width() + 8).max().unwrap_or(40);
        let (width, height) = (side * symbols.len().max(1) * MODULE, side * MODULE);
        let mut bytes = format!("P5 {width} {height} 255\n").into_bytes();
        for (x, y) in (0..height).flat_map(|y| (0..width).map(move |x| (x / MODULE, y / MODULE))) {
            let dark = symbols.get(x / side).is_some_and(|symbol| {
                let (column, row) = ((x % side).wrapping_sub(4), y.wrapping_sub(4));
                let inside = column < symbol.width() && row < symbol.width();
                inside && symbol[(column, row)] == qrcode::Color::Dark
            });
            bytes.push(if dark { 0 } else { 255 });
        }
        bytes
    }

    /// With a right check digit; another for each `number`.
    fn digits(number: u64) -> String {
        let body = format!("1{number:010}{:015}", 42);
        let all = (0..10).map(|check| format!("{body}{check}"));
        all.into_iter().find(|digits| Code::parse(digits).is_some()).expect("one of ten check digits is right")
    }

    #[test]
    fn a_picture_with_a_members_code_gives_the_code() {
        let code = code_in(&picture(&[&digits(7)])).unwrap();
        assert_eq!(code.digits(), digits(7));
    }

    #[test]
    fn why_a_picture_gives_none_is_told_apart() {
        let (one, two) = (digits(7), digits(8));
        let misread = format!("{}{}", &one[..26], u8::from(one.ends_with('0')));
        let cases = [
            (picture(&[]), local::NO_CODE),
            (picture(&["https://example.org"]), local::NOT_OURS),
            (picture(&[&misread]), local::MISREAD),
            (picture(&[&one, &two]), local::TWO_CODES),
            (b"no picture".to_vec(), local::NO_PICTURE),
            (Vec::new(), local::NO_PICTURE),
            (vec![0; BYTES_LIMIT + 1], "too_large"),
        ];
        for (bytes, code) in cases {
            assert_eq!(code_in(&bytes), Err(Failed::new(code)));
        }
    }
}
