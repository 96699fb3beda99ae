//! The desk's own words in Russian and English, compiled in. Plural forms are Fluent's.
//!
//! It knows nothing of what clients write: forum text is shown as it is, in whatever language it has.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use std::sync::LazyLock;
use unic_langid::LanguageIdentifier;

type Bundle = FluentBundle<FluentResource>;

pub(crate) const RU: &str = include_str!("locales/ru.ftl");
pub(crate) const EN: &str = include_str!("locales/en.ftl");

static RUSSIAN: LazyLock<Bundle> = LazyLock::new(|| bundle(Lang::Ru, RU));
static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Lang::En, EN));

/// A language of the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Ru,
    En,
}

impl Lang {
    pub const ALL: [Self; 2] = [Self::Ru, Self::En];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ru => "ru",
            Self::En => "en",
        }
    }

    pub fn find(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.as_str() == text)
    }

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Ru => Self::En,
            Self::En => Self::Ru,
        }
    }
}

/// The file is compiled in and a test reads it for mistakes: what is wrong here shows as a key instead of words.
fn bundle(lang: Lang, source: &str) -> Bundle {
    let lang: LanguageIdentifier = lang.as_str().parse().unwrap_or_default();
    let resource = match FluentResource::try_new(source.to_owned()) {
        Ok(resource) | Err((resource, _)) => resource,
    };
    let mut bundle = Bundle::new_concurrent(vec![lang]);
    // The marks around inserted values would be sent to every reader and copied with every text.
    bundle.set_use_isolating(false);
    bundle.add_resource_overriding(resource);
    bundle
}

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Texts {
    pub(crate) lang: Lang,
}

impl Texts {
    pub(crate) fn new(lang: Lang) -> Self {
        Self { lang }
    }

    fn bundle(self) -> &'static Bundle {
        match self.lang {
            Lang::Ru => &RUSSIAN,
            Lang::En => &ENGLISH,
        }
    }

    pub(crate) fn has(self, key: &str) -> bool {
        self.bundle().has_message(key)
    }

    /// The words of a key, or the key itself where there are none.
    pub(crate) fn get(self, key: &str) -> String {
        self.format(key, None)
    }

    /// The same with `$n`.
    pub(crate) fn count<'v>(self, key: &str, n: impl Into<FluentValue<'v>>) -> String {
        self.with(key, &[("n", n.into())])
    }

    pub(crate) fn with(self, key: &str, values: &[(&str, FluentValue<'_>)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, value.clone());
        }
        self.format(key, Some(&args))
    }

    fn format(self, key: &str, args: Option<&FluentArgs<'_>>) -> String {
        let bundle = self.bundle();
        let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else { return key.to_owned() };
        bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned()
    }

    /// The words for a code such as a state or a topic: `delivery` and `log_in_refused` give `delivery-log-in-refused`.
    /// A code without words is shown as it is.
    pub(crate) fn word(self, family: &str, code: &str) -> String {
        let key = format!("{family}-{}", code.replace(['_', '.'], "-"));
        if self.has(&key) { self.get(&key) } else { code.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn keys(source: &str) -> BTreeSet<String> {
        let resource = fluent_syntax::parser::parse(source.to_owned()).expect("the file has no mistakes");
        let mut keys = BTreeSet::new();
        for entry in resource.body {
            if let fluent_syntax::ast::Entry::Message(message) = entry {
                assert!(message.value.is_some(), "{} has no words", message.id.name);
                assert!(keys.insert(message.id.name.clone()), "{} stands twice", message.id.name);
            }
        }
        keys
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let (ru, en) = (keys(RU), keys(EN));
        assert_eq!(ru.difference(&en).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in English");
        assert_eq!(en.difference(&ru).collect::<Vec<_>>(), Vec::<&String>::new(), "missing in Russian");
    }

    #[test]
    fn both_languages_name_the_same_values() {
        let variable = regex::Regex::new(r"\{\s*\$([a-z]+)").expect("a good pattern");
        let of = |source: &str| -> Vec<(String, BTreeSet<String>)> {
            let starts: Vec<&str> = source.split("\n\n").collect();
            let text = starts.join("\n");
            let mut found: Vec<(String, BTreeSet<String>)> = Vec::new();
            for line in text.lines() {
                if let Some((key, _)) =
                    line.split_once(" =").filter(|_| line.starts_with(|c: char| c.is_ascii_lowercase()))
                {
                    found.push((key.to_owned(), BTreeSet::new()));
                }
                if let Some((_, names)) = found.last_mut() {
                    names.extend(variable.captures_iter(line).map(|c| c[1].to_owned()));
                }
            }
            found.sort();
            found
        };
        assert_eq!(of(RU), of(EN));
    }

    #[test]
    fn russian_counts_have_three_forms() {
        let t = Texts::new(Lang::Ru);
        assert_eq!(t.count("age-hours", 1), "1 час");
        assert_eq!(t.count("age-hours", 2), "2 часа");
        assert_eq!(t.count("age-hours", 5), "5 часов");
        assert_eq!(t.count("age-hours", 21), "21 час");
    }

    /// Every key that a template or a handler names.
    #[test]
    fn every_key_in_use_has_words() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
        let known = keys(RU);
        let call = regex::Regex::new(
            r#"(?:\bt\.get|\bt\.count|\bt\.with|\.t|\.tn|\.ta|\.tb|texts\.get|texts\.count|texts\.with|BadForm|Problem::new)\(\s*"([a-z0-9-]+)""#,
        )
        .expect("a good pattern");
        let notice = regex::Regex::new(r#"(?:done=|back_to\([^;]*?, ")([a-z-]+)"#).expect("a good pattern");
        let mut seen = 0;
        for dir in [root.clone(), root.join("templates")] {
            for entry in std::fs::read_dir(dir).expect("dir") {
                let path = entry.expect("entry").path();
                if path.file_name().is_some_and(|n| n == "texts.rs") || path.is_dir() {
                    continue;
                }
                let source = std::fs::read_to_string(&path).expect("readable");
                for found in call.captures_iter(&source) {
                    seen += 1;
                    assert!(known.contains(&found[1]), "{}: no words for {}", path.display(), &found[1]);
                }
                for found in notice.captures_iter(&source) {
                    let key = format!("done-{}", &found[1]);
                    assert!(known.contains(&key), "{}: no words for {key}", path.display());
                }
            }
        }
        assert!(seen > 100, "the pattern finds what is in use: {seen}");
    }

    #[test]
    fn every_topic_and_state_has_words() {
        use crate::domain::passage::{Ending, Stage};
        use crate::domain::{case::Outcome, judgement::Urgency, reply::Delivery, thread::LookState};
        let known = keys(RU);
        let topics = include_str!("../../data/topics.tsv").lines().skip(1).filter_map(|l| l.split('\t').next());
        let codes = topics
            .map(|id| ("topic", id.to_owned()))
            .chain(Delivery::ALL.map(|d| ("delivery", d.as_str().to_owned())))
            .chain(Delivery::ALL.map(|d| ("message", d.as_str().to_owned())))
            .chain(Delivery::ALL.map(|d| ("delivery-hint", d.as_str().to_owned())))
            .chain(Delivery::ALL.map(|d| ("message-hint", d.as_str().to_owned())))
            .chain(Outcome::ALL.map(|o| ("outcome", o.as_str().to_owned())))
            .chain(Urgency::ALL.map(|u| ("urgency", u.as_str().to_owned())))
            .chain(LookState::ALL.map(|s| ("look", s.as_str().to_owned())))
            .chain(crate::store::AlarmKind::ALL.map(|a| ("alarm", a.as_str().to_owned())))
            .chain(crate::store::AlarmKind::ALL.map(|a| ("mend", a.as_str().to_owned())))
            .chain(crate::privacy::Kind::ALL.map(|k| ("private", k.as_str().to_owned())))
            .chain(Ending::ALL.map(|e| ("ending", e.as_str().to_owned())))
            .chain(Ending::ALL.map(|e| ("passage-event", e.as_str().to_owned())))
            .chain(Stage::ALL.into_iter().filter(|s| s.is_with_the_job()).map(|s| ("passage", s.as_str().to_owned())))
            .chain(crate::domain::account::Role::ALL.map(|r| ("role", r.as_str().to_owned())));
        for (family, code) in codes {
            let key = format!("{family}-{}", code.replace(['_', '.'], "-"));
            assert!(known.contains(&key), "no words for {key}");
        }
    }

    #[test]
    fn templates_hold_no_script_no_inline_style_and_no_handlers() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/templates");
        let forbidden = regex::Regex::new(r#"(?i)<script|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<svg|https?://"#)
            .expect("a good pattern");
        let mut seen = 0;
        for entry in std::fs::read_dir(root).expect("dir") {
            let path = entry.expect("entry").path();
            let source = std::fs::read_to_string(&path).expect("readable");
            assert!(forbidden.find(&source).is_none(), "{}", path.display());
            assert!(!source.contains("|safe"), "{}: nothing is shown unescaped", path.display());
            seen += 1;
        }
        assert!(seen > 10);
    }
}
