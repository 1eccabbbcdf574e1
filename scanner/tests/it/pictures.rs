use crate::sheet;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ExtendedColorType, ImageEncoder, ImageFormat, Rgba, RgbaImage};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tillbeam_scanner::decode::Decoder;
use tillbeam_scanner::frame::Luma;
use tillbeam_scanner::pictures::load;
use tillbeam_scanner::source::SourceError;

fn loaded(name: &str, bytes: &[u8]) -> Result<Luma, SourceError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    load(&path)
}

/// Why a file cannot be read.
fn refusal(name: &str, bytes: &[u8]) -> String {
    match loaded(name, bytes) {
        Err(SourceError::BadPicture { why, .. }) => why,
        other => panic!("{name}: {other:?}"),
    }
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    sheet::with(b"text").write_to(&mut std::io::Cursor::new(&mut bytes), format).unwrap();
    bytes
}

#[test]
fn pgm_png_and_jpeg_are_read_whatever_the_name_says() {
    for format in [ImageFormat::Pnm, ImageFormat::Png, ImageFormat::Jpeg] {
        let frame = loaded("picture.txt", &encoded(format)).unwrap();
        assert_eq!((frame.width(), frame.height()), (640, 480), "{format:?}");
        assert!(frame.pixels()[0].abs_diff(sheet::WHITE) < 4, "{format:?}");
    }
}

#[test]
fn a_picture_of_one_pixel_is_a_picture() {
    let frame = loaded("dot.pgm", b"P5\n1 1\n255\n\x7f").unwrap();
    assert_eq!((frame.width(), frame.height(), frame.pixels()), (1, 1, &[0x7f][..]));
}

#[test]
fn sixteen_bits_are_brought_down_to_eight() {
    let mut bytes = Vec::new();
    let samples: Vec<u8> = [0_u16, 0x8000, 0xffff].iter().flat_map(|sample| sample.to_ne_bytes()).collect();
    PngEncoder::new(&mut bytes).write_image(&samples, 3, 1, ExtendedColorType::L16).unwrap();
    assert_eq!(loaded("deep.png", &bytes).unwrap().pixels(), [0, 128, 255]);
    let deep_pgm = loaded("deep.pgm", b"P5 2 1 65535\n\x00\x00\xff\xff").unwrap();
    assert_eq!(deep_pgm.pixels(), [0, 255]);
}

#[test]
fn a_grey_png_of_any_depth_with_a_code_is_read() {
    let sheet = sheet::with(sheet::CODE.as_bytes());
    let deep = DynamicImage::ImageLuma8(sheet.clone()).into_luma16();
    for picture in [DynamicImage::ImageLuma8(sheet), DynamicImage::ImageLuma16(deep)] {
        let mut bytes = Vec::new();
        picture.write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        let found = Decoder::new().decode(&loaded("grey.png", &bytes).unwrap());
        assert_eq!(found.iter().map(|found| found.text.as_str()).collect::<Vec<_>>(), [sheet::CODE]);
    }
}

#[test]
fn what_is_transparent_is_a_white_page() {
    let mut bytes = Vec::new();
    let mut picture = RgbaImage::from_pixel(2, 1, Rgba([0, 0, 0, 0]));
    picture.put_pixel(0, 0, Rgba([0, 0, 0, 255]));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    assert_eq!(loaded("clear.png", &bytes).unwrap().pixels(), [0, 255]);
}

#[test]
fn what_is_no_picture_is_refused_with_a_reason() {
    assert_eq!(refusal("empty.png", b""), "the file is empty");
    for bytes in [&b"hello, this is a text"[..], &[0; 4096], b"GIF89a\x01\x00\x01\x00", b"%PDF-1.7"] {
        assert_eq!(refusal("picture.png", bytes), "it is no PGM, PNG or JPEG picture");
    }
}

#[test]
fn what_is_cut_short_is_refused_or_read_in_part() {
    for format in [ImageFormat::Pnm, ImageFormat::Png, ImageFormat::Jpeg] {
        let whole = encoded(format);
        for part in [1, 2, 5, 20, 50, 90, 99] {
            match loaded("cut", &whole[..whole.len() * part / 100]) {
                Ok(frame) => assert_eq!((frame.width(), frame.height()), (640, 480)),
                Err(error) => assert_eq!(error.code(), "bad_picture"),
            }
        }
    }
}

#[test]
fn a_header_that_promises_a_huge_picture_costs_no_memory() {
    let png = |width: u32, height: u32| {
        let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR".to_vec();
        bytes.extend([width.to_be_bytes(), height.to_be_bytes()].concat());
        bytes.extend(b"\x08\x00\x00\x00\x00");
        let crc = crc32(&bytes[12..]);
        bytes.extend(crc.to_be_bytes());
        bytes.extend(b"\x00\x00\x10\x00IDAT\x78\x9c");
        bytes
    };
    let jpeg = b"\xff\xd8\xff\xc0\x00\x0b\x08\xff\xff\xff\xff\x01\x01\x11\x00\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00";
    let cases: [(&str, Vec<u8>); 5] = [
        ("wide.pgm", b"P5\n4000000000 1\n255\n".to_vec()),
        ("square.pgm", b"P5\n16000 16000\n255\n".to_vec()),
        ("long.png", png(1, 2_000_000_000)),
        ("square.png", png(16_000, 16_000)),
        ("huge.jpg", jpeg.to_vec()),
    ];
    for (name, bytes) in cases {
        let why = refusal(name, &bytes);
        assert!(why.starts_with("the picture is too large"), "{name}: {why}");
    }
}

/// The checksum of PNG chunks.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 })
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[test]
fn folders_and_missing_files_are_refused_in_words() {
    let folder = TempDir::new().unwrap();
    let refused = |path: &Path| load(path).unwrap_err().to_string();
    assert!(refused(folder.path()).ends_with(" cannot be read: it is not a file."));
    let missing: PathBuf = folder.path().join("missing.png");
    assert!(refused(&missing).ends_with("missing.png cannot be read: there is no such file."));
}

#[cfg(unix)]
#[test]
fn devices_are_not_read() {
    assert_eq!(load(Path::new("/dev/zero")).unwrap_err().code(), "bad_picture");
}
