use crate::sheet::{self, BLACK, CODE, OTHER_CODE, WHITE};
use image::{GrayImage, Luma as Grey};
use std::time::{Duration, Instant};
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::frame::Luma;

fn texts(frame: &Luma) -> Vec<String> {
    let mut texts: Vec<String> = Decoder::new().decode(frame).into_iter().map(|found| found.text).collect();
    texts.sort_unstable();
    texts
}

fn texts_of(sheet: &GrayImage) -> Vec<String> {
    texts(&sheet::luma(sheet))
}

#[test]
fn a_code_is_read_and_found_where_it_is() {
    let mut sheet = sheet::blank(1280, 720);
    sheet::draw(&mut sheet, CODE.as_bytes(), 500, 200, 8);
    let found = Decoder::new().decode(&sheet::luma(&sheet));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].text, CODE);
    let side = 21.0 * 8.0;
    let expected = [[500.0, 200.0], [500.0 + side, 200.0], [500.0 + side, 200.0 + side], [500.0, 200.0 + side]];
    for (corner, expected) in found[0].corners.iter().zip(expected) {
        let off = (corner[0] - expected[0]).hypot(corner[1] - expected[1]);
        assert!(off < 4.0, "corner {corner:?}, expected {expected:?}");
    }
}

#[test]
fn two_codes_in_one_picture_are_both_read() {
    let mut sheet = sheet::with(CODE.as_bytes());
    sheet::draw(&mut sheet, OTHER_CODE.as_bytes(), 420, 40, 6);
    assert_eq!(texts_of(&sheet), [OTHER_CODE, CODE]);
}

#[test]
fn an_inverted_code_is_read_on_the_first_frame() {
    let mut sheet = sheet::with(CODE.as_bytes());
    image::imageops::invert(&mut sheet);
    assert_eq!(texts_of(&sheet), [CODE]);
}

#[test]
fn an_unreadable_code_costs_later_frames_no_more_than_the_first() {
    // Somebody else's code, blurred: what cannot be read is looked at again in each frame.
    let blurred = sheet::luma(&image::imageops::blur(&sheet::with(b"somebody else's"), 10.0));
    let mut decoder = Decoder::new();
    for _ in 0..12 {
        assert_eq!(decoder.decode(&blurred), []);
    }
    assert_eq!(decoder.decode(&sheet::luma(&sheet::with(CODE.as_bytes()))).len(), 1);
}

#[test]
fn a_code_of_binary_content_is_read_as_some_text() {
    assert_eq!(texts_of(&sheet::with(&[0xff, 0x00, 0x80, b'a'])), ["\u{ff}\u{0}\u{80}a"]);
    assert_eq!(texts_of(&sheet::with("收银".as_bytes())), ["收银"]);
}

#[test]
fn pictures_of_any_shape_are_survived() {
    for (width, height) in [(1, 1), (1, 2000), (2000, 1), (2, 2), (7, 5), (21, 21), (33, 64)] {
        for grey in [0, 128, 255] {
            let pixels = vec![grey; usize::try_from(width * height).unwrap()];
            assert_eq!(texts(&Luma::new(width, height, pixels, Instant::now()).unwrap()), Vec::<String>::new());
        }
    }
}

#[test]
fn a_code_in_a_picture_of_fifty_megapixels_is_found_where_it_is() {
    let mut sheet = sheet::blank(8000, 6250);
    sheet::draw(&mut sheet, CODE.as_bytes(), 4000, 3000, 60);
    let found = Decoder::new().decode(&sheet::luma(&sheet));
    assert_eq!(found.len(), 1);
    let [x, y] = found[0].corners[0];
    assert!((x - 4000.0).hypot(y - 3000.0) < 60.0, "{x}, {y}");
}

#[test]
fn frames_that_change_their_size_in_mid_stream_are_read_each_for_itself() {
    let blurred = sheet::luma(&image::imageops::blur(&sheet::with(b"somebody else's"), 5.0));
    let with_code = sheet::luma(&sheet::with(CODE.as_bytes()));
    let mut decoder = Decoder::new();
    for (width, height) in [(1, 1), (1280, 720), (31, 900), (320, 240)] {
        let _ = decoder.decode(&blurred);
        assert_eq!(decoder.decode(&sheet::luma(&sheet::blank(width, height))), []);
        assert_eq!(decoder.unread(), None);
        assert_eq!(decoder.decode(&with_code).len(), 1);
    }
}

/// What stops a decoder for minutes: more finder patterns than can be tried.
fn full_of_finder_patterns(module: u32, gap: u32) -> GrayImage {
    let pitch = (7 + gap) * module;
    GrayImage::from_fn(1280, 720, |x, y| {
        let (x, y) = (x % pitch / module, y % pitch / module);
        let ring = x.abs_diff(3).max(y.abs_diff(3));
        Grey([if matches!(ring, 0 | 1 | 3) { BLACK } else { WHITE }])
    })
}

#[test]
fn a_picture_full_of_finder_patterns_ends_in_bounded_time() {
    for (module, gap) in [(1, 2), (2, 1), (2, 3), (3, 2), (4, 7), (6, 7)] {
        let frame = sheet::luma(&full_of_finder_patterns(module, gap));
        let start = Instant::now();
        let found = Decoder::new().decode(&frame);
        let took = start.elapsed();
        println!("module {module} gap {gap}: {took:?}, {} found", found.len());
        assert!(took < Duration::from_secs(5), "module {module}, gap {gap}: {took:?}");
    }
}

#[test]
fn noise_ends_in_bounded_time_and_reads_as_nothing() {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    let pixels: Vec<u8> = (0..1280 * 720).map(|_| noise()).collect();
    let start = Instant::now();
    assert_eq!(texts(&Luma::new(1280, 720, pixels, Instant::now()).unwrap()), Vec::<String>::new());
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn codes_cut_off_by_the_edge_are_survived() {
    let whole = sheet::with(CODE.as_bytes());
    for cut in (0..30).map(|step| step * 10) {
        let part = image::imageops::crop_imm(&whole, 190 + cut, 110, 200, 180).to_image();
        let found = texts_of(&part);
        assert!(found.is_empty() || found == [CODE], "cut at {cut}: {found:?}");
    }
}

#[test]
fn our_own_code_is_read_under_a_finger_and_out_of_focus() {
    let mut hidden = sheet::with(CODE.as_bytes());
    // The corner without a finder.
    for (x, y) in (305..347).flat_map(|x| (225..267).map(move |y| (x, y))) {
        hidden.put_pixel(x, y, Grey([90]));
    }
    let blurred = image::imageops::blur(&sheet::with(CODE.as_bytes()), 4.0);
    for (name, picture) in [("hidden", hidden), ("blurred", blurred)] {
        assert_eq!(texts_of(&picture), [CODE], "{name}");
    }
}

#[test]
fn a_code_is_read_whose_finder_a_lamp_hides() {
    for (left, top) in [(195, 115), (310, 115), (195, 230)] {
        let mut lit = sheet::with(CODE.as_bytes());
        for (x, y) in (left..left + 42).flat_map(|x| (top..top + 42).map(move |y| (x, y))) {
            lit.put_pixel(x, y, Grey([255]));
        }
        assert_eq!(texts_of(&lit), [CODE], "{left}, {top}");
    }
}
