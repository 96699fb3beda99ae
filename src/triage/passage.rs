//! The passage of a long post that by itself speaks most for an emergency: what a person should read first.
//!
//! It points and judges nothing: what a post is follows from all of it.

use crate::triage::learned::EMERGENCY;
use crate::triage::normalise::is_quoted;
use crate::triage::{Context, Triage};
use std::ops::Range;

/// Posts of no more words are read at a glance.
const GLANCE: usize = 25;
/// A sentence of more words than this is looked at in pieces of so many words, each beginning so many after the one before.
const LONGEST: usize = 18;
const PIECE: usize = 14;
const STEP: usize = 7;
/// A sentence of fewer words is taken together with the next.
const SHORTEST: usize = 4;
/// Each passage is read like a post: in one of more, some 700 words, none is sought, lest a page wait for seconds.
const MOST_PASSAGES: usize = 100;

/// A word: where it stands, and whether a sentence ends with it.
type Word = (Range<usize>, bool);

impl Triage {
    /// Where in a text of more than 25 words and at most 100 passages that passage stands, in bytes; where the sentence model is
    /// there, it takes some milliseconds a passage. Passages that a rule for emergencies applies to come first.
    pub fn gravest_passage(&self, text: &str) -> Option<Range<usize>> {
        let words = words(text);
        if words.len() <= GLANCE {
            return None;
        }
        let passages = passages(&words);
        if passages.len() > MOST_PASSAGES {
            return None;
        }
        let weighed = passages.into_iter().filter_map(|passage| {
            let read = self.read(text.get(passage.clone())?);
            let odds = self.log_odds(&read, &Context::default()).get(EMERGENCY).copied()?;
            Some((read.has_emergency_rule(), odds, passage))
        });
        weighed.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))).map(|(_, _, passage)| passage)
    }
}

/// The words of a text but those of quoted lines.
fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut line_start = 0;
    for line in text.split_inclusive('\n') {
        let mut at = line_start;
        line_start += line.len();
        if is_quoted(line) {
            continue;
        }
        for word in line.split_inclusive(char::is_whitespace) {
            let trimmed = word.trim_end();
            if !trimmed.is_empty() {
                words.push((at..at + trimmed.len(), trimmed.ends_with(['.', '!', '?', '…', ';'])));
            }
            at += word.len();
        }
        if let Some((_, ends)) = words.last_mut() {
            *ends = true;
        }
    }
    words
}

fn passages(words: &[Word]) -> Vec<Range<usize>> {
    let mut sentences: Vec<&[Word]> = Vec::new();
    let mut from = 0;
    for (number, (_, ends)) in words.iter().enumerate() {
        let is_last = number + 1 == words.len();
        if is_last || (*ends && number + 1 - from >= SHORTEST) {
            sentences.extend(words.get(from..=number));
            from = number + 1;
        }
    }
    let pieces = sentences.into_iter().flat_map(|sentence| {
        let last = sentence.len().saturating_sub(PIECE);
        let (length, starts) = match sentence.len() <= LONGEST {
            true => (sentence.len(), vec![0]),
            false => (PIECE, (0..last).step_by(STEP).chain([last]).collect()),
        };
        starts.into_iter().filter_map(move |start| sentence.get(start..start + length))
    });
    pieces.filter_map(|piece| Some(piece.first()?.0.start..piece.last()?.0.end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gravest(text: &str) -> Option<&str> {
        Triage::builtin().gravest_passage(text).and_then(|passage| text.get(passage))
    }

    #[test]
    fn half_a_sentence_of_danger_is_found_in_a_long_story() {
        let before =
            "Работаю на складе, график два через два, живём с котом и соседкой. Платят мало, зато рядом метро.";
        let after = "Начальник опять обещал премию, а сам уехал на дачу. В выходные поедем смотреть диван на авито.";
        let text = format!("{before} Сейчас она в ванной, губы синие, не просыпается. {after}");
        assert_eq!(gravest(&text), Some("Сейчас она в ванной, губы синие, не просыпается."));
        let text = text.replace(['.', ','], "").to_lowercase();
        assert!(gravest(&text).is_some_and(|passage| passage.contains("губы синие")), "{:?}", gravest(&text));
    }

    #[test]
    fn short_post_endless_post_and_quoted_lines_need_no_passage() {
        assert_eq!(gravest("губы синие, не просыпается, что делать"), None);
        assert_eq!(gravest(&"он не дышит, губы синие ".repeat(1_000)), None);
        let quoted = format!("> {}\nясно", "он не дышит, губы синие ".repeat(10));
        assert_eq!(gravest(&quoted), None);
    }

    proptest! {
        #[test]
        fn passages_of_any_text_lie_in_it(text in "[а-яa-z.!?> \n😀]{0,400}") {
            let words = words(&text);
            for passage in passages(&words) {
                prop_assert!(text.get(passage).is_some_and(|t| !t.trim().is_empty()));
            }
        }
    }
}
