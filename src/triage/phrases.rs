//! Phrases over words, in a notation that a worker can read and correct: what the rule file is written in.
//!
//! A phrase is words with a space between: `губы .. син*`.
//! - `син` is just this word; a soft sign at its end may be missing, as it often is.
//! - `син*` begins so, `*ница` ends so, `*пер*` holds it.
//! - `(он|она|мой друг*)` one of these; `<opioid>` one of a list of the file; `(он|она)?` may be missing. No brackets in brackets.
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
    #[error("a list holds single words, not {0:?}")]
    ListWord(String),
    #[error("a bracket is not closed, or stands inside another: {0:?}")]
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
            Self::Exact(word) => text == word || word.strip_suffix('ь') == Some(text),
            Self::Begins(start) => text.starts_with(start.as_str()),
            Self::Ends(end) => text.ends_with(end.as_str()) || end.strip_suffix('ь').is_some_and(|e| text.ends_with(e)),
            Self::Holds(part) => text.contains(part.as_str()),
            Self::Number => text.starts_with(|c: char| c.is_ascii_digit()),
        }
    }

    /// The letters that every text begins with which can match, where that is known.
    fn head(&self) -> Option<Head> {
        match self {
            Self::Exact(word) => Some(head(word.strip_suffix('ь').unwrap_or(word), HEAD)),
            Self::Begins(word) => Some(head(word, HEAD)),
            Self::Ends(_) | Self::Holds(_) | Self::Number => None,
        }
    }
}

/// Up to three letters, by which the phrases that may begin at a word are found.
type Head = [char; HEAD];
const HEAD: usize = 3;

fn head(text: &str, letters: usize) -> Head {
    let mut head = ['\0'; HEAD];
    for (place, letter) in head.iter_mut().zip(text.chars().take(letters)) {
        *place = letter;
    }
    head
}

#[derive(Clone, Debug)]
enum Element {
    One(Vec<Word>),
    /// None of these word sequences begins here.
    Not(Vec<Vec<Word>>),
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
    /// A phrase with choices of several words is kept as several ways to say it: (number of the phrase, the way).
    ways: Vec<(usize, Vec<Element>)>,
    count: usize,
    by_head: HashMap<Head, Vec<usize>>,
    anywhere: Vec<usize>,
}

impl Phrases {
    /// Adds a phrase and returns its number. `lists` are the named lists it may refer to.
    pub(crate) fn add(&mut self, text: &str, lists: &BTreeMap<String, Vec<String>>) -> Result<usize, PhraseError> {
        let number = self.count;
        for elements in parse(text, lists)? {
            let heads: Option<Vec<Head>> = match elements.first() {
                Some(Element::One(words)) => words.iter().map(Word::head).collect(),
                _ => None,
            };
            match heads {
                Some(mut heads) => {
                    heads.sort_unstable();
                    heads.dedup();
                    for head in heads {
                        self.by_head.entry(head).or_default().push(self.ways.len());
                    }
                }
                None => self.anywhere.push(self.ways.len()),
            }
            self.ways.push((number, elements));
        }
        self.count += 1;
        Ok(number)
    }

    /// Every place where a phrase begins, in the order of the text; of several ends, the nearest.
    pub(crate) fn find(&self, tokens: &[Token]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut likely: Vec<usize> = Vec::new();
        for (start, token) in tokens.iter().enumerate() {
            likely.clear();
            for letters in 1..=HEAD {
                likely.extend(self.by_head.get(&head(&token.text, letters)).into_iter().flatten());
                if token.text.chars().count() <= letters {
                    break;
                }
            }
            likely.sort_unstable();
            likely.dedup();
            for (phrase, elements) in likely.iter().chain(&self.anywhere).filter_map(|way| self.ways.get(*way)) {
                if let Some(end) = match_at(elements, tokens, start) {
                    hits.push(Hit { phrase: *phrase, start, end });
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
        Element::Not(sequences) => {
            let begins = |words: &Vec<Word>| {
                words.iter().enumerate().all(|(i, w)| tokens.get(at + i).is_some_and(|t| w.matches(&t.text)))
            };
            (!sequences.iter().any(begins)).then(|| match_at(rest, tokens, at))?
        }
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

type Lists = BTreeMap<String, Vec<String>>;

/// All ways to say a phrase: a choice of several words multiplies them.
fn parse(text: &str, lists: &Lists) -> Result<Vec<Vec<Element>>, PhraseError> {
    let mut ways: Vec<Vec<Element>> = vec![Vec::new()];
    for part in parts(&fold(text))? {
        let choices: Vec<Vec<Element>> = match part.as_str() {
            ".." => vec![vec![Element::Gap(3)]],
            "..." => vec![vec![Element::Gap(6)]],
            "^" => vec![vec![Element::SentenceStart]],
            "$" => vec![vec![Element::SentenceEnd]],
            _ => match (part.strip_prefix('!'), part.strip_suffix(")?")) {
                (Some(words), _) => {
                    let sequences = choices(words, lists)?;
                    vec![vec![Element::Not(sequences.into_iter().flat_map(plain).collect())]]
                }
                (None, Some(open)) => {
                    let mut choices = choices(&format!("{open})"), lists)?;
                    choices.push(Vec::new());
                    choices
                }
                (None, None) => choices(&part, lists)?,
            },
        };
        ways = ways.iter().flat_map(|way| choices.iter().map(|c| [way.as_slice(), c.as_slice()].concat())).collect();
    }
    let searches = |way: &Vec<Element>| way.iter().any(|e| matches!(e, Element::One(_)));
    if ways.iter().all(searches) { Ok(ways) } else { Err(PhraseError::Empty(text.to_owned())) }
}

/// Splits at spaces that are not inside brackets.
fn parts(text: &str) -> Result<Vec<String>, PhraseError> {
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '(' if inside => return Err(PhraseError::Bracket(text.to_owned())),
            '(' => inside = true,
            ')' if !inside => return Err(PhraseError::Bracket(text.to_owned())),
            ')' => inside = false,
            _ => {}
        }
        if c.is_whitespace() && !inside {
            parts.push(std::mem::take(&mut part));
        } else {
            part.push(c);
        }
    }
    parts.push(part);
    parts.retain(|p| !p.is_empty());
    if inside { Err(PhraseError::Bracket(text.to_owned())) } else { Ok(parts) }
}

/// `word`, or `(word|several words|<list>)`: single words share one element, several words make a sequence each.
fn choices(part: &str, lists: &Lists) -> Result<Vec<Vec<Element>>, PhraseError> {
    let inner = part.strip_prefix('(').and_then(|p| p.strip_suffix(')')).unwrap_or(part);
    let mut single = Vec::new();
    let mut out = Vec::new();
    for choice in inner.split('|') {
        let words: Vec<&str> = choice.split_whitespace().collect();
        match words.as_slice() {
            [] => return Err(PhraseError::Empty(part.to_owned())),
            [word] => single.extend(of_word(word, lists)?),
            _ => {
                let element = |word: &&str| match *word {
                    ".." => Ok(Element::Gap(3)),
                    _ => of_word(word, lists).map(Element::One),
                };
                out.push(words.iter().map(element).collect::<Result<Vec<_>, _>>()?);
            }
        }
    }
    if !single.is_empty() {
        out.push(vec![Element::One(single)]);
    }
    Ok(out)
}

fn of_word(word: &str, lists: &Lists) -> Result<Vec<Word>, PhraseError> {
    let Some(name) = word.strip_prefix('<').and_then(|w| w.strip_suffix('>')) else {
        return Ok(vec![Word::new(word)]);
    };
    let list = lists.get(name).ok_or_else(|| PhraseError::UnknownList(name.to_owned()))?;
    if let Some(odd) = list.iter().find(|w| w.is_empty() || w.contains(char::is_whitespace)) {
        return Err(PhraseError::ListWord(odd.clone()));
    }
    Ok(list.iter().map(|w| Word::new(&fold(w))).collect())
}

/// The word sequences of a choice that must not follow; gaps mean nothing there.
fn plain(sequence: Vec<Element>) -> Vec<Vec<Word>> {
    let mut ways: Vec<Vec<Word>> = vec![Vec::new()];
    for element in sequence {
        if let Element::One(words) = element {
            ways = ways
                .iter()
                .flat_map(|w| words.iter().map(|x| [w.as_slice(), std::slice::from_ref(x)].concat()))
                .collect();
        }
    }
    ways
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
        assert!(found("не могу разбудить", "не могу разбудит"));
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
        assert!(found("(мой друг*|он) упал", "мой друг упал"));
        assert!(found("(мой друг*|он) упал", "он упал"));
        assert!(!found("(мой друг*|он) упал", "друг упал"));
        assert!(!found("упал !(в цене|духом)", "рубль упал в цене"));
        assert!(found("упал !(в цене|духом)", "упал в обморок"));
    }

    #[test]
    fn faulty_phrases_are_refused() {
        let mut phrases = Phrases::default();
        let lists = BTreeMap::new();
        assert!(phrases.add("", &lists).is_err());
        assert!(phrases.add("..", &lists).is_err());
        assert!(phrases.add("<nothing>", &lists).is_err());
        assert!(phrases.add("(а|б", &lists).is_err());
        assert!(phrases.add("(а|(б))", &lists).is_err());
        assert!(phrases.add("(а|)", &lists).is_err());
        assert!(phrases.add("(а)?", &lists).is_err());
    }
}
