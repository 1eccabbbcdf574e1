//! JPEG to luma, for files and for the frames of MJPEG cameras.
//!
//! Only the brightness is decoded: a third of the work of a colour picture.

use crate::frame::pixel_count;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// Width, height and bytes of a JPEG picture; what follows its end is ignored. The error is a phrase.
pub(crate) fn to_luma(bytes: &[u8]) -> Result<(u32, u32, Vec<u8>), String> {
    // Any size that JPEG can say: the headers cost nothing, and `pixel_count` judges them.
    let side = usize::from(u16::MAX);
    let options =
        DecoderOptions::default().set_max_width(side).set_max_height(side).jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| damaged(&error))?;
    let (width, height) = decoder.dimensions().ok_or("it has no size")?;
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err("its size makes no sense".to_owned());
    };
    let expected = pixel_count(width, height).map_err(|error| error.to_string())?;
    let pixels = decoder.decode().map_err(|error| damaged(&error))?;
    if pixels.len() == expected { Ok((width, height, pixels)) } else { Err("its colours are unknown".to_owned()) }
}

fn damaged(error: &zune_jpeg::errors::DecodeErrors) -> String {
    format!("it is damaged ({error})")
}
