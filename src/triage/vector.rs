//! A post as numbers for the learned judgement: hashed words, pairs of words, and character sequences, each group a unit
//! vector; named signs (rules that apply, what is known beside the text) beside them.
//!
//! It learns nothing and weighs nothing but rarity, which the model file holds.

use crate::triage::Context;
use crate::triage::normalise::Normal;

/// Features of one post before they are weighed by rarity: (hash, count) in two groups, and named values.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) words: Vec<(u32, f32)>,
    pub(crate) characters: Vec<(u32, f32)>,
    pub(crate) signs: Vec<(u32, f32)>,
}

/// Shortest and longest character sequence.
const GRAMS: std::ops::RangeInclusive<usize> = 2..=5;

/// What a named sign weighs against a group of words: chosen by leaving out one hand at a time.
const SIGN: f32 = 0.35;

/// Counts the features of a post. `rules`: the ids of those that apply.
pub(crate) fn count<'a>(post: &Normal, rules: impl Iterator<Item = &'a str>, context: &Context) -> Counts {
    let mut words = Bag::default();
    let mut characters = Bag::default();
    let mut before: Option<&str> = None;
    for token in &post.tokens {
        let stem = if token.is_word() { number_as_one(&token.stem) } else { token.text.as_str() };
        words.add(hash(b"w", &[stem]));
        if let Some(before) = before {
            words.add(hash(b"p", &[before, stem]));
        }
        before = Some(stem);
        if token.is_word() {
            add_grams(&mut characters, number_as_one(&token.text));
        }
    }
    let mut signs: Vec<(u32, f32)> = rules.map(|rule| (hash(b"r", &[rule]), SIGN)).collect();
    for (name, known) in [
        ("context.opens_thread", context.opens_thread),
        ("context.addressed_to_peer", context.addressed_to_peer),
        ("context.quoted_own_post", context.quoted_own_post),
        ("context.follows_own_post", context.follows_own_post),
        ("context.author_asked_before", context.author_asked_before),
    ] {
        if known == Some(true) {
            signs.push((hash(b"s", &[name]), SIGN));
        }
    }
    Counts { words: words.counted(), characters: characters.counted(), signs }
}

/// Numbers are alike: which one it is says little, that one is there says something.
fn number_as_one(word: &str) -> &str {
    if word.starts_with(|c: char| c.is_ascii_digit()) { "0" } else { word }
}

fn add_grams(bag: &mut Bag, word: &str) {
    let padded: Vec<char> = std::iter::once(' ').chain(word.chars()).chain(std::iter::once(' ')).collect();
    for start in 0..padded.len() {
        let mut state = Fnv::new(b"c");
        for (length, c) in padded.iter().skip(start).take(*GRAMS.end()).enumerate() {
            state.add(u32::from(*c));
            if length + 1 >= *GRAMS.start() {
                bag.add(state.folded());
            }
        }
    }
}

/// The features of a post, weighed: sublinear counts times rarity, each group of length one. Features the model does not
/// know still lengthen their group: a post of unknown words is like nothing known.
pub(crate) fn weigh(counts: &Counts, rarity: impl Fn(u32) -> Option<(u32, f32)>, unknown: f32) -> Vec<(u32, f32)> {
    let mut out = Vec::with_capacity(counts.words.len() + counts.characters.len() + counts.signs.len());
    for group in [&counts.words, &counts.characters] {
        let from = out.len();
        let mut length = 0.0_f32;
        for (hash, count) in group {
            let weight = 1.0 + count.ln();
            let known = rarity(*hash);
            let value = weight * known.map_or(unknown, |(_, idf)| idf);
            length += value * value;
            if let Some((index, _)) = known {
                out.push((index, value));
            }
        }
        let length = length.sqrt().max(f32::MIN_POSITIVE);
        out.iter_mut().skip(from).for_each(|(_, value)| *value /= length);
    }
    out.extend(counts.signs.iter().filter_map(|(hash, value)| Some((rarity(*hash)?.0, *value))));
    out
}

#[derive(Default)]
struct Bag(Vec<u32>);

impl Bag {
    fn add(&mut self, hash: u32) {
        self.0.push(hash);
    }

    /// In the order of the hashes: sums must come out the same on every machine.
    fn counted(mut self) -> Vec<(u32, f32)> {
        self.0.sort_unstable();
        let runs = self.0.chunk_by(|a, b| a == b);
        #[expect(clippy::cast_precision_loss, reason = "counts within one post")]
        let counted = runs.filter_map(|run| Some((*run.first()?, run.len() as f32)));
        counted.collect()
    }
}

struct Fnv(u64);

impl Fnv {
    fn new(kind: &[u8; 1]) -> Self {
        let mut state = Self(0xcbf2_9ce4_8422_2325);
        state.add(u32::from(kind[0]));
        state
    }

    fn add(&mut self, value: u32) {
        for byte in value.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "both halves are folded into one")]
    fn folded(&self) -> u32 {
        (self.0 ^ (self.0 >> 32)) as u32
    }
}

fn hash(kind: &[u8; 1], parts: &[&str]) -> u32 {
    let mut state = Fnv::new(kind);
    for part in parts {
        part.chars().for_each(|c| state.add(u32::from(c)));
        state.add(u32::MAX);
    }
    state.folded()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(text: &str) -> Counts {
        count(&Normal::new(text), std::iter::empty(), &Context::default())
    }

    #[test]
    fn groups_have_length_one_whatever_the_length_of_the_post() {
        for text in ["тест", "где сегодня стоит автобус и можно ли там сдать тест на вич без паспорта?"]
        {
            let counts = counted(text);
            let weighed = weigh(&counts, |hash| Some((hash, 2.0)), 3.0);
            let length: f32 = weighed.iter().map(|(_, v)| v * v).sum();
            assert!((length - 2.0).abs() < 1e-4, "{length}");
        }
    }

    #[test]
    fn unknown_words_make_a_post_less_like_the_known_ones() {
        let counts = counted("тест");
        let known = counts.words.first().expect("a word").0;
        let alone = weigh(&counts, |hash| (hash == known).then_some((0, 2.0)), 3.0);
        let longer = counted("тест глокая куздра");
        let beside = weigh(&longer, |hash| (hash == known).then_some((0, 2.0)), 3.0);
        assert!(beside.first().expect("known").1 < alone.first().expect("known").1);
    }

    #[test]
    fn numbers_count_as_one_word() {
        assert_eq!(counted("доза 150").words, counted("доза 300").words);
    }
}
