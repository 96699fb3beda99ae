//! Where somebody lives or is: street and house, flat, entrance, floor, code of the door, coordinates.
//!
//! A street alone is no address, nor is a metro station: the bus stands there. What makes one is a house number behind a
//! street, or the number of a flat, an entrance or a door.

use super::accounts::regex;
use super::numbers::has_unit_behind;
use super::tokens::{Token, read};
use super::{Candidate, Kind, Rank, words};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A piece of an address: numbers of its tokens, and what it is worth.
#[derive(Clone, Copy, Debug)]
struct Piece {
    first: usize,
    last: usize,
    worth: Worth,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Worth {
    /// An address by itself: street and house, flat, entrance, code of the door.
    Whole,
    /// With another piece, or behind a word such as "адрес".
    Part,
    /// A town or an index: belongs to an address that follows.
    Town,
}

pub(super) fn find(text: &str, tokens: &[Token], out: &mut Vec<Candidate>) {
    if !tokens.iter().any(Token::is_digits) {
        return;
    }
    coordinates(text, out);
    let mut pieces = Vec::new();
    for i in 0..tokens.len() {
        streets(tokens, i, &mut pieces);
        parts(tokens, i, &mut pieces);
        towns(tokens, i, &mut pieces);
        named(tokens, i, &mut pieces);
        behind_preposition(tokens, i, &mut pieces);
    }
    pieces.sort_by_key(|p| (p.first, std::cmp::Reverse(p.last)));
    let mut at = 0;
    while at < pieces.len() {
        let mut end = at + 1;
        let Some(first) = pieces.get(at) else { break };
        let mut last = first.last;
        while let Some(next) = pieces.get(end).filter(|next| next.first <= last || is_beside(tokens, last, next.first))
        {
            last = last.max(next.last);
            end += 1;
        }
        let cluster = pieces.get(at..end).unwrap_or_default();
        at = end;
        let count = |worth: Worth| cluster.iter().filter(|p| p.worth == worth).count();
        let (whole, parts) = (count(Worth::Whole), distinct_parts(cluster));
        let floor = parts == 1 && is_floor(tokens, first.first, last);
        if whole > 0 || parts > 1 || (parts == 1 && is_placed(tokens, first.first)) || floor {
            out.push(Candidate {
                range: range_of(tokens, first.first, last),
                kind: Kind::Address,
                rank: if whole > 0 { Rank::Named } else { Rank::Likely },
            });
        }
    }
}

/// "5 этаж" of a house where somebody lives, as far as the words around tell.
fn is_floor(tokens: &[Token], first: usize, last: usize) -> bool {
    let is_word = tokens
        .get(first..=last)
        .unwrap_or_default()
        .iter()
        .any(|t| t.is_any(&["этаж", "этаже", "эт", "etazh", "etazhe", "floor"]));
    let around = tokens.get(first.saturating_sub(7)..(last + 8).min(tokens.len())).unwrap_or_default();
    is_word && !around.iter().any(|t| t.is(&words::PUBLIC))
}

fn distinct_parts(cluster: &[Piece]) -> usize {
    let mut count = 0;
    let mut end = None;
    for piece in cluster.iter().filter(|p| p.worth == Worth::Part) {
        if end.is_none_or(|end| piece.first > end) {
            count += 1;
        }
        end = Some(end.unwrap_or(0).max(piece.last));
    }
    count
}

/// Only commas, dashes and small words stand between two pieces.
fn is_beside(tokens: &[Token], last: usize, first: usize) -> bool {
    let between = tokens.get(last + 1..first).unwrap_or_default();
    between.len() <= 3
        && between.iter().all(|t| t.is_sign(",.;-–—/№") || t.is_any(&["и", "на", "в", "это", "там", "номер", "код"]))
        && tokens.get(first).is_none_or(|t| !t.line || between.is_empty())
}

fn range_of(tokens: &[Token], first: usize, last: usize) -> Range<usize> {
    let start = tokens.get(first).map_or(0, |t| t.range.start);
    start..tokens.get(last).map_or(start, |t| t.range.end)
}

fn coordinates(text: &str, out: &mut Vec<Candidate>) {
    static SHAPES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            r"-?\b\d{1,2}[.,]\d{4,}°?\s?[NSСсЮю]?\p{L}{0,2}\.?\s?[,;/ ]\s?-?\d{1,3}[.,]\d{4,}°?(?:\s?[EWВЗ]\b)?",
            r#"\b\d{1,2}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:[.,]\d+)?\s?["″”]|\d{1,2}\s?'')?\s?(?:[NSСЮ]|[сю]\.?\s?ш\.?)?[\s,;]*\d{1,3}\s?°\s?\d{1,2}\s?['′’]\s?(?:\d{1,2}(?:[.,]\d+)?\s?["″”]|\d{1,2}\s?'')?\s?(?:[EWВЗ]\b|[вз]\.?\s?д\.?)?"#,
            r"///\p{L}+\.\p{L}+\.\p{L}+",
        ]
        .into_iter()
        .map(regex)
        .collect()
    });
    for shape in SHAPES.iter() {
        out.extend(shape.find_iter(text).map(|found| Candidate {
            range: found.range(),
            kind: Kind::Address,
            rank: Rank::Shape,
        }));
    }
}

fn is_marker(token: &Token) -> bool {
    token.is(&words::STREETS)
}

/// "пр-т", "б-р", "пр-д", "пр-кт": the marker's last token.
fn marker_end(tokens: &[Token], i: usize) -> Option<usize> {
    let token = tokens.get(i)?;
    let is_end = |t: &Token| !t.gap && t.is_any(&["т", "р", "д", "кт", "те", "ра", "рт", "t", "kt"]);
    if is(tokens, i + 1, |t| t.is_sign("-–") && !t.gap) && is(tokens, i + 2, is_end) {
        return token.is_any(&["пр", "б", "п", "пер", "pr", "b"]).then_some(i + 2);
    }
    // "ал", "ш" are letters of other words, too.
    let needs_point = token.is_any(&["ал", "пл", "ш", "бр", "st"]);
    (is_marker(token) && (!needs_point || is(tokens, i + 1, |t| t.is_sign(".")))).then_some(i)
}

/// A token is there and is such.
fn is(tokens: &[Token], i: usize, such: impl FnOnce(&Token) -> bool) -> bool {
    tokens.get(i).is_some_and(such)
}

/// A house, flat, entrance or floor has no more digits.
fn is_short_number(token: &Token) -> bool {
    token.is_digits() && token.chars() <= 4 && !token.line
}

/// Behind signs of these.
fn skip(tokens: &[Token], mut i: usize, signs: &str) -> usize {
    while is(tokens, i, |t| t.is_sign(signs) && !t.line) {
        i += 1;
    }
    i
}

/// A street and a house, whichever comes first of the name and the word "street".
fn streets(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let Some(end) = marker_end(tokens, i) else {
        english_street(tokens, i, pieces);
        return;
    };
    // "метро Площадь Восстания", "и пр. 5 штук".
    let is_station = |t: &Token| t.begins(&["метро", "станци"]) || t.is_any(&["м"]);
    let is_et_cetera = is(tokens, i, |t| t.is_any(&["пр"])) && i > 0 && is(tokens, i - 1, |t| t.is_any(&["и"]));
    if is_et_cetera || (i > 0 && is(tokens, i - 1, is_station)) {
        return;
    }
    pieces.extend(name_behind(tokens, i, end).or_else(|| name_before(tokens, i, end)));
}

/// "ул. Примерная, д. 5".
fn name_behind(tokens: &[Token], marker: usize, end: usize) -> Option<Piece> {
    let mut at = skip(tokens, end + 1, ".:\"«");
    let (mut names, mut capital, mut like_a_name) = (0, false, false);
    while names < 4 {
        let token = tokens.get(at).filter(|t| !t.line)?;
        if token.is_digits() {
            let Some(next) = ordinal_name(tokens, at) else { break };
            at = next;
            names += 1;
            capital = true;
            continue;
        }
        let is_house = is_house_word(token) && is(tokens, skip(tokens, at + 1, "."), Token::is_digits);
        // "Минина и Пожарского".
        let is_and = names > 0 && token.is_any(&["и"]);
        let is_none = token.is(&words::NO_STREET_NAMES) && !is_and;
        if !token.is_word() || is_house || is_none || is_marker(token) {
            break;
        }
        capital |= token.capital;
        like_a_name |= is_adjective(token) || is_genitive(token);
        names += 1;
        // The point of an initial, the end of a quotation.
        at = skip(tokens, at + 1, "»\".");
        // "Новая-Деревенская".
        if is(tokens, at, |t| t.is_sign("-–") && !t.gap) && is(tokens, at + 1, Token::is_word) {
            at += 1;
            names -= 1;
        }
    }
    if names == 0 {
        return None;
    }
    let house = house(tokens, skip(tokens, at, ","))?;
    let is_everyday = marker == end && is(tokens, marker, |t| t.is(&words::EVERYDAY_STREETS));
    let is_sure = capital || house.named || house.more || (like_a_name && ends_here(tokens, house.last));
    (!is_everyday || is_sure).then_some(Piece { first: marker, last: house.last, worth: Worth::Whole })
}

/// "Невский пр., 5", "1-я Примерная улица, 6", "8-я линия В.О., 55".
fn name_before(tokens: &[Token], marker: usize, end: usize) -> Option<Piece> {
    let word = tokens.get(marker).filter(|t| !t.line)?;
    let mut first = marker.checked_sub(1)?;
    let mut at = skip(tokens, end + 1, ".,");
    if word.begins(&["лини"]) {
        // Lines have numbers for names.
        first = ordinal_before(tokens, marker)?;
        if is(tokens, at, |t| t.is_any(&["в", "во", "васильевского"])) {
            at = skip(tokens, at + 1, ".");
            at = if is(tokens, at, |t| t.is_any(&["о", "острова"])) { skip(tokens, at + 1, ".,") } else { at };
        }
    } else if !is(tokens, first, is_name) {
        return None;
    } else if let Some(ordinal) = ordinal_before(tokens, first) {
        first = ordinal;
    } else if let Some(before) = first.checked_sub(1) {
        let is_also = |t: &Token| t.is_word() && t.capital && !t.is(&words::NO_STREET_NAMES);
        // "Малый Примерный пр."
        if is(tokens, before, is_also) && is(tokens, first, |t| t.capital && !t.line) {
            first = before;
        }
    }
    let house = house(tokens, skip(tokens, at, ","))?;
    Some(Piece { first, last: house.last, worth: Worth::Whole })
}

/// Where "1-я" begins, that stands before a word.
fn ordinal_before(tokens: &[Token], word: usize) -> Option<usize> {
    let digits = word.checked_sub(3)?;
    let is_ordinal = is(tokens, digits, Token::is_digits)
        && is(tokens, digits + 1, |t| t.is_sign("-–"))
        && is(tokens, digits + 2, |t| t.is_word() && t.chars() <= 2);
    is_ordinal.then_some(digits)
}

/// "12 Example street".
fn english_street(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    if !is(tokens, i, |t| t.is_digits() && t.chars() <= 4) {
        return;
    }
    let first = skip(tokens, i + 1, ",");
    for at in first..first + 4 {
        let Some(token) = tokens.get(at).filter(|t| !t.line) else { return };
        if at > first && token.is(&words::ENGLISH_STREETS) {
            pieces.push(Piece { first: i, last: at, worth: Worth::Whole });
            return;
        }
        if !token.is_word() || !token.lower.is_ascii() || !token.capital {
            return;
        }
    }
}

/// "1-я", "40 лет Примера", "9 января": where the words behind that name begin.
fn ordinal_name(tokens: &[Token], digits: usize) -> Option<usize> {
    let next = tokens.get(digits + 1)?;
    if next.is_sign("-") && tokens.get(digits + 2)?.is_any(&["я", "й", "ая", "ой", "ый", "ю", "го"]) {
        return Some(digits + 3);
    }
    let goes_on = next.is(&words::MONTHS) || next.is_any(&["лет", "й", "я", "ая"]);
    goes_on.then_some(digits + 2)
}

/// It may be the name of a street without the word "street".
fn is_name(token: &Token) -> bool {
    token.is_word()
        && !token.is(&words::NO_STREET_NAMES)
        && (token.capital || is_adjective(token) || is_genitive(token))
}

/// Endings of names of streets as they are said: "Садовая", "на Садовой", "Невском".
fn is_adjective(token: &Token) -> bool {
    token.chars() >= 5 && token.is(&words::ADJECTIVES)
}

fn is_genitive(token: &Token) -> bool {
    token.chars() >= 5 && token.is(&words::GENITIVES)
}

fn is_house_word(token: &Token) -> bool {
    token.is(&words::HOUSE)
}

struct House {
    last: usize,
    /// "дом" stands before the number.
    named: bool,
    /// A flat, a building or the like follows.
    more: bool,
}

/// A house number, with its letter, building and what else belongs to it.
fn house(tokens: &[Token], at: usize) -> Option<House> {
    let mut i = at;
    // "на улице Примерной в доме 5".
    if is(tokens, i, |t| t.is_any(&["в", "у", "возле", "около"])) && is(tokens, i + 1, is_house_word) {
        i += 1;
    }
    let named = is(tokens, i, is_house_word);
    if named {
        i = skip(tokens, i + 1, ".:№");
    } else if tokens.get(i)?.is_sign("№") {
        i += 1;
    }
    let number = tokens.get(i).filter(|t| is_short_number(t) && t.lower != "0")?;
    let may_be_year = number.chars() == 4;
    let mut last = i;
    let mut more = false;
    if let Some(letter) = tokens.get(i + 1).filter(|t| t.is_word() && !t.gap) {
        if letter.chars() == 1 && letter.is(&words::HOUSE_LETTERS) {
            last = i + 1;
            // "101к1".
            if letter.is_any(&["к", "k"]) && is(tokens, i + 2, |t| t.is_digits() && !t.gap) {
                last = i + 2;
            }
        } else if !is_part_word(letter) {
            // "5й", "20мг".
            return None;
        }
    }
    // "7/2", "17-25".
    while is(tokens, last + 1, |t| t.is_sign("/-–") && !t.gap) {
        match tokens.get(last + 2) {
            Some(t) if is_short_number(t) && !t.gap => {
                last += 2;
                more = true;
            }
            // "5-й".
            Some(t) if t.is_word() && !t.gap && is(tokens, last + 1, |t| t.is_sign("-")) => return None,
            _ => break,
        }
    }
    // "5:30" and "5.5" are no houses.
    if is(tokens, last + 1, |t| t.is_sign(":.,%°") && !t.gap) && is(tokens, last + 2, |t| t.is_digits() && !t.gap) {
        return None;
    }
    while let Some(end) = part_at(tokens, skip(tokens, last + 1, ",.")) {
        last = end;
        more = true;
    }
    if !more && !named && (has_unit_behind(tokens, last) || may_be_year) {
        return None;
    }
    Some(House { last, named, more })
}

fn is_part_word(token: &Token) -> bool {
    token.is(&words::PARTS)
}

/// "корп. 2", "кв 12", "лит. А": its last token.
fn part_at(tokens: &[Token], i: usize) -> Option<usize> {
    let word = tokens.get(i).filter(|t| is_part_word(t) && !t.line)?;
    let value = behind_word(tokens, i);
    let token = tokens.get(value).filter(|t| !t.line)?;
    if is_short_number(token) && !is_area(tokens, value) {
        return Some(with_letter(tokens, value));
    }
    let lettered = word.is_any(&["лит", "литер", "литера", "корп", "корпус", "стр"]);
    (lettered && token.is_word() && token.chars() == 1).then_some(value)
}

/// Where the number behind "кв", "квартира номер" would be.
fn behind_word(tokens: &[Token], word: usize) -> usize {
    let at = skip(tokens, word + 1, ".:№#");
    if is(tokens, at, |t| t.is_any(&["номер", "number"]) && !t.line) { skip(tokens, at + 1, ".:№#") } else { at }
}

/// "квартира 40 метров", "кв 50 м", "квартиру 3 комнаты".
fn is_area(tokens: &[Token], number: usize) -> bool {
    has_unit_behind(tokens, number) && !is(tokens, number + 1, |t| t.begins(&["этаж", "подъезд"]) || t.is_any(&["к"]))
}

/// Pieces that need no street.
fn parts(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let Some(token) = tokens.get(i) else { return };
    if !token.gap && i > 0 && is(tokens, i - 1, Token::is_word) {
        return;
    }
    if token.is_digits() {
        number_before_word(tokens, i, pieces);
        return;
    }
    word_before_number(tokens, i, pieces);
    if token.is(&words::CODES) {
        door_code(tokens, i, pieces);
    }
    if is_house_word(token) && !token.is_any(&["h", "d", "уч", "вл"]) {
        house_alone(tokens, i, pieces);
    }
}

/// "кв 12", "подъезд 2", "этаж 5".
fn word_before_number(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let Some(word) = tokens.get(i) else { return };
    let worth = match word {
        _ if word.is(&words::WHOLE_PARTS) => Worth::Whole,
        _ if word.is(&words::MERE_PARTS) => Worth::Part,
        _ => return,
    };
    // "50 кв м".
    if word.is_any(&["кв"]) && i > 0 && is(tokens, i - 1, Token::is_digits) {
        return;
    }
    let value = behind_word(tokens, i);
    let Some(number) = tokens.get(value).filter(|t| is_short_number(t)) else { return };
    let is_ordinal = is(tokens, value + 1, |t| !t.gap && (t.is_sign("-") || t.is_any(&["й", "я"])));
    // "в квартире 3 кошки", unlike "квартира 3 дверь открыта".
    let holds_few =
        word.is_any(&["квартире", "подъезде", "парадной"]) && ["2", "3", "4"].contains(&number.lower.as_str());
    let is_counted = is(tokens, value + 1, |t| {
        t.begins(&["человек", "комнат", "штук", "метр"])
            || (holds_few && t.is_word() && t.gap && t.chars() > 3 && t.lower.ends_with(['и', 'ы', 'а', 'я']))
    });
    if !is_ordinal && !is_counted && !is_area(tokens, value) {
        pieces.push(Piece { first: i, last: with_letter(tokens, value), worth });
    }
}

/// "3 подъезд", "5-й этаж", "47 квартира", "Лесная 12 кв 7".
fn number_before_word(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    if !is(tokens, i, |t| t.chars() <= 4) {
        return;
    }
    if let Some(last) = part_at(tokens, skip(tokens, i + 1, ",")) {
        let comma = usize::from(i > 0 && is(tokens, i - 1, |t| t.is_sign(",")));
        if let Some(first) = i.checked_sub(1 + comma)
            && is(tokens, first, |t| is_name(t) && !is_part_word(t) && !is_house_word(t))
        {
            pieces.push(Piece { first, last, worth: Worth::Whole });
        }
    }
    let mut at = i + 1;
    if is(tokens, at, |t| t.is_sign("-–") && !t.gap) && is(tokens, at + 1, |t| t.is_word() && !t.gap) {
        at += 2;
    } else if is(tokens, at, |t| t.is_any(&["й", "м", "я", "ый", "ом", "ой", "ю"]) && !t.gap) {
        at += 1;
    }
    let Some(word) = tokens.get(at).filter(|t| !t.line) else { return };
    // "с 5 этажа": from where somebody fell. "5 этажей": how many.
    let is_height = i > 0 && is(tokens, i - 1, |t| t.is_any(&["с", "со", "до", "выше", "минус"]));
    if word.is(&words::NUMBERED_PARTS) {
        // "дом 5 квартира 7": the number is of what stands before it.
        if !(word.begins(&["квартир"]) && is(tokens, at + 1, |t| t.is_digits() && !t.line)) {
            pieces.push(Piece { first: i, last: at, worth: Worth::Whole });
        }
    } else if word.is_any(&["этаж", "этаже", "floor", "etazh"]) && !is_height {
        pieces.push(Piece { first: i, last: at, worth: Worth::Part });
    }
}

/// A number, or the letter right behind it.
fn with_letter(tokens: &[Token], number: usize) -> usize {
    number + usize::from(is(tokens, number + 1, |t| t.is_word() && !t.gap && t.chars() == 1))
}

/// "домофон 35", "код домофона 35К1234", "код двери 0000".
fn door_code(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let is_intercom = |t: &Token| t.begins(&["домофон", "domofon"]);
    // "домофон не работает, код 25К4578".
    let before = tokens.get(i.saturating_sub(6)..=i).unwrap_or_default();
    let mut is_of_door = before.iter().any(|t| t.is(&words::DOORS));
    let mut at = i;
    for _ in 0..4 {
        at = skip(tokens, at + 1, ":-–—.№=");
        let Some(token) = tokens.get(at).filter(|t| !t.line && !t.is_digits()) else { break };
        if !token.is(&words::DOORS) && !token.is(&words::CODE_FILLERS) {
            return;
        }
        is_of_door |= token.is(&words::DOORS);
    }
    let is_code = is(tokens, at, |t| t.is_digits() && !t.line);
    let is_amount = has_unit_behind(tokens, at) && is(tokens, at + 1, |t| t.gap);
    if !is_of_door || !is_code || is_amount {
        return;
    }
    let goes_on = |t: &Token| !t.gap && (t.is_digits() || (t.is_word() && t.chars() <= 2) || t.is_sign("#*"));
    let mut last = at;
    while is(tokens, last + 1, goes_on) {
        last += 1;
    }
    pieces.push(Piece { first: if is(tokens, i, is_intercom) { i } else { at }, last, worth: Worth::Whole });
}

/// "дом 5", of use with a flat only.
fn house_alone(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let is_letter = is(tokens, i, |t| t.chars() == 1);
    if is_letter && !is(tokens, i + 1, |t| t.is_sign(".") || t.is_digits()) {
        return;
    }
    let Some(house) = house(tokens, i).filter(|h| h.named) else { return };
    let mut last = house.last;
    let mut worth = if house.more { Worth::Whole } else { Worth::Part };
    // "дом 8 по улице Тестовой".
    if is(tokens, last + 1, |t| t.is_any(&["по", "на"]))
        && let Some(marker) = marker_end(tokens, last + 2)
    {
        let name = skip(tokens, marker + 1, ".");
        if is(tokens, name, is_name) {
            (last, worth) = (name, Worth::Whole);
        }
    }
    if worth == Worth::Whole || !has_unit_behind(tokens, last) {
        pieces.push(Piece { first: i, last, worth });
    }
}

/// Towns, regions and indexes before an address; a house in a village.
fn towns(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let Some(token) = tokens.get(i) else { return };
    let comma = is(tokens, i + 1, |t| t.is_sign(","));
    let is_index = token.is_digits() && token.chars() == 6 && (comma || is(tokens, i + 1, |t| t.is_any(&["г", "спб"])));
    let is_town = token.is_any(&["спб", "питер", "мск", "москва", "петербург", "spb"]) && comma;
    if is_index || is_town {
        pieces.push(Piece { first: i, last: i, worth: Worth::Town });
    }
    if token.is(&words::REGIONS) && i > 0 && is(tokens, i - 1, is_adjective) {
        pieces.push(Piece { first: i - 1, last: i, worth: Worth::Town });
    }
    let is_short = token.chars() == 1;
    if !token.is(&words::TOWNS) || (is_short && !is(tokens, i + 1, |t| t.is_sign("."))) {
        return;
    }
    let name = skip(tokens, i + 1, ".");
    if !is(tokens, name, |t| t.is_word() && t.capital && !t.line) {
        return;
    }
    let is_double = is(tokens, name + 1, |t| t.is_sign("-") && !t.gap) && is(tokens, name + 2, Token::is_word);
    let last = if is_double { name + 2 } else { name };
    // "пос. Примерный, 14".
    let house = house(tokens, skip(tokens, last + 1, ",")).filter(|h| h.named || ends_here(tokens, h.last));
    match house.filter(|_| token.is(&words::VILLAGES)) {
        Some(house) => pieces.push(Piece { first: i, last: house.last, worth: Worth::Whole }),
        None => pieces.push(Piece { first: i, last, worth: Worth::Town }),
    }
}

/// Words behind which a name and a number are an address, without "street".
fn is_place_word(token: &Token) -> bool {
    token.is(&words::PLACE_WORDS)
}

/// A word such as "живу" stands a little before, or something that tells that a door is meant.
fn is_placed(tokens: &[Token], first: usize) -> bool {
    let from = first.saturating_sub(8);
    let before = tokens.get(from..first).unwrap_or_default();
    before.iter().any(is_place_word) && !before.iter().any(|t| t.is(&words::PUBLIC))
}

/// "живу на Вымышленной 14", "адрес: Тестовая 28".
fn named(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    if !is(tokens, i, is_place_word) {
        return;
    }
    let by_address = is(tokens, i, |t| t.begins(&["адрес", "adres"]) || t.is_any(&["address"]));
    let mut at = i;
    let mut fillers = 0;
    loop {
        at = skip(tokens, at + 1, ":-–—\"«");
        match tokens.get(at) {
            Some(t) if fillers < 3 && t.is(&words::PLACE_FILLERS) => fillers += 1,
            _ => break,
        }
    }
    let first = at;
    let (mut names, mut last_name) = (0, at);
    let (mut capital, mut adjective) = (false, false);
    while names < 3 {
        let Some(token) = tokens.get(at).filter(|t| t.is_word() && !t.line && !t.is(&words::NO_STREET_NAMES)) else {
            break;
        };
        if is_marker(token) || is_house_word(token) || is_part_word(token) {
            break;
        }
        capital |= token.capital;
        adjective |= is_adjective(token) || is_genitive(token);
        last_name = at;
        names += 1;
        at += 1;
    }
    if names == 0 || !(capital || by_address) {
        return;
    }
    let comma = is(tokens, last_name + 1, |t| t.is_sign(","));
    let Some(house) = house(tokens, skip(tokens, last_name + 1, ",")) else { return };
    let sure = house.named || house.more || ((by_address || !comma || adjective) && ends_here(tokens, house.last));
    if sure && (adjective || by_address || house.more) {
        pieces.push(Piece { first, last: house.last, worth: Worth::Whole });
    }
}

/// "на Вымыслова 12": streets named after people are no metro stations.
fn behind_preposition(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    if !is(tokens, i, |t| t.is_any(&["на", "по", "с", "у"])) || !is(tokens, i + 1, |t| t.capital && is_genitive(t))
    {
        return;
    }
    if let Some(house) = house(tokens, i + 2).filter(|h| h.more || ends_here(tokens, h.last)) {
        pieces.push(Piece { first: i + 1, last: house.last, worth: Worth::Whole });
    }
}

/// Nothing that could be counted follows the number.
fn ends_here(tokens: &[Token], last: usize) -> bool {
    match tokens.get(last + 1) {
        None => true,
        Some(t) => {
            t.line
                || t.is_sign(".,;!?)»\"—–-")
                || (t.is_word() && !has_unit_behind(tokens, last) && t.is(&words::BEHIND_ADDRESSES))
        }
    }
}

/// An address or a name as the beginnings of its words, so that "Примерная 5" and "на Примерной, д. 5" are the same.
pub(super) fn stems(detail: &str) -> Vec<String> {
    let is_name = |t: &Token| t.is_word() && t.chars() > 2 && !is_marker(t) && !is_house_word(t) && !is_part_word(t);
    let tokens = read(detail);
    let words = tokens.iter().filter(|t| t.is_digits() || is_name(t));
    words.map(|t| t.lower.chars().take(5).collect()).collect()
}
