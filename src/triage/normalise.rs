//! Turns what people type into tokens that rules, cues and ranking can compare: one alphabet, one spelling, one stem.
//!
//! It undoes what hides words (look-alike letters, digits for letters, stretched and spelled-out words, Russian in Latin
//! letters; with a vocabulary also slips of the finger and words written together, see `spelling`) and leaves out passages
//! quoted with `>`. It keeps no way back to the original text.

use crate::triage::language::{self, Script};
use crate::triage::spelling::Vocabulary;
use rust_stemmers::{Algorithm, Stemmer};
use std::borrow::Cow;
use std::sync::LazyLock;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

static RUSSIAN: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::Russian));
static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// One word, number, emoji or sentence mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Lower case, `ё` as `е`; sentence marks are `?` and `.` (for `.`, `!`, `…` and the end of a line).
    pub(crate) text: String,
    /// The Snowball stem of a word; empty for marks.
    pub(crate) stem: String,
}

impl Token {
    fn word(text: String) -> Self {
        Self { stem: stem(&text), text }
    }

    fn mark(text: &str) -> Self {
        Self { text: text.to_owned(), stem: String::new() }
    }

    /// A word or a number, not a mark and not an emoji.
    pub(crate) fn is_word(&self) -> bool {
        !self.stem.is_empty()
    }

    pub(crate) fn ends_sentence(&self) -> bool {
        matches!(self.text.as_str(), "." | "?")
    }
}

/// A text, ready to be compared.
#[derive(Clone, Debug)]
pub(crate) struct Normal {
    pub(crate) tokens: Vec<Token>,
    /// As they were before words of no language were read as others, where there were such.
    pub(crate) as_written: Option<Vec<Token>>,
    /// `ru`, `en`, `translit`, `mixed` or another ISO 639-1 code.
    pub(crate) lang: &'static str,
}

impl Normal {
    /// Reads a text as it was posted. Where all of it is quoted, the quotation is read; any text gives a result.
    pub(crate) fn new(text: &str) -> Self {
        Self::spelled(text, &Vocabulary::default())
    }

    /// The same, with words of no language read as those of the vocabulary that were meant.
    pub(crate) fn spelled(text: &str, vocabulary: &Vocabulary) -> Self {
        let mut raw = split(&own_words(text));
        join_spelled_out(&mut raw);
        for word in raw.iter_mut().filter(|w| w.starts_with(is_word_char)) {
            *word = squeeze(&one_alphabet(word));
        }
        let reading = language::read(&raw);
        let token = |text: String| match (text.starts_with(is_word_char), reading.undo_translit) {
            (false, _) => Token::mark(&text),
            (true, true) => Token::word(language::undo_translit_word(&text)),
            (true, false) => Token::word(text),
        };
        let written: Vec<Token> = raw.into_iter().map(token).collect();
        let meant: Vec<Option<Vec<String>>> = written.iter().map(|t| vocabulary.meant(&t.text)).collect();
        if meant.iter().all(Option::is_none) {
            return Self { tokens: written, as_written: None, lang: reading.lang };
        }
        let tokens = written.iter().zip(meant).flat_map(|(token, meant)| match meant {
            Some(words) => words.into_iter().map(Token::word).collect(),
            None => vec![token.clone()],
        });
        Self { tokens: tokens.collect(), as_written: Some(written), lang: reading.lang }
    }

    pub(crate) fn word_count(&self) -> usize {
        self.tokens.iter().filter(|t| t.is_word()).count()
    }
}

/// What the writer of a post wrote, without lines quoted with `>`; where all of it is quoted, the quotation.
pub(crate) fn own_words(text: &str) -> Cow<'_, str> {
    if !text.lines().any(is_quoted) {
        return Cow::Borrowed(text);
    }
    let own = text.lines().filter(|line| !is_quoted(line)).collect::<Vec<_>>().join("\n");
    if own.trim().is_empty() { Cow::Borrowed(text) } else { Cow::Owned(own) }
}

/// Whether a line is quoted with `>`.
pub(crate) fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// The stem of one lower-case word: Russian rules for Cyrillic letters, English ones for Latin.
pub(crate) fn stem(word: &str) -> String {
    match Script::of(word) {
        Script::Cyrillic => RUSSIAN.stem(word).into_owned(),
        Script::Latin => ENGLISH.stem(word).into_owned(),
        Script::Other => word.to_owned(),
    }
}

/// The words of a text of our own library: no language to find out, nothing transliterated, not stemmed.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut raw = split(text);
    raw.retain(|w| w.starts_with(is_word_char));
    raw.iter().map(|w| one_alphabet(w)).collect()
}

/// Lower case, NFKC, `ё` as `е`, `жы`, `шы`, `чя`, `щя` as school teaches them, without invisible characters: also for the
/// patterns of the rule file.
pub(crate) fn fold(text: &str) -> String {
    // Nearly every text is in this form; finding out is far cheaper than making it.
    if text.chars().all(is_common) || is_nfkc_quick(text.chars()) == IsNormalized::Yes {
        fold_chars(text.chars())
    } else {
        fold_chars(text.nfkc())
    }
}

/// ASCII and the Russian letters: nearly all there is. Asking the Unicode tables about each letter is what reading costs.
fn is_common(c: char) -> bool {
    c.is_ascii() || matches!(c, 'А'..='я' | 'ё' | 'Ё')
}

fn is_word_char(c: char) -> bool {
    matches!(c, 'а'..='я' | 'a'..='z' | '0'..='9') || c.is_alphanumeric()
}

fn lower(c: char) -> impl Iterator<Item = char> {
    let common = match c {
        'а'..='я' | ' '..='@' | 'a'..='z' => Some(c),
        'А'..='Я' => char::from_u32(u32::from(c) + 32),
        _ => None,
    };
    let rare = if common.is_none() { Some(c.to_lowercase()) } else { None };
    common.into_iter().chain(rare.into_iter().flatten())
}

fn fold_chars(chars: impl Iterator<Item = char>) -> String {
    let invisible =
        |c: &char| matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}');
    let mut out = String::new();
    let mut last = ' ';
    for c in chars.filter(|c| !invisible(c)).flat_map(lower) {
        last = match (last, c) {
            (_, 'ё') => 'е',
            ('ж' | 'ш', 'ы') => 'и',
            ('ч' | 'щ', 'я') => 'а',
            _ => c,
        };
        out.push(last);
    }
    out
}

/// Cuts folded text into words, marks and emoji, in order.
fn split(text: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for line in text.lines() {
        for chunk in line.split_whitespace() {
            let is_link = chunk.contains("://") || chunk.starts_with("t.me/") || chunk.contains(".onion");
            if !is_link {
                split_chunk(&fold(chunk), &mut out);
            }
        }
        push_mark(&mut out, ".");
    }
    out
}

fn split_chunk(chunk: &str, out: &mut Vec<String>) {
    if !chunk.is_empty() && chunk.chars().all(|c| matches!(c, 'а'..='я' | 'a'..='z')) {
        out.push(chunk.to_owned());
        return;
    }
    let chars: Vec<char> = chunk.chars().collect();
    let mut word = String::new();
    for (i, &c) in chars.iter().enumerate() {
        let next = chars.get(i + 1).copied();
        if is_word_char(c) || (!word.is_empty() && matches!(c, '\'' | '’') && next.is_some_and(char::is_alphabetic)) {
            word.push(if c == '’' { '\'' } else { c });
            continue;
        }
        if let Some(letter) = masked_letter(&word, c, next) {
            word.push(letter);
            continue;
        }
        let decimal = matches!(c, '.' | ',') && word.ends_with(|d: char| d.is_ascii_digit());
        if decimal && next.is_some_and(|d| d.is_ascii_digit()) {
            word.push('.');
            continue;
        }
        if !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        match c {
            '?' => push_mark(out, "?"),
            '.' | '!' | '…' | ';' => push_mark(out, "."),
            '+' => out.push("+".to_owned()),
            _ if is_emoji(c) && out.last().is_none_or(|w| !w.starts_with(c)) => out.push(c.to_string()),
            _ => {}
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
}

/// A letter inside a Cyrillic word that was hidden from filters: "с*ние", "н@локсон", "по$адил". `*` may be any, see `spelling`.
fn masked_letter(before: &str, c: char, after: Option<char>) -> Option<char> {
    let inside = before.ends_with(language::is_cyrillic) && after.is_some_and(language::is_cyrillic);
    let letter = match c {
        '*' => '*',
        '@' => 'а',
        '$' => 'с',
        _ => return None,
    };
    inside.then_some(letter)
}

/// Adds a sentence mark; a run of marks counts once, and a question outweighs a full stop.
fn push_mark(out: &mut Vec<String>, mark: &str) {
    match out.last_mut() {
        None => {}
        Some(last) if last == "?" => {}
        Some(last) if last == "." => mark.clone_into(last),
        Some(_) => out.push(mark.to_owned()),
    }
}

fn is_emoji(c: char) -> bool {
    matches!(u32::from(c), 0x2600..=0x27BF | 0x1F300..=0x1FAFF)
}

/// Makes words out of letters written apart ("г е п а т и т", "г.е.п.а.т.и.т"): four or more in a row, and not all of them
/// one-letter words of the language.
fn join_spelled_out(raw: &mut Vec<String>) {
    let is_letter = |w: &String| {
        let mut chars = w.chars();
        chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
    };
    let mut out: Vec<String> = Vec::with_capacity(raw.len());
    let mut i = 0;
    while i < raw.len() {
        let mut letters = String::new();
        let mut j = i;
        while let Some(w) = raw.get(j) {
            if is_letter(w) {
                letters.push_str(w);
            } else if !(w == "." && !letters.is_empty() && raw.get(j + 1).is_some_and(is_letter)) {
                break;
            }
            j += 1;
        }
        let hidden = letters.chars().filter(|c| !"аявкосуиaiуо".contains(*c)).count();
        if letters.chars().count() >= 4 && hidden >= 2 {
            out.push(letters);
            i = j;
        } else {
            out.extend(raw.get(i).cloned());
            i += 1;
        }
    }
    *raw = out;
}

/// Writes a word of two alphabets in the one it mostly uses, and digits that stand for letters as letters.
fn one_alphabet(word: &str) -> String {
    if word.chars().all(|c| matches!(c, 'а'..='я')) || word.is_ascii() {
        return word.to_owned();
    }
    let cyrillic = word.chars().filter(|c| language::is_cyrillic(*c)).count();
    let latin = word.chars().filter(char::is_ascii_alphabetic).count();
    let digits = word.chars().filter(char::is_ascii_digit).count();
    if cyrillic == 0 || (latin == 0 && digits == 0) {
        return word.to_owned();
    }
    let mut latin_letters = word.chars().filter(char::is_ascii_alphabetic);
    if !latin_letters.all(|c| latin_as_cyrillic(c).is_some()) && latin > cyrillic {
        return word.chars().map(|c| cyrillic_as_latin(c).unwrap_or(c)).collect();
    }
    let chars: Vec<char> = word.chars().collect();
    let letter_at = |i: usize| chars.get(i).is_some_and(|c| c.is_alphabetic());
    // A digit counts as a letter only inside a word: "сд4" and "2й" keep theirs.
    let few_digits = digits <= 2 && cyrillic > digits;
    let letter_for = |i: usize, c: char| {
        let inside = (i > 0 && letter_at(i - 1) && letter_at(i + 1)) || (i == 0 && letter_at(1) && chars.len() > 3);
        if c.is_ascii_digit() && !(few_digits && inside) { None } else { latin_as_cyrillic(c) }
    };
    chars.iter().enumerate().map(|(i, &c)| letter_for(i, c).unwrap_or(c)).collect()
}

fn latin_as_cyrillic(c: char) -> Option<char> {
    Some(match c {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'h' => 'н',
        'k' => 'к',
        'm' => 'м',
        'o' | '0' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        'u' => 'и',
        'n' => 'п',
        'r' => 'г',
        '3' => 'з',
        '4' => 'ч',
        '6' => 'б',
        _ => return None,
    })
}

fn cyrillic_as_latin(c: char) -> Option<char> {
    Some(match c {
        'а' => 'a',
        'в' => 'b',
        'с' => 'c',
        'е' => 'e',
        'н' => 'h',
        'к' => 'k',
        'м' => 'm',
        'о' => 'o',
        'р' => 'p',
        'т' => 't',
        'х' => 'x',
        'у' => 'y',
        _ => return None,
    })
}

/// Three and more of a letter become one ("помогиииите"); doubled letters are ordinary spelling and stay.
fn squeeze(word: &str) -> String {
    let chars: Vec<char> = word.chars().collect();
    let mut out = String::with_capacity(word.len());
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let run = chars.iter().skip(i).take_while(|d| **d == c).count();
        let keep = if run >= 3 && c.is_alphabetic() { 1 } else { run };
        out.extend(std::iter::repeat_n(c, keep));
        i += run;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let normal = Normal::new(text);
        normal.tokens.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn case_yo_and_stretched_letters_do_not_matter() {
        assert_eq!(words("ПОМОГИИИИТЕ ещё"), "помогите еще .");
        assert_eq!(words("дышыт"), "дышит .");
    }

    #[test]
    fn look_alike_letters_and_digits_inside_a_word_are_read_as_meant() {
        assert_eq!(words("пepeдoз и 3аражение"), "передоз и заражение .");
    }

    #[test]
    fn letter_hidden_by_a_sign_is_read_as_meant() {
        let known = Vocabulary::new([("синие".to_owned(), 9), ("губы".to_owned(), 9)].into_iter());
        let words = |text: &str| {
            let normal = Normal::spelled(text, &known);
            normal.tokens.iter().map(|t| t.text.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(words("г*бы с*ние, н@локсона нет"), "губы синие налоксона нет .");
        assert_eq!(words("*важно* 5*5 п*** vasya@mail"), "важно 5 5 п vasya mail .");
        assert_eq!(words("хр*нь"), "хрнь .");
    }

    #[test]
    fn digits_that_mean_numbers_stay() {
        assert_eq!(words("сд4 упали, темп 39,5 и 2й день"), "сд4 упали темп 39.5 и 2й день .");
    }

    #[test]
    fn letters_written_apart_are_joined() {
        assert_eq!(words("про г е п а т и т"), "про гепатит .");
        assert_eq!(words("налоксон н.а.л.о.к.с.о.н"), "налоксон налоксон .");
        assert_eq!(words("а я и в с тобой"), "а я и в с тобой .");
    }

    #[test]
    fn quoted_lines_are_left_out_unless_nothing_else_is_there() {
        assert_eq!(words("> он не дышит\nзвони 103"), "звони 103 .");
        assert_eq!(words("> он не дышит"), "он не дышит .");
    }

    #[test]
    fn question_outweighs_a_stop() {
        assert_eq!(words("как быть???!!"), "как быть ?");
        assert_eq!(words("как быть?."), "как быть ?");
    }

    #[test]
    fn any_text_gives_a_result() {
        for text in ["", " ", ")", ">", "\u{200b}", "🙏🏽", "....", "1.", "'"] {
            assert!(Normal::new(text).word_count() <= 1);
        }
    }
}
