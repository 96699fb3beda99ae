//! Spelling: a word nobody writes is read as the word it was meant for, where just one is near enough; words written
//! together are parted, and a letter hidden by `*` is found.
//!
//! It knows the forms of words that occur in the labelled posts, examples and answers, and how often; the model file holds
//! them. It does not know grammar, and leaves alone what it does not know for sure: nicknames, slang and foreign words stay
//! as they are.

use std::collections::{BTreeMap, HashMap};

/// Shortest word that is corrected, that is parted, and that is found behind a hidden letter, in letters.
const SHORTEST: usize = 5;
const SHORTEST_PARTED: usize = 6;
const SHORTEST_MASKED: usize = 3;

/// How often the word meant must occur, and how much oftener than any other that is as near.
const FREQUENT: u32 = 3;
const CLEARLY_OFTENER: u32 = 5;

/// Longest word looked at: longer ones are no words.
const LONGEST: usize = 24;

/// The known forms of words with how often they occur.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Vocabulary {
    counts: HashMap<String, u32>,
    /// Hash of a known word with one letter left out → those words.
    near: HashMap<u64, Vec<String>>,
}

impl Vocabulary {
    /// Counts the words of texts that were read without a vocabulary; rare forms are left out, since they may be errors.
    pub(crate) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        for word in words.filter(|w| w.chars().all(char::is_alphabetic)) {
            *counts.entry(word).or_default() += 1;
        }
        Self::new(counts.into_iter().filter(|(_, count)| *count >= 2).map(|(word, count)| (word.to_owned(), count)))
    }

    pub(crate) fn new(counted: impl Iterator<Item = (String, u32)>) -> Self {
        let counts: HashMap<String, u32> = counted.collect();
        let mut near: HashMap<u64, Vec<String>> = HashMap::new();
        let mut frequent: Vec<&String> = counts.iter().filter(|(_, c)| **c >= FREQUENT).map(|(w, _)| w).collect();
        frequent.sort_unstable();
        for word in frequent {
            if (SHORTEST_MASKED..=LONGEST).contains(&word.chars().count()) {
                for hash in with_one_less(word) {
                    near.entry(hash).or_default().push(word.clone());
                }
            }
        }
        Self { counts, near }
    }

    /// Every word with its count, in alphabetical order.
    pub(crate) fn words(&self) -> Vec<(&str, u32)> {
        let mut words: Vec<(&str, u32)> = self.counts.iter().map(|(word, count)| (word.as_str(), *count)).collect();
        words.sort_unstable();
        words
    }

    /// What an unknown word was meant for: one word, or two that were written together. `None`: it stays as it is.
    pub(crate) fn meant(&self, word: &str) -> Option<Vec<String>> {
        if word.contains('*') {
            return Some(vec![self.unmasked(word)]);
        }
        let length = word.chars().count();
        let readable = (SHORTEST..=LONGEST).contains(&length) && word.chars().all(char::is_alphabetic);
        if !readable || self.counts.contains_key(word) {
            return None;
        }
        self.parted(word, length).or_else(|| Some(vec![self.nearest(word, length)?]))
    }

    /// The most frequent word with some letter in the place of `*`; where there is none, what is left without it.
    fn unmasked(&self, word: &str) -> String {
        let rest = word.replace('*', "");
        let fits = |known: &&String| {
            known.chars().count() == word.chars().count()
                && known.chars().zip(word.chars()).all(|(k, w)| w == '*' || k == w)
        };
        let known = self.near.get(&hash_of(rest.chars())).into_iter().flatten().filter(fits);
        known.max_by_key(|known| (self.count(known), *known)).cloned().unwrap_or(rest)
    }

    /// The frequent word at one letter added, left out, exchanged, or swapped with its neighbour.
    fn nearest(&self, word: &str, length: usize) -> Option<String> {
        let mut candidates: Vec<&str> = Vec::new();
        for hash in with_one_less(word).into_iter().chain([hash_of(word.chars())]) {
            candidates.extend(self.near.get(&hash).into_iter().flatten().map(String::as_str));
        }
        // A known word that is this one with a letter less.
        let shorter = (0..length).map(|left_out| without(word, left_out));
        let shorter: Vec<String> =
            shorter.filter(|w| self.count(w) >= FREQUENT && w.chars().count() >= SHORTEST).collect();
        candidates.extend(shorter.iter().map(String::as_str));
        candidates.retain(|c| is_one_slip(word, c));
        candidates.sort_unstable_by_key(|c| (std::cmp::Reverse(self.count(c)), *c));
        candidates.dedup();
        let best = candidates.first()?;
        let next = candidates.get(1).map_or(0, |c| self.count(c));
        // Endings differ by a letter in Russian: such neighbours mean the same word.
        let same_word = candidates.get(1).is_none_or(|c| shared_start(best, c) + 2 >= best.chars().count());
        (same_word || self.count(best) >= next.saturating_mul(CLEARLY_OFTENER)).then(|| (*best).to_owned())
    }

    /// Two known words written together, the first of them or both frequent.
    fn parted(&self, word: &str, length: usize) -> Option<Vec<String>> {
        if length < SHORTEST_PARTED {
            return None;
        }
        let cuts = word.char_indices().map(|(at, _)| at).skip(2);
        let parts = cuts.filter_map(|at| word.split_at_checked(at)).filter(|(a, b)| {
            let (before, after) = (self.count(a), self.count(b));
            let short = a.chars().count() < 3;
            let rest = b.chars().count();
            rest >= 3 && before >= if short { 60 } else { 8 } && after >= if rest < 5 { 12 } else { FREQUENT }
        });
        let best = parts.max_by_key(|(a, b)| self.count(a).min(self.count(b)))?;
        Some(vec![best.0.to_owned(), best.1.to_owned()])
    }

    fn count(&self, word: &str) -> u32 {
        self.counts.get(word).copied().unwrap_or(0)
    }
}

fn without(word: &str, left_out: usize) -> String {
    word.chars().enumerate().filter(|(i, _)| *i != left_out).map(|(_, c)| c).collect()
}

fn with_one_less(word: &str) -> Vec<u64> {
    let letters: Vec<char> = word.chars().collect();
    (0..letters.len())
        .map(|left_out| hash_of(letters.iter().enumerate().filter(|(i, _)| *i != left_out).map(|(_, c)| *c)))
        .collect()
}

fn hash_of(letters: impl Iterator<Item = char>) -> u64 {
    letters.fold(0xcbf2_9ce4_8422_2325_u64, |hash, c| (hash ^ u64::from(u32::from(c))).wrapping_mul(0x0100_0000_01b3))
}

/// One letter added, left out or exchanged, or two neighbours swapped; never the first letter, by which people read.
fn is_one_slip(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.first() != b.first() || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let start = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let rest = |w: &[char]| w.len().saturating_sub(start + end.min(w.len() - start));
    match (rest(&a), rest(&b)) {
        (0 | 1, 0 | 1) => true,
        (2, 2) => a.get(start) == b.get(start + 1) && a.get(start + 1) == b.get(start),
        _ => false,
    }
}

fn shared_start(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary() -> Vocabulary {
        let counted = [
            ("передозировка", 9),
            ("дышит", 40),
            ("не", 900),
            ("просыпается", 8),
            ("делать", 90),
            ("что", 300),
            ("рука", 30),
            ("руки", 30),
        ];
        Vocabulary::new(counted.into_iter().map(|(w, c)| (w.to_owned(), c)))
    }

    fn meant(word: &str) -> String {
        vocabulary().meant(word).map_or_else(|| word.to_owned(), |words| words.join(" "))
    }

    #[test]
    fn slip_of_one_letter_is_read_as_the_word_that_was_meant() {
        for (written, meant_for) in [
            ("пердозировка", "передозировка"),
            ("передозировкка", "передозировка"),
            ("передозеровка", "передозировка"),
            ("дыишт", "дышит"),
            ("прасыпается", "просыпается"),
        ] {
            assert_eq!(meant(written), meant_for);
        }
    }

    #[test]
    fn words_written_together_are_parted() {
        assert_eq!(meant("недышит"), "не дышит");
        assert_eq!(meant("чтоделать"), "что делать");
    }

    #[test]
    fn known_short_and_strange_words_stay() {
        for word in ["дышит", "рку", "вася", "xxxyyy", "a1b2c3", "ышит", ""] {
            assert_eq!(meant(word), word);
        }
    }

    #[test]
    fn vocabulary_leaves_out_what_was_written_once() {
        let read = Vocabulary::of(["тест", "тест", "тесст"].into_iter());
        assert_eq!(read.words(), [("тест", 2)]);
    }
}
