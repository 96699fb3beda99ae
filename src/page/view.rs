//! A parsed page together with the profile it is read by: fields looked up by name, links made whole, complaints kept.

use super::css::Selector;
use super::dates::{self, NumericOrder, Reckoning, When};
use super::decode::{Source, decode};
use super::profile::{Profile, States};
use super::rules::{Field, Scope, Signs, count, is_rounded};
use super::tree::{ElementRef, Tree};
use crate::clock::Timestamp;
use crate::domain::look::PageState;
use encoding_rs::Encoding;
use std::cell::{Cell, OnceCell, RefCell};
use std::fmt::{self, Display};
use std::sync::LazyLock;
use url::Url;

/// A page that is being read.
pub(super) struct View<'a> {
    pub(super) profile: &'a Profile,
    pub(super) encoding: &'static Encoding,
    pub(super) url: &'a Url,
    /// The posts.
    pub(super) items: &'a [ElementRef<'a>],
    frame: &'a [ElementRef<'a>],
    base: Url,
    reckoning: Reckoning,
    /// As `reckoning`, with the order of numeric dates that the page's own dates tell; looked for when it matters.
    settled: OnceCell<Reckoning>,
    complaints: RefCell<Vec<String>>,
    trace: Option<RefCell<Vec<String>>>,
}

/// What a field of the nth post or row is called in explanations. Put together only where there is one.
#[derive(Clone, Copy)]
pub(super) struct Nth {
    pub(super) list: &'static str,
    pub(super) index: usize,
    pub(super) field: &'static str,
}

impl Display for Nth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}].{}", self.list, self.index + 1, self.field)
    }
}

/// A page taken apart: its posts, and every element that is neither a post nor inside one.
pub(super) struct Parts<'a> {
    items: Vec<ElementRef<'a>>,
    frame: Vec<ElementRef<'a>>,
}

/// Finds the posts by `profile`.
pub(super) fn take_apart<'a>(profile: &Profile, html: &'a Tree) -> Parts<'a> {
    let (items, frame) = html.root_element().split(|element| profile.post.item.matches(element));
    Parts { items, frame }
}

/// A page as a tree, with what was wrong about its bytes.
pub(super) struct Parsed {
    pub(super) html: Tree,
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
    let (html, cut) = Tree::read(&decoded.text);
    if cut {
        complaints.push("the markup is nested too deep or too heavy; parts of it were flattened".to_owned());
    }
    Parsed { html, encoding: decoded.encoding, complaints }
}

impl<'a> View<'a> {
    /// `parts` must be of `parsed` and `profile`; they are separate only so that they can be borrowed.
    pub(super) fn of(
        profile: &'a Profile,
        source: &Source<'a>,
        parsed: &Parsed,
        parts: &'a Parts<'a>,
        explain: bool,
    ) -> Self {
        let base = base_of(&parsed.html, source.url);
        let reckoning = Reckoning {
            now: source.now,
            zone: source.time_zone.clone(),
            order: profile.time.numeric,
            order_with_dots: NumericOrder::Dmy,
            order_after_year: NumericOrder::Mdy,
        };
        let mut view = Self {
            profile,
            encoding: parsed.encoding,
            url: source.url,
            items: &parts.items,
            frame: &parts.frame,
            base,
            reckoning,
            settled: OnceCell::new(),
            complaints: RefCell::new(parsed.complaints.clone()),
            trace: explain.then(RefCell::default),
        };
        if let Some(told) = view.text("time.zone", &profile.time.zone, view.frame()) {
            match dates::zone(&told) {
                Some(zone) => view.reckoning.zone = zone,
                None => view.complain("time.zone: what the page says is no time zone".to_owned()),
            }
        }
        let today = view.text("time.today", &profile.time.today, view.frame());
        let told = today.and_then(|today| dates::order_of_today(&today, &view.reckoning));
        if let Some(order) = told {
            (view.reckoning.order, view.reckoning.order_with_dots) = (order, order);
        }
        if let Some(clock) = view.text("time.clock", &profile.time.clock, view.frame()) {
            view.reckoning.zone = match view.text("time.moment", &profile.time.moment, view.frame()) {
                Some(moment) => dates::zone_of_clock(&view.reckoning, &clock, &moment),
                None => dates::in_summer_time(&view.reckoning, &clock),
            };
        }
        if told.is_some() {
            // The page's own day says it of all of its dates: none of them is asked.
            view.settled = OnceCell::from(view.reckoning.clone());
        }
        view
    }

    /// The page around the posts.
    pub(super) fn frame(&self) -> Scope<'a> {
        Scope::Frame(self.frame)
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
        if self.frame.first().is_some_and(ElementRef::is_page_exhausting) {
            self.complain("the page is too heavy to be searched; some of it was not found".to_owned());
        }
        (self.complaints.into_inner(), self.trace.map(RefCell::into_inner).unwrap_or_default())
    }

    fn find<T: PartialOrd>(
        &self,
        name: impl Display,
        field: &Field,
        scope: Scope<'_>,
        parse: impl Fn(&str, i64) -> Option<T>,
    ) -> Option<T> {
        self.find_where(name, field, scope, &|_| true, parse)
    }

    fn find_where<'v, T: PartialOrd>(
        &'v self,
        name: impl Display,
        field: &'v Field,
        scope: Scope<'v>,
        accept: &'v dyn Fn(ElementRef<'v>) -> bool,
        parse: impl Fn(&str, i64) -> Option<T>,
    ) -> Option<T> {
        let found = field.find(scope, self.frame(), self.trace.is_some(), accept, parse);
        for line in found.trace {
            self.note(|| format!("{name}: {line}"));
        }
        found.value
    }

    pub(super) fn text<'e>(&self, name: impl Display, field: &Field, scope: impl Into<Scope<'e>>) -> Option<String> {
        self.find(name, field, scope.into(), |text, _| Some(text.to_owned()))
    }

    /// As `text`, but only in elements that `accept` lets through.
    pub(super) fn text_where<'v>(
        &'v self,
        name: impl Display,
        field: &'v Field,
        scope: Scope<'v>,
        accept: &'v dyn Fn(ElementRef<'v>) -> bool,
    ) -> Option<String> {
        self.find_where(name, field, scope, accept, |text, _| Some(text.to_owned()))
    }

    /// The number, and whether the page told all it tells: a figure that is merely rounded is no fault.
    pub(super) fn count<'e>(
        &self,
        name: impl Display,
        field: &Field,
        scope: impl Into<Scope<'e>>,
    ) -> (Option<u64>, bool) {
        let rounded = Cell::new(false);
        let number = self.find(name, field, scope.into(), |text, add| {
            rounded.set(rounded.get() || is_rounded(text));
            count(text, add)
        });
        (number, number.is_some() || rounded.get() || field.may_be_missing())
    }

    pub(super) fn number<'e>(&self, name: impl Display, field: &Field, scope: impl Into<Scope<'e>>) -> Option<u32> {
        self.find(name, field, scope.into(), |text, add| count(text, add).and_then(|n| u32::try_from(n).ok()))
    }

    pub(super) fn link<'e>(&self, name: impl Display, field: &Field, scope: impl Into<Scope<'e>>) -> Option<Url> {
        self.link_from(None, name, field, scope)
    }

    /// As `link`, relative to `base` where there is one.
    pub(super) fn link_from<'e>(
        &self,
        base: Option<&Url>,
        name: impl Display,
        field: &Field,
        scope: impl Into<Scope<'e>>,
    ) -> Option<Url> {
        self.find(name, field, scope.into(), |text, _| self.resolve_from(base, text))
    }

    /// The moment, and whether the page told all it tells: a time that is merely coarse is no fault.
    pub(super) fn time<'e>(
        &self,
        name: impl Display,
        field: &Field,
        scope: impl Into<Scope<'e>>,
    ) -> (Option<Timestamp>, bool) {
        let coarse = Cell::new(false);
        let at = self.find(name, field, scope.into(), |text, _| match dates::read(text, self.reckoning_for(text)) {
            When::At(at) => Some(at),
            When::Coarse => {
                coarse.set(true);
                None
            }
            When::Unknown => None,
        });
        (at, at.is_some() || coarse.get() || field.may_be_missing())
    }

    /// A date such as 03-11-2026 is read as the page's other dates show: by itself it could be either.
    fn reckoning_for(&self, text: &str) -> &Reckoning {
        if !dates::is_ambiguous(text) {
            return &self.reckoning;
        }
        self.settled.get_or_init(|| {
            let year_first = dates::is_year_first(text);
            let mut reckoning = self.reckoning.clone();
            let order = if year_first { &mut reckoning.order_after_year } else { &mut reckoning.order };
            *order = self.order_of_dates(year_first).unwrap_or(*order);
            self.note(|| format!("time: numeric dates are read as {order:?}"));
            reckoning
        })
    }

    /// The order in which the times of the posts, or of the rows of a list, are written; `None` where no date tells it
    /// or they contradict each other. Of dates with the year in front, or of the others.
    fn order_of_dates(&self, year_first: bool) -> Option<NumericOrder> {
        let (field, scopes) = match &self.profile.list {
            Some(list) if self.items.is_empty() => (&list.last_post_time, list.item.all(self.frame()).collect()),
            _ => (&self.profile.post.time, self.items.to_vec()),
        };
        let told = RefCell::new(Vec::new());
        let note = |text: &str, _| -> Option<()> {
            if dates::is_year_first(text) == year_first {
                told.borrow_mut().extend(dates::told_order(text, &self.reckoning));
            }
            None
        };
        for scope in scopes {
            field.find(Scope::Item(scope), self.frame(), false, &|_| true, note);
        }
        let told = told.into_inner();
        told.first().copied().filter(|first| told.iter().all(|order| order == first))
    }

    /// Whether any of the signs is there.
    pub(super) fn sign<'e>(&self, name: impl Display, signs: &Signs, scope: impl Into<Scope<'e>>) -> bool {
        let seen = signs.seen(scope.into());
        self.note(|| format!("{name}: {signs} → {}", if seen { "yes" } else { "no" }));
        seen
    }

    /// A link made whole, without session ids; only to the web. Relative to `base` where there is one.
    pub(super) fn resolve_from(&self, base: Option<&Url>, href: &str) -> Option<Url> {
        let url = match base {
            Some(base) => base.join(href).ok().filter(is_web),
            None => self.resolve_as_is(href),
        };
        url.map(|url| without_session(url, &self.profile.urls.session))
    }

    /// A link made whole, session ids and all: what a form is sent to.
    pub(super) fn resolve_as_is(&self, href: &str) -> Option<Url> {
        // A bare fragment means this page, wherever `base` points.
        let from = if href.starts_with('#') || href.is_empty() { self.url } else { &self.base };
        from.join(href).ok().filter(is_web)
    }

    /// Whether the page was made for somebody who is logged in; `None` where it does not show.
    pub(super) fn logged_in(&self) -> Option<bool> {
        let session = &self.profile.session;
        if session.inside.seen(self.frame()) { Some(true) } else { session.outside.seen(self.frame()).then_some(false) }
    }

    /// Whether a private message to the account waits to be read; `None` where pages do not show it, and for guests.
    pub(super) fn unread_message(&self) -> Option<bool> {
        let unread = self.profile.message.as_ref().map(|message| &message.unread).filter(|signs| !signs.is_unset())?;
        (self.logged_in() == Some(true)).then(|| self.sign("message.unread", unread, self.frame()))
    }

    /// What stands in place of what was asked for.
    pub(super) fn state_without_content(&self) -> PageState {
        let states = &self.profile.states;
        // The frame begins with the page's root.
        let within = states.ignore.as_ref().zip(self.frame.first()).map(|(ignored, root)| {
            root.split(|element| ignored.matches(element) || self.profile.post.item.matches(element)).1
        });
        let scope = within.as_deref().map_or(self.frame(), Scope::Frame);
        let state = foreign_state(states, scope)
            .or_else(|| foreign_state(&COMMON, scope))
            .or_else(|| states.other.seen(scope).then_some(PageState::ErrorPage));
        self.note(|| format!("state: no content found → {state:?}"));
        state.unwrap_or(PageState::Unrecognised)
    }
}

/// Guards and errors that no profile need know.
static COMMON: LazyLock<States> =
    LazyLock::new(|| toml::from_str(include_str!("common.toml")).expect("compiled in, and tested"));

/// The state of a page of which not even the engine is known.
pub(super) fn state_of_unknown(html: &Tree) -> PageState {
    foreign_state(&COMMON, html.root_element().into()).unwrap_or(PageState::Unrecognised)
}

fn foreign_state(states: &States, root: Scope<'_>) -> Option<PageState> {
    [
        (&states.challenge, PageState::Challenge),
        // Pages that say what is wrong show a log-in form besides, for guests.
        (&states.not_found, PageState::NotFound),
        (&states.error_page, PageState::ErrorPage),
        (&states.login_required, PageState::LoginRequired),
        (&states.forbidden, PageState::Forbidden),
    ]
    .into_iter()
    .find(|(signs, _)| signs.seen(root))
    .map(|(_, state)| state)
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn base_of(html: &Tree, url: &Url) -> Url {
    static BASE: LazyLock<Selector> = LazyLock::new(|| Selector::parse("base[href]").expect("constant"));
    let href = html.root_element().select(&BASE).next().and_then(|base| base.value().attr("href"));
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
    let mut kept = String::new();
    let mut separator = None;
    for part in query.split_inclusive(separators) {
        let (name, after) = match part.strip_suffix(separators) {
            Some(name) => (name, part.chars().last()),
            None => (part, None),
        };
        if !is_session(name) {
            kept.extend(separator.filter(|_| !kept.is_empty()));
            kept.push_str(name);
            separator = after;
        }
    }
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
            ("http://a.example/?a=1;sid=2&b=3;c=4;PHPSESSID=5", "http://a.example/?a=1;b=3;c=4"),
            ("http://a.example/?a=1;b=%D0%B9&side=1", "http://a.example/?a=1;b=%D0%B9&side=1"),
        ] {
            assert_eq!(without_session(address.parse().expect("valid"), &[]).as_str(), expected);
        }
    }

    #[test]
    fn what_is_meant_for_browsers_without_scripts_is_read() {
        let (page, _) =
            Tree::read("<body><script>'<p>'</script><noscript><p>раз</p><a href=x>два</a></noscript><p>три");
        let found = |css: &str| page.root_element().select(&Selector::parse(css).expect("valid")).count();
        assert_eq!((found("p"), found("noscript > p"), found("noscript > a[href=x]")), (2, 1, 1));
    }

    #[test]
    fn guards_and_servers_own_pages_are_known() {
        for (html, expected) in [
            ("<title>Just a moment...</title>", PageState::Challenge),
            ("<h1>DDoS</h1><form><img src=/captcha.png><input name=captcha_answer></form>", PageState::Challenge),
            ("<h2>Двухфакторная аутентификация</h2><form><input name=code></form>", PageState::Challenge),
            ("<form><input name=c autocomplete=one-time-code></form>", PageState::Challenge),
            ("<form><input name=u><input type=Password></form>", PageState::LoginRequired),
            ("<title>404 Not Found</title><center><h1>404 Not Found</h1></center>", PageState::NotFound),
            ("<title>403 Forbidden</title>", PageState::Forbidden),
            ("<title>502 Bad Gateway</title>", PageState::ErrorPage),
            ("<title>Рецепты</title><p>капча", PageState::Unrecognised),
            ("", PageState::Unrecognised),
        ] {
            assert_eq!(state_of_unknown(&Tree::read(html).0), expected, "{html}");
        }
    }
}
