//! Full names, dates of birth, plates of cars.
//!
//! A first name alone is no detail: half a city has it. A first name with the patronymic or the surname is.

use super::accounts::regex;
use super::tokens::Token;
use super::{Candidate, Kind, Rank, words};
use regex::Regex;
use std::sync::LazyLock;

pub(super) fn find(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    patronymics(tokens, out);
    initials(text, out);
    introduced(tokens, out);
    if tokens.iter().any(Token::is_digits) {
        births(text, out);
        plates(text, tokens, out);
    }
}

fn is_first_name(token: &Token) -> bool {
    token.is_word() && words::FIRST_NAMES.rests(&token.lower).any(|rest| rest.is_empty() || words::CASE_ENDS.has(rest))
}

fn is_patronymic(token: &Token) -> bool {
    token.is(&words::PATRONYMICS) && token.chars() >= 5 && !token.is(&words::NO_PATRONYMICS)
}

fn is_surname(token: &Token) -> bool {
    token.is(&words::SURNAMES) && token.chars() >= 4
}

/// Two words of one name: nothing but a space between them.
fn follows(tokens: &[Token], i: usize) -> bool {
    tokens.get(i).is_some_and(|t| t.is_word() && t.gap && !t.line)
}

fn push(tokens: &[Token], first: usize, last: usize, rank: Rank, out: &mut Vec<Candidate>) {
    if let (Some(a), Some(b)) = (tokens.get(first), tokens.get(last)) {
        out.push(Candidate { range: a.range.start..b.range.end, kind: Kind::Name, rank });
    }
}

fn patronymics(tokens: &[Token], out: &mut Vec<Candidate>) {
    for (i, token) in tokens.iter().enumerate() {
        let turkic = token.is_any(&["оглы", "кызы", "оглу", "улы", "гызы"]);
        if !(turkic || is_patronymic(token)) || !follows(tokens, i) {
            continue;
        }
        let Some(name) = i.checked_sub(1).and_then(|b| tokens.get(b)).filter(|t| t.is_word()) else { continue };
        let before = (i >= 2 && follows(tokens, i - 1)).then(|| tokens.get(i - 2)).flatten().filter(|t| t.is_word());
        let behind = tokens.get(i + 1).filter(|_| follows(tokens, i + 1));
        let all_small = !token.capital && !name.capital;
        let known = is_first_name(name) && (token.capital || all_small);
        let surname_before = before.is_some_and(|t| {
            (t.capital || (all_small && surname_like_when_small(t))) && is_surname(t) && !is_first_name(t)
        });
        let surname_behind =
            behind.is_some_and(|t| (t.capital || (all_small && surname_like_when_small(t))) && is_surname(t));
        let unknown = (token.capital || turkic)
            && name.capital
            && (turkic || before.is_some_and(|t| t.capital && is_surname(t)) || surname_behind);
        let small = all_small && surname_before && is_first_name(name);
        if !(known || unknown || small) {
            continue;
        }
        let mut first = if surname_before || turkic && before.is_some_and(|t| t.capital) { i - 2 } else { i - 1 };
        if turkic
            && first >= 1
            && follows(tokens, first)
            && tokens.get(first - 1).is_some_and(|t| t.is_word() && t.capital)
        {
            first -= 1;
        }
        push(tokens, first, if surname_behind { i + 1 } else { i }, Rank::Likely, out);
    }
}

fn surname_like_when_small(token: &Token) -> bool {
    token.is(&words::SMALL_SURNAMES) && !token.is_any(&["один"])
}

/// "Тестов А. Б.", and not "им. А. Б. Тестова".
fn initials(text: &str, out: &mut Vec<Candidate>) {
    static SHAPE: LazyLock<Regex> =
        LazyLock::new(|| regex(r"\b(?P<word>[А-ЯЁ][а-яё]{2,})\s(?P<letters>[А-ЯЁ]\.\s?[А-ЯЁ]\.)"));
    for found in SHAPE.captures_iter(text) {
        let (Some(whole), Some(word)) = (found.get(0), found.name("word")) else { continue };
        let surname = words::SURNAMES.has(&word.as_str().to_lowercase());
        // "Подписал И.О. главврача".
        let acting = found.name("letters").is_some_and(|l| l.as_str().replace(' ', "") == "И.О.");
        if surname && !acting || word.as_str().ends_with("ый") {
            out.push(Candidate { range: whole.range(), kind: Kind::Name, rank: Rank::Likely });
        }
    }
}

/// "меня зовут Иван Петров", "ФИО Петров Иван", "my name is John Smith".
fn introduced(tokens: &[Token], out: &mut Vec<Candidate>) {
    for (i, token) in tokens.iter().enumerate() {
        let by_name = token.begins(&["зовут", "фио", "звать"])
            || token.is_any(&["ф", "zovut", "имя", "фамилия", "фамилии", "фамилию"]);
        let english = token.is_any(&["is"]) && i >= 2 && tokens.get(i - 1).is_some_and(|t| t.is_any(&["name"]));
        if !by_name && !english {
            continue;
        }
        let mut at = i + 1;
        while tokens
            .get(at)
            .is_some_and(|t| t.is_sign(":-–—") || t.is_any(&["меня", "моя", "его", "ее", "у", "мое", "это", "и"]))
        {
            at += 1;
        }
        let (Some(first), second) = (tokens.get(at), tokens.get(at + 1)) else { continue };
        let pair = second.filter(|_| follows(tokens, at + 1));
        let both = first.capital && pair.is_some_and(|t| t.capital);
        let is_pair =
            both && pair.is_some_and(|p| english || (is_first_name(first) && is_surname(p)) || is_first_name(p));
        if is_pair {
            push(tokens, at, at + 1, Rank::Weak, out);
        } else if token.begins(&["фамили"]) && first.capital && is_surname(first) {
            push(tokens, at, at, Rank::Weak, out);
        }
    }
}

fn births(text: &str, out: &mut Vec<Candidate>) {
    static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        const DATE: &str = r"\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:19|20)?\d{2}\b|(?:19|20)\d{2}-\d{2}-\d{2}\b|\d{1,2}(?:-?го)?\s(?:янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*\.?,?\s(?:19|20)?\d{2}\b(?:\s?(?:года|г\b))?|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:19|20)\d{2}";
        const CUE: &str = r"(?:\bд\s?[./]?\s?р\b\.?|дат\p{L}\s+рожд\p{L}*|рожд(?:ения)?\b\.?|родил(?:ся|ась|сь|и)|\bг\.?\s?р\b\.?|\bdob\b|\bd\.o\.b\.?|date of birth|\bborn\b|birthday|birth ?date|день рожд\p{L}*|днюха|\bдр\b|rodil(?:sya|as|sja))";
        [
            format!(r"(?i){CUE}(?:\s(?:у меня|мой|моя|моего|is|on|мужа|жены|мамы|сына|дочки|его|её|ее|я|в|:))*\W{{0,4}}(?P<x>{DATE})"),
            r"(?i)(?:родил(?:ся|ась)|\bд\s?\.\s?р\b\.?|дата рождения|мой др|моя днюха|rodil(?:sya|as))(?:\s(?:у меня|мой|моя|я|в|это))*\W{0,4}(?P<x>\d{1,2}(?:-?го)?\s(?:янв|фев|март|апр|мая|июн|июл|авг|сент|окт|нояб|дек)\p{L}*)".to_owned(),
            format!(r"(?i)(?P<x>{DATE})\W{{0,3}}(?:г\.?\s?р\b|года рожд|рожд|г\. рожд|дата рожд|это д\.?р|мой д\.?р|мо[йя] дат)"),
            r"(?i)\b(?P<x>(?:19\d{2}|20[01]\d|[4-9]\d))(?:-?го)?\s?(?:г\s?\.?\s?р\b|года\s+рожд|год\s+рожд|г\.\s?рожд)".to_owned(),
            r"(?i)(?:год рождения|year of birth|\bborn in|родил(?:ся|ась) в)\W{0,3}(?P<x>(?:19\d{2}|200\d))\b".to_owned(),
        ]
        .iter()
        .map(|pattern| regex(pattern))
        .collect()
    });
    for shape in SHAPES.iter() {
        for found in shape.captures_iter(text) {
            if let Some(date) = found.name("x") {
                out.push(Candidate { range: date.range(), kind: Kind::Birth, rank: Rank::Named });
            }
        }
    }
}

fn plates(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    // The twelve letters that look alike in both alphabets.
    static FULL: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)\b[авекмнорстухabekmhopctyx]\s?\d{3}\s?[авекмнорстухabekmhopctyx]{2}\s?(?:\d{2,3})?\b")
    });
    for found in FULL.find_iter(text) {
        let compact = !found.as_str().contains(' ');
        let region = found.as_str().ends_with(|c: char| c.is_ascii_digit());
        let here = tokens.partition_point(|t| t.range.end <= found.start());
        let around = tokens.get(here.saturating_sub(7)..(here + 9).min(tokens.len())).unwrap_or_default();
        let named = around.iter().any(|t| t.is(&words::CARS));
        let letters: Vec<char> = found.as_str().chars().filter(|c| c.is_alphabetic()).collect();
        let one_script = letters.iter().all(char::is_ascii) || !letters.iter().any(char::is_ascii);
        if one_script && (named || (compact && region && letters.len() == 3)) {
            out.push(Candidate {
                range: found.range(),
                kind: Kind::Plate,
                rank: if named { Rank::Checked } else { Rank::Weak },
            });
        }
    }
}
