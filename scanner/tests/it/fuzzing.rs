//! The fuzz target's own function on its corpus, and on it with some bytes changed: the decode path never panics.
//!
//! The fuzzer itself, which looks for new paths, is run by `cargo xtask fuzz`.

use proptest::prelude::*;
use std::path::Path;

#[path = "../../../fuzz/src/sight.rs"]
mod sight;

fn corpus() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/frames");
    std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn every_frame_of_the_corpus_is_survived() {
    let corpus = corpus();
    assert!(corpus.len() >= 6);
    for bytes in &corpus {
        sight::frames(bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_frame_of_the_corpus_panics_with_some_bytes_changed(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 1..12),
    ) {
        let mut bytes = pick.get(&corpus()).clone();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len() + 1);
            match how {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                2 => bytes.iter_mut().take(3).nth(at % 3).into_iter().for_each(|size| *size = byte),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|old| *old = byte),
            }
        }
        sight::frames(&bytes);
    }
}
