//! A text as words, numbers and signs, with what is not seen left out.

use super::words::List;
use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Word,
    Digits,
    Sign(char),
}

/// A word, a run of digits, or one sign.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) range: Range<usize>,
    pub(super) shape: Shape,
    /// A word in small letters with е for ё; digits as ASCII; a sign as it is.
    pub(super) lower: String,
    /// The word begins with a capital letter.
    pub(super) capital: bool,
    /// White space stands before it.
    pub(super) gap: bool,
    /// A line ends before it.
    pub(super) line: bool,
}

impl Token {
    pub(super) fn is_word(&self) -> bool {
        self.shape == Shape::Word
    }

    pub(super) fn is_digits(&self) -> bool {
        self.shape == Shape::Digits
    }

    pub(super) fn is_sign(&self, signs: &str) -> bool {
        matches!(self.shape, Shape::Sign(c) if signs.contains(c))
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        self.is_word() && words.contains(&self.lower.as_str())
    }

    /// A word of the list.
    pub(super) fn is(&self, list: &List) -> bool {
        self.is_word() && list.has(&self.lower)
    }

    pub(super) fn begins(&self, stems: &[&str]) -> bool {
        self.is_word() && stems.iter().any(|stem| self.lower.starts_with(stem))
    }

    pub(super) fn chars(&self) -> usize {
        self.lower.chars().count()
    }
}

/// Joiners, marks of direction, the frames of keycaps: they split numbers for programs and for nobody else.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}')
}

fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '\u{ff10}'..='\u{ff19}' => char::from_digit(u32::from(c) - 0xff10, 10),
        _ => None,
    }
}

pub(super) fn read(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 6);
    let (mut gap, mut line, mut open) = (false, true, false);
    for (start, c) in text.char_indices() {
        let end = start + c.len_utf8();
        if c.is_whitespace() {
            (gap, open) = (true, false);
            line |= c == '\n';
            continue;
        }
        if is_unseen(c) || is_accent(c) {
            if let Some(last) = tokens.last_mut().filter(|_| open) {
                last.range.end = end;
                if c == '\u{306}' && last.lower.ends_with('и') {
                    last.lower.pop();
                    last.lower.push('й');
                }
            }
            continue;
        }
        let shape = match digit(c) {
            Some(_) => Shape::Digits,
            None if c.is_alphabetic() => Shape::Word,
            None => Shape::Sign(c),
        };
        let goes_on = open && !matches!(shape, Shape::Sign(_));
        match tokens.last_mut().filter(|last| goes_on && last.shape == shape) {
            Some(last) => last.range.end = end,
            None => {
                let lower = String::new();
                tokens.push(Token { range: start..end, shape, lower, capital: c.is_uppercase(), gap, line });
                (gap, line, open) = (false, false, true);
            }
        }
        if let Some(last) = tokens.last_mut() {
            match digit(c) {
                Some(d) => last.lower.push(d),
                None => last.lower.extend(c.to_lowercase().map(|l| if l == 'ё' { 'е' } else { l })),
            }
        }
    }
    tokens
}

/// Runs of letters, digits and what may stand inside a number or a nickname, between other signs and spaces; numbers with
/// spaces inside count as one.
pub(super) fn runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let tokens = read(text);
    let mut i = 0;
    while let Some(first) = tokens.get(i) {
        let mut range = first.range.clone();
        i += 1;
        if matches!(first.shape, Shape::Sign(c) if c != '+' && c != '(') {
            continue;
        }
        let numeric = !first.is_word();
        while let Some(token) = tokens.get(i) {
            let goes_on = if numeric {
                !token.line && (token.is_digits() || token.is_sign("-–—‑.()/*_") || (token.is_word() && !token.gap))
            } else {
                !token.gap && !token.is_sign(",;!?()\"«»")
            };
            if !goes_on {
                break;
            }
            if !matches!(token.shape, Shape::Sign(_)) || token.is_sign(")") {
                range.end = token.range.end;
            }
            i += 1;
        }
        runs.push(range);
    }
    runs
}
