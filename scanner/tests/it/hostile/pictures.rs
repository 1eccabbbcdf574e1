//! Pictures that somebody could hold before a camera to keep it busy, as functions of a place, for every size.
//!
//! Shared by the tests and by `cargo xtask bench scan --hostile`.

use qrcode::{EcLevel, QrCode, Version, types::Color};

/// How light a place is, 0 black to 255 white.
pub type Picture = Box<dyn Fn(u32, u32) -> u8>;

/// A member's code by form.
const CODE: &str = "112345678906058726934226722";

fn black_if(black: bool) -> u8 {
    if black { 0 } else { 255 }
}

/// The same for the same place, and like noise.
fn noise(x: u32, y: u32) -> u8 {
    let mixed = (x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77)).wrapping_mul(0xc2b2_ae3d);
    (mixed ^ (mixed >> 15)).wrapping_mul(0x27d4_eb2f).to_be_bytes()[0]
}

fn is_finder(x: u32, y: u32) -> bool {
    x < 7 && y < 7 && matches!(x.abs_diff(3).max(y.abs_diff(3)), 0 | 1 | 3)
}

/// Finder patterns in rows and columns.
pub fn finders(module: u32, gap: u32) -> Picture {
    Box::new(move |x, y| black_if(is_finder(x / module % (7 + gap), y / module % (7 + gap))))
}

/// Many small finder patterns among few large ones.
fn finders_of_two_sizes(large: u32, small: u32) -> Picture {
    let (cell, pitch) = (large * 9, small * 8);
    Box::new(move |x, y| {
        let is_small = (x / cell % 4, y / cell % 4) == (1, 1);
        let (module, pitch) = if is_small { (small, pitch) } else { (large, cell) };
        black_if(is_finder(x % cell % pitch / module, y % cell % pitch / module))
    })
}

/// One finder pattern in each cell, somewhere in it, of up to so many pixels a module, dark or light.
fn scattered_finders(cell: u32, largest: u32) -> Picture {
    Box::new(move |x, y| {
        let (column, row) = (x / cell, y / cell);
        let pick = |turn: u32| u32::from(noise(column * 7 + turn, row * 13 + turn));
        let module = 1 + pick(1) % largest;
        let room = (cell - 7 * module).max(1);
        let inside = |c: u32, turn: u32| (c % cell).wrapping_sub(pick(turn) % room) / module;
        black_if(is_finder(inside(x, 2), inside(y, 3))) ^ if pick(4) < 64 { 255 } else { 0 }
    })
}

/// Stripes that look like finder patterns along every row.
fn stripes(module: u32, slant: u32) -> Picture {
    Box::new(move |x, y| black_if(matches!((x + y * slant / 4) / module % 9, 0 | 2..=4 | 6)))
}

/// Squares around squares.
fn rings(module: u32, most: u32) -> Picture {
    let pitch = 2 * most * module;
    Box::new(move |x, y| {
        let ring = (x % pitch).abs_diff(pitch / 2).max((y % pitch).abs_diff(pitch / 2)) / module;
        black_if(ring.is_multiple_of(2))
    })
}

/// Codes beside codes, some of whose modules are wrong.
pub fn codes(version: i16, module: u32, wrong: u8) -> Picture {
    let code = QrCode::with_version(CODE, Version::Normal(version), EcLevel::L).expect("it fits every version");
    let side = u32::try_from(code.width()).expect("at most 177");
    let (colors, pitch) = (code.to_colors(), side + 4);
    Box::new(move |x, y| {
        let [column, row] = [x, y].map(|c| c / module % pitch);
        let is_black = column < side && row < side && {
            let data = (9..side - 9).contains(&column) && (9..side - 9).contains(&row);
            let turned = data && noise(x / module, y / module) < wrong;
            (colors[usize::try_from(row * side + column).expect("of a code")] == Color::Dark) != turned
        };
        black_if(is_black)
    })
}

/// Soft dark spots in light rings in dark rings.
fn waves(period: u32) -> Picture {
    #[expect(clippy::cast_possible_truncation, reason = "the float is below 256")]
    #[expect(clippy::cast_sign_loss, reason = "and above 0")]
    Box::new(move |x, y| {
        let wave = |c: u32| (f64::from(c) * std::f64::consts::TAU / f64::from(period)).cos();
        (127.5 + 60.0 * (wave(x) + wave(y))) as u8
    })
}

/// Turned by an eighth, and as much larger.
fn turned(picture: Picture) -> Picture {
    const FAR: u32 = 1 << 20;
    Box::new(move |x, y| picture((FAR + x + y) / 2, (FAR + x - y) / 2))
}

/// Means of five by five.
fn soft(picture: Picture) -> Picture {
    Box::new(move |x, y| {
        let all = (0..25).map(|k| u32::from(picture(x + k % 5, y + k / 5))).sum::<u32>();
        (all / 25).to_le_bytes()[0]
    })
}

fn inverted(picture: Picture) -> Picture {
    Box::new(move |x, y| 255 - picture(x, y))
}

/// All of them, with their names.
pub fn all() -> Vec<(String, Picture)> {
    let mut all: Vec<(String, Picture)> = Vec::new();
    let mut add = |name: String, picture: Picture| all.push((name, picture));
    for (module, gap) in [(1, 1), (1, 2), (2, 1), (2, 3), (3, 2), (4, 7), (6, 7), (12, 14), (100, 2)] {
        add(format!("finders of {module}, {gap} apart"), finders(module, gap));
        add(format!("light finders of {module}, {gap} apart"), inverted(finders(module, gap)));
        add(format!("turned finders of {module}, {gap} apart"), turned(finders(module, gap)));
        add(format!("soft finders of {module}, {gap} apart"), soft(finders(module, gap)));
    }
    for (large, small) in [(4, 1), (8, 1), (10, 2), (20, 1), (20, 3)] {
        add(format!("finders of {large} and {small}"), finders_of_two_sizes(large, small));
    }
    for (cell, largest) in [(9, 1), (20, 2), (31, 4), (60, 8), (90, 12), (200, 6), (301, 40)] {
        add(format!("scattered finders of {largest} in {cell}"), scattered_finders(cell, largest));
        add(format!("soft scattered finders of {largest} in {cell}"), soft(scattered_finders(cell, largest)));
    }
    for (module, slant) in [(1, 0), (2, 0), (2, 1), (3, 4), (8, 2), (60, 0)] {
        add(format!("stripes of {module}, slant {slant}"), stripes(module, slant));
    }
    for (module, most) in [(1, 4), (2, 6), (3, 100), (40, 9)] {
        add(format!("{most} rings of {module}"), rings(module, most));
    }
    for (version, module, wrong) in [(1, 1, 0), (1, 2, 0), (1, 2, 60), (1, 5, 100), (7, 2, 90), (20, 2, 90), (40, 1, 0)]
    {
        add(format!("codes of version {version}, {module}, {wrong} wrong"), codes(version, module, wrong));
    }
    for (version, module) in [(40, 2), (40, 3), (40, 5), (40, 11), (12, 6), (6, 9), (1, 12), (1, 60)] {
        add(format!("broken codes of version {version}, {module}"), codes(version, module, 120));
        add(format!("light broken codes of version {version}, {module}"), inverted(codes(version, module, 120)));
        add(format!("soft broken codes of version {version}, {module}"), soft(codes(version, module, 120)));
        add(format!("turned broken codes of version {version}, {module}"), turned(codes(version, module, 120)));
    }
    for block in [1, 2, 3, 5, 9, 40] {
        add(format!("noise in blocks of {block}"), Box::new(move |x, y| noise(x / block, y / block)));
        let binary = move |x: u32, y: u32| black_if(noise(x / block, y / block) > 127);
        add(format!("black and white noise in blocks of {block}"), Box::new(binary));
        let sparse = move |x: u32, y: u32| black_if(noise(x / block, y / block) > 200);
        add(format!("sparse noise in blocks of {block}"), Box::new(sparse));
        add(format!("checkers of {block}"), Box::new(move |x, y| black_if((x / block + y / block).is_multiple_of(2))));
    }
    for period in [5, 9, 14, 23, 40, 90, 300] {
        add(format!("waves of {period}"), waves(period));
    }
    all
}
