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

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
}

/// A part of a phrase; `W` is what a place for one word is given by.
#[derive(Clone, Debug)]
enum Element<W> {
    One(W),
    /// None of these word sequences begins here.
    Not(Vec<Vec<W>>),
    Gap(usize),
    SentenceStart,
    SentenceEnd,
}

/// One of these words, as a phrase has it; and its number among all that phrases have.
type Choice = Vec<Word>;
type ChoiceId = usize;

/// The choices of all phrases, each once, found by the words they hold: so that a token of a post is held against all of them
/// at once.
#[derive(Debug, Default)]
struct Choices {
    known: HashMap<Choice, ChoiceId>,
    exact: HashMap<String, Vec<ChoiceId>>,
    begins: HashMap<String, Vec<ChoiceId>>,
    ends: HashMap<String, Vec<ChoiceId>>,
    holds: Vec<(String, ChoiceId)>,
    numbers: Vec<ChoiceId>,
    /// Bytes of the longest beginning or end.
    longest: usize,
}

impl Choices {
    fn number(&mut self, choice: Choice) -> ChoiceId {
        if let Some(id) = self.known.get(&choice) {
            return *id;
        }
        let id = self.known.len();
        for word in &choice {
            if let Word::Begins(text) | Word::Ends(text) = word {
                self.longest = self.longest.max(text.len());
            }
            match word {
                Word::Exact(text) => add_to(&mut self.exact, text, id),
                Word::Begins(text) => self.begins.entry(text.clone()).or_default().push(id),
                Word::Ends(text) => add_to(&mut self.ends, text, id),
                Word::Holds(text) => self.holds.push((text.clone(), id)),
                Word::Number => self.numbers.push(id),
            }
        }
        self.known.insert(choice, id);
        id
    }

    /// The choices that a token is one of.
    fn of(&self, text: &str) -> Fitting {
        let mut fitting = Fitting(vec![0; self.known.len().div_ceil(64)]);
        let mut add = |choices: Option<&Vec<ChoiceId>>| choices.into_iter().flatten().for_each(|id| fitting.add(*id));
        add(self.exact.get(text));
        let lengths = text.char_indices().map(|(at, letter)| at + letter.len_utf8());
        for length in lengths.take_while(|length| *length <= self.longest) {
            add(text.get(..length).and_then(|start| self.begins.get(start)));
        }
        let starts = text.char_indices().rev().map(|(at, _)| at);
        for at in starts.take_while(|at| text.len() - at <= self.longest) {
            add(text.get(at..).and_then(|end| self.ends.get(end)));
        }
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            add(Some(&self.numbers));
        }
        self.holds.iter().filter(|(part, _)| text.contains(part.as_str())).for_each(|(_, id)| fitting.add(*id));
        fitting
    }
}

/// A soft sign at the end of a word may be missing.
fn add_to(all: &mut HashMap<String, Vec<ChoiceId>>, text: &str, id: ChoiceId) {
    for form in [Some(text), text.strip_suffix('ь')].into_iter().flatten() {
        all.entry(form.to_owned()).or_default().push(id);
    }
}

/// A set of choices, a bit each.
struct Fitting(Vec<u64>);

impl Fitting {
    fn add(&mut self, id: ChoiceId) {
        if let Some(bits) = self.0.get_mut(id / 64) {
            *bits |= 1 << (id % 64);
        }
    }

    fn has(&self, id: ChoiceId) -> bool {
        self.0.get(id / 64).is_some_and(|bits| bits >> (id % 64) & 1 == 1)
    }

    fn iter(&self) -> impl Iterator<Item = ChoiceId> + '_ {
        let of_word = |(number, bits): (usize, &u64)| {
            let next = |bits: &u64| Some(bits & (bits - 1)).filter(|rest| *rest != 0);
            std::iter::successors(Some(*bits).filter(|bits| *bits != 0), next)
                .map(move |bits| number * 64 + bits.trailing_zeros() as usize)
        };
        self.0.iter().enumerate().flat_map(of_word)
    }
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
    choices: Choices,
    /// A phrase with choices of several words is kept as several ways to say it: (number of the phrase, the way).
    ways: Vec<(usize, Vec<Element<ChoiceId>>)>,
    count: usize,
    /// The ways that begin with each choice, and those that begin with no word.
    beginning: Vec<Vec<usize>>,
    anywhere: Vec<usize>,
}

impl Phrases {
    /// Adds a phrase and returns its number. `lists` are the named lists it may refer to.
    pub(crate) fn add(&mut self, text: &str, lists: &BTreeMap<String, Vec<String>>) -> Result<usize, PhraseError> {
        let number = self.count;
        for way in parse(text, lists)? {
            let way: Vec<Element<ChoiceId>> = way.into_iter().map(|element| self.numbered(element)).collect();
            self.beginning.resize_with(self.choices.known.len(), Vec::new);
            let begins = match way.first() {
                Some(Element::One(choice)) => self.beginning.get_mut(*choice),
                _ => Some(&mut self.anywhere),
            };
            begins.into_iter().for_each(|ways| ways.push(self.ways.len()));
            self.ways.push((number, way));
        }
        self.count += 1;
        Ok(number)
    }

    fn numbered(&mut self, element: Element<Choice>) -> Element<ChoiceId> {
        match element {
            Element::One(choice) => Element::One(self.choices.number(choice)),
            Element::Not(sequences) => {
                let mut numbered =
                    |sequence: Vec<Choice>| sequence.into_iter().map(|c| self.choices.number(c)).collect();
                Element::Not(sequences.into_iter().map(&mut numbered).collect())
            }
            Element::Gap(most) => Element::Gap(most),
            Element::SentenceStart => Element::SentenceStart,
            Element::SentenceEnd => Element::SentenceEnd,
        }
    }

    /// Every place where a phrase begins, in the order of the text; of several ends, the nearest.
    pub(crate) fn find(&self, tokens: &[Token]) -> Vec<Hit> {
        let fitting: Vec<Fitting> = tokens.iter().map(|token| self.choices.of(&token.text)).collect();
        let post = Post { tokens, fitting: &fitting };
        let mut hits = Vec::new();
        for (start, fitting) in fitting.iter().enumerate() {
            let beginning = fitting.iter().filter_map(|choice| self.beginning.get(choice)).flatten();
            for (phrase, way) in beginning.chain(&self.anywhere).filter_map(|way| self.ways.get(*way)) {
                if let Some(end) = post.match_at(way, start) {
                    hits.push(Hit { phrase: *phrase, start, end });
                }
            }
        }
        hits
    }
}

/// The tokens of a post, and the choices each is one of.
#[derive(Clone, Copy)]
struct Post<'a> {
    tokens: &'a [Token],
    fitting: &'a [Fitting],
}

impl Post<'_> {
    fn match_at(self, way: &[Element<ChoiceId>], at: usize) -> Option<usize> {
        let Some((element, rest)) = way.split_first() else {
            return Some(at);
        };
        let fits = |at: usize, choice: &ChoiceId| self.fitting.get(at).is_some_and(|fitting| fitting.has(*choice));
        let ends_sentence = |at: usize| self.tokens.get(at).is_none_or(Token::ends_sentence);
        match element {
            Element::One(choice) => fits(at, choice).then(|| self.match_at(rest, at + 1))?,
            Element::Not(sequences) => {
                let begins = |choices: &Vec<ChoiceId>| choices.iter().enumerate().all(|(i, c)| fits(at + i, c));
                (!sequences.iter().any(begins)).then(|| self.match_at(rest, at))?
            }
            Element::Gap(most) => {
                for skip in 0..=*most {
                    if let Some(end) = self.match_at(rest, at + skip) {
                        return Some(end);
                    }
                    if ends_sentence(at + skip) {
                        return None;
                    }
                }
                None
            }
            Element::SentenceStart => {
                let starts = at.checked_sub(1).is_none_or(ends_sentence);
                starts.then(|| self.match_at(rest, at))?
            }
            Element::SentenceEnd => ends_sentence(at).then(|| self.match_at(rest, at))?,
        }
    }
}

type Lists = BTreeMap<String, Vec<String>>;

/// All ways to say a phrase: a choice of several words multiplies them.
fn parse(text: &str, lists: &Lists) -> Result<Vec<Vec<Element<Choice>>>, PhraseError> {
    let mut ways: Vec<Vec<Element<Choice>>> = vec![Vec::new()];
    for part in parts(&fold(text))? {
        let choices: Vec<Vec<Element<Choice>>> = match part.as_str() {
            ".." => vec![vec![Element::Gap(3)]],
            "..." => vec![vec![Element::Gap(6)]],
            "^" => vec![vec![Element::SentenceStart]],
            "$" => vec![vec![Element::SentenceEnd]],
            _ => match (part.strip_prefix('!'), part.strip_suffix(")?")) {
                (Some(words), _) => {
                    let sequences = choices(words, lists)?;
                    vec![vec![Element::Not(sequences.into_iter().map(plain).collect())]]
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
    let searches = |way: &Vec<Element<Choice>>| way.iter().any(|e| matches!(e, Element::One(_)));
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
fn choices(part: &str, lists: &Lists) -> Result<Vec<Vec<Element<Choice>>>, PhraseError> {
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

/// The words of a choice that must not follow; gaps mean nothing there.
fn plain(sequence: Vec<Element<Choice>>) -> Vec<Choice> {
    let word = |element| match element {
        Element::One(choice) => Some(choice),
        _ => None,
    };
    sequence.into_iter().filter_map(word).collect()
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
    fn endless_word_is_looked_at_no_longer_than_phrases_are() {
        let text = "дыш".repeat(20_000);
        assert!(found("дыш*", &text));
        assert!(found("*ыш", &text));
        assert!(!found("*ышащая", &text));
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
