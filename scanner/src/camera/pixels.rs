//! A camera's bytes to luma, without nokhwa's decoders: those are ten times slower and refuse buffers that are
//! longer than the picture, which most are.

use super::mode::Format;
use crate::frame::{Luma, pixel_count};
use crate::jpeg;
use std::time::Instant;

/// How a frame lies in its buffer.
#[derive(Debug, Clone, Copy)]
pub struct Layout {
    /// How pixels are sent.
    pub format: Format,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Bytes from one row to the next; where that is less than a row has, rows follow each other.
    pub stride: usize,
}

impl Layout {
    /// Without gaps between the rows.
    pub(super) fn packed(format: Format, width: u32, height: u32) -> Self {
        Self { format, width, height, stride: 0 }
    }

    /// Whether its rows follow each other.
    #[cfg(target_os = "linux")]
    pub(super) fn is_packed(self) -> bool {
        self.row() >= self.stride
    }

    /// Bytes that a row has; 0 for JPEG, which has none.
    fn row(self) -> usize {
        usize::try_from(self.width).unwrap_or(usize::MAX).saturating_mul(bytes_a_pixel(self.format))
    }

    /// The frame, or `None` if it came damaged or cut short.
    pub fn luma(self, bytes: &[u8], captured: Instant) -> Option<Luma> {
        if self.format == Format::Mjpeg {
            let (width, height, pixels) = jpeg::to_luma(bytes).ok()?;
            return Luma::new(width, height, pixels, captured).ok();
        }
        let count = pixel_count(self.width, self.height).ok()?;
        let rows = usize::try_from(self.height).ok()?;
        let (row, stride) = (self.row(), self.stride.max(self.row()));
        let needed = stride.checked_mul(rows - 1)?.checked_add(row)?;
        let bytes = bytes.get(..needed)?;
        let mut pixels = Vec::with_capacity(count);
        if stride == row {
            self.take(bytes, &mut pixels);
        } else {
            bytes.chunks(stride).for_each(|line| self.take(&line[..row], &mut pixels));
        }
        Luma::new(self.width, self.height, pixels, captured).ok()
    }

    /// Appends the luma of whole pixels.
    fn take(self, bytes: &[u8], to: &mut Vec<u8>) {
        match self.format {
            Format::Grey | Format::Nv12 | Format::I420 => to.extend_from_slice(bytes),
            Format::Yuyv => to.extend(bytes.chunks_exact(2).map(|pair| pair[0])),
            Format::Uyvy => to.extend(bytes.chunks_exact(2).map(|pair| pair[1])),
            Format::Rgb => to.extend(bytes.chunks_exact(3).map(|p| weighed(p[0], p[1], p[2]))),
            Format::Bgr => to.extend(bytes.chunks_exact(3).map(|p| weighed(p[2], p[1], p[0]))),
            Format::Mjpeg => {}
        }
    }
}

/// Bytes of the first plane that belong to a pixel.
fn bytes_a_pixel(format: Format) -> usize {
    match format {
        Format::Grey | Format::Nv12 | Format::I420 => 1,
        Format::Yuyv | Format::Uyvy => 2,
        Format::Rgb | Format::Bgr => 3,
        Format::Mjpeg => 0,
    }
}

/// The luma of BT.601, in 256ths.
fn weighed(red: u8, green: u8, blue: u8) -> u8 {
    let sum = 77 * u32::from(red) + 150 * u32::from(green) + 29 * u32::from(blue);
    u8::try_from(sum / 256).expect("the weights add up to 256")
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: [Format; 7] =
        [Format::Grey, Format::Nv12, Format::I420, Format::Yuyv, Format::Uyvy, Format::Rgb, Format::Bgr];

    fn pixels(format: Format, width: u32, height: u32, bytes: &[u8]) -> Option<Vec<u8>> {
        let luma = Layout::packed(format, width, height).luma(bytes, Instant::now());
        luma.map(|luma| luma.pixels().to_vec())
    }

    #[test]
    fn the_luma_of_each_format_is_where_it_belongs() {
        assert_eq!(pixels(Format::Grey, 2, 1, &[1, 2]), Some(vec![1, 2]));
        assert_eq!(pixels(Format::Nv12, 2, 2, &[1, 2, 3, 4, 128, 128]), Some(vec![1, 2, 3, 4]));
        assert_eq!(pixels(Format::I420, 2, 2, &[1, 2, 3, 4, 128, 128]), Some(vec![1, 2, 3, 4]));
        assert_eq!(pixels(Format::Yuyv, 2, 1, &[10, 128, 20, 128]), Some(vec![10, 20]));
        assert_eq!(pixels(Format::Uyvy, 2, 1, &[128, 10, 128, 20]), Some(vec![10, 20]));
        assert_eq!(pixels(Format::Rgb, 2, 1, &[255, 255, 255, 255, 0, 0]), Some(vec![255, 76]));
        assert_eq!(pixels(Format::Bgr, 2, 1, &[0, 0, 255, 0, 0, 0]), Some(vec![76, 0]));
    }

    #[test]
    fn a_buffer_longer_than_the_picture_is_cut_and_a_shorter_one_is_damaged() {
        for format in RAW {
            assert_eq!(pixels(format, 2, 2, &[9; 4096]), Some(vec![9; 4]), "{format:?}");
            assert_eq!(pixels(format, 2, 2, &[9; 3]), None, "{format:?}");
        }
    }

    #[test]
    fn gaps_between_rows_are_left_out_and_the_last_row_needs_none() {
        for format in RAW {
            let row = bytes_a_pixel(format) * 2;
            let mut bytes = vec![9; row];
            bytes.extend([0; 5]);
            bytes.extend(vec![9; row]);
            let layout = Layout { stride: row + 5, ..Layout::packed(format, 2, 2) };
            let luma = layout.luma(&bytes, Instant::now()).unwrap();
            assert_eq!(luma.pixels(), [9; 4], "{format:?}");
            assert!(layout.luma(&bytes[1..], Instant::now()).is_none(), "{format:?}");
        }
    }

    #[test]
    fn a_jpeg_frame_is_read_up_to_its_end_and_in_its_own_size() {
        let mut bytes = Vec::new();
        let picture = image::RgbImage::from_pixel(16, 8, image::Rgb([200, 200, 200]));
        picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Jpeg).unwrap();
        bytes.extend([0; 5000]);
        let luma = Layout::packed(Format::Mjpeg, 640, 480).luma(&bytes, Instant::now()).unwrap();
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
