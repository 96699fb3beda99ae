//! Telephone, card, account and document numbers: in digits, with letters for digits, spelled out.
//!
//! A number is a run of groups of digits. What it is follows from its length, its grouping, its check digits, and the
//! words beside it; doses, prices, dates and counts have units behind them or the wrong shape.

use super::accounts::regex;
use super::tokens::{Shape, Token, read};
use super::{Candidate, Kind, Rank, words};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A run of digits, or a number word.
#[derive(Clone, Debug)]
struct Group {
    digits: String,
    /// Numbers of its tokens.
    tokens: Range<usize>,
    spelled: bool,
    /// What stands between it and the one before.
    joint: Joint,
    /// A letter stands right before or behind it.
    glued: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joint {
    /// It is the first.
    None,
    Space,
    /// A dash, bracket or the like.
    Sign,
    Comma,
}

/// Most digits a number of ours has.
const MAX_DIGITS: usize = 20;

pub(super) fn find(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    for run in runs(tokens) {
        let mut first = 0;
        while first < run.len() {
            // Everybody's number: no part of it is anybody's.
            if let Some(last) = hotline_at(&run, first) {
                first = last + 1;
            } else if let Some((last, candidate)) = best_from(tokens, &run, first) {
                out.push(candidate);
                first = last + 1;
            } else {
                first += 1;
            }
        }
    }
    if tokens.iter().any(Token::is_digits) {
        documents(text, out);
    }
}

/// The digits of a detail, however they are written.
pub(super) fn digits_of(detail: &str) -> String {
    let tokens = read(detail);
    let mut digits = String::new();
    let mut i = 0;
    while i < tokens.len() {
        match group_at(&tokens, i, true) {
            Some(group) => {
                digits.push_str(&group.digits);
                i = group.tokens.end;
            }
            None => i += 1,
        }
    }
    digits
}

/// Letters that are put for digits.
fn as_digit(c: char) -> Option<char> {
    match c {
        'о' | 'o' => Some('0'),
        'з' => Some('3'),
        'l' | 'i' => Some('1'),
        'б' => Some('6'),
        _ => None,
    }
}

fn leet(token: &Token) -> Option<String> {
    token.lower.chars().map(as_digit).collect()
}

/// The value of a number word and its size: 100 for hundreds, 10 for tens, 1 for what stands alone.
fn number_word(word: &str) -> Option<(u32, u32)> {
    const ONES: &[(&str, u32)] = &[
        ("ноль", 0),
        ("нуль", 0),
        ("нолик", 0),
        ("один", 1),
        ("одна", 1),
        ("два", 2),
        ("две", 2),
        ("три", 3),
        ("четыре", 4),
        ("пять", 5),
        ("шесть", 6),
        ("семь", 7),
        ("восемь", 8),
        ("девять", 9),
        ("десять", 10),
        ("одиннадцать", 11),
        ("двенадцать", 12),
        ("тринадцать", 13),
        ("четырнадцать", 14),
        ("пятнадцать", 15),
        ("шестнадцать", 16),
        ("семнадцать", 17),
        ("восемнадцать", 18),
        ("девятнадцать", 19),
        ("zero", 0),
        ("oh", 0),
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("eleven", 11),
        ("twelve", 12),
        ("nol", 0),
        ("odin", 1),
        ("dva", 2),
        ("tri", 3),
        ("chetyre", 4),
        ("pyat", 5),
        ("shest", 6),
        ("sem", 7),
        ("vosem", 8),
        ("devyat", 9),
        ("desyat", 10),
        ("пятнадцат", 15),
        ("шеисят", 60),
        ("нолей", 0),
    ];
    const TENS: &[(&str, u32)] = &[
        ("двадцать", 20),
        ("тридцать", 30),
        ("сорок", 40),
        ("пятьдесят", 50),
        ("писят", 50),
        ("пятдесят", 50),
        ("шестьдесят", 60),
        ("шестдесят", 60),
        ("семьдесят", 70),
        ("семдесят", 70),
        ("восемьдесят", 80),
        ("восемдесят", 80),
        ("девяносто", 90),
        ("twenty", 20),
        ("thirty", 30),
        ("forty", 40),
        ("fifty", 50),
        ("ninety", 90),
    ];
    const HUNDREDS: &[(&str, u32)] = &[
        ("сто", 100),
        ("двести", 200),
        ("триста", 300),
        ("четыреста", 400),
        ("пятьсот", 500),
        ("шестьсот", 600),
        ("семьсот", 700),
        ("восемьсот", 800),
        ("девятьсот", 900),
        ("девятсот", 900),
        ("devyatsot", 900),
    ];
    let find = |list: &[(&str, u32)]| list.iter().find(|(w, _)| *w == word).map(|(_, value)| *value);
    find(ONES).map(|v| (v, 1)).or_else(|| find(TENS).map(|v| (v, 10))).or_else(|| find(HUNDREDS).map(|v| (v, 100)))
}

/// A number word with those that belong to it: "девятьсот двадцать один".
fn spelled_at(tokens: &[Token], i: usize) -> Option<(String, usize)> {
    let word = |i: usize| tokens.get(i).filter(|t| t.is_word()).and_then(|t| number_word(&t.lower));
    let (mut value, mut size) = word(i)?;
    let mut end = i + 1;
    // "два нуля", "три нуля".
    if (2..=5).contains(&value)
        && size == 1
        && tokens.get(end).is_some_and(|t| t.begins(&["нул", "ноля", "нолик", "нолей"]))
    {
        return Some(("0".repeat(value as usize), end + 1));
    }
    while let Some((next, next_size)) = word(end) {
        let fits = match (size, next_size) {
            (100, 10) => true,
            (100, 1) => next > 0 && next < 20,
            (10, 1) => next > 0 && next < 10,
            _ => false,
        };
        if !fits || tokens.get(end).is_some_and(|t| t.line) {
            break;
        }
        value += next;
        size = next_size;
        end += 1;
    }
    Some((value.to_string(), end))
}

/// The group that begins at a token. `inside`: a number is going on, so letters may stand for digits.
fn group_at(tokens: &[Token], i: usize, inside: bool) -> Option<Group> {
    let first = tokens.get(i)?;
    if first.is_digits() || (inside && first.is_word()) {
        let mut digits = String::new();
        let mut end = i;
        while let Some(token) = tokens.get(end) {
            if end > i && (token.gap || matches!(token.shape, Shape::Sign(_))) {
                break;
            }
            match token.shape {
                Shape::Digits => digits.push_str(&token.lower),
                Shape::Word => match leet(token).filter(|l| l.len() <= 7) {
                    // By itself only zeros and threes in capitals: "о" is a preposition, "lol" a laugh.
                    Some(l)
                        if end > i
                            || (token.capital && !l.contains(['1', '6']))
                            || tokens.get(end + 1).is_some_and(|t| t.is_digits() && !t.gap) =>
                    {
                        digits.push_str(&l);
                    }
                    _ => break,
                },
                Shape::Sign(_) => break,
            }
            end += 1;
        }
        if end > i {
            let left = i.checked_sub(1).and_then(|b| tokens.get(b)).is_some_and(|t| t.is_word() && !first.gap);
            let right = tokens.get(end).is_some_and(|t| t.is_word() && !t.gap);
            return Some(Group { digits, tokens: i..end, spelled: false, joint: Joint::None, glued: left || right });
        }
    }
    let (digits, end) = spelled_at(tokens, i)?;
    Some(Group { digits, tokens: i..end, spelled: true, joint: Joint::None, glued: false })
}

/// Groups that stand so close that they may be one number.
fn runs(tokens: &[Token]) -> Vec<Vec<Group>> {
    let mut runs: Vec<Vec<Group>> = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let joint = runs.last().and_then(|run| joint_before(tokens, run, i));
        let Some(mut group) = group_at(tokens, i, joint.is_some()) else {
            i += 1;
            continue;
        };
        i = group.tokens.end;
        let before = runs.last_mut().and_then(|run| run.last().map(|g| g.spelled).map(|spelled| (run, spelled)));
        match (before, joint) {
            (Some((run, spelled)), Some(joint)) if joint != Joint::Comma || spelled || group.spelled => {
                group.joint = joint;
                run.push(group);
            }
            // A letter is a digit only inside a number.
            _ if group.spelled || is_digits_at(tokens, group.tokens.start) => runs.push(vec![group]),
            _ => {}
        }
    }
    runs
}

fn is_digits_at(tokens: &[Token], i: usize) -> bool {
    tokens.get(i).is_some_and(Token::is_digits)
}

/// How token `i` is joined to the number before it; `None` where it cannot go on with it.
fn joint_before(tokens: &[Token], run: &[Group], i: usize) -> Option<Joint> {
    let last = run.last()?;
    let between = tokens.get(last.tokens.end..i)?;
    let here = tokens.get(i)?;
    if between.len() > 4 || here.line || between.iter().any(|t| t.line) {
        return None;
    }
    let mut joint = Joint::Space;
    for token in between {
        if token.is_sign("-–—‑−.()/\\*_|~·•:[]") {
            // "10:30" is a time.
            if token.is_sign(":") {
                return None;
            }
            joint = Joint::Sign;
        } else if token.is_sign(",") {
            joint = Joint::Comma;
        } else if token.is(&words::BETWEEN_DIGITS) && (last.spelled || here.is_word()) {
            continue;
        } else {
            return None;
        }
    }
    Some(joint)
}

/// The last group of a free number, 8 800 and seven digits, that begins with a group.
fn hotline_at(run: &[Group], first: usize) -> Option<usize> {
    let mut digits = String::new();
    for (last, group) in run.iter().enumerate().skip(first) {
        digits.push_str(&group.digits);
        if digits.len() >= 11 {
            return (digits.len() == 11 && is_hotline(&digits)).then_some(last);
        }
    }
    None
}

fn is_hotline(digits: &str) -> bool {
    digits.len() == 11 && (digits.starts_with("8800") || digits.starts_with("7800"))
}

/// The best number that begins with a group, and its last group.
fn best_from(tokens: &[Token], run: &[Group], first: usize) -> Option<(usize, Candidate)> {
    let mut best: Option<(usize, Candidate)> = None;
    let mut digits = String::new();
    let start = run.get(first)?;
    let meant = Meant::before(tokens, start.tokens.start);
    for (last, group) in run.iter().enumerate().skip(first) {
        digits.push_str(&group.digits);
        if digits.len() > MAX_DIGITS {
            break;
        }
        let groups = run.get(first..=last)?;
        let number = Number { tokens, groups, digits: &digits, meant };
        let Some((kind, rank)) = number.kind() else { continue };
        if best.as_ref().is_none_or(|(_, b)| rank <= b.rank) {
            best = Some((last, Candidate { range: number.range(), kind, rank }));
        }
    }
    best
}

/// What the words before a number say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meant {
    Phone,
    Card,
    Wallet,
    Account,
    /// A number of something else: an order, a parcel, a post.
    Other,
}

impl Meant {
    /// Words looked at before a number; the nearest that says something decides.
    const REACH: usize = 6;

    fn before(tokens: &[Token], at: usize) -> Option<Self> {
        let near = tokens.get(at.saturating_sub(3 * Self::REACH)..at)?.iter().rev();
        let mut number = None;
        for (distance, word) in
            near.take_while(|t| !t.is_sign("!?;")).filter(|t| t.is_word()).take(Self::REACH).enumerate()
        {
            let meant = match word {
                _ if is_phone_word(word) => Self::Phone,
                _ if word.is(&words::WALLET) => Self::Wallet,
                _ if word.is(&words::CARD) => Self::Card,
                _ if word.is(&words::BANK_ACCOUNT) => Self::Account,
                _ if word.is(&words::OTHER_NUMBERS) && distance < 3 => Self::Other,
                // "мой номер" is of a telephone, "серийный номер" is not: the words before it tell.
                _ if word.is_any(&["номер", "номеру", "nomer", "number"]) && distance < 3 => {
                    number = Some(Self::Phone);
                    continue;
                }
                _ => continue,
            };
            return Some(meant);
        }
        number
    }
}

fn is_phone_word(token: &Token) -> bool {
    token.is(&words::PHONE)
}

/// What stands behind a token is a unit of measure or something that is counted.
pub(super) fn has_unit_behind(tokens: &[Token], last: usize) -> bool {
    let Some(next) = tokens.get(last + 1).filter(|t| !t.line) else { return false };
    if next.is_any(&["кв"]) && tokens.iter().skip(last + 2).take(2).any(Token::is_digits) {
        return false;
    }
    next.is_sign("%₽$€°") || next.is(&words::UNITS)
}

struct Number<'a> {
    tokens: &'a [Token],
    groups: &'a [Group],
    digits: &'a str,
    meant: Option<Meant>,
}

impl Number<'_> {
    fn first(&self) -> usize {
        self.groups.first().map_or(0, |g| g.tokens.start)
    }

    fn last(&self) -> usize {
        self.groups.last().map_or(0, |g| g.tokens.end.saturating_sub(1))
    }

    /// A plus before it, in a sign or a word; then the place of that token.
    fn plus(&self) -> Option<usize> {
        let mut i = self.first().checked_sub(1)?;
        if self.tokens.get(i)?.is_sign("(") {
            i = i.checked_sub(1)?;
        }
        let token = self.tokens.get(i)?;
        (token.is_sign("+") || token.is_any(&["плюс", "plus"])).then_some(i)
    }

    fn bracket(&self) -> Option<usize> {
        let i = self.first().checked_sub(1)?;
        let closes = self.groups.first().and_then(|g| self.tokens.get(g.tokens.end)).is_some_and(|t| t.is_sign(")"));
        (self.tokens.get(i)?.is_sign("(") && closes).then_some(i)
    }

    fn range(&self) -> Range<usize> {
        let begin = self.plus().or_else(|| self.bracket()).unwrap_or_else(|| self.first());
        let start = self.tokens.get(begin).map_or(0, |t| t.range.start);
        let end = self.tokens.get(self.last()).map_or(start, |t| t.range.end);
        start..end
    }

    fn sizes(&self) -> Vec<usize> {
        self.groups.iter().map(|g| g.digits.len()).collect()
    }

    fn kind(&self) -> Option<(Kind, Rank)> {
        // A piece of a longer number is none.
        if self.groups.iter().any(|g| g.glued) && !self.may_be_glued() {
            return None;
        }
        let sizes = self.sizes();
        let (digits, n) = (self.digits, self.digits.len());
        let plain = self.groups.iter().all(|g| !g.spelled);
        if plain && self.meant == Some(Meant::Wallet) && digits.starts_with("4100") && (11..=16).contains(&n) {
            return Some((Kind::Wallet, Rank::Named));
        }
        if plain && n == 20 && (self.meant == Some(Meant::Account) || words::BANK_PREFIXES.has(digits)) {
            return Some((Kind::Account, Rank::Named));
        }
        if plain && self.is_card(&sizes) {
            return Some((Kind::Card, Rank::Checked));
        }
        if plain && sizes == [3, 3, 3, 2] && is_snils(digits) {
            return Some((Kind::Document, Rank::Checked));
        }
        if plain && sizes == [12] && is_inn(digits) && !words::COUNTRIES.has(digits) {
            return Some((Kind::Document, Rank::Checked));
        }
        self.phone(&sizes).map(|rank| (Kind::Phone, rank))
    }

    /// "тел89430001234" and "89430001234Вася".
    fn may_be_glued(&self) -> bool {
        let before = self.first().checked_sub(1).and_then(|i| self.tokens.get(i)).filter(|t| t.is_word());
        let first = self.tokens.get(self.first());
        let named = before.is_none_or(|t| is_phone_word(t) || first.is_some_and(|f| f.gap));
        named && self.digits.len() == 11 && self.groups.iter().skip(1).all(|g| !g.glued || g.tokens.end > self.last())
    }

    fn is_card(&self, sizes: &[usize]) -> bool {
        let (digits, named) = (self.digits, self.meant == Some(Meant::Card));
        let grouped = matches!(sizes, [16] | [4, 4, 4, 4] | [8, 8] | [4, 12] | [6, 10] | [4, 4, 8]);
        let longer = named && matches!(sizes, [13] | [18] | [19] | [4, 4, 4, 4, 3] | [4, 4, 4, 4, 2]);
        (grouped || longer) && !digits.bytes().all(|b| b == b'0') && (is_luhn(digits) || (grouped && named))
    }

    fn phone(&self, sizes: &[usize]) -> Option<Rank> {
        let (digits, n) = (self.digits, self.digits.len());
        if n < 5 || is_hotline(digits) || digits.bytes().all(|b| b == b'0') {
            return None;
        }
        if self.plus().is_some() && (9..=15).contains(&n) && !digits.starts_with('0') {
            return (n == 11 || !digits.starts_with('7')).then_some(Rank::Named);
        }
        if self.meant == Some(Meant::Other) || has_unit_behind(self.tokens, self.last()) {
            return None;
        }
        let named = self.meant == Some(Meant::Phone) || self.is_named_behind();
        if self.is_of_the_country(sizes, named) || self.is_foreign() {
            return Some(Rank::Likely);
        }
        (named && self.is_of_the_town(sizes)).then_some(Rank::Weak)
    }

    /// With the code of an operator or a town: 8 or 7 and ten digits, or ten digits.
    fn is_of_the_country(&self, sizes: &[usize], named: bool) -> bool {
        let digits = self.digits;
        let second = digits.as_bytes().get(1).copied().unwrap_or_default();
        match digits.len() {
            // No code begins with 1, 2, 5 or 6; 8 is rare.
            11 if digits.starts_with(['7', '8']) => {
                (b"03479".contains(&second) || (second == b'8' && named)) && has_shape(sizes, true)
            }
            10 if digits.starts_with('9') && has_shape(sizes, false) => true,
            10 => {
                let signs = self.signs();
                self.bracket().is_some()
                    || (signs >= 1 && sizes == [3, 3, 2, 2])
                    || (signs >= 2 && matches!(sizes, [3, 3, 4] | [3, 7] | [4, 2, 2, 2]))
            }
            _ => false,
        }
    }

    /// 00 in place of the plus, or a neighbour's code with nothing before it.
    fn is_foreign(&self) -> bool {
        let (digits, n) = (self.digits, self.digits.len());
        let exit = digits.starts_with("00") && !digits.starts_with("000") && (11..=16).contains(&n);
        let at_once = self.groups.first().is_some_and(|g| g.digits.len() > 1);
        (exit && at_once) || (n == 12 && words::COUNTRIES.has(digits))
    }

    /// What only the words beside it tell to be a telephone number.
    fn is_of_the_town(&self, sizes: &[usize]) -> bool {
        let n = self.digits.len();
        let grouped = match sizes {
            [7] | [3, 2, 2] | [3, 4] | [6] | [2, 2, 2] | [3, 3] | [1, 3, 3] | [2, 2, 3] | [3, 1, 3] | [3, 2, 1, 1] => {
                true
            }
            [1, 2, 2] => self.signs() == 2,
            _ => false,
        };
        let spelled = (6..=7).contains(&n) && self.groups.len() >= 3 && self.groups.iter().all(|g| g.spelled);
        // "телефон за 120000"
        let before = self.first().checked_sub(1).and_then(|i| self.tokens.get(i));
        let is_amount = before.is_some_and(|t| t.is(&words::BEFORE_AMOUNTS));
        !is_amount && (grouped || spelled || (9..=13).contains(&n))
    }

    /// Groups with a dash or a bracket before them.
    fn signs(&self) -> usize {
        self.groups.iter().skip(1).filter(|g| g.joint == Joint::Sign).count()
    }

    /// "123-45-67 звоните", "это мой номер".
    fn is_named_behind(&self) -> bool {
        let rest = self.tokens.get(self.last() + 1..).unwrap_or_default();
        for token in rest.iter().take(5) {
            if token.line || token.is_sign(".!?;") {
                return false;
            }
            if is_phone_word(token) || token.is_any(&["номер"]) {
                return true;
            }
        }
        false
    }
}

/// How the digits of a mobile number are grouped. Lists of numbers are seldom grouped so.
fn has_shape(sizes: &[usize], with_trunk: bool) -> bool {
    if sizes.iter().all(|s| *s == 1) {
        return true;
    }
    let rest = match (with_trunk, sizes) {
        (_, [10 | 11]) => return true,
        (true, [1, 10] | [4, 7] | [1, 2, 2, 2, 2, 2] | [1, 5, 5] | [2, 3, 3, 3] | [5, 6]) => return true,
        (true, [1, 3, rest @ ..] | [4, rest @ ..]) => rest,
        (true, [1, 1, 1, 1, rest @ ..]) => rest,
        (false, [3, rest @ ..]) => rest,
        (false, [1, 1, 1, rest @ ..]) => rest,
        _ => return false,
    };
    rest.iter().all(|s| (1..=4).contains(s) || *s == 7) && rest.iter().sum::<usize>() == 7
}

fn is_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b - b'0') * if i % 2 == 1 { 2 } else { 1 };
            if d > 9 { d - 9 } else { d }
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_snils(digits: &str) -> bool {
    let (head, check) = digits.split_at(9);
    let sum: usize = head.bytes().enumerate().map(|(i, b)| usize::from(b - b'0') * (9 - i)).sum();
    check.parse() == Ok(sum % 101 % 100) && sum > 0
}

/// A person's tax number, of twelve digits.
fn is_inn(digits: &str) -> bool {
    let d: Vec<usize> = digits.bytes().map(|b| usize::from(b - b'0')).collect();
    let weights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8];
    let sum = |w: &[usize]| w.iter().zip(&d).map(|(w, d)| w * d).sum::<usize>() % 11 % 10;
    d.len() == 12
        && d.get(10) == Some(&sum(&weights[1..]))
        && d.get(11) == Some(&sum(&weights))
        && d.iter().any(|d| *d > 0)
}

/// Numbers that a word names.
fn documents(text: &str, out: &mut Vec<Candidate>) {
    static SHAPES: LazyLock<Vec<(Kind, Regex)>> = LazyLock::new(|| {
        let papers = [
            r"(?i)(?:паспорт|серия|серии|загран|пасп|pasport|passport)\D{0,40}?\b(?P<x>\d{2}\s?\d{2}\s?,?\s?[№#n]?\s?(?:номер|ном\.?|no\.?|nomer)?\s?№?\s?\d{6})\b",
            r"(?i)(?:загран|passport|паспорт|pasport)\p{L}*(?:\s+\p{L}+){0,2}?\W{0,3}?\b(?P<x>\d{2}\s?№?\s?\d{7}|[a-z]{1,2}\s?\d{6,8}|[a-z]\d{2}[a-z]\d{5})\b",
            r"(?i)(?:паспорт|passport)\p{L}*\s?(?:№|номер|n|no\.?|number|is|:)\s?(?P<x>\d{6,9})\b",
            r"(?i)(?:снилс|snils)\D{0,25}(?P<x>\d{3}[\s–-]?\d{3}[\s–-]?\d{3}[\s–-]?\d{2})\b",
            r"(?i)\b(?P<x>\d{3}[\s–-]?\d{3}[\s–-]?\d{3}[\s–-]?\d{2})\b[^\d\n]{0,12}(?:снилс|snils)",
            r"(?i)\b(?:инн|иин|inn|iin)\b\D{0,25}?(?P<x>\d{12}|\d{10})\b",
            r"(?i)(?:полис|омс|oms|insurance|страховк)\p{L}*\D{0,30}?(?P<x>\d{4}[\s-]?\d{4}[\s-]?\d{4}[\s-]?\d{4}|(?:№|номер|number)?\s?\d{6,16})\b",
            r"(?i)(?:водительск\p{L}*|\bправа|\bву)\D{0,25}?(?P<x>\d{2}\s?\d{2}\s?№?\s?\d{6})\b",
            r"(?i)(?:истори\p{L} болезни|амбулаторн\p{L}+ карт\p{L}*|медкарт\p{L}*|медицинск\p{L}+ карт\p{L}*|карт\p{L} пациента|medical record)\s?(?:№|номер|n|no\.?|number|:)?\s?(?P<x>\d[\d/-]{2,})",
            r"(?i)(?:уголовн\p{L}+ дел\p{L}*|дел[оауе]|протокол\p{L}*|исполнительн\p{L}+ лист\p{L}*)\s?(?:№|номер)\s?(?P<x>\d[\d/-]{3,})",
            r"(?P<x>\b[IVX]{1,4}\s?[-–]\s?[А-ЯЁ]{2}\s?№?\s?\d{6})\b",
            r"(?i)(?:удостоверени\p{L}*|военник\p{L}*|военн\p{L}+ билет\p{L}*|внж|вид\p{L}? на жительство|свидетельств\p{L}*|id card|driving licen[cs]e)\D{0,20}?(?P<x>(?:[а-яa-z]{2}\s?)?(?:№|номер)?\s?\d{6,10})\b",
        ];
        let accounts = [
            r"(?i)(?:номер\p{L}* сч[её]т\p{L}*|сч[её]т\p{L}*\s?(?:№|номер)|р/сч?|л/с|лицев\p{L}+ сч[её]т\p{L}*|расч[её]тн\p{L}+(?: сч[её]т\p{L}*)?|account (?:number|no\.?)|acc\.? no\.?)\W{0,4}(?P<x>\d{7,20})\b",
        ];
        let papers = papers.into_iter().map(|pattern| (Kind::Document, regex(pattern)));
        papers.chain(accounts.into_iter().map(|pattern| (Kind::Account, regex(pattern)))).collect()
    });
    for (kind, shape) in SHAPES.iter() {
        for found in shape.captures_iter(text) {
            if let Some(detail) = found.name("x") {
                let lead = detail.as_str().len() - detail.as_str().trim_start().len();
                out.push(Candidate { range: detail.start() + lead..detail.end(), kind: *kind, rank: Rank::Named });
            }
        }
    }
}
