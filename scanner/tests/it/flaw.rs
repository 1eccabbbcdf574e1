use crate::sheet::{self, CODE};
use image::{GrayImage, Luma as Grey};
use tillbeam_scanner::flaw::{self, Flaw};

/// Where [`sheet::with`] draws its code.
const PLACE: [[f32; 2]; 4] = [[200.0, 120.0], [347.0, 120.0], [347.0, 267.0], [200.0, 267.0]];

fn flaw(picture: &GrayImage) -> Option<Flaw> {
    flaw::of(&sheet::luma(picture), Some(&PLACE))
}

#[test]
fn a_clear_code_has_no_flaw_and_neither_has_an_empty_sheet() {
    assert_eq!(flaw(&sheet::with(CODE.as_bytes())), None);
    assert_eq!(flaw::of(&sheet::luma(&sheet::blank(640, 480)), None), None);
}

#[test]
fn a_dark_picture_is_dark_with_and_without_a_code() {
    let mut dark = sheet::with(CODE.as_bytes());
    dark.pixels_mut().for_each(|pixel| pixel.0[0] /= 8);
    assert_eq!(flaw(&dark), Some(Flaw::Dark));
    assert_eq!(flaw::of(&sheet::luma(&dark), None), Some(Flaw::Dark));
}

#[test]
fn a_blurred_code_is_blurred() {
    assert_eq!(flaw(&image::imageops::blur(&sheet::with(CODE.as_bytes()), 7.0)), Some(Flaw::Blurred));
}

#[test]
fn a_code_under_a_lamp_is_under_glare() {
    let mut glare = sheet::with(CODE.as_bytes());
    for (x, y) in (220..310).flat_map(|x| (150..240).map(move |y| (x, y))) {
        glare.put_pixel(x, y, Grey([255]));
    }
    assert_eq!(flaw(&glare), Some(Flaw::Glare));
}

#[test]
fn a_tiny_code_is_too_far_away() {
    let mut far = sheet::blank(640, 480);
    sheet::draw(&mut far, CODE.as_bytes(), 100, 100, 2);
    let place = [[100.0, 100.0], [142.0, 100.0], [142.0, 142.0], [100.0, 142.0]];
    assert_eq!(flaw::of(&sheet::luma(&far), Some(&place)), Some(Flaw::Far));
}

#[test]
fn a_place_outside_the_picture_is_survived() {
    let outside = [[-500.0, f32::NAN], [9e9, -1.0], [f32::INFINITY, 3.0], [0.0, 0.0]];
    let _ = flaw::of(&sheet::luma(&sheet::blank(3, 2)), Some(&outside));
}
