//! Phrases over words, in a notation that a worker can read and correct: what the rule file is written in.
//!
//! A phrase is words with a space between: `губы .. син*`.
//! - `син*` begins so, `*ница` ends so, `*пер*` holds it; without a star the word must be just that.
//! - `(он|она|друг*)` one of these; `<opioid>` one of a list of the file; `(он|она)?` may be missing.
//! - `..` up to three words between, `...` up to six, never across the end of a sentence.
//! - `!(в|на)` the next word is none of these; `#` a number; `^` and `$` the beginning and end of a sentence; `\?` a question mark.
//!
//! It knows no grammar and forgives no typing errors; `normalise` has done what can be done before.

use crate::triage::normalise::{Token, fold};
use std::collections::{BTreeMap, HashMap};

/// What is wrong with a phrase.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    #[error("the phrase is empty or has nothing to search for: {0:?}")]
    Empty(String),
    #[error("no list of this name in the file: {0:?}")]
    UnknownList(String),
    #[error("a bracket is not closed, or holds a space: {0:?}")]
    Bracket(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Exact(String),
    Begins(String),
    Ends(String),
    Holds(String),
    Number,
}

impl Word {
    fn new(text: &str) -> Self {
        if text == "#" {
            return Self::Number;
        }
        if text == "\\?" {
            return Self::Exact("?".to_owned());
        }
        match (text.strip_prefix('*'), text.strip_suffix('*')) {
            (None, None) => Self::Exact(text.to_owned()),
            (None, Some(start)) => Self::Begins(start.to_owned()),
            (Some(end), None) => Self::Ends(end.to_owned()),
            (Some(rest), Some(_)) => Self::Holds(rest.trim_end_matches('*').to_owned()),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(word) => text == word,
            Self::Begins(start) => text.starts_with(start.as_str()),
            Self::Ends(end) => text.ends_with(end.as_str()),
            Self::Holds(part) => text.contains(part.as_str()),
            Self::Number => text.starts_with(|c: char| c.is_ascii_digit()),
        }
    }

    /// The first letter of every text that can match, where there is only one.
    fn first(&self) -> Option<char> {
        match self {
            Self::Exact(word) | Self::Begins(word) => word.chars().next(),
            Self::Ends(_) | Self::Holds(_) | Self::Number => None,
        }
    }
}

#[derive(Clone, Debug)]
enum Element {
    One(Vec<Word>),
    Maybe(Vec<Word>),
    Not(Vec<Word>),
    Gap(usize),
    SentenceStart,
    SentenceEnd,
}

/// Where a phrase was found: tokens `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) phrase: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// Many phrases, searched together. Phrases are numbered in the order they were added.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    phrases: Vec<Vec<Element>>,
    by_first: HashMap<char, Vec<usize>>,
    anywhere: Vec<usize>,
}

impl Phrases {
    /// Adds a phrase and returns its number. `lists` are the named lists it may refer to.
    pub(crate) fn add(&mut self, text: &str, lists: &BTreeMap<String, Vec<String>>) -> Result<usize, PhraseError> {
        let elements = parse(text, lists)?;
        let number = self.phrases.len();
        let firsts: Option<Vec<char>> = match elements.first() {
            Some(Element::One(words)) => words.iter().map(Word::first).collect(),
            _ => None,
        };
        match firsts {
            Some(mut letters) => {
                letters.sort_unstable();
                letters.dedup();
                for letter in letters {
                    self.by_first.entry(letter).or_default().push(number);
                }
            }
            None => self.anywhere.push(number),
        }
        self.phrases.push(elements);
        Ok(number)
    }

    /// Every place where a phrase begins, in the order of the text; of several ends, the nearest.
    pub(crate) fn find(&self, tokens: &[Token]) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (start, token) in tokens.iter().enumerate() {
            let likely = token.text.chars().next().and_then(|c| self.by_first.get(&c)).map_or(&[][..], Vec::as_slice);
            for &phrase in likely.iter().chain(&self.anywhere) {
                let found = self.phrases.get(phrase).and_then(|elements| match_at(elements, tokens, start));
                if let Some(end) = found {
                    hits.push(Hit { phrase, start, end });
                }
            }
        }
        hits
    }
}

fn match_at(elements: &[Element], tokens: &[Token], at: usize) -> Option<usize> {
    let Some((element, rest)) = elements.split_first() else {
        return Some(at);
    };
    let token = tokens.get(at);
    let fits = |words: &[Word]| token.is_some_and(|t| words.iter().any(|w| w.matches(&t.text)));
    match element {
        Element::One(words) => fits(words).then(|| match_at(rest, tokens, at + 1))?,
        Element::Maybe(words) => {
            let with = if fits(words) { match_at(rest, tokens, at + 1) } else { None };
            with.or_else(|| match_at(rest, tokens, at))
        }
        Element::Not(words) => (!fits(words)).then(|| match_at(rest, tokens, at))?,
        Element::Gap(most) => {
            for skip in 0..=*most {
                if let Some(end) = match_at(rest, tokens, at + skip) {
                    return Some(end);
                }
                if tokens.get(at + skip).is_none_or(Token::ends_sentence) {
                    return None;
                }
            }
            None
        }
        Element::SentenceStart => {
            let starts = at == 0 || tokens.get(at - 1).is_some_and(Token::ends_sentence);
            starts.then(|| match_at(rest, tokens, at))?
        }
        Element::SentenceEnd => token.is_none_or(Token::ends_sentence).then(|| match_at(rest, tokens, at))?,
    }
}

fn parse(text: &str, lists: &BTreeMap<String, Vec<String>>) -> Result<Vec<Element>, PhraseError> {
    let mut elements = Vec::new();
    for part in fold(text).split_whitespace() {
        elements.push(match part {
            ".." => Element::Gap(3),
            "..." => Element::Gap(6),
            "^" => Element::SentenceStart,
            "$" => Element::SentenceEnd,
            _ => match (part.strip_prefix('!'), part.strip_suffix(")?")) {
                (Some(words), _) => Element::Not(alternatives(words, lists)?),
                (None, Some(open)) => Element::Maybe(alternatives(&format!("{open})"), lists)?),
                (None, None) => Element::One(alternatives(part, lists)?),
            },
        });
    }
    let searches = |e: &Element| matches!(e, Element::One(_));
    if !elements.iter().any(searches) {
        return Err(PhraseError::Empty(text.to_owned()));
    }
    Ok(elements)
}

fn alternatives(part: &str, lists: &BTreeMap<String, Vec<String>>) -> Result<Vec<Word>, PhraseError> {
    let inner = match (part.strip_prefix('('), part.strip_suffix(')')) {
        (None, None) => part,
        (Some(rest), Some(_)) => rest.strip_suffix(')').unwrap_or(rest),
        _ => return Err(PhraseError::Bracket(part.to_owned())),
    };
    let mut words = Vec::new();
    for word in inner.split('|') {
        if let Some(name) = word.strip_prefix('<').and_then(|w| w.strip_suffix('>')) {
            let list = lists.get(name).ok_or_else(|| PhraseError::UnknownList(name.to_owned()))?;
            words.extend(list.iter().map(|w| Word::new(&fold(w))));
        } else if word.is_empty() {
            return Err(PhraseError::Empty(part.to_owned()));
        } else {
            words.push(Word::new(word));
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::normalise::Normal;

    fn found(phrase: &str, text: &str) -> bool {
        let lists = BTreeMap::from([("drug".to_owned(), vec!["метадон*".to_owned(), "герыч*".to_owned()])]);
        let mut phrases = Phrases::default();
        phrases.add(phrase, &lists).expect("phrase");
        !phrases.find(&Normal::new(text).tokens).is_empty()
    }

    #[test]
    fn words_match_whole_or_by_their_stars() {
        assert!(found("не дыш*", "Он НЕ ДЫШИТ!"));
        assert!(!found("дыш", "дышит"));
        assert!(found("*ница", "где больница"));
        assert!(found("*доз*", "передозировка"));
    }

    #[test]
    fn gap_spans_words_but_not_sentences() {
        assert!(found("губы .. син*", "губы у него синие"));
        assert!(found("губы .. син*", "губы синие"));
        assert!(!found("губы .. син*", "губы болят. синие джинсы"));
        assert!(!found("губы .. син*", "губы у него вроде как какие-то синие"));
    }

    #[test]
    fn lists_brackets_and_exclusions_work() {
        assert!(found("под <drug>", "он под метадоном"));
        assert!(found("(он|она)? спит", "спит"));
        assert!(found("не хочу жить !(в|здесь)", "не хочу жить"));
        assert!(!found("не хочу жить !(в|здесь)", "не хочу жить в Москве"));
        assert!(found("^ ап $", "ап"));
        assert!(!found("^ ап $", "он ап говорит"));
        assert!(found("# лет", "мне 40 лет"));
        assert!(found("куда \\?", "и куда?"));
    }

    #[test]
    fn faulty_phrases_are_refused() {
        let mut phrases = Phrases::default();
        let lists = BTreeMap::new();
        assert!(phrases.add("", &lists).is_err());
        assert!(phrases.add("..", &lists).is_err());
        assert!(phrases.add("<nothing>", &lists).is_err());
        assert!(phrases.add("(а|б", &lists).is_err());
    }
}
