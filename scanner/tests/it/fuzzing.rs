//! The fuzz targets' own functions on their corpora, and on them with some bytes changed: neither the decode path nor
//! what makes frames of files and buffers ever panics.
//!
//! The fuzzer itself, which looks for new paths, is run by `cargo xtask fuzz`.

use proptest::prelude::*;
use std::path::Path;

#[path = "../../../fuzz/src/sight.rs"]
mod sight;

type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 3] = [("frames", sight::frames), ("pictures", sight::picture), ("buffers", sight::buffers)];

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(name);
    std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn every_input_of_the_corpora_is_survived() {
    for (name, target) in TARGETS {
        let corpus = corpus(name);
        assert!(corpus.len() >= 6, "{name}");
        for bytes in &corpus {
            target(bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_input_of_the_corpora_panics_with_some_bytes_changed(
        target in 0..TARGETS.len(),
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
    ) {
        let (name, target) = TARGETS[target];
        let mut bytes = pick.get(&corpus(name)).clone();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len() + 1);
            match how {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                2 => bytes.iter_mut().take(6).nth(at % 6).into_iter().for_each(|size| *size = byte),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|old| *old = byte),
            }
        }
        target(&bytes);
    }
}
