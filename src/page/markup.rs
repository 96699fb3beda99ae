//! A plain text as an engine's markup, so that the page shows it as it was written.
//!
//! What a person approves is plain text: paragraphs, line breaks, lists of lines, addresses. All of it must look the same
//! on the forum, and nothing in it may be taken for markup by accident: a line that begins with "1.", a "[b]", a ":)".
//! What cannot be escaped is parted by a sign that has no width. Nothing here makes text bold: nobody asks for it.

use regex::{Captures, Regex};
use serde::Deserialize;
use std::borrow::Cow;
use std::sync::LazyLock;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Markup {
    Bbcode,
    Markdown,
    #[default]
    Plain,
}

/// How one engine writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Writing {
    pub(super) markup: Markup,
    /// Signs that a backslash takes the meaning from in this Markdown, beyond those it does in every one.
    pub(super) escapes: String,
    /// How an address is written so that it becomes a link, with `{url}`; `None` where it becomes one by itself.
    pub(super) link: Option<String>,
}

/// U+2060, word joiner: has no width and parts no words.
const JOINER: char = '\u{2060}';

/// An address, as engines find them in a text: without the signs that end the sentence around it.
static ADDRESS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"https?://[^\s<>"\[\]]+[^\s<>"\[\]().,:;!?'»”*_]"#).expect("a constant expression"));

impl Writing {
    /// The text in this markup.
    pub(super) fn write(&self, text: &str) -> String {
        match self.markup {
            Markup::Plain => text.to_owned(),
            Markup::Bbcode => around_addresses(text, |text| unsmiled(&bbcode(text)).into_owned(), str::to_owned),
            Markup::Markdown => self.markdown(text),
        }
    }

    fn markdown(&self, text: &str) -> String {
        let written: Vec<String> = Line::all_of(text)
            .iter()
            .map(|line| {
                let (start, rest) = self.beginning(line.words);
                let rest = around_addresses(
                    rest,
                    |part| self.inline(&unsmiled(part), text),
                    |address| self.link.as_ref().map_or(address.to_owned(), |link| link.replace("{url}", address)),
                );
                let gap = if line.begins_or_ends_a_list { "\n" } else { "" };
                format!("{gap}{}{start}{rest}", line.item)
            })
            .collect();
        written.join("\n")
    }

    /// What a line begins with, made harmless where it would begin a list, a heading, a quotation, code, a ruler; and the
    /// rest of the line.
    fn beginning<'t>(&self, line: &'t str) -> (String, &'t str) {
        static START: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r"^(?:[-+*](?:\d+\.)?(?:[ \t]|$)|\d{1,9}[.)](?:[ \t]|$)|#|>|(?:[-*_=~:|][ \t]*){3,}$|[=-]+[ \t]*$|`{3}|~{3}|:[ \t]|\||\$\$|\[/?poll)",
            )
            .expect("a constant expression")
        });
        if !START.is_match(line) {
            return (String::new(), line);
        }
        // «1.», «1)»
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        let (number, mut signs) = (line.strip_suffix(rest).unwrap_or_default(), rest.chars());
        let Some(sign) = signs.next() else { return (String::new(), line) };
        let start = if self.is_escapable(sign) { format!("{number}\\{sign}") } else { format!("{JOINER}{sign}") };
        (start, signs.as_str())
    }

    fn is_escapable(&self, sign: char) -> bool {
        "\\`*_{}[]()#+-.!>".contains(sign) || self.escapes.contains(sign)
    }

    /// Signs inside a line. One that stands alone in the whole text marks nothing and stays as it is.
    fn inline(&self, part: &str, whole: &str) -> String {
        let is_paired = |sign: char| whole.matches(sign).nth(1).is_some();
        let may_link = has_links(whole);
        let chars: Vec<char> = part.chars().collect();
        let at = |index: Option<usize>| index.and_then(|i| chars.get(i)).copied().unwrap_or(' ');
        let mut written = String::with_capacity(part.len() + 8);
        for (i, &sign) in chars.iter().enumerate() {
            let (before, after) = (at(i.checked_sub(1)), at(Some(i + 1)));
            let marks = match sign {
                '*' | '`' => is_paired(sign),
                // Inside a word it marks nothing, in most of them.
                '_' => {
                    let in_word = before.is_alphanumeric() && after.is_alphanumeric();
                    is_paired(sign) && (!in_word || self.escapes.contains(sign))
                }
                '\\' => after.is_ascii_punctuation() || i + 1 == chars.len(),
                '[' => may_link,
                '>' => after == '!',
                '~' | '^' | '|' => self.escapes.contains(sign) && is_paired(sign),
                '=' | '+' => self.escapes.contains(sign) && (before == sign || after == sign),
                _ => false,
            };
            // A tag, an entity: where no backslash helps, it is parted.
            let opens = match sign {
                '<' => !after.is_whitespace(),
                '&' => after.is_ascii_alphabetic() || after == '#',
                _ => false,
            };
            if marks || (opens && self.escapes.contains(sign)) {
                written.push('\\');
            }
            written.push(sign);
            if opens && !self.escapes.contains(sign) {
                written.push(JOINER);
            }
        }
        written
    }
}

/// `[text](…`, `[text][…`, `[text]: …`: then any bracket before may be the one that opens it.
fn has_links(text: &str) -> bool {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\s*[(\[:]").expect("a constant expression"));
    LINK.is_match(text)
}

/// One line of a text.
#[derive(Clone, Debug)]
struct Line<'t> {
    /// What makes it an item of a list: two of them or more, one below the other.
    item: &'t str,
    words: &'t str,
    /// Markdown wants an empty line here, or takes the line for a part of what stands above.
    begins_or_ends_a_list: bool,
}

impl Line<'_> {
    fn all_of(text: &str) -> Vec<Line<'_>> {
        // Four spaces at its beginning would make a line code; a page shows no spaces there anyway.
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let items: Vec<Option<Item>> = lines.iter().map(|line| Item::of(line)).collect();
        let item = |i: usize| items.get(i).copied().flatten();
        let goes_on = |i: usize| item(i).zip(item(i + 1)).is_some_and(|(one, next)| one.is_followed_by(next));
        let (mut in_list, mut after_words) = (false, false);
        let mut written = Vec::with_capacity(lines.len());
        for (i, line) in lines.into_iter().enumerate() {
            let continues = in_list && i > 0 && goes_on(i - 1);
            let begins = !continues && goes_on(i) && item(i).is_some_and(Item::may_begin);
            let is_item = continues || begins;
            let words = line.split_once([' ', '\t']).map_or("", |(_, words)| words).trim_start();
            let (item, words) =
                if is_item { (line.strip_suffix(words).unwrap_or_default(), words) } else { ("", line) };
            // An empty line that is there already is enough.
            let begins_or_ends_a_list = !line.is_empty() && after_words && (begins || (in_list && !is_item));
            (in_list, after_words) = (is_item, !line.is_empty());
            written.push(Line { item, words, begins_or_ends_a_list });
        }
        written
    }
}

/// What an item of a list begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Bullet(char),
    Number(u64, char),
}

impl Item {
    fn of(line: &str) -> Option<Self> {
        let (start, _words) = line.split_once([' ', '\t'])?;
        let sign = start.chars().last()?;
        match start.strip_suffix(sign)? {
            "" if matches!(sign, '-' | '+' | '*') => Some(Self::Bullet(sign)),
            number if matches!(sign, '.' | ')') && number.len() < 10 => Some(Self::Number(number.parse().ok()?, sign)),
            _ => None,
        }
    }

    fn may_begin(self) -> bool {
        matches!(self, Self::Bullet(_) | Self::Number(1, _))
    }

    fn is_followed_by(self, next: Self) -> bool {
        match (self, next) {
            (Self::Bullet(a), Self::Bullet(b)) => a == b,
            (Self::Number(a, sign), Self::Number(b, next)) => b == a + 1 && sign == next,
            _ => false,
        }
    }
}

/// Tags lose their meaning, and so do commands at the beginning of a line.
fn bbcode(text: &str) -> String {
    static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\[(/?[a-zA-Z*])").expect("a constant expression"));
    static COMMAND: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?m)^/(me|slap)\b").expect("a constant expression"));
    let text = TAG.replace_all(text, |found: &Captures<'_>| format!("[{JOINER}{}", &found[1]));
    COMMAND.replace_all(&text, |found: &Captures<'_>| format!("/{JOINER}{}", &found[1])).into_owned()
}

/// Signs that engines turn into pictures are parted.
fn unsmiled(text: &str) -> Cow<'_, str> {
    // Eyes, perhaps a nose, and a mouth; a letter is a mouth only where no word goes on. And names: «:cool:».
    static SMILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"([:;])([-']?(?:[)(\]\[|/*@}{]|[DPpOoSsXx]\b))|([=8])([-']?[)(])|(:)([a-zA-Z+-][a-zA-Z0-9_+-]*:)")
            .expect("a constant expression")
    });
    SMILE.replace_all(text, |found: &Captures<'_>| {
        let part = |n| found.get(n).map_or("", |part| part.as_str());
        let (eyes, mouth) = (part(1).to_owned() + part(3) + part(5), part(2).to_owned() + part(4) + part(6));
        format!("{eyes}{JOINER}{mouth}")
    })
}

/// Addresses are written in their own way, what stands around them in another.
fn around_addresses(text: &str, words: impl Fn(&str) -> String, address: impl Fn(&str) -> String) -> String {
    let mut written = String::with_capacity(text.len() + 8);
    let mut from = 0;
    for found in ADDRESS.find_iter(text) {
        written.push_str(&words(text.get(from..found.start()).unwrap_or_default()));
        written.push_str(&address(found.as_str()));
        from = found.end();
    }
    written.push_str(&words(text.get(from..).unwrap_or_default()));
    written
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bbcode_of(text: &str) -> String {
        Writing { markup: Markup::Bbcode, ..Writing::default() }.write(text)
    }

    fn markdown_of(text: &str) -> String {
        Writing { markup: Markup::Markdown, ..Writing::default() }.write(text)
    }

    const ORDINARY: &str = "Здравствуйте! Тест — бесплатно (паспорт не нужен), 18:00–22:00, «у метро».\n\nПодробнее: \
        https://example.org/a_b_c?x=1&y=2*3, чат @our_chat, почта a_b@example.org.\n103 или 112 & ждите.";

    #[test]
    fn ordinary_text_stays_as_it_is() {
        assert_eq!(bbcode_of(ORDINARY), ORDINARY);
        assert_eq!(markdown_of(ORDINARY), ORDINARY);
        assert_eq!(Writing::default().write("[b] * 1. :)"), "[b] * 1. :)");
    }

    #[test]
    fn bbcode_and_smileys_typed_by_accident_are_parted() {
        assert_eq!(bbcode_of("[b] [/quote] [*] [см.] [1]"), "[\u{2060}b] [\u{2060}/quote] [\u{2060}*] [см.] [1]");
        assert_eq!(
            bbcode_of("(пункт 8) :) ;-) :D :cool: в 8:30"),
            "(пункт 8\u{2060}) :\u{2060}) ;\u{2060}-) :\u{2060}D :\u{2060}cool: в 8:30"
        );
        assert_eq!(bbcode_of("да\n/me ушёл"), "да\n/\u{2060}me ушёл");
        assert_eq!(bbcode_of("http://a.example/x:)"), "http://a.example/x:\u{2060})");
    }

    #[test]
    fn beginnings_of_lines_are_no_markup() {
        for (text, expected) in [
            ("1. Приходите.", "1\\. Приходите."),
            ("1986. Год", "1986\\. Год"),
            ("2) второе", "2\\) второе"),
            ("* только сегодня", "\\* только сегодня"),
            ("- Привет", "\\- Привет"),
            ("#хэштег", "\\#хэштег"),
            ("> цитата", "\\> цитата"),
            ("текст\n---", "текст\n\\---"),
            ("текст\n===", "текст\n\u{2060}==="),
            ("```код", "\\`\\`\\`код"),
            ("    отступ", "отступ"),
            ("-5 градусов\n+7 921", "-5 градусов\n+7 921"),
        ] {
            assert_eq!(markdown_of(text), expected, "{text}");
        }
    }

    #[test]
    fn lists_stay_lists_and_stand_apart() {
        for (text, expected) in [
            ("Есть:\n- шприцы\n- вода\nПриходите", "Есть:\n\n- шприцы\n- вода\n\nПриходите"),
            ("1. раз\n2. два", "1. раз\n2. два"),
            ("1) раз\n2) два\n\nдальше", "1) раз\n2) два\n\nдальше"),
            ("2. раз\n3. два", "2\\. раз\n3\\. два"),
            ("1. раз\n1. два", "1\\. раз\n1\\. два"),
            ("* раз\n* два\n- три", "* раз\n* два\n\n\\- три"),
        ] {
            assert_eq!(markdown_of(text), expected, "{text}");
        }
    }

    #[test]
    fn signs_inside_lines_are_no_markup() {
        for (text, expected) in [
            ("2 * 3 * 4", "2 \\* 3 \\* 4"),
            ("цена*", "цена*"),
            ("**важно**", "\\*\\*важно\\*\\*"),
            ("_так_ и some_long_name", "\\_так\\_ и some_long_name"),
            ("[текст](ссылка) [всегда]", "\\[текст](ссылка) \\[всегда]"),
            ("[всегда] и «а[1]»", "[всегда] и «а[1]»"),
            ("a\\*b", "a\\\\*b"),
            ("<b>тег</b> 5 < 6", "<\u{2060}b>тег<\u{2060}/b> 5 < 6"),
            ("&lt; и R&D", "&\u{2060}lt; и R&\u{2060}D"),
            ("~5 минут", "~5 минут"),
        ] {
            assert_eq!(markdown_of(text), expected, "{text}");
        }
    }

    #[test]
    fn profile_says_what_else_can_be_escaped_and_how_links_are_written() {
        let writing =
            Writing { markup: Markup::Markdown, escapes: "~^=<".to_owned(), link: Some("<{url}>".to_owned()) };
        assert_eq!(writing.write("~~раз~~ ^2^ ==x== <b>"), "\\~\\~раз\\~\\~ \\^2\\^ \\=\\=x\\=\\= \\<b>");
        assert_eq!(writing.write("См. http://a.example/b_c."), "См. <http://a.example/b_c>.");
    }

    proptest! {
        /// Whatever is written, no letter of it is lost or added, in any markup, and nothing panics.
        #[test]
        fn no_letter_is_lost_or_added(text in "(?:[a-zа-я0-9 ]|[-+*_#>.)~`=:|<&\\\\\\[\\](]|\n|http://a\\.b/c_d |1\\. |- ){0,60}") {
            let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
            for markup in [Markup::Plain, Markup::Bbcode, Markup::Markdown] {
                let writing = Writing { markup, escapes: "~^=|<:&_".to_owned(), link: Some("<{url}>".to_owned()) };
                prop_assert_eq!(letters(&writing.write(&text)), letters(&text));
            }
        }
    }
}
