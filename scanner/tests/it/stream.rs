//! Buffers of one camera that are damaged, or whose size or stride changes in mid-stream: that frame is lost at most.

use crate::sheet::{self, CODE};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, GrayImage};
use std::time::Instant;
use tillbeam_scanner::camera::{Format, Layout};
use tillbeam_scanner::decode::Decoder;

fn layout(format: Format, picture: &GrayImage) -> Layout {
    Layout { format, width: picture.width(), height: picture.height(), stride: 0 }
}

fn jpeg(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 80);
    encoder.encode(picture, picture.width(), picture.height(), ExtendedColorType::L8).unwrap();
    bytes
}

/// Whether there is a frame, and the code is read in it.
fn reads(decoder: &mut Decoder, layout: Layout, bytes: &[u8]) -> Option<bool> {
    let frame = layout.luma(bytes, Instant::now())?;
    Some(decoder.decode(&frame).iter().any(|found| found.text == CODE))
}

#[test]
fn a_jpeg_stream_goes_on_after_frames_that_are_cut_short() {
    let (picture, mut decoder) = (sheet::with(CODE.as_bytes()), Decoder::new());
    let (mjpeg, whole) = (layout(Format::Mjpeg, &picture), jpeg(&picture));
    for part in [0, 1, 3, 10, 30, 50, 70, 90, 99] {
        // What is cut may still show the code, or be no frame; it is never a wrong one.
        let cut = mjpeg.luma(&whole[..whole.len() * part / 100], Instant::now());
        if let Some(frame) = cut {
            assert!(decoder.decode(&frame).iter().all(|found| found.text == CODE), "{part} %");
        }
        assert_eq!(reads(&mut decoder, mjpeg, &whole), Some(true), "after {part} %");
    }
}

#[test]
fn a_stream_goes_on_when_size_and_stride_change() {
    let (picture, mut decoder) = (sheet::with(CODE.as_bytes()), Decoder::new());
    let large = imageops::resize(&picture, 1280, 960, FilterType::Triangle);
    for _ in 0..3 {
        for picture in [&picture, &large] {
            let packed = layout(Format::Grey, picture);
            assert_eq!(reads(&mut decoder, packed, picture), Some(true));
            let row = usize::try_from(picture.width()).unwrap();
            for gap in [1, 16, 61] {
                let padded: Vec<u8> = picture.chunks(row).flat_map(|row| [row, &vec![7; gap]].concat()).collect();
                let wide = Layout { stride: row + gap, ..packed };
                assert_eq!(reads(&mut decoder, wide, &padded), Some(true), "{gap}");
                // A driver that tells another stride than it sends: no panic, and no frame beyond the buffer.
                assert_ne!(reads(&mut decoder, packed, &padded[..row * 100]), Some(true));
                assert_eq!(reads(&mut decoder, wide, picture), None, "too short by the gaps");
            }
        }
        assert_eq!(reads(&mut decoder, layout(Format::Grey, &GrayImage::new(1, 1)), &[9]), Some(false));
    }
}
