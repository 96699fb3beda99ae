//! Times as forums write them, in Russian and English: machine dates, "сегодня, 14:05", "5 мин. назад", "Oct 19, 2026".
//!
//! Never guesses: a date without a time of day, or "3 weeks ago", says too little to be a moment.

use crate::clock::Timestamp;
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Span, ToSpan};
use regex::Regex;
use std::sync::LazyLock;

/// In which order a purely numeric date is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum NumericOrder {
    #[default]
    Dmy,
    Mdy,
}

/// What a written time comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    At(Timestamp),
    /// It is a time, but too coarse to be a moment: "3 days ago", "15 Oct".
    Coarse,
    /// Not understood.
    Unknown,
}

/// How the times of a page are to be read.
#[derive(Clone, Debug)]
pub(super) struct Reckoning {
    pub(super) now: Timestamp,
    pub(super) zone: TimeZone,
    pub(super) order: NumericOrder,
    /// The order of dates written with dots: the day first, unless the page itself tells otherwise.
    pub(super) order_with_dots: NumericOrder,
    /// What comes after a year in front: the month first, unless the page's other dates tell otherwise.
    pub(super) order_after_year: NumericOrder,
}

struct Patterns {
    iso: Regex,
    ago: Regex,
    just_now: Regex,
    clock: Regex,
    full_hour: Regex,
    numeric: Regex,
    year: Regex,
    day: Regex,
    offset: Regex,
}

static PATTERNS: LazyLock<Patterns> = LazyLock::new(|| {
    let regex = |text| Regex::new(text).expect("a constant expression");
    Patterns {
        iso: regex(
            r"(?i)(\d{4})-(\d{2})-(\d{2})(?:T|\s+)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*(Z|[+-]\d{2}:?\d{2}|[ap]\.?m)?\b",
        ),
        ago: regex(
            r"(?x)^(?:около\s+|about\s+|~\s*)?(?:(?P<n>\d+)|an?|one|один|одну)?\s*
            (?:(?P<sec>s|secs?|seconds?|с|сек|секунд\w*)|(?P<min>m|mins?|minutes?|м|мин|минут\w*)
              |(?P<hour>h|hrs?|hours?|ч|час\w*)
              |(?P<coarse>d|days?|w|weeks?|mo|months?|y|yrs?|years?|д|дн|день|дня|дней|недел\w*|нед|мес|месяц\w*|год\w*|лет))
            \.?(?P<suffix>\s+(?:ago|назад|тому\ назад))?$",
        ),
        just_now: regex(
            r"^(?:just now|now|a moment ago|moments ago|(?:less than|меньше|менее) \w+ \w+(?: ago| назад)?|только что|сейчас)$",
        ),
        clock: regex(r"(?:^|\D)(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([ap])\.?\s?m\b)?"),
        full_hour: regex(r"(?:^|\D)(\d{1,2})()()\s*([ap])\.?m\b"),
        numeric: regex(r"(?:^|\D)(\d{1,4})[./-](\d{1,2})[./-](\d{2,4})(?:\D|$)"),
        year: regex(r"(?:^|\D)((?:19|20)\d{2})(?:\D|$)|['’](\d{2})(?:\D|$)"),
        day: regex(r"(?:^|[^\d:])(\d{1,2})(?:st|nd|rd|th|-?го|-?е)?(?:[^\d:]|$)"),
        offset: regex(
            r"(?i)^\s*(?:UTC|GMT)?\s*(?:([+\-−])\s*(\d{1,2})(?::?(\d{2})|[.,](\d{1,2}))?)?\s*(?:UTC|GMT|ч\.?|hours?)?\s*$",
        ),
    }
});

/// Times are short; whatever is longer is not one, and must not cost time.
const MAX_BYTES: usize = 200;

/// Reads a written time.
pub(super) fn read(text: &str, reckoning: &Reckoning) -> When {
    let text = super::text::fold(text);
    if text.len() > MAX_BYTES { When::Unknown } else { read_folded(&text, reckoning, &PATTERNS) }
}

/// The order in which a page writes numeric dates, told by the day on which it was made; `None` where that day could be
/// either or neither.
pub(super) fn order_of_today(today: &str, reckoning: &Reckoning) -> Option<NumericOrder> {
    let numbers = PATTERNS.numeric.captures(today).and_then(|found| {
        let part = |n: usize| found.get(n).and_then(|m| m.as_str().parse::<i8>().ok());
        part(1).zip(part(2))
    });
    let now = reckoning.now.to_jiff().to_zoned(reckoning.zone.clone()).date();
    // The page may be of another zone, and a little older than the fetch.
    let days = [now.yesterday().ok(), Some(now), now.tomorrow().ok()];
    let day_first = days.into_iter().flatten().any(|day| Some((day.day(), day.month())) == numbers);
    let month_first = days.into_iter().flatten().any(|day| Some((day.month(), day.day())) == numbers);
    match (day_first, month_first) {
        (true, false) => Some(NumericOrder::Dmy),
        (false, true) => Some(NumericOrder::Mdy),
        _ => None,
    }
}

/// Whether the day and the month of a numeric date could change places.
pub(super) fn is_ambiguous(text: &str) -> bool {
    text.len() <= MAX_BYTES && day_and_month(text).is_some_and(|(a, b, _)| a <= 12 && b <= 12 && a != b)
}

/// The order in which a numeric date is written, where it tells: no month has the number 25, and no post is of a day that
/// is still to come.
pub(super) fn told_order(text: &str, reckoning: &Reckoning) -> Option<NumericOrder> {
    let (a, b, year) = day_and_month(text).filter(|_| text.len() <= MAX_BYTES)?;
    // A day of grace for clocks and zones that differ.
    let latest = reckoning.now.to_jiff().to_zoned(reckoning.zone.clone()).date().tomorrow().ok()?;
    let possible = |month, day| Date::new(full_year(year), month, day).is_ok_and(|date| date <= latest);
    match (possible(b, a), possible(a, b)) {
        (true, false) => Some(NumericOrder::Dmy),
        (false, true) => Some(NumericOrder::Mdy),
        _ => None,
    }
}

/// Whether a date begins with its year, written for people: a machine would name a zone or put a T before the time.
pub(super) fn is_year_first(text: &str) -> bool {
    text.len() <= MAX_BYTES && year_first(text).is_some()
}

fn year_first(text: &str) -> Option<regex::Captures<'_>> {
    PATTERNS.iso.captures(text).filter(|found| !is_for_machines(found))
}

fn is_for_machines(iso: &regex::Captures<'_>) -> bool {
    iso.get(7).is_some() || iso.get(0).is_some_and(|date| date.as_str().contains(['T', 't']))
}

/// The two numbers of a date whose order is a matter of custom, and its year: with dots the day comes first.
fn day_and_month(text: &str) -> Option<(i8, i8, i16)> {
    let numeric =
        || PATTERNS.numeric.captures(text).filter(|found| !found.get(0).is_some_and(|m| m.as_str().contains('.')));
    let (found, [one, other, year]) = match year_first(text) {
        Some(found) => (found, [2, 3, 1]),
        None => (numeric()?, [1, 2, 3]),
    };
    let part = |n: usize| found.get(n).map(|m| m.as_str());
    Some((part(one)?.parse().ok()?, part(other)?.parse().ok()?, part(year)?.parse().ok()?))
}

fn full_year(year: i16) -> i16 {
    if year < 100 { 2000 + year } else { year }
}

fn read_folded(text: &str, reckoning: &Reckoning, patterns: &Patterns) -> When {
    if text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 9 | 10 | 13) {
        let number: i64 = text.parse().unwrap_or_default();
        return When::At(Timestamp::from_unix_s(if text.len() == 13 { number / 1000 } else { number }));
    }
    let half_day = |found: &regex::Captures<'_>| found.get(7).is_some_and(|m| m.as_str().to_lowercase().ends_with('m'));
    // With «am» or «pm» it is only written in this order.
    if let Some(found) = patterns.iso.captures(text).filter(|found| !half_day(found)) {
        let part = |n: usize| found.get(n).and_then(|m| m.as_str().parse::<i16>().ok());
        let small = |n: usize| part(n).and_then(|v| i8::try_from(v).ok());
        let day_first = match (reckoning.order_after_year, small(2)) {
            _ if is_for_machines(&found) => false,
            (NumericOrder::Dmy, _) => true,
            (NumericOrder::Mdy, second) => second > Some(12),
        };
        let (month, day) = if day_first { (small(3), small(2)) } else { (small(2), small(3)) };
        let date = part(1).zip(month).zip(day).and_then(|((y, m), d)| Date::new(y, m, d).ok());
        let time = small(4).zip(small(5)).and_then(|(h, m)| Time::new(h, m, small(6).unwrap_or(0), 0).ok());
        let zone = found.get(7).and_then(|m| zone(m.as_str()));
        return moment(date, time, zone.as_ref().unwrap_or(&reckoning.zone));
    }
    let text = text.to_lowercase();
    let now = reckoning.now;
    if patterns.just_now.is_match(&text) {
        return When::At(now);
    }
    if let Some(found) = patterns.ago.captures(&text) {
        let number: i64 = found.name("n").and_then(|n| n.as_str().parse().ok()).unwrap_or(1);
        let spelled = found.name("suffix").is_some() || found.name("n").is_some();
        for (unit, seconds) in [("sec", 1), ("min", 60), ("hour", 3600)] {
            if found.name(unit).is_some() && spelled {
                return When::At(now.plus_s(number.saturating_mul(-seconds)));
            }
        }
        if spelled {
            return When::Coarse;
        }
    }
    let time = match patterns.clock.captures_iter(&text).last() {
        Some(found) => clock(&found),
        // Django leaves out the minutes of full hours, and has words for two of them.
        None if text.contains("midnight") || text.contains("полночь") => Some(Time::midnight()),
        None if text.contains("noon") || text.contains("полдень") => Some(Time::constant(12, 0, 0, 0)),
        None => patterns.full_hour.captures(&text).and_then(|found| clock(&found)),
    };
    let zone_of_text = text.ends_with("utc") || text.ends_with("gmt") || text.ends_with("(utc)");
    let zone = if zone_of_text { &TimeZone::UTC } else { &reckoning.zone };
    match date(&text, reckoning, zone, patterns) {
        Some(_) if time.is_none() => When::Coarse,
        date => moment(date, time, zone),
    }
}

fn moment(date: Option<Date>, time: Option<Time>, zone: &TimeZone) -> When {
    let at =
        date.zip(time).and_then(|(date, time)| zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible().ok());
    at.map_or(When::Unknown, |at| When::At(at.into()))
}

fn clock(found: &regex::Captures<'_>) -> Option<Time> {
    let part = |n: usize| found.get(n).and_then(|m| m.as_str().parse::<i8>().ok());
    let hour = match (part(1)?, found.get(4).map(|m| m.as_str())) {
        (12, Some("a")) => 0,
        (hour @ 1..12, Some("p")) => hour + 12,
        (hour, _) => hour,
    };
    Time::new(hour, part(2).unwrap_or(0), part(3).unwrap_or(0), 0).ok()
}

fn date(text: &str, reckoning: &Reckoning, zone: &TimeZone, patterns: &Patterns) -> Option<Date> {
    let today = reckoning.now.to_jiff().to_zoned(zone.clone()).date();
    let shifted = |days: i64| today.checked_add(Span::new().try_days(days).ok()?).ok();
    let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty());
    if let Some(days) = words.clone().find_map(|word| match word {
        "today" | "сегодня" | "сьогодні" => Some(0),
        "yesterday" | "вчера" | "вчора" => Some(-1),
        "позавчера" => Some(-2),
        "tomorrow" | "завтра" => Some(1),
        _ => None,
    }) {
        return shifted(days);
    }
    if let Some(found) = patterns.numeric.captures(text) {
        let part = |n: usize| found.get(n).and_then(|m| m.as_str().parse::<i16>().ok());
        let (a, b, c) = (part(1)?, part(2)?, part(3)?);
        let dots = found.get(0).is_some_and(|date| date.as_str().contains('.'));
        let (year, month, day) = match if dots { reckoning.order_with_dots } else { reckoning.order } {
            _ if a > 31 => (a, b, c),
            _ if a > 12 => (c, b, a),
            _ if b > 12 => (c, a, b),
            NumericOrder::Dmy => (c, b, a),
            NumericOrder::Mdy => (c, a, b),
        };
        return Date::new(full_year(year), i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok();
    }
    if let Some(month) = words.clone().find_map(month) {
        let day: i8 = patterns.day.captures(text)?.get(1)?.as_str().parse().ok()?;
        if let Some(found) = patterns.year.captures(text) {
            let year = |n: usize| found.get(n).and_then(|m| m.as_str().parse::<i16>().ok());
            return Date::new(year(1).or_else(|| Some(2000 + year(2)?))?, month, day).ok();
        }
        // Without a year the date is the latest such day; a day of grace for clocks that differ.
        let latest = shifted(1)?;
        let this_year = Date::new(today.year(), month, day).ok().filter(|date| *date <= latest);
        return this_year.or_else(|| Date::new(today.year() - 1, month, day).ok());
    }
    let weekday = words.find_map(weekday)?;
    let back = today.weekday().since(weekday);
    today.checked_sub(if back == 0 { 7.days() } else { i64::from(back).days() }).ok()
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [[&str; 3]; 12] = [
        ["jan", "янв", "січ"],
        ["feb", "фев", "лют"],
        ["mar", "мар", "бер"],
        ["apr", "апр", "кві"],
        ["may", "май", "тра"],
        ["jun", "июн", "чер"],
        ["jul", "июл", "лип"],
        ["aug", "авг", "сер"],
        ["sep", "сен", "вер"],
        ["oct", "окт", "жов"],
        ["nov", "ноя", "лис"],
        ["dec", "дек", "гру"],
    ];
    if word == "мая" || word == "мае" {
        return Some(5);
    }
    (1..).zip(MONTHS).find(|(_, names)| names.iter().any(|name| word.starts_with(name))).map(|(number, _)| number)
}

fn weekday(word: &str) -> Option<Weekday> {
    const DAYS: [(Weekday, [&str; 2]); 7] = [
        (Weekday::Monday, ["monday", "понедельник"]),
        (Weekday::Tuesday, ["tuesday", "вторник"]),
        (Weekday::Wednesday, ["wednesday", "сред"]),
        (Weekday::Thursday, ["thursday", "четверг"]),
        (Weekday::Friday, ["friday", "пятниц"]),
        (Weekday::Saturday, ["saturday", "суббот"]),
        (Weekday::Sunday, ["sunday", "воскресенье"]),
    ];
    DAYS.into_iter().find(|(_, names)| names.iter().any(|name| word.starts_with(name))).map(|(day, _)| day)
}

/// The zone in which a page of now shows this time of day: the reckoning's own, or an hour more. Engines name their
/// zone without summer time and show all times with it.
pub(super) fn in_summer_time(reckoning: &Reckoning, shown: &str) -> TimeZone {
    let zone = &reckoning.zone;
    let now = reckoning.now.to_jiff();
    let expected = now.to_zoned(zone.clone()).time();
    let ahead = PATTERNS.clock.captures(&shown.to_lowercase()).and_then(|found| clock(&found)).map(|shown| {
        let minutes = |time: Time| i32::from(time.hour()) * 60 + i32::from(time.minute());
        (minutes(shown) - minutes(expected)).rem_euclid(24 * 60)
    });
    let summer = ahead.filter(|ahead| (55..=65).contains(ahead)).and_then(|_| {
        let seconds = zone.to_offset(now).seconds();
        Offset::from_seconds(seconds + 3600).ok()
    });
    summer.map_or_else(|| zone.clone(), TimeZone::fixed)
}

/// The zone of a clock that showed this at that `moment`; the reckoning's own where it fits, or where none would.
pub(super) fn zone_of_clock(reckoning: &Reckoning, shown: &str, moment: &str) -> TimeZone {
    const QUARTER_S: i64 = 15 * 60;
    // Clocks without seconds may be a minute behind.
    const INEXACT_S: i64 = 90;
    let utc = Reckoning { zone: TimeZone::UTC, ..reckoning.clone() };
    let told = || {
        let (When::At(moment), When::At(shown)) = (read(moment, &utc), read(shown, &utc)) else { return None };
        let ahead = shown.since_s(moment);
        let quarters = (ahead + QUARTER_S / 2).div_euclid(QUARTER_S);
        let offset = Offset::from_seconds(i32::try_from(quarters * QUARTER_S).ok()?).ok()?;
        let exact = (ahead - quarters * QUARTER_S).abs() <= INEXACT_S && (-48..=56).contains(&quarters);
        (exact && reckoning.zone.to_offset(moment.to_jiff()) != offset).then(|| TimeZone::fixed(offset))
    };
    told().unwrap_or_else(|| reckoning.zone.clone())
}

/// A zone as pages write it: `UTC+03:00`, `GMT-5`, `GMT +5.5`, `+0300`, `UTC`, `Europe/Moscow`.
pub(super) fn zone(text: &str) -> Option<TimeZone> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if text.eq_ignore_ascii_case("z") {
        return Some(TimeZone::UTC);
    }
    if let Some(found) = PATTERNS.offset.captures(text) {
        let part = |n: usize| found.get(n).and_then(|m| m.as_str().parse::<i32>().ok());
        // «GMT +5.5» is half past five.
        let hundredths = found.get(4).map_or("0", |m| m.as_str());
        let hundredths: i32 = format!("{hundredths:0<2}").parse().ok()?;
        let seconds = part(2).unwrap_or(0) * 3600 + part(3).unwrap_or(0) * 60 + hundredths * 36;
        let sign = if matches!(found.get(1).map(|m| m.as_str()), Some("-" | "−")) { -1 } else { 1 };
        return Offset::from_seconds(sign * seconds).ok().map(TimeZone::fixed);
    }
    TimeZone::get(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sunday 2026-11-22, 12:30 in Moscow.
    fn moscow(order: NumericOrder) -> Reckoning {
        let now = "2026-11-22T09:30:00Z".parse().expect("valid");
        Reckoning {
            now,
            zone: zone("UTC+03:00").expect("valid"),
            order,
            order_with_dots: NumericOrder::Dmy,
            order_after_year: NumericOrder::Mdy,
        }
    }

    fn at(text: &str) -> String {
        match read(text, &moscow(NumericOrder::Dmy)) {
            When::At(at) => at.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn written_times_are_read() {
        for (text, expected) in [
            ("2026-10-19T10:14:00+00:00", "2026-10-19T10:14:00Z"),
            ("2026-10-19T10:14:05.123456+03:00", "2026-10-19T07:14:05Z"),
            ("2026-10-19T10:14:05Z", "2026-10-19T10:14:05Z"),
            ("2026-10-19 10:14", "2026-10-19T07:14:00Z"),
            ("2026-10-19 9:14:05 pm", "2026-10-19T18:14:05Z"),
            ("2026-10-19 12:14 a.m.", "2026-10-18T21:14:00Z"),
            ("1760868840", "2025-10-19T10:14:00Z"),
            ("1760868840000", "2025-10-19T10:14:00Z"),
            ("сегодня, 14:05", "2026-11-22T11:05:00Z"),
            ("Сегодня в 00:05", "2026-11-21T21:05:00Z"),
            ("вчера в 9:10", "2026-11-21T06:10:00Z"),
            ("Yesterday, 03:10 PM", "2026-11-21T12:10:00Z"),
            ("Yesterday 15:05:05", "2026-11-21T12:05:05Z"),
            ("Today at 12:05:11 AM", "2026-11-21T21:05:11Z"),
            ("5 мин. назад", "2026-11-22T09:25:00Z"),
            ("5 минут назад", "2026-11-22T09:25:00Z"),
            ("a minute ago", "2026-11-22T09:29:00Z"),
            ("минуту назад", "2026-11-22T09:29:00Z"),
            ("2 hours ago", "2026-11-22T07:30:00Z"),
            ("14m", "2026-11-22T09:16:00Z"),
            ("14м", "2026-11-22T09:16:00Z"),
            ("40с", "2026-11-22T09:29:20Z"),
            ("2ч", "2026-11-22T07:30:00Z"),
            ("now", "2026-11-22T09:30:00Z"),
            ("сейчас", "2026-11-22T09:30:00Z"),
            ("менее минуты назад", "2026-11-22T09:30:00Z"),
            ("just now", "2026-11-22T09:30:00Z"),
            ("только что", "2026-11-22T09:30:00Z"),
            ("Пн окт 19, 2026 10:14 am", "2026-10-19T07:14:00Z"),
            ("Mon Oct 19, 2026 10:14 pm", "2026-10-19T19:14:00Z"),
            ("13 октября 2026 г. 23:02", "2026-10-13T20:02:00Z"),
            ("01 май 2026, 07:37", "2026-05-01T04:37:00Z"),
            ("19 мая 2026, 07:37", "2026-05-19T04:37:00Z"),
            ("Nov 22, 2026,\u{202f}8:53:47\u{202f}AM UTC", "2026-11-22T08:53:47Z"),
            ("22 нояб. 2026 г., 08:53:47 UTC", "2026-11-22T08:53:47Z"),
            ("19.10.2026, 10:14", "2026-10-19T07:14:00Z"),
            ("19.10.26 10:14", "2026-10-19T07:14:00Z"),
            ("10-19-2026, 10:14 AM", "2026-10-19T07:14:00Z"),
            ("October 19th, 2026, 10:14", "2026-10-19T07:14:00Z"),
            ("Oct. 15, 2026, 2:05 p.m.", "2026-10-15T11:05:00Z"),
            ("Oct. 15, 2026, 2 p.m.", "2026-10-15T11:00:00Z"),
            ("Oct. 15, 2026, noon", "2026-10-15T09:00:00Z"),
            ("15 октября 2026 г., полночь", "2026-10-14T21:00:00Z"),
            ("Sept. 1, 2025, midnight", "2025-08-31T21:00:00Z"),
            ("Nov. 23, 2026, 12:07 a.m.", "2026-11-22T21:07:00Z"),
            ("23 ноября 2026 г. 0:07", "2026-11-22T21:07:00Z"),
            ("Oct 15th, '24, 10:14", "2024-10-15T07:14:00Z"),
            ("Monday, 19th October, 2026, 10:14 AM", "2026-10-19T07:14:00Z"),
            ("15 окт, 10:14", "2026-10-15T07:14:00Z"),
            ("30 дек, 10:14", "2025-12-30T07:14:00Z"),
            ("Monday at 3:10 PM", "2026-11-16T12:10:00Z"),
            ("Воскресенье в 15:10", "2026-11-15T12:10:00Z"),
            ("3 days ago", "Coarse"),
            ("2 недели назад", "Coarse"),
            ("15 Oct", "Coarse"),
            ("15 окт. '25", "Coarse"),
            ("22.11.2026", "Coarse"),
            ("", "Unknown"),
            ("никогда", "Unknown"),
            ("99:99", "Unknown"),
            ("31.02.2026, 10:14", "Unknown"),
        ] {
            assert_eq!(at(text), expected, "{text}");
        }
    }

    #[test]
    fn order_of_numeric_dates_is_the_profiles() {
        let expected = When::At("2026-03-04T07:14:00Z".parse().expect("valid"));
        assert_eq!(read("03-04-2026, 10:14 AM", &moscow(NumericOrder::Mdy)), expected);
        assert_eq!(read("04.03.2026, 10:14", &moscow(NumericOrder::Dmy)), expected);
        assert_eq!(read("04.03.2026, 10:14", &moscow(NumericOrder::Mdy)), expected);
        assert_eq!(
            read("03.25.2026, 10:14", &moscow(NumericOrder::Mdy)),
            read("25.03.2026, 10:14", &moscow(NumericOrder::Dmy))
        );
        let told = Reckoning { order_with_dots: NumericOrder::Mdy, ..moscow(NumericOrder::Dmy) };
        assert_eq!(read("03.04.2026, 10:14", &told), expected);
    }

    #[test]
    fn day_may_come_before_the_month_after_a_year_in_front() {
        let expected = When::At("2026-10-19T07:14:05Z".parse().expect("valid"));
        let usual = moscow(NumericOrder::Dmy);
        let day_first = Reckoning { order_after_year: NumericOrder::Dmy, ..usual.clone() };
        assert_eq!(read("2026-19-10 10:14:05", &usual), expected, "there is no other reading");
        assert_eq!(read("2026-05-11 10:14:05", &usual), read("11.05.2026, 10:14:05", &usual));
        assert_eq!(read("2026-05-11 10:14:05", &day_first), read("05.11.2026, 10:14:05", &usual));
        assert_eq!(read("2026-05-11T10:14:05+03:00", &day_first), read("11.05.2026, 10:14:05", &usual));
        assert!(is_ambiguous("2026-05-11 10:14:05") && !is_ambiguous("2026-05-11T10:14:05Z"));
        assert_eq!(told_order("2026-19-10 10:14:05", &usual), Some(NumericOrder::Dmy));
        assert_eq!(told_order("2026-10-19 10:14:05", &usual), Some(NumericOrder::Mdy));
        assert_eq!(told_order("2026-12-11 10:14:05", &usual), Some(NumericOrder::Dmy), "the other is still to come");
    }

    #[test]
    fn day_a_page_was_made_on_tells_the_order_of_its_dates() {
        let order = |now: &str, today: &str| {
            let now = now.parse().expect("valid");
            order_of_today(today, &Reckoning { now, zone: TimeZone::UTC, ..moscow(NumericOrder::Dmy) })
        };
        let (day_first, month_first) = (Some(NumericOrder::Dmy), Some(NumericOrder::Mdy));
        let (march, april) = ("2026-03-04T10:00:00Z", "2026-04-03T10:00:00Z");
        assert_eq!(order(march, "04-03-2026, 01:14 PM"), day_first);
        assert_eq!(order(april, "04-03-2026, 01:14 PM"), month_first);
        assert_eq!(order(march, "03.04.2026, 01:14 PM"), month_first);
        assert_eq!(order("2026-11-22T23:00:00Z", "23-11-2026, 02:00"), day_first);
        assert_eq!(order("2026-11-11T10:00:00Z", "11-11-2026, 10:00"), None);
        // A page that was kept for long tells nothing.
        assert_eq!(order("2026-11-22T10:00:00Z", "04-03-2026, 01:14 PM"), None);
        assert_eq!(order(march, "Wednesday"), None);
    }

    #[test]
    fn date_tells_its_order_where_only_one_is_possible() {
        let (dmy, mdy) = (Some(NumericOrder::Dmy), Some(NumericOrder::Mdy));
        for (text, order) in [
            ("25-10-2026, 10:14 AM", dmy),
            ("10/25/26 10:14", mdy),
            // It is 22 November.
            ("05-12-2026, 10:14", mdy),
            ("12-05-2026, 10:14", dmy),
            ("03-11-2026, 10:14", None),
            ("11-11-2026, 10:14", None),
            ("31-31-2026, 10:14", None),
            ("25.10.2026, 10:14", None),
            ("2026-10-25 10:14", mdy),
            ("2026-10-25T10:14", None),
            ("Today, 10:14", None),
        ] {
            assert_eq!(told_order(text, &moscow(NumericOrder::Mdy)), order, "{text}");
        }
        for (text, ambiguous) in [
            ("03-11-2026", true),
            ("11-11-2026", false),
            ("25-10-2026", false),
            ("03.11.2026", false),
            ("Today", false),
        ] {
            assert_eq!(is_ambiguous(text), ambiguous, "{text}");
        }
    }

    #[test]
    fn summer_time_is_told_by_the_pages_clock() {
        // It is 12:30 in the zone that the page names.
        for (shown, hours) in [("12:30", 3), ("13:31", 4), ("1:28 PM", 4), ("11:30", 3), ("14:30", 3), ("", 3)] {
            let zone = in_summer_time(&moscow(NumericOrder::Dmy), shown);
            assert_eq!(zone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds(), hours * 3600, "{shown}");
        }
    }

    #[test]
    fn zone_is_told_by_a_clock_and_its_moment() {
        let moment = "2026-11-22T12:00:30Z";
        for (shown, hours) in [
            ("Nov 22, 2026, 12:00 PM", 0),
            ("22 ноября 2026, 15:00:30", 3),
            ("Nov 22, 2026, 07:00 AM", -5),
            ("Nov 23, 2026, 12:00:30 AM", 12),
            // The reckoning's own, where the clock tells nothing or is no clock of that moment.
            ("Nov 22, 2026, 12:07 PM", 3),
            ("Nov 20, 2026, 12:00 PM", 3),
            ("", 3),
        ] {
            let zone = zone_of_clock(&moscow(NumericOrder::Dmy), shown, moment);
            assert_eq!(zone.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds(), hours * 3600, "{shown}");
        }
        let berlin = Reckoning { zone: zone("Europe/Berlin").expect("known"), ..moscow(NumericOrder::Dmy) };
        let zone = zone_of_clock(&berlin, "Nov 22, 2026, 01:00 PM", moment);
        assert_eq!(zone, berlin.zone, "it knows summer time");
        assert_eq!(zone_of_clock(&berlin, "Nov 22, 2026, 01:00 PM", "?"), berlin.zone);
    }

    #[test]
    fn zones_are_read() {
        let shown =
            |text| zone(text).map(|z: TimeZone| format!("{:?}", z.to_offset(jiff::Timestamp::UNIX_EPOCH).seconds()));
        assert_eq!(shown("UTC"), Some("0".into()));
        assert_eq!(shown("UTC+03:00"), Some("10800".into()));
        assert_eq!(shown("GMT-5"), Some("-18000".into()));
        assert_eq!(shown("UTC + 3 ч."), Some("10800".into()));
        assert_eq!(shown("+0530"), Some("19800".into()));
        assert_eq!(shown("GMT +5.5"), Some("19800".into()));
        assert_eq!(shown("GMT +5,75"), Some("20700".into()));
        assert_eq!(shown("GMT -3.5"), Some("-12600".into()));
        assert_eq!(shown("Europe/Moscow"), Some("10800".into()));
        assert_eq!(shown("elsewhere"), None);
    }
}
