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
    let dash = tokens.get(i + 1).is_some_and(|t| t.is_sign("-–") && !t.gap);
    if dash
        && tokens
            .get(i + 2)
            .is_some_and(|t| !t.gap && t.is_any(&["т", "р", "д", "кт", "пекта", "те", "ра", "t", "kt", "рт"]))
    {
        return token.is_any(&["пр", "б", "пер", "ш", "pr", "b", "п"]).then_some(i + 2);
    }
    is_marker(token).then_some(i)
}

fn skip(tokens: &[Token], mut i: usize, signs: &str) -> usize {
    while tokens.get(i).is_some_and(|t| t.is_sign(signs) && !t.line) {
        i += 1;
    }
    i
}

fn is_everyday(tokens: &[Token], marker: usize) -> bool {
    tokens.get(marker).is_some_and(|t| t.is(&words::EVERYDAY_STREETS))
}

/// A street and a house, whichever comes first of the name and the word "street".
fn streets(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let Some(marker) = marker_end(tokens, i) else {
        english_street(tokens, i, pieces);
        return;
    };
    // "и пр. 5 штук"
    if tokens.get(i).is_some_and(|t| t.is_any(&["пр"])) && i > 0 && tokens.get(i - 1).is_some_and(|t| t.is_any(&["и"]))
    {
        return;
    }
    let everyday = is_everyday(tokens, i) && marker == i;
    let station = i > 0 && tokens.get(i - 1).is_some_and(|t| t.begins(&["метро", "станци"]) || t.is_any(&["м"]));
    if station {
        return;
    }
    if let Some(piece) = name_behind(tokens, i, marker, everyday) {
        pieces.push(piece);
    } else if let Some(piece) = name_before(tokens, i, marker) {
        pieces.push(piece);
    }
}

/// "ул. Примерная, д. 5".
fn name_behind(tokens: &[Token], marker: usize, end: usize, everyday: bool) -> Option<Piece> {
    let mut at = skip(tokens, end + 1, ".:\"«");
    let mut names = 0;
    let (mut capital, mut adjective) = (false, false);
    while names < 4 {
        let token = tokens.get(at).filter(|t| !t.line)?;
        if token.is_digits() {
            // "1-я", "40 лет", "9 января": a name, if a word follows that belongs to it.
            let Some(next) = ordinal_name(tokens, at) else { break };
            at = next;
            names += 1;
            capital = true;
            continue;
        }
        if is_house_word(token) && tokens.get(skip(tokens, at + 1, ".")).is_some_and(Token::is_digits) {
            break;
        }
        if !token.is_word()
            || (token.is(&words::NO_STREET_NAMES) && !(names > 0 && token.is_any(&["и"])))
            || is_marker(token)
        {
            break;
        }
        let initial = token.chars() == 1 && tokens.get(at + 1).is_some_and(|t| t.is_sign("."));
        capital |= token.capital;
        adjective |= is_adjective(token) || is_genitive(token);
        names += 1;
        at = skip(tokens, at + 1, if initial { "." } else { "»\"." });
        if tokens.get(at).is_some_and(|t| t.is_sign(",")) {
            break;
        }
        // "Новая-Деревенская".
        if tokens.get(at).is_some_and(|t| t.is_sign("-–") && !t.gap) && tokens.get(at + 1).is_some_and(Token::is_word)
        {
            at += 1;
            names -= 1;
        }
    }
    if names == 0 {
        return None;
    }
    let house = house(tokens, skip(tokens, at, ","))?;
    let sure = capital || house.named || house.more || (adjective && ends_here(tokens, house.last));
    (!everyday || sure).then_some(Piece { first: marker, last: house.last, worth: Worth::Whole })
}

/// "Невский пр., 5".
fn name_before(tokens: &[Token], marker: usize, end: usize) -> Option<Piece> {
    let line = tokens.get(marker)?.begins(&["лини"]);
    let name = tokens.get(marker.checked_sub(1)?).filter(|_| !tokens.get(marker).is_some_and(|m| m.line))?;
    if name.is(&words::NO_STREET_NAMES) && !line {
        return None;
    }
    let is_name = name.is_word() && !line && (name.capital || is_adjective(name) || is_genitive(name));
    let mut first = marker - 1;
    if line {
        // "8-я линия".
        let digits = marker.checked_sub(3)?;
        let ordinal = tokens.get(digits)?.is_digits() && tokens.get(digits + 1)?.is_sign("-") && name.is_word();
        if !ordinal {
            return None;
        }
        first = digits;
    } else if !is_name {
        return None;
    }
    if let Some(before) = first.checked_sub(1).and_then(|b| tokens.get(b)).filter(|_| !line) {
        if before.is_word()
            && before.capital
            && name.capital
            && !before.is(&words::NO_STREET_NAMES)
            && !tokens.get(first).is_some_and(|t| t.line)
        {
            first -= 1;
        } else if before.is_word() && before.chars() <= 2 && first >= 3 {
            // "1-я Примерная улица".
            let digits = first - 3;
            if tokens.get(digits).is_some_and(Token::is_digits) && tokens.get(first - 2).is_some_and(|t| t.is_sign("-"))
            {
                first = digits;
            }
        }
    }
    let mut at = skip(tokens, end + 1, ".,");
    // "10-я линия В.О., д. 55".
    if line && tokens.get(at).is_some_and(|t| t.is_any(&["в", "во", "васильевского"])) {
        at = skip(tokens, at + 1, ".");
        if tokens.get(at).is_some_and(|t| t.is_any(&["о", "острова"])) {
            at = skip(tokens, at + 1, ".,");
        }
    }
    let house = house(tokens, skip(tokens, at, ","))?;
    Some(Piece { first, last: house.last, worth: Worth::Whole })
}

/// "12 Example street".
fn english_street(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    if !tokens.get(i).is_some_and(|t| t.is_digits() && t.chars() <= 4) {
        return;
    }
    let mut at = skip(tokens, i + 1, ",");
    for names in 0..4 {
        let Some(token) = tokens.get(at).filter(|t| !t.line) else { return };
        if names > 0 && token.is(&words::ENGLISH_STREETS) {
            pieces.push(Piece { first: i, last: at, worth: Worth::Whole });
            return;
        }
        if !token.is_word() || !token.lower.is_ascii() || !token.capital {
            return;
        }
        at += 1;
    }
}

/// "1-я", "40 лет Примера", "9 января": where the words behind that name begin.
fn ordinal_name(tokens: &[Token], digits: usize) -> Option<usize> {
    let next = tokens.get(digits + 1)?;
    if next.is_sign("-") && tokens.get(digits + 2)?.is_any(&["я", "й", "ая", "ой", "ый", "ю", "го"]) {
        return Some(digits + 3);
    }
    let month = next.is(&words::MONTHS);
    if month || next.is_any(&["лет", "й", "я", "ая"]) {
        return Some(digits + 2);
    }
    None
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
    if tokens.get(i).is_some_and(|t| t.is_any(&["в", "у", "возле", "около"]))
        && tokens.get(i + 1).is_some_and(is_house_word)
    {
        i += 1;
    }
    let named = tokens.get(i).is_some_and(is_house_word);
    if named {
        i = skip(tokens, i + 1, ".:№");
    } else if tokens.get(i)?.is_sign("№") {
        i += 1;
    }
    let number = tokens.get(i).filter(|t| t.is_digits() && t.chars() <= 4 && !t.line && t.lower != "0")?;
    let four = number.chars() == 4;
    let mut last = i;
    let mut more = false;
    if let Some(letter) = tokens.get(i + 1).filter(|t| t.is_word() && !t.gap) {
        if letter.chars() == 1 && letter.is(&words::HOUSE_LETTERS) {
            last = i + 1;
            // "101к1".
            if letter.is_any(&["к", "k"]) && tokens.get(i + 2).is_some_and(|t| t.is_digits() && !t.gap) {
                last = i + 2;
            }
        } else if !is_part_word(letter) {
            // "5й", "20мг".
            return None;
        }
    }
    // "7/2", "17-25".
    while tokens.get(last + 1).is_some_and(|t| t.is_sign("/-–") && !t.gap) {
        match tokens.get(last + 2) {
            Some(t) if t.is_digits() && !t.gap && t.chars() <= 4 => {
                last += 2;
                more = true;
            }
            // "5-й".
            Some(t) if t.is_word() && !t.gap && tokens.get(last + 1).is_some_and(|t| t.is_sign("-")) => return None,
            _ => break,
        }
    }
    // "5:30" and "5.5" are no houses.
    if tokens.get(last + 1).is_some_and(|t| t.is_sign(":.,%°") && !t.gap)
        && tokens.get(last + 2).is_some_and(|t| t.is_digits() && !t.gap)
    {
        return None;
    }
    while let Some(end) = part_at(tokens, skip(tokens, last + 1, ",.")) {
        last = end;
        more = true;
    }
    if !more && !named && (has_unit_behind(tokens, last) || four) {
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
    if token.is_digits() && token.chars() <= 4 && !is_area(tokens, value) {
        let letter = tokens.get(value + 1).is_some_and(|t| t.is_word() && !t.gap && t.chars() == 1);
        return Some(if letter { value + 1 } else { value });
    }
    let lettered = word.is_any(&["лит", "литер", "литера", "корп", "корпус", "стр"]);
    (lettered && token.is_word() && token.chars() == 1).then_some(value)
}

/// Where the number behind "кв", "квартира номер" would be.
fn behind_word(tokens: &[Token], word: usize) -> usize {
    let at = skip(tokens, word + 1, ".:№#");
    if tokens.get(at).is_some_and(|t| t.is_any(&["номер", "number"]) && !t.line) {
        skip(tokens, at + 1, ".:№#")
    } else {
        at
    }
}

/// "квартира 40 метров", "кв 50 м", "квартиру 3 комнаты".
fn is_area(tokens: &[Token], number: usize) -> bool {
    has_unit_behind(tokens, number)
        && !tokens.get(number + 1).is_some_and(|t| t.begins(&["этаж", "подъезд"]) || t.is_any(&["к"]))
}

/// Pieces that need no street.
fn parts(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let Some(token) = tokens.get(i) else { return };
    let push =
        |pieces: &mut Vec<Piece>, first: usize, last: usize, worth: Worth| pieces.push(Piece { first, last, worth });
    let glued_before = i > 0 && tokens.get(i - 1).is_some_and(|t| t.is_word() && !token.gap);
    if token.is_word() && !glued_before {
        let whole = token.is(&words::WHOLE_PARTS);
        let part = token.is(&words::MERE_PARTS);
        // Area: "50 кв м".
        let area = token.is_any(&["кв"]) && i > 0 && tokens.get(i - 1).is_some_and(Token::is_digits);
        if (whole || part) && !area {
            let value = behind_word(tokens, i);
            let number = tokens.get(value).filter(|t| t.is_digits() && t.chars() <= 4 && !t.line);
            let ordinal =
                tokens.get(value + 1).is_some_and(|t| (t.is_sign("-") && !t.gap) || t.is_any(&["й", "я"]) && !t.gap);
            if number.is_some() && !ordinal && !is_area(tokens, value) {
                // "в квартире 3 кошки": counted, unlike "квартира 3 дверь открыта".
                let in_it = token.is_any(&["квартире", "подъезде", "парадной"])
                    && number.is_some_and(|n| ["2", "3", "4"].contains(&n.lower.as_str()));
                let counted = |t: &Token| {
                    in_it && t.is_word() && t.gap && t.chars() > 3 && t.lower.ends_with(['и', 'ы', 'а', 'я'])
                };
                let people = tokens
                    .get(value + 1)
                    .is_some_and(|t| counted(t) || t.begins(&["человек", "комнат", "штук", "метр"]));
                if !people {
                    let letter = tokens.get(value + 1).is_some_and(|t| t.is_word() && !t.gap && t.chars() == 1);
                    push(
                        pieces,
                        i,
                        if letter { value + 1 } else { value },
                        if whole { Worth::Whole } else { Worth::Part },
                    );
                }
            }
        }
        if token.begins(&["домофон", "domofon"]) || token.is_any(&["пинкод", "кодовый", "код", "code", "пин", "kod"])
        {
            door_code(tokens, i, pieces);
        }
        if is_house_word(token) && !token.is_any(&["h", "d", "уч", "вл"]) {
            house_alone(tokens, i, pieces);
        }
    }
    // "3 подъезд", "5-й этаж", "47 квартира".
    if token.is_digits() && token.chars() <= 4 && !glued_before {
        let mut at = i + 1;
        if tokens.get(at).is_some_and(|t| t.is_sign("-–") && !t.gap)
            && tokens.get(at + 1).is_some_and(|t| t.is_word() && !t.gap)
        {
            at += 2;
        } else if tokens.get(at).is_some_and(|t| t.is_any(&["й", "м", "я", "ый", "ом", "ой", "ю"]) && !t.gap)
        {
            at += 1;
        }
        let Some(word) = tokens.get(at).filter(|t| !t.line) else { return };
        // "5 этажей", "3 подъезда": how many, not which.
        let whole = word.is(&words::NUMBERED_PARTS);
        let part = word.is_any(&["этаж", "этаже", "floor", "etazh"]);
        let many = i > 0 && tokens.get(i - 1).is_some_and(|t| t.is_any(&["с", "со", "до", "выше", "минус"]));
        let followed = tokens.get(at + 1).is_some_and(|t| t.is_digits() && !t.line)
            && whole
            && word.is_any(&["квартира", "квартиру"]);
        // "Лесная 12 кв 7".
        if let Some(end) = part_at(tokens, skip(tokens, i + 1, ",")).filter(|_| i > 0) {
            let comma = usize::from(i > 1 && tokens.get(i - 1).is_some_and(|t| t.is_sign(",")));
            let name = tokens.get(i - 1 - comma).filter(|t| t.is_word());
            let name = name.filter(|t| t.capital || is_adjective(t) || is_genitive(t));
            if name.is_some_and(|t| !t.is(&words::NO_STREET_NAMES) && !is_part_word(t) && !is_house_word(t)) {
                push(pieces, i - 1 - comma, end, Worth::Whole);
            }
        }
        if (whole || (part && !many)) && !followed {
            push(pieces, i, at, if whole { Worth::Whole } else { Worth::Part });
        }
    }
}

/// "домофон 35", "код домофона 35К1234", "код двери 0000".
fn door_code(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let mut at = i;
    // "домофон не работает, код 25К4578".
    let before = tokens.get(i.saturating_sub(6)..=i).unwrap_or_default();
    let mut named = before.iter().any(|t| t.begins(&["домофон", "domofon", "двер", "подъезд", "парадн", "калитк"]));
    for _ in 0..4 {
        at = skip(tokens, at + 1, ":-–—.№=");
        let Some(token) = tokens.get(at).filter(|t| !t.line) else { return };
        if token.is(&words::DOORS) {
            named = true;
        } else if token.is_digits() {
            break;
        } else if !token.is_any(&["от", "на", "код", "of", "the", "for", "входной", "это"]) {
            return;
        }
    }
    if !named
        || !tokens.get(at).is_some_and(Token::is_digits)
        || has_unit_behind(tokens, at) && !tokens.get(at + 1).is_some_and(|t| !t.gap)
    {
        return;
    }
    let mut last = at;
    while tokens
        .get(last + 1)
        .is_some_and(|t| !t.gap && (t.is_digits() || (t.is_word() && t.chars() <= 2) || t.is_sign("#*")))
    {
        last += 1;
    }
    let first = if tokens.get(i).is_some_and(|t| t.begins(&["домофон", "domofon"])) { i } else { at };
    pieces.push(Piece { first, last, worth: Worth::Whole });
}

/// "дом 5", of use with a flat only.
fn house_alone(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let short = tokens.get(i).is_some_and(|t| t.chars() == 1);
    if short && !tokens.get(i + 1).is_some_and(|t| t.is_sign(".") || t.is_digits()) {
        return;
    }
    let Some(house) = house(tokens, i) else { return };
    // "дом 8 по улице Тестовой".
    let mut at = house.last + 1;
    if tokens.get(at).is_some_and(|t| t.is_any(&["по", "на"])) {
        at += 1;
        if let Some(marker) = marker_end(tokens, at) {
            let name = skip(tokens, marker + 1, ".");
            if tokens
                .get(name)
                .is_some_and(|t| t.is_word() && (t.capital || is_adjective(t)) && !t.is(&words::NO_STREET_NAMES))
            {
                pieces.push(Piece { first: i, last: name, worth: Worth::Whole });
                return;
            }
        }
    }
    if house.named && !has_unit_behind(tokens, house.last) {
        pieces.push(Piece { first: i, last: house.last, worth: if house.more { Worth::Whole } else { Worth::Part } });
    }
}

/// Towns and indexes before an address.
fn towns(tokens: &[Token], i: usize, pieces: &mut Vec<Piece>) {
    let Some(token) = tokens.get(i) else { return };
    if token.is_digits()
        && token.chars() == 6
        && tokens.get(i + 1).is_some_and(|t| t.is_sign(",") || t.is_any(&["г", "спб"]))
    {
        pieces.push(Piece { first: i, last: i, worth: Worth::Town });
    }
    let region = token.is(&words::REGIONS);
    if region && i > 0 && tokens.get(i - 1).is_some_and(is_adjective) {
        pieces.push(Piece { first: i - 1, last: i, worth: Worth::Town });
    }
    if token.is_any(&["спб", "питер", "мск", "москва", "петербург", "spb"])
        && tokens.get(i + 1).is_some_and(|t| t.is_sign(","))
    {
        pieces.push(Piece { first: i, last: i, worth: Worth::Town });
    }
    let marker = token.is(&words::TOWNS);
    if !marker {
        return;
    }
    let name = skip(tokens, i + 1, ".");
    let Some(word) = tokens.get(name).filter(|t| t.is_word() && t.capital && !t.line) else { return };
    if token.chars() > 1 || tokens.get(i + 1).is_some_and(|t| t.is_sign(".")) {
        let more = tokens.get(name + 1).is_some_and(|t| t.is_sign("-") && !t.gap)
            && tokens.get(name + 2).is_some_and(Token::is_word);
        let last = if more { name + 2 } else { name };
        // "пос. Примерный, 14".
        if !word.is(&words::NO_STREET_NAMES)
            && token.is_any(&["пос", "поселок", "дер", "деревня", "село", "снт", "пгт", "хутор"])
        {
            if let Some(house) =
                house(tokens, skip(tokens, last + 1, ",")).filter(|h| h.named || ends_here(tokens, h.last))
            {
                pieces.push(Piece { first: i, last: house.last, worth: Worth::Whole });
                return;
            }
        }
        pieces.push(Piece { first: i, last, worth: Worth::Town });
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
    if !tokens.get(i).is_some_and(is_place_word) {
        return;
    }
    let by_address = tokens.get(i).is_some_and(|t| t.begins(&["адрес", "adres"]) || t.is_any(&["address"]));
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
    let comma = tokens.get(last_name + 1).is_some_and(|t| t.is_sign(","));
    let Some(house) = house(tokens, skip(tokens, last_name + 1, ",")) else { return };
    let sure = house.named || house.more || ((by_address || !comma || adjective) && ends_here(tokens, house.last));
    if sure && (adjective || by_address || house.more) {
        pieces.push(Piece { first, last: house.last, worth: Worth::Whole });
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
