//! Forum pages into facts: a selector profile and bytes go in, posts, links, forms, outcomes and complaints come out.
//!
//! Pure: no network, no files, no clock. Knows no engine either; whatever differs between engines is in the profiles
//! under `selectors/`. A page of unknown shape gives complaints, never a panic.

mod challenge;
mod css;
mod dates;
mod decode;
mod form;
mod list;
mod markup;
mod message;
mod outcome;
mod picture;
mod profile;
mod quote;
#[cfg(any(test, fuzzing))]
mod reference;
mod rules;
mod tame;
mod text;
mod thread;
mod tokens;
mod tree;
mod view;

pub use challenge::{ChallengeForm, ChallengePage, PictureSource, challenge};
pub use decode::{Decoded, Source, decode};
pub use form::{Enctype, Form, LoginForm, Method, ReplyForm, login_form, reply_form, reply_page_link};
pub use message::{
    MessageForm, MessageOutcome, MessagePage, MessageRefusal, Recipient, SentMessage, message_form, message_outcome,
    message_page, message_page_in, message_refusal, sent_messages,
};
pub use outcome::{LoginOutcome, Refusal, ReplyOutcome, login_outcome, reply_outcome};
pub use picture::picture_type;
pub use profile::{Profile, ProfileError, builtin_profiles, find_profile, login_page_url, thread_id_of, thread_url};
pub use quote::{made_quotation, quote_page, quoting_form};
#[cfg(fuzzing)]
pub use reference::assert_read_as_html5ever_does;

use crate::domain::look::{ListPage, PageState, SeenPage, ThreadPage};
use std::fmt;
use tree::Tree;
use url::Url;
use view::View;

/// One thread page, with what the next steps need besides the posts. `Debug` leaves the addresses out.
#[derive(Clone, PartialEq, Eq)]
pub struct ThreadReading {
    pub page: ThreadPage,
    pub prev: Option<Url>,
    pub next: Option<Url>,
    /// The thread list it stands in, which may show views that the thread does not.
    pub list: Option<Url>,
    /// Whether the page was made for somebody who is logged in; `None` where it does not show.
    pub logged_in: Option<bool>,
    /// Whether a private message to the account waits to be read; `None` where pages do not show it, and for guests.
    pub unread_message: Option<bool>,
    /// Name of the profile it was read by.
    pub profile: String,
}

impl fmt::Debug for ThreadReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadReading")
            .field("page", &self.page)
            .field("logged_in", &self.logged_in)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// One page of a thread list.
#[derive(Clone, Debug)]
pub struct ListPageReading {
    pub page: ListPage,
    /// As [`ThreadReading::unread_message`].
    pub unread_message: Option<bool>,
}

/// Which kind of page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Thread,
    List,
}

/// What `extract` makes of a page. No `Debug`: the explanation holds forum text.
#[derive(Clone)]
pub struct Extracted {
    pub page: SeenPage,
    /// Name of the profile it was read by; `None` where none was given and none fits.
    pub profile: Option<String>,
    /// How each value was found, line by line, where that was asked for. Holds forum text.
    pub explanation: Vec<String>,
}

/// Reads a thread page. Anything else than a thread page gives a state other than `Ok` and no posts.
pub fn read_thread(profile: &Profile, source: &Source<'_>) -> ThreadReading {
    with_view(profile, source, thread_reading).0
}

/// Reads a page of a thread list.
pub fn read_list(profile: &Profile, source: &Source<'_>) -> ListPageReading {
    with_view(profile, source, list_reading).0
}

/// Whether the page was made for somebody who is logged in; `None` where it does not show.
pub fn logged_in(profile: &Profile, source: &Source<'_>) -> Option<bool> {
    with_view(profile, source, |view| view.logged_in())
}

fn with_view<T>(profile: &Profile, source: &Source<'_>, read: impl FnOnce(View<'_>) -> T) -> T {
    let parsed = view::parse(source);
    let parts = view::take_apart(profile, &parsed.html);
    read(View::of(profile, source, &parsed, &parts, false))
}

/// The built-in profile that fits a page best; `None` where no sign of any engine is there.
fn recognise(html: &Tree) -> Option<&'static Profile> {
    let root = html.root_element().into();
    let scored = builtin_profiles().iter().map(|profile| (profile.recognise.count(root), profile));
    // The first of equals, so that the order of the profiles decides and not chance.
    scored.rev().max_by_key(|(score, _)| *score).filter(|(score, _)| *score > 0).map(|(_, profile)| profile)
}

/// The built-in profile that fits a page best; `None` where no sign of any engine is there.
pub fn recognise_source(source: &Source<'_>) -> Option<&'static Profile> {
    recognise(&view::parse(source).html)
}

/// Reads a page by `profile`, or by the built-in one that fits. Without `kind`, a page is a list when it has threads
/// and no posts.
pub fn extract(profile: Option<&Profile>, source: &Source<'_>, kind: Option<Kind>, explain: bool) -> Extracted {
    let parsed = view::parse(source);
    let Some(profile) = profile.or_else(|| recognise(&parsed.html)) else {
        let state = view::state_of_unknown(&parsed.html);
        let mut complaints = parsed.complaints;
        if state == PageState::Unrecognised {
            complaints.push("profile: none fits this page; name one".to_owned());
        }
        let page = match kind {
            Some(Kind::List) => SeenPage::List(ListPage { state, threads: Vec::new(), complaints }),
            _ => SeenPage::Thread(ThreadPage { complaints, ..ThreadPage::without_posts(state) }),
        };
        return Extracted { page, profile: None, explanation: Vec::new() };
    };
    let parts = view::take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, explain);
    let is_list = kind.map_or_else(|| looks_like_list(&view), |kind| kind == Kind::List);
    let (page, explanation) = if is_list {
        let (reading, explanation) = list_reading(view);
        (SeenPage::List(reading.page), explanation)
    } else {
        let (reading, explanation) = thread_reading(view);
        (SeenPage::Thread(reading.page), explanation)
    };
    Extracted { page, profile: Some(profile.name().to_owned()), explanation }
}

fn looks_like_list(view: &View<'_>) -> bool {
    let has_rows = |list: &profile::List| list.item.first(view.frame()).is_some();
    view.items.is_empty() && view.profile.list.as_ref().is_some_and(has_rows)
}

fn thread_reading(view: View<'_>) -> (ThreadReading, Vec<String>) {
    let (mut page, prev) = thread::read(&view);
    let next = page.next.as_ref().and_then(|next| next.expose().parse().ok());
    let list = view.link("thread.list", &view.profile.thread.list, view.frame());
    let (logged_in, unread_message) = (view.logged_in(), view.unread_message());
    let profile = view.profile.name().to_owned();
    let (complaints, explanation) = view.finish();
    page.complaints = complaints;
    (ThreadReading { page, prev, next, list, logged_in, unread_message, profile }, explanation)
}

fn list_reading(view: View<'_>) -> (ListPageReading, Vec<String>) {
    let mut page = list::read(&view);
    let unread_message = view.unread_message();
    let (complaints, explanation) = view.finish();
    page.complaints = complaints;
    (ListPageReading { page, unread_message }, explanation)
}
