//! Times as people read them: in the desk's zone, with their age in words.

use super::texts::{Lang, Texts};
use crate::clock::Timestamp;
use jiff::Zoned;
use jiff::tz::TimeZone;

/// Shows times as of one moment.
pub(super) struct Moments {
    pub(super) zone: TimeZone,
    pub(super) now: Timestamp,
    pub(super) texts: Texts,
}

/// One time, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// RFC 3339 in UTC, for `datetime`.
    pub(super) iso: String,
    /// Time of day, with the date where it is another day.
    pub(super) short: String,
    /// The date alone.
    pub(super) day: String,
    /// Date, time and zone.
    pub(super) full: String,
    /// "5 minutes ago", "in 2 hours".
    pub(super) ago: String,
    /// "5 minutes".
    pub(super) age: String,
}

impl Moments {
    fn zoned(&self, at: Timestamp) -> Zoned {
        at.to_jiff().to_zoned(self.zone.clone())
    }

    pub(super) fn show(&self, at: Timestamp) -> Moment {
        let (then, now) = (self.zoned(at), self.zoned(self.now));
        let day = match (self.texts.lang, then.year() == now.year()) {
            (Lang::Ru, true) => "%d.%m",
            (Lang::Ru, false) => "%d.%m.%Y",
            (Lang::En, true) => "%-d %b",
            (Lang::En, false) => "%-d %b %Y",
        };
        let date = match self.texts.lang {
            Lang::Ru => "%d.%m.%Y",
            Lang::En => "%-d %b %Y",
        };
        let short = if then.date() == now.date() { "%H:%M".to_owned() } else { format!("{day} %H:%M") };
        let seconds = self.now.since_s(at);
        let age = self.age(seconds.abs());
        let ago = match seconds {
            0..60 => self.texts.get("just-now"),
            60.. => self.texts.with("ago", &[("a", age.as_str().into())]),
            _ => self.texts.with("in-time", &[("a", age.as_str().into())]),
        };
        Moment {
            iso: at.to_string(),
            short: then.strftime(&short).to_string(),
            day: then.strftime(date).to_string(),
            full: then.strftime("%Y-%m-%d %H:%M %Z").to_string(),
            ago,
            age,
        }
    }

    fn age(&self, seconds: i64) -> String {
        match seconds {
            ..60 => self.texts.get("age-moment"),
            60..5400 => self.texts.count("age-minutes", seconds / 60),
            5400..172_800 => self.texts.count("age-hours", (seconds + 1800) / 3600),
            _ => self.texts.count("age-days", seconds / 86_400),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(lang: Lang) -> Moments {
        let zone = TimeZone::get("Europe/Moscow").expect("bundled");
        Moments { zone, now: "2026-11-21T00:14:00Z".parse().expect("valid"), texts: Texts::new(lang) }
    }

    #[test]
    fn time_is_shown_in_the_desks_zone_with_the_date_where_it_is_another() {
        let show = |text: &str| moments(Lang::Ru).show(text.parse().expect("valid")).short;
        assert_eq!(show("2026-11-20T21:14:00Z"), "00:14");
        assert_eq!(show("2026-11-20T20:14:00Z"), "20.11 23:14");
        assert_eq!(show("2025-01-02T12:00:00Z"), "02.01.2025 15:00");
        assert_eq!(moments(Lang::En).show("2026-11-01T12:00:00Z".parse().expect("valid")).short, "1 Nov 15:00");
    }

    #[test]
    fn age_is_in_words() {
        let ago = |text: &str| moments(Lang::Ru).show(text.parse().expect("valid")).ago;
        assert_eq!(ago("2026-11-21T00:13:30Z"), "только что");
        assert_eq!(ago("2026-11-21T00:12:00Z"), "2 минуты назад");
        assert_eq!(ago("2026-11-20T19:14:00Z"), "5 часов назад");
        assert_eq!(ago("2026-11-18T00:14:00Z"), "3 дня назад");
        assert_eq!(ago("2026-11-21T00:35:00Z"), "через 21 минуту");
    }
}
