//! What a system's error says about a camera. nokhwa has only sentences; the number in them is what counts.

use crate::source::SourceError;

/// From a sentence such as `Could not open device 0: V4L2 Error: Permission denied (os error 13)`.
pub(super) fn from_text(text: &str) -> SourceError {
    os_error(text).map_or_else(|| SourceError::Failed { why: text.to_owned() }, |number| from_number(number, text))
}

/// From an error of the system itself.
#[cfg(target_os = "linux")]
pub(super) fn from_io(error: &std::io::Error) -> SourceError {
    let text = error.to_string();
    error.raw_os_error().map_or_else(|| from_text(&text), |number| from_number(number, &text))
}

fn from_number(number: i32, text: &str) -> SourceError {
    match number {
        // ENOENT, ENXIO: there is no such device; a moment ago there was.
        2 | 6 => SourceError::NoCamera,
        // EPERM, EACCES
        1 | 13 => SourceError::Denied,
        // EBUSY
        16 => SourceError::Busy,
        // ENODEV: pulled out. EIO, EPROTO: it answers no more, mostly for the same reason.
        19 | 5 | 71 => SourceError::Gone,
        _ => SourceError::Failed { why: text.to_owned() },
    }
}

/// The number in the last `(os error N)`.
fn os_error(text: &str) -> Option<i32> {
    let (_, after) = text.rsplit_once("(os error ")?;
    after.split_once(')')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drivers_sentences_are_told_apart_by_their_numbers() {
        let cases = [
            ("Could not open device 0: V4L2 Error: No such file or directory (os error 2)", SourceError::NoCamera),
            ("Could not open device 0: V4L2 Error: Permission denied (os error 13)", SourceError::Denied),
            ("Could not open device stream: Device or resource busy (os error 16)", SourceError::Busy),
            ("Could not capture frame: No such device (os error 19)", SourceError::Gone),
            ("Could not capture frame: Input/output error (os error 5)", SourceError::Gone),
        ];
        for (text, expected) in cases {
            assert_eq!(from_text(text), expected, "{text}");
        }
    }

    #[test]
    fn other_sentences_are_passed_on() {
        for text in ["FrameFormat: unsupported", "odd (os error", "odd (os error x)", "Bad address (os error 14)"] {
            assert_eq!(from_text(text), SourceError::Failed { why: text.to_owned() });
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_systems_own_errors_are_told_apart_the_same_way() {
        assert_eq!(from_io(&std::io::Error::from_raw_os_error(16)), SourceError::Busy);
        assert_eq!(from_io(&std::io::Error::other("(os error 19)")), SourceError::Gone);
    }
}
