//! Whether a reply speaks to somebody of their own health: before everybody can read it.
//!
//! Only a hint to the person who sends. It looks at turns of phrase and knows nobody; numbers, names and addresses are
//! `privacy`'s.

use regex::Regex;
use std::sync::LazyLock;

/// Whether a text seems to say what the person it is written to has, or may have.
pub fn is_about_health(text: &str) -> bool {
    static SHAPE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(
            r"(?i)\b(?:у вас|ваш\S*|тво\S*|у тебя|you have|your)\s+(?:\S+\s+){0,2}?(?:вич\b|hiv\b|гепатит|hepatitis|сифилис|syphilis|диагноз|diagnosis|статус|status|анализ|результат\S* тест|test result|беременн|pregnan)",
        )
        .expect("a constant expression")
    });
    SHAPE.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn health_of_the_person_written_to_is_noticed_and_general_words_are_not() {
        assert!(is_about_health("раз у вас ВИЧ, приходите к нам"));
        assert!(is_about_health("Your HIV status is nobody's business"));
        assert!(!is_about_health("Тест на ВИЧ достоверен через 12 недель, на гепатит С — через 6."));
    }
}
