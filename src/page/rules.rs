//! The building blocks of selector profiles: what to look for on a page and which part of it is the value.
//!
//! A `Field` yields a value, `Signs` yield yes or no. Both are data of the profile; nothing here knows an engine.

use super::css::Selector;
use super::text::{Effort, fold, folded_within, own_text, text_before};
use super::tree::ElementRef;
use regex::Regex;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;
use std::sync::LazyLock;

/// A CSS selector, or several with commas between them.
#[derive(Clone, Debug)]
pub(super) struct Css {
    text: String,
    selector: Selector,
}

impl Css {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        match Selector::parse(text) {
            Ok(selector) => Ok(Self { text: text.to_owned(), selector }),
            Err(why) => Err(format!(
                "`{text}` is not a CSS selector ({why}); try it in a browser's console: document.querySelectorAll('…')"
            )),
        }
    }

    pub(super) fn matches(&self, element: ElementRef<'_>) -> bool {
        self.selector.matches(element)
    }

    pub(super) fn all<'a, 'b>(&'b self, scope: Scope<'a>) -> impl Iterator<Item = ElementRef<'a>> + use<'a, 'b> {
        let (below, among): (_, &[ElementRef<'a>]) = match scope {
            Scope::Item(item) => (Some(item), &[]),
            Scope::Frame(frame) => (None, frame),
        };
        let among = among.iter().copied().filter(|element| self.matches(*element));
        below.into_iter().flat_map(|item| item.select(&self.selector)).chain(among)
    }

    pub(super) fn first<'a>(&self, scope: Scope<'a>) -> Option<ElementRef<'a>> {
        self.all(scope).next()
    }
}

/// Where something is looked for.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// Below one element: a post, a row, a form.
    Item(ElementRef<'a>),
    /// On the page around the posts. What people wrote is not there, so that no link in a post can pass for the
    /// forum's own.
    Frame(&'a [ElementRef<'a>]),
}

impl<'a> From<ElementRef<'a>> for Scope<'a> {
    fn from(item: ElementRef<'a>) -> Self {
        Self::Item(item)
    }
}

impl fmt::Display for Css {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Css {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// A regular expression.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Regex);

impl Pattern {
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The text without any of its matches; white space is as in what `fold` gives, lines stay lines.
    pub(super) fn removed_from(&self, text: &str) -> String {
        let rest = self.0.replace_all(text, "");
        let lines: Vec<String> = rest.lines().map(fold).filter(|line| !line.is_empty()).collect();
        lines.join("\n")
    }

    /// The first group that took part, or the whole match where the expression has no groups.
    pub(super) fn capture<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = self.0.captures(text)?;
        found.iter().skip(1).flatten().next().or_else(|| found.get(0)).map(|m| m.as_str())
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let compiled = regex::RegexBuilder::new(&text).size_limit(1 << 20).build();
        compiled.map(Self).map_err(|why| {
            D::Error::custom(format!(
                "not a regular expression: {why}; write it in single quotes, so that \\ stays as it is"
            ))
        })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Pick {
    #[default]
    First,
    Last,
    Max,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Within {
    #[default]
    Item,
    /// The element just before the item.
    Before,
    Page,
}

/// One way of finding a value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Rule {
    /// Where to look; without it, the post, row or page itself.
    css: Option<Css>,
    /// Look below the item (a post, a row, a quote), in the element before it, or on the page around the posts.
    within: Within,
    /// The attribute that holds the value; without it, the text.
    attr: Option<String>,
    /// Only the text that stands directly in the element, not that of elements inside it.
    own: bool,
    /// Only the text before the first element inside that matches.
    until: Option<Css>,
    /// The part of it that is the value.
    regex: Option<Pattern>,
    /// Not every version or setting shows it: not finding it is no fault.
    optional: bool,
    /// Which, when several are found.
    pick: Pick,
    /// Added to a number: -1 where a page counts posts and replies are wanted, 1 where it counts from zero.
    add: i64,
    /// The value is percent-encoded where people should see letters.
    percent: bool,
    /// The value itself: where `css` is found, or always.
    value: Option<String>,
}

impl Rule {
    fn candidates<'a>(
        &'a self,
        scope: Scope<'a>,
        frame: Scope<'a>,
        accept: &'a dyn Fn(ElementRef<'a>) -> bool,
    ) -> impl Iterator<Item = String> + 'a {
        let scope = match (self.within, scope) {
            (Within::Page, _) => Some(frame),
            (Within::Before, Scope::Item(item)) => item.prev_siblings().find_map(ElementRef::wrap).map(Scope::Item),
            (Within::Before, Scope::Frame(_)) => None,
            (Within::Item, scope) => Some(scope),
        };
        scope.into_iter().flat_map(move |scope| self.candidates_in(scope, accept))
    }

    fn candidates_in<'a>(
        &'a self,
        scope: Scope<'a>,
        accept: &'a dyn Fn(ElementRef<'a>) -> bool,
    ) -> impl Iterator<Item = String> + 'a {
        let accept = move |element: ElementRef<'a>| self.within == Within::Before || accept(element);
        let (found, itself) = match (&self.css, scope) {
            // The element before a quote may be what is looked for, or hold it.
            (Some(css), Scope::Item(before)) if self.within == Within::Before && css.matches(before) => {
                (None, Some(before))
            }
            (Some(css), _) => (Some(css.all(scope)), None),
            (None, Scope::Item(item)) => (None, Some(item)),
            (None, Scope::Frame(_)) => (None, None),
        };
        let always = self.value.clone().filter(|value| self.css.is_none() && !value.is_empty());
        let effort = Effort::default();
        let itself = itself.filter(|_| self.value.is_none());
        found
            .into_iter()
            .flatten()
            .chain(itself)
            .filter(move |element| accept(*element))
            .filter_map(move |element| self.value_in(element, &effort))
            .chain(always)
    }

    fn value_in(&self, element: ElementRef<'_>, effort: &Effort) -> Option<String> {
        if self.value.is_some() {
            return self.value.clone().filter(|value| !value.is_empty());
        }
        let text = match (&self.attr, &self.until) {
            (Some(name), _) => element.value().attr(name)?.trim().to_owned(),
            (None, Some(until)) => text_before(element, until, effort)?,
            (None, None) if self.own => own_text(element),
            (None, None) => folded_within(element, effort)?,
        };
        let value = match &self.regex {
            Some(regex) => regex.capture(&text)?.trim().to_owned(),
            None => text,
        };
        let value = if self.percent { percent_decoded(&value).unwrap_or(value) } else { value };
        (!value.is_empty()).then_some(value)
    }

    fn describe(&self) -> String {
        let mut out = self.css.as_ref().map_or_else(|| "(itself)".to_owned(), ToString::to_string);
        if let Some(attr) = &self.attr {
            out.push_str(&format!(" @{attr}"));
        }
        if let Some(Pattern(regex)) = &self.regex {
            out.push_str(&format!(" /{regex}/"));
        }
        out
    }
}

/// Percent-encoding undone, where that gives UTF-8 text.
pub(super) fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digit = |b: Option<u8>| char::from(b?).to_digit(16).and_then(|d| u8::try_from(d).ok());
            let (high, low) = (digit(rest.next())?, digit(rest.next())?);
            bytes.push(high * 16 + low);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// What a field came to.
pub(super) struct Found<T> {
    pub(super) value: Option<T>,
    /// For `--explain`: a line a rule tried.
    pub(super) trace: Vec<String>,
}

/// Ways of finding a value; the first that yields one wins.
#[derive(Clone, Debug, Default)]
pub(super) struct Field(Vec<Rule>);

impl Field {
    /// True where the profile says nothing about this value.
    pub(super) fn is_unset(&self) -> bool {
        self.0.is_empty()
    }

    /// True where not finding the value is no fault of the page.
    pub(super) fn may_be_missing(&self) -> bool {
        self.0.iter().all(|rule| rule.optional)
    }

    /// Looks for the value below `scope`, in elements that `accept` lets through. `parse` turns what was found into
    /// a value, or refuses it; it gets what is to be added to numbers.
    pub(super) fn find<'a, T: PartialOrd>(
        &'a self,
        scope: Scope<'a>,
        frame: Scope<'a>,
        explain: bool,
        accept: &'a dyn Fn(ElementRef<'a>) -> bool,
        parse: impl Fn(&str, i64) -> Option<T>,
    ) -> Found<T> {
        let mut found = Found { value: None, trace: Vec::new() };
        for rule in &self.0 {
            let mut last_text = None;
            let parsed = rule.candidates(scope, frame, accept).filter_map(|text| {
                let value = parse(&text, rule.add);
                if explain {
                    last_text = Some(text);
                }
                value
            });
            let value = match rule.pick {
                Pick::First => { parsed }.next(),
                Pick::Last => parsed.last(),
                Pick::Max => parsed.fold(None, |best, value| match best {
                    Some(best) if best >= value => Some(best),
                    _ => Some(value),
                }),
            };
            if explain {
                let matches = rule.candidates(scope, frame, accept).count();
                let outcome = match (&value, last_text) {
                    (Some(_), Some(text)) => format!("«{text}»"),
                    (None, Some(text)) => format!("«{text}» cannot be read as such a value"),
                    _ => "nothing".to_owned(),
                };
                found.trace.push(format!("{} → {matches} found → {outcome}", rule.describe()));
            }
            if value.is_some() {
                found.value = value;
                break;
            }
        }
        found
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMany(PhantomData)).map(Self)
    }
}

/// Something to be seen on a page: an element, and what it must say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sign {
    css: Css,
    /// The attribute that must be there and is held against `text` and `differs`; without it, the text is.
    attr: Option<String>,
    text: Option<Pattern>,
    /// A value that is also there, and another.
    #[serde(default)]
    differs: Field,
    /// The text must stand directly in the element.
    #[serde(default)]
    own: bool,
}

impl Sign {
    fn seen(&self, scope: Scope<'_>) -> bool {
        let effort = Effort::default();
        self.css.all(scope).any(|element| self.holds(element, scope, &effort))
    }

    fn holds(&self, element: ElementRef<'_>, scope: Scope<'_>, effort: &Effort) -> bool {
        let said = match &self.attr {
            Some(name) => element.value().attr(name).map(str::to_owned),
            None if self.text.is_none() && self.differs.is_unset() => return true,
            None if self.own => Some(own_text(element)),
            None => folded_within(element, effort),
        };
        said.is_some_and(|said| {
            self.text.as_ref().is_none_or(|text| text.is_match(&said)) && self.differs_from(&said, scope)
        })
    }

    fn differs_from(&self, said: &str, scope: Scope<'_>) -> bool {
        if self.differs.is_unset() {
            return true;
        }
        let other = self.differs.find(scope, scope, false, &|_| true, |text, _| Some(text.to_owned())).value;
        other.is_some_and(|other| other != said)
    }
}

/// Signs of which one is enough.
#[derive(Clone, Debug, Default)]
pub(super) struct Signs(Vec<Sign>);

impl Signs {
    /// One sign: that this is there.
    pub(super) fn of(css: Css) -> Self {
        Self(vec![Sign::from_css(css)])
    }

    /// True where the profile says nothing about these.
    pub(super) fn is_unset(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn seen(&self, scope: Scope<'_>) -> bool {
        self.0.iter().any(|sign| sign.seen(scope))
    }

    /// Whether the element itself is one of them.
    pub(super) fn hit(&self, element: ElementRef<'_>) -> bool {
        self.0.iter().any(|sign| sign.css.matches(element) && sign.holds(element, element.into(), &Effort::default()))
    }

    /// Whether the element is one of them or holds one.
    pub(super) fn marks(&self, element: ElementRef<'_>) -> bool {
        self.hit(element) || self.seen(element.into())
    }

    /// How many of the signs are there.
    pub(super) fn count(&self, scope: Scope<'_>) -> usize {
        self.0.iter().filter(|sign| sign.seen(scope)).count()
    }
}

impl fmt::Display for Signs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, sign) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{}", sign.css)?;
            if let Some(attr) = &sign.attr {
                write!(f, " @{attr}")?;
            }
            if let Some(Pattern(text)) = &sign.text {
                write!(f, " /{text}/")?;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Signs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMany(PhantomData)).map(Self)
    }
}

/// What a plain string means in place of a table.
trait FromCss {
    fn from_css(css: Css) -> Self;
}

impl FromCss for Rule {
    fn from_css(css: Css) -> Self {
        Self { css: Some(css), ..Self::default() }
    }
}

impl FromCss for Sign {
    fn from_css(css: Css) -> Self {
        Self { css, attr: None, text: None, differs: Field::default(), own: false }
    }
}

/// Reads a string, a table, or a list of either. Written by hand because serde's untagged enums swallow the message
/// that tells a volunteer which selector is wrong.
struct OneOrMany<T>(PhantomData<T>);

impl<'de, T: FromCss + Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CSS selector in quotes, a table such as { css = \"…\" }, or a list of these")
    }

    fn visit_str<E: Error>(self, css: &str) -> Result<Self::Value, E> {
        Ok(vec![T::from_css(Css::parse(css).map_err(E::custom)?)])
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(vec![T::deserialize(MapAccessDeserializer::new(map))?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let many: Vec<Single<T>> = Deserialize::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(many.into_iter().map(|Single(one)| one).collect())
    }
}

struct Single<T>(T);

impl<'de, T: FromCss + Deserialize<'de>> Deserialize<'de> for Single<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut one = deserializer.deserialize_any(OneOrMany(PhantomData))?;
        match (one.pop(), one.is_empty()) {
            (Some(only), true) => Ok(Self(only)),
            _ => Err(D::Error::custom("a list inside a list; write one list")),
        }
    }
}

/// A number as forums write it: `1541`, `1,543`, `1 541` with any kind of space. `2k` is no number: the exact one may
/// be elsewhere. Adds `add`; there is no number below zero.
pub(super) fn count(text: &str, add: i64) -> Option<u64> {
    let text = text.trim();
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let groups: Vec<&str> = text.split(|c: char| matches!(c, ',' | '.' | '\'' | '’') || c.is_whitespace()).collect();
    let well_formed = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()))
        && groups.first().is_some_and(|first| !first.is_empty() && (groups.len() == 1 || first.len() <= 3))
        && groups.iter().skip(1).all(|group| group.len() == 3);
    if !well_formed {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_add_signed(add)
}

/// A figure that the page rounds, `2k` or `1,2 тыс.`: it tells that there is one, but not which.
pub(super) fn is_rounded(text: &str) -> bool {
    static ROUNDED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)^\d+(?:[.,]\d+)?\s?(?:k|m|b|к|м|тыс|млн|млрд)\.?$").expect("a constant expression")
    });
    ROUNDED.is_match(text.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tree::Tree;

    fn field(toml: &str) -> Field {
        #[derive(Deserialize)]
        struct Holder {
            x: Field,
        }
        toml::from_str::<Holder>(&format!("x = {toml}")).expect("valid").x
    }

    fn value(toml: &str, html: &str) -> Option<String> {
        let page = Tree::read(html).0;
        let root = Scope::Item(page.root_element());
        field(toml).find(root, root, true, &|_| true, |text, _| Some(text.to_owned())).value
    }

    #[test]
    fn field_takes_text_attribute_or_part() {
        let html = "<p class=a data-n='x12y'> один <b>два</b></p><p class=a>три</p>";
        assert_eq!(value("'.a'", html).as_deref(), Some("один два"));
        assert_eq!(value("{ css = '.a', own = true }", html).as_deref(), Some("один"));
        assert_eq!(value("{ css = '.a', pick = 'last' }", html).as_deref(), Some("три"));
        assert_eq!(value(r"{ css = '.a', attr = 'data-n', regex = '\d+' }", html).as_deref(), Some("12"));
        assert_eq!(value(r"{ css = '.a', attr = 'data-n', regex = 'q(\d+)|x(\d+)' }", html).as_deref(), Some("12"));
        assert_eq!(value("['.none', { css = 'b' }]", html).as_deref(), Some("два"));
        assert_eq!(value("{ css = 'i', percent = true }", "<i>%D0%B9</i>").as_deref(), Some("й"));
        assert_eq!(value("{ css = 'i', percent = true }", "<i>100%</i>").as_deref(), Some("100%"));
        assert_eq!(value("'.none'", html), None);
        assert_eq!(value("{ value = '15' }", html).as_deref(), Some("15"));
        assert_eq!(value("[{ value = '' }, 'b']", html).as_deref(), Some("два"), "an empty value is none");
        assert_eq!(value("[{ css = '.none', value = 'a' }, { css = 'b', value = 'б' }]", html).as_deref(), Some("б"));
    }

    #[test]
    fn field_takes_text_up_to_an_element() {
        let html = "<p class=a>раз <b>два</b> три<br>четыре <i>пять</i></p>";
        assert_eq!(value("{ css = '.a', until = 'br' }", html).as_deref(), Some("раз два три"));
        assert_eq!(value("{ css = '.a', until = 'u' }", html).as_deref(), Some("раз два три четыре пять"));
    }

    #[test]
    fn field_is_looked_for_in_the_element_before() {
        let page = Tree::read("<div><b>Лис</b></div> и <p>x</p><div><b>Ёж</b></div>").0;
        let quote =
            Scope::Item(page.root_element().select(&Selector::parse("p").expect("valid")).next().expect("there"));
        let rule = field("{ css = 'b', within = 'before' }");
        let found = rule.find(quote, Scope::Frame(&[]), false, &|_| false, |text, _| Some(text.to_owned()));
        assert_eq!(found.value.as_deref(), Some("Лис"));
        let rule = field("{ css = 'div:not(.x)', within = 'before' }");
        let found = rule.find(quote, Scope::Frame(&[]), false, &|_| false, |text, _| Some(text.to_owned()));
        assert_eq!(found.value.as_deref(), Some("Лис"), "the element itself");
    }

    #[test]
    fn field_may_be_missing_where_all_its_rules_are_optional() {
        assert!(field("{ css = 'p', optional = true }").may_be_missing());
        assert!(!field("['b', { css = 'p', optional = true }]").may_be_missing());
        assert!(Field::default().may_be_missing());
    }

    #[test]
    fn sign_may_be_an_attribute_or_a_difference_between_two_values() {
        #[derive(Deserialize)]
        struct Holder {
            x: Signs,
        }
        let page = Tree::read("<time datetime=1>x</time><meta content=2><meta name=same content=1>").0;
        let seen = |toml: &str| {
            let signs = toml::from_str::<Holder>(&format!("x = {toml}")).expect("valid").x;
            signs.seen(page.root_element().into())
        };
        assert!(seen("{ css = 'time', attr = 'datetime' }") && !seen("{ css = 'time', attr = 'title' }"));
        assert!(seen(r"{ css = 'meta', attr = 'content', text = '^2$' }"));
        assert!(!seen(r"{ css = 'time', attr = 'datetime', text = '^2$' }"));
        let differs = "differs = { css = 'time', attr = 'datetime' }";
        assert!(seen(&format!("{{ css = 'meta', attr = 'content', {differs} }}")));
        assert!(!seen(&format!("{{ css = 'meta[name=same]', attr = 'content', {differs} }}")));
        assert!(!seen("{ css = 'meta', attr = 'content', differs = 'i' }"), "one value alone differs from nothing");
    }

    #[test]
    fn sign_may_ask_for_text_that_stands_directly_in_the_element() {
        let page = Tree::read("<h1>[ Closed ] <a>title</a></h1><h2><a>[ Closed ] title</a></h2>").0;
        let seen = |sign: &str| {
            #[derive(Deserialize)]
            struct Holder {
                x: Signs,
            }
            let holder: Holder = toml::from_str(&format!("x = {sign}")).expect("valid");
            holder.x.seen(Scope::Item(page.root_element()))
        };
        assert!(seen("{ css = 'h1', text = 'Closed', own = true }"));
        assert!(!seen("{ css = 'h2', text = 'Closed', own = true }"));
        assert!(seen("{ css = 'h2', text = 'Closed' }"));
    }

    #[test]
    fn greatest_of_several_numbers_can_be_taken() {
        let page = Tree::read("<a>1</a><a>12</a><a>…</a><a>3</a>").0;
        let root = Scope::Item(page.root_element());
        let found = field("{ css = 'a', pick = 'max' }").find(root, root, false, &|_| true, count);
        assert_eq!(found.value, Some(12));
    }

    #[test]
    fn numbers_are_read_as_forums_write_them() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1547", Some(1547)),
            ("1,543", Some(1543)),
            ("1.543", Some(1543)),
            ("1\u{202f}541", Some(1541)),
            ("12 345 678", Some(12_345_678)),
            ("2k", None),
            ("1.5k", None),
            ("1.5", None),
            ("1,54", None),
            ("-3", None),
            ("", None),
            ("99999999999999999999999", None),
        ] {
            assert_eq!(count(text, 0), expected, "{text}");
        }
        for (text, expected) in
            [("2k", true), ("1.5K", true), ("3,4 тыс.", true), ("2 M", true), ("k", false), ("12", false)]
        {
            assert_eq!(is_rounded(text), expected, "{text}");
        }
        assert_eq!(count("60", -1), Some(59));
        assert_eq!(count("0", -1), None);
        assert_eq!(count("0", 1), Some(1));
    }
}
