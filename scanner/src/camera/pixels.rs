//! A camera's bytes to luma, without nokhwa's decoders: those are ten times slower and refuse buffers that are
//! longer than the picture, which most are.

use super::mode::Format;
use crate::frame::{Luma, pixel_count};
use crate::jpeg;
use std::time::Instant;

/// The frame, or `None` if it came damaged or cut short.
pub(super) fn to_luma(format: Format, width: u32, height: u32, bytes: &[u8], captured: Instant) -> Option<Luma> {
    if format == Format::Mjpeg {
        let (width, height, pixels) = jpeg::to_luma(bytes).ok()?;
        return Luma::new(width, height, pixels, captured).ok();
    }
    let count = pixel_count(width, height).ok()?;
    let each = |size: usize| bytes.get(..count * size).map(|bytes| bytes.chunks_exact(size));
    let pixels = match format {
        Format::Mjpeg => return None,
        Format::Grey | Format::Nv12 => bytes.get(..count)?.to_vec(),
        Format::Yuyv => each(2)?.map(|pair| pair[0]).collect(),
        Format::Rgb => each(3)?.map(|p| weighed(p[0], p[1], p[2])).collect(),
        Format::Bgr => each(3)?.map(|p| weighed(p[2], p[1], p[0])).collect(),
    };
    Luma::new(width, height, pixels, captured).ok()
}

/// The luma of BT.601, in 256ths.
fn weighed(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(sum / 256).expect("the weights add up to 256")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixels(format: Format, width: u32, height: u32, bytes: &[u8]) -> Option<Vec<u8>> {
        to_luma(format, width, height, bytes, Instant::now()).map(|luma| luma.pixels().to_vec())
    }

    #[test]
    fn the_luma_of_each_format_is_where_it_belongs() {
        assert_eq!(pixels(Format::Grey, 2, 1, &[1, 2]), Some(vec![1, 2]));
        assert_eq!(pixels(Format::Nv12, 2, 2, &[1, 2, 3, 4, 128, 128]), Some(vec![1, 2, 3, 4]));
        assert_eq!(pixels(Format::Yuyv, 2, 1, &[10, 128, 20, 128]), Some(vec![10, 20]));
        assert_eq!(pixels(Format::Rgb, 2, 1, &[255, 255, 255, 255, 0, 0]), Some(vec![255, 76]));
        assert_eq!(pixels(Format::Bgr, 2, 1, &[0, 0, 255, 0, 0, 0]), Some(vec![76, 0]));
    }

    #[test]
    fn a_buffer_longer_than_the_picture_is_cut_and_a_shorter_one_is_damaged() {
        for format in [Format::Grey, Format::Nv12, Format::Yuyv, Format::Rgb, Format::Bgr] {
            assert_eq!(pixels(format, 2, 2, &[9; 4096]), Some(vec![9; 4]), "{format:?}");
            assert_eq!(pixels(format, 2, 2, &[9; 3]), None, "{format:?}");
        }
    }

    #[test]
    fn a_jpeg_frame_is_read_up_to_its_end_and_in_its_own_size() {
        let mut bytes = Vec::new();
        let picture = image::RgbImage::from_pixel(16, 8, image::Rgb([200, 200, 200]));
        picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Jpeg).unwrap();
        bytes.extend([0; 5000]);
        let luma = to_luma(Format::Mjpeg, 640, 480, &bytes, Instant::now()).unwrap();
        assert_eq!((luma.width(), luma.height()), (16, 8));
        assert!(luma.pixels().iter().all(|grey| grey.abs_diff(200) < 4));
    }

    #[test]
    fn damaged_jpeg_frames_and_senseless_sizes_are_skipped() {
        assert_eq!(pixels(Format::Mjpeg, 640, 480, &[0; 1000]), None);
        assert_eq!(pixels(Format::Mjpeg, 640, 480, &[0xff, 0xd8, 0xff, 0xe0]), None);
        assert_eq!(pixels(Format::Grey, 0, 0, &[]), None);
        assert_eq!(pixels(Format::Yuyv, u32::MAX, u32::MAX, &[0; 16]), None);
    }
}
