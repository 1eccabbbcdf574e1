//! Grey to black and white, as rqrr does it, bit for bit, in a fraction of the time: rqrr divides three times a
//! pixel, which on an ordinary frame costs more than all the rest of its work.

/// Part of the local mean below which a pixel is black, in 200ths: the sum of two means is compared.
const PART: u32 = 95;

/// Makes black pixels 1 and white ones 0. `width` is the length of a row, at most [`crate::frame::MAX_SIDE`],
/// so that all products stay below 2^32.
pub(super) fn black_and_white(pixels: &mut [u8], width: usize) {
    // The running means of a row from both its ends reach over about an eighth of it.
    let reach = u32::try_from(width / 8).unwrap_or(u32::MAX).max(1);
    // For sums below 2^32 the high half of a product with this is the exact quotient (Lemire and others, 2019).
    let reciprocal = u128::from(u64::MAX / u64::from(reach)) + 1;
    let faded = |sum: u32| match reach {
        1 => 0,
        _ => u32::try_from((u128::from(sum * (reach - 1)) * reciprocal) >> 64).unwrap_or(u32::MAX),
    };
    let (mut from_first, mut from_last) = (0, 0);
    let mut means = vec![0_u32; width];
    for (y, row) in pixels.chunks_exact_mut(width).enumerate() {
        means.fill(0);
        // Each row is walked both ways, and the two means change sides from row to row.
        for x in 0..width {
            let back = width - 1 - x;
            let (there, here) = if y % 2 == 0 { (back, x) } else { (x, back) };
            from_first = faded(from_first) + u32::from(row[there]);
            from_last = faded(from_last) + u32::from(row[here]);
            means[there] += from_first;
            means[here] += from_last;
        }
        for (pixel, mean) in row.iter_mut().zip(&means) {
            *pixel = u8::from((u32::from(*pixel) + 1) * 200 * reach <= mean * PART);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rqrr::PreparedImage;

    fn by_rqrr(pixels: &[u8], width: usize) -> Vec<u8> {
        let height = pixels.len() / width;
        let picture = PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        places.map(|(x, y)| picture.get_pixel_at(x, y).into()).collect()
    }

    #[test]
    fn wide_and_bright_pictures_come_out_as_with_rqrr() {
        for (width, grey) in [(16_384, 255), (1280, 255), (1280, 0), (1281, 7)] {
            let mut pixels: Vec<u8> = (0..width * 3).map(|i| if i % 97 < 40 { grey / 3 } else { grey }).collect();
            let expected = by_rqrr(&pixels, width);
            black_and_white(&mut pixels, width);
            assert_eq!(pixels, expected, "{width} {grey}");
        }
    }

    proptest! {
        #[test]
        fn any_picture_comes_out_as_with_rqrr(width in 1..60_usize, mut pixels in prop::collection::vec(any::<u8>(), 60..2000)) {
            pixels.truncate(pixels.len() / width * width);
            let expected = by_rqrr(&pixels, width);
            black_and_white(&mut pixels, width);
            prop_assert_eq!(pixels, expected);
        }
    }
}
