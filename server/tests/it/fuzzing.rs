//! The fuzz targets' own functions on their corpus, and on it with some bytes changed: no parser panics.
//!
//! The fuzzer itself, which looks for new paths, is run by `cargo xtask fuzz`: its build takes minutes.

use std::path::Path;

use proptest::prelude::*;

#[path = "../../../fuzz/src/entry.rs"]
mod entry;

/// Every file of a target's corpus.
fn corpus(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    files.collect()
}

#[test]
fn every_target_takes_its_corpus() {
    for (name, target) in entry::ALL {
        let corpus = corpus(name);
        assert!(corpus.len() >= 6, "{name} has a corpus");
        for bytes in &corpus {
            target(bytes);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_target_panics_on_its_corpus_with_some_bytes_changed(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..6),
        which in 0..entry::ALL.len(),
    ) {
        let (name, target) = entry::ALL[which];
        let mut bytes = pick.get(&corpus(name)).clone();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len() + 1);
            match how {
                0 => bytes.insert(at, byte),
                1 => bytes.truncate(at),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|old| *old = byte),
            }
        }
        target(&bytes);
    }
}
