//! A parsed page together with the profile it is read by: fields looked up by name, links made whole, complaints kept.

use super::dates::{self, Reckoning, When};
use super::decode::{Source, decode};
use super::profile::{Profile, States};
use super::rules::{Field, count};
use super::tame::tame;
use crate::clock::Timestamp;
use crate::domain::look::PageState;
use encoding_rs::Encoding;
use scraper::{ElementRef, Html, Selector};
use std::cell::{Cell, RefCell};
use std::sync::LazyLock;
use url::Url;

/// A page that is being read.
pub(super) struct View<'a> {
    pub(super) profile: &'a Profile,
    pub(super) html: Html,
    pub(super) encoding: &'static Encoding,
    pub(super) url: &'a Url,
    base: Url,
    reckoning: Reckoning,
    complaints: RefCell<Vec<String>>,
    trace: Option<RefCell<Vec<String>>>,
}

/// A page as a tree, with what was wrong about its bytes.
pub(super) struct Parsed {
    pub(super) html: Html,
    pub(super) encoding: &'static Encoding,
    pub(super) complaints: Vec<String>,
}

/// Decodes, tames and parses. Never fails; linear in the size of the body.
pub(super) fn parse(source: &Source<'_>) -> Parsed {
    let decoded = decode(source.body, source.content_type);
    let mut complaints = Vec::new();
    if decoded.lossy {
        complaints.push(format!("some characters could not be read as {}", decoded.encoding.name()));
    }
    let (text, cut) = tame(&decoded.text);
    if cut {
        complaints.push("elements are nested too deep; the innermost were flattened".to_owned());
    }
    Parsed { html: Html::parse_document(&text), encoding: decoded.encoding, complaints }
}

impl<'a> View<'a> {
    pub(super) fn open(profile: &'a Profile, source: &Source<'a>, explain: bool) -> Self {
        Self::of(profile, source, parse(source), explain)
    }

    pub(super) fn of(profile: &'a Profile, source: &Source<'a>, parsed: Parsed, explain: bool) -> Self {
        let base = base_of(&parsed.html, source.url);
        let reckoning = Reckoning { now: source.now, zone: source.time_zone.clone(), order: profile.time.numeric };
        let mut view = Self {
            profile,
            html: parsed.html,
            encoding: parsed.encoding,
            url: source.url,
            base,
            reckoning,
            complaints: RefCell::new(parsed.complaints),
            trace: explain.then(RefCell::default),
        };
        if let Some(told) = view.text("time.zone", &profile.time.zone, view.root()) {
            match dates::zone(&told) {
                Some(zone) => view.reckoning.zone = zone,
                None => view.complain("time.zone: what the page says is no time zone".to_owned()),
            }
        }
        view
    }

    pub(super) fn root(&self) -> ElementRef<'_> {
        self.html.root_element()
    }

    pub(super) fn complain(&self, complaint: String) {
        self.complaints.borrow_mut().push(complaint);
    }

    pub(super) fn note(&self, line: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            trace.borrow_mut().push(line());
        }
    }

    /// Complaints, and the lines of `--explain`.
    pub(super) fn finish(self) -> (Vec<String>, Vec<String>) {
        (self.complaints.into_inner(), self.trace.map(RefCell::into_inner).unwrap_or_default())
    }

    fn find<'v, T: PartialOrd>(
        &'v self,
        name: &str,
        field: &'v Field,
        scope: ElementRef<'v>,
        parse: impl Fn(&str, u64) -> Option<T>,
    ) -> Option<T> {
        self.find_where(name, field, scope, &|_| true, parse)
    }

    fn find_where<'v, T: PartialOrd>(
        &'v self,
        name: &str,
        field: &'v Field,
        scope: ElementRef<'v>,
        accept: &'v dyn Fn(ElementRef<'v>) -> bool,
        parse: impl Fn(&str, u64) -> Option<T>,
    ) -> Option<T> {
        let found = field.find(scope, &self.html, self.trace.is_some(), accept, parse);
        for line in found.trace {
            self.note(|| format!("{name}: {line}"));
        }
        found.value
    }

    pub(super) fn text<'v>(&'v self, name: &str, field: &'v Field, scope: ElementRef<'v>) -> Option<String> {
        self.find(name, field, scope, |text, _| Some(text.to_owned()))
    }

    /// As `text`, but only in elements that `accept` lets through.
    pub(super) fn text_where<'v>(
        &'v self,
        name: &str,
        field: &'v Field,
        scope: ElementRef<'v>,
        accept: &'v dyn Fn(ElementRef<'v>) -> bool,
    ) -> Option<String> {
        self.find_where(name, field, scope, accept, |text, _| Some(text.to_owned()))
    }

    pub(super) fn count<'v>(&'v self, name: &str, field: &'v Field, scope: ElementRef<'v>) -> Option<u64> {
        self.find(name, field, scope, count)
    }

    pub(super) fn number<'v>(&'v self, name: &str, field: &'v Field, scope: ElementRef<'v>) -> Option<u32> {
        self.find(name, field, scope, |text, minus| count(text, minus).and_then(|n| u32::try_from(n).ok()))
    }

    pub(super) fn link<'v>(&'v self, name: &str, field: &'v Field, scope: ElementRef<'v>) -> Option<Url> {
        self.find(name, field, scope, |text, _| self.resolve(text))
    }

    /// The moment, and whether the page told all it tells: a time that is merely coarse is no fault.
    pub(super) fn time<'v>(&'v self, name: &str, field: &'v Field, scope: ElementRef<'v>) -> (Option<Timestamp>, bool) {
        let coarse = Cell::new(false);
        let at = self.find(name, field, scope, |text, _| match dates::read(text, &self.reckoning) {
            When::At(at) => Some(at),
            When::Coarse => {
                coarse.set(true);
                None
            }
            When::Unknown => None,
        });
        (at, at.is_some() || coarse.get() || field.is_unset())
    }

    /// A link made whole, without session ids; only to the web.
    pub(super) fn resolve(&self, href: &str) -> Option<Url> {
        let url = self.resolve_as_is(href)?;
        Some(without_session(url, &self.profile.urls.session))
    }

    /// A link made whole, session ids and all: what a form is sent to.
    pub(super) fn resolve_as_is(&self, href: &str) -> Option<Url> {
        // A bare fragment means this page, wherever `base` points.
        let from = if href.starts_with('#') || href.is_empty() { self.url } else { &self.base };
        from.join(href).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
    }

    /// Whether the page was made for somebody who is logged in; `None` where it does not show.
    pub(super) fn logged_in(&self) -> Option<bool> {
        let session = &self.profile.session;
        if session.inside.seen(self.root()) {
            Some(true)
        } else {
            session.outside.seen(self.root()).then_some(false)
        }
    }

    /// What stands in place of what was asked for.
    pub(super) fn state_without_content(&self) -> PageState {
        let state = foreign_state(&self.profile.states, self.root())
            .or_else(|| COMMON.as_ref().and_then(|common| foreign_state(common, self.root())));
        self.note(|| format!("state: no content found → {state:?}"));
        state.unwrap_or(PageState::Unrecognised)
    }
}

/// Guards and errors that no profile need know.
static COMMON: LazyLock<Option<States>> = LazyLock::new(|| toml::from_str(include_str!("common.toml")).ok());

/// The state of a page of which not even the engine is known.
pub(super) fn state_of_unknown(html: &Html) -> PageState {
    COMMON.as_ref().and_then(|common| foreign_state(common, html.root_element())).unwrap_or(PageState::Unrecognised)
}

fn foreign_state(states: &States, root: ElementRef<'_>) -> Option<PageState> {
    [
        (&states.challenge, PageState::Challenge),
        (&states.login_required, PageState::LoginRequired),
        (&states.not_found, PageState::NotFound),
        (&states.forbidden, PageState::Forbidden),
        (&states.error_page, PageState::ErrorPage),
    ]
    .into_iter()
    .find(|(signs, _)| signs.seen(root))
    .map(|(_, state)| state)
}

fn base_of(html: &Html, url: &Url) -> Url {
    static BASE: LazyLock<Option<Selector>> = LazyLock::new(|| Selector::parse("base[href]").ok());
    let href = BASE.as_ref().and_then(|css| html.select(css).next()).and_then(|base| base.value().attr("href"));
    href.and_then(|href| url.join(href).ok()).unwrap_or_else(|| url.clone())
}

/// Takes session ids out of an address, leaving everything else letter for letter.
pub(super) fn without_session(mut url: Url, names: &[String]) -> Url {
    let is_session = |part: &str| {
        let name = part.split('=').next().unwrap_or_default();
        matches!(name, "sid" | "PHPSESSID" | "jsessionid") || names.iter().any(|n| n == name)
    };
    let separators = ['&', ';'];
    let Some(query) = url.query().filter(|query| query.split(separators).any(is_session)) else { return url };
    let kept: Vec<&str> = query.split(separators).filter(|part| !is_session(part)).collect();
    let kept = kept.join("&");
    url.set_query((!kept.is_empty()).then_some(kept.as_str()));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn session_ids_are_taken_out_of_addresses() {
        for (address, expected) in [
            ("http://a.example/viewtopic.php?t=1&sid=0a&start=20#p5", "http://a.example/viewtopic.php?t=1&start=20#p5"),
            ("http://a.example/?sid=0a", "http://a.example/"),
            ("http://a.example/index.php?PHPSESSID=1;topic=2.0", "http://a.example/index.php?topic=2.0"),
            ("http://a.example/?a=1;b=%D0%B9&side=1", "http://a.example/?a=1;b=%D0%B9&side=1"),
        ] {
            assert_eq!(without_session(address.parse().expect("valid"), &[]).as_str(), expected);
        }
    }

    #[test]
    fn common_signs_parse() {
        assert!(COMMON.is_some());
    }
}
