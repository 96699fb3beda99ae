//! What in a reply may tell who the client is or how they are: before everybody can read it.
//!
//! Only a hint to the person who sends. It looks at shapes, knows nobody, and stays silent about what stands in the NGO's
//! own texts: its doctor's telephone is no secret.

use regex::Regex;
use std::sync::LazyLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detail {
    Phone,
    Email,
    /// An account elsewhere.
    Account,
    Document,
    Home,
    Name,
    Birth,
    Health,
}

impl Detail {
    pub const ALL: [Self; 8] =
        [Self::Phone, Self::Email, Self::Account, Self::Document, Self::Home, Self::Name, Self::Birth, Self::Health];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Account => "account",
            Self::Document => "document",
            Self::Home => "home",
            Self::Name => "name",
            Self::Birth => "birth",
            Self::Health => "health",
        }
    }

    fn shape(self) -> &'static str {
        match self {
            Self::Phone => r"(?:\+\d|\b8|\(\d{3})[\d\s().\-]{7,}\d",
            Self::Email => r"[\w.+\-]+@[\w\-]+\.\w[\w.\-]*",
            Self::Account => r"(?i)(?:^|\s)@[a-z]\w{3,}|\b(?:t\.me|vk\.com)/\w+",
            Self::Document => r"(?i)\b(?:паспорт|снилс|полис|passport|insurance)\D{0,20}\d{4,}",
            Self::Home => r"(?i)\bкв(?:\.|артир\S*)\s*\d+|\bдомофон\S*\s*\d+|\b(?:apt|flat|apartment)\.?\s*\d+",
            Self::Name => r"\b[А-ЯЁ][а-яё]+\s+[А-ЯЁ][а-яё]+(?:ович|евич|ьич|овна|евна|ична)\b",
            Self::Birth => {
                r"(?i)\b(?:родил\S+|рождени\S+|born|birth)\b.{0,15}\d{2,4}|\b\d{4}\s?(?:г\.\s?р\.|года рождения)"
            }
            Self::Health => {
                r"(?i)\b(?:у вас|ваш\S*|тво\S*|у тебя|you have|your)\s+(?:\S+\s+){0,2}?(?:вич\b|hiv\b|гепатит|hepatitis|сифилис|syphilis|диагноз|diagnosis|статус|status|анализ|результат\S* тест|test result|беременн|pregnan)"
            }
        }
    }
}

/// The kinds of detail that seem to be there. What stands in `ours` word for word, the NGO's own answers and facts, does
/// not count.
pub fn details(text: &str, ours: &[&str]) -> Vec<Detail> {
    static SHAPES: LazyLock<Vec<(Detail, Regex)>> = LazyLock::new(|| {
        let compiled = |detail: Detail| (detail, Regex::new(detail.shape()).expect("a constant expression"));
        Detail::ALL.into_iter().map(compiled).collect()
    });
    let is_ours = |found: &str| ours.iter().any(|text| text.contains(found.trim()));
    SHAPES
        .iter()
        .filter(|(_, shape)| shape.find_iter(text).any(|found| !is_ours(found.as_str())))
        .map(|(detail, _)| *detail)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_of_a_person_are_noticed() {
        for (text, expected) in [
            ("Перезвоним на +7 921 123-45-67 вечером", vec![Detail::Phone]),
            ("запишем вас, 8(921)1234567, верно?", vec![Detail::Phone]),
            ("ответ пришлём на a.petrov@mail.example", vec![Detail::Email]),
            ("напишите нам @petrov_spb", vec![Detail::Account]),
            ("паспорт 4010 123456 подойдёт", vec![Detail::Document]),
            ("привезём в кв. 12", vec![Detail::Home]),
            ("вас ждёт Иван Петрович", vec![Detail::Name]),
            ("вы родились в 1990", vec![Detail::Birth]),
            ("раз у вас ВИЧ, приходите к нам", vec![Detail::Health]),
            ("Your HIV status is nobody's business", vec![Detail::Health]),
        ] {
            assert_eq!(details(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn ordinary_answers_hold_none() {
        for text in [
            "Звоните 103 или 112. Автобус стоит с 18:00 до 22:00, 20.11.2026, 8 человек в очереди.",
            "Тест на ВИЧ достоверен через 12 недель, на гепатит С — через 6.",
            "Подробности: http://example.onion/a/b@c и https://example.org/8/123",
        ] {
            assert_eq!(details(text, &[]), [], "{text}");
        }
    }

    #[test]
    fn what_the_ngo_tells_everybody_is_no_secret() {
        let text = "Врач: +7 812 000-00-00, чат @our_chat. А вам перезвоним на +7 921 123-45-67.";
        assert_eq!(details(text, &["+7 812 000-00-00", "@our_chat"]), [Detail::Phone]);
        assert_eq!(details("Врач: +7 812 000-00-00", &["+7 812 000-00-00"]), []);
    }
}
