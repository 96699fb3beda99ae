//! Private messages: the way to the form, the form itself, what became of it, and the list of those that were sent.
//!
//! A form that does not say whom it goes to, or says somebody else, is no form: what is meant for one person must not
//! reach another.

use super::decode::Source;
use super::form::{Form, name_of, read_form};
use super::markup::Writing;
use super::profile::{Message, Profile, address_below};
use super::rules::{Scope, Signs};
use super::tree::ElementRef;
use super::view::{View, parse, take_apart};
use crate::clock::Timestamp;
use crate::domain::look::PageState;
use crate::sensitive::Sensitive;
use url::Url;

/// Whom a message goes to: the writer of a post.
#[derive(Clone, Debug)]
pub struct Recipient {
    pub name: Sensitive<String>,
    /// The forum's ids of the post and its thread.
    pub post_id: String,
    pub thread_id: String,
}

/// Where the form is.
#[derive(Clone, PartialEq, Eq)]
pub enum MessagePage {
    At(Url),
    /// The post itself tells: a page of the thread on which it stands has to be read.
    ToldByPost,
}

/// The form of a private message to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageForm {
    pub form: Form,
    text: String,
    subject: Option<String>,
    /// The field for the name, and the name as it is written there.
    to: Option<(String, Sensitive<String>)>,
    writing: Writing,
}

impl MessageForm {
    /// The fields to send: the text shows on the forum as it is here.
    pub fn fill(&self, subject: &str, text: &str) -> Vec<(String, String)> {
        let text = self.writing.write(text);
        let mut values = vec![(self.text.as_str(), text.as_str())];
        values.extend(self.subject.as_deref().map(|field| (field, subject)));
        values.extend(self.to.as_ref().map(|(field, name)| (field.as_str(), name.expose().as_str())));
        self.form.filled(&values)
    }
}

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageOutcome {
    /// The engine said that it took it.
    Accepted,
    /// Certainly not sent.
    Refused(MessageRefusal),
    /// The page does not tell.
    Unclear,
}

/// Why a message was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageRefusal {
    LoggedOut,
    NoSuchUser,
    /// The person takes no messages, or none of ours.
    TakesNone,
    /// The box of the person it goes to.
    InboxFull,
    /// The box of our own account.
    OwnBoxFull,
    /// This account may send none.
    Forbidden,
    /// The forum has none at the address: an extension that is not there.
    NotThere,
    /// Too soon after the last one.
    Flood,
    /// The engine has this message already.
    Duplicate,
    /// The form itself: a stale token, sent too fast, or shown again. A fresh form may succeed.
    FormRejected,
    Other,
}

impl MessageRefusal {
    /// A word for records and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "login_required",
            Self::NoSuchUser => "no_such_user",
            Self::TakesNone => "takes_no_messages",
            Self::InboxFull => "inbox_full",
            Self::OwnBoxFull => "own_box_full",
            Self::Forbidden => "may_not_message",
            Self::NotThere => "no_messages_there",
            Self::Flood => "flood",
            Self::Duplicate => "duplicate",
            Self::FormRejected => "form_rejected",
            Self::Other => "refused",
        }
    }
}

/// A row of the list of sent messages. `None` where the list does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    pub to: Option<Sensitive<String>>,
    pub subject: Option<Sensitive<String>>,
    pub text: Option<Sensitive<String>>,
    pub at: Option<Timestamp>,
}

impl SentMessage {
    /// Whether it went to this person, as far as the list tells.
    pub fn may_be_to(&self, name: &str) -> bool {
        self.to.as_ref().is_none_or(|shown| is_same_name(shown.expose(), name))
    }
}

/// The way to the form for a message to `to`; `None` where there is none. `base` is the forum's own address.
pub fn message_page(profile: &Profile, base: &Url, to: &Recipient) -> Option<MessagePage> {
    let rules = profile.message.as_ref()?;
    match &rules.page {
        Some(page) if rules.link.is_unset() && !page.contains("{user_id}") => {
            address_of(page, base, to, None).map(MessagePage::At)
        }
        _ => Some(MessagePage::ToldByPost),
    }
}

/// The same, told by the post on a page of its thread. `None` where the post does not stand there or tells no way.
pub fn message_page_in(profile: &Profile, source: &Source<'_>, base: &Url, to: &Recipient) -> Option<Url> {
    let rules = profile.message.as_ref()?;
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    let is_theirs = |item| view.text("post.id", &profile.post.id, item).is_some_and(|id| id == to.post_id);
    let post = view.items.iter().copied().find(|item| is_theirs(*item))?;
    // The post has changed hands: not the person who asked.
    let author = view.text("post.author", &profile.post.author, post);
    if author.is_some_and(|author| !is_same_name(&author, to.name.expose())) {
        return None;
    }
    let linked = view.link("message.link", &rules.link, post);
    let user_id = view.text("message.user_id", &rules.user_id, post);
    linked.or_else(|| address_of(rules.page.as_deref()?, base, to, user_id.as_deref()))
}

fn address_of(page: &str, base: &Url, to: &Recipient, user_id: Option<&str>) -> Option<Url> {
    if page.contains("{user_id}") && user_id.is_none() {
        return None;
    }
    let values = [
        ("name", to.name.expose().as_str()),
        ("post", &to.post_id),
        ("thread", &to.thread_id),
        ("user_id", user_id.unwrap_or_default()),
    ];
    address_below(base, page, &values)
}

/// The form on a page, if it is one for a message to this person.
pub fn message_form(profile: &Profile, source: &Source<'_>, name: &str) -> Option<MessageForm> {
    let rules = profile.message.as_ref()?;
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    rules.form.all(view.frame()).find_map(|element| {
        let text = name_of(&rules.text, element)?;
        let subject = match &rules.subject {
            Some(css) => Some(name_of(css, element)?),
            None => None,
        };
        let to = rules.to.as_ref().and_then(|css| name_of(css, element));
        let shown = view.text("message.recipient", &rules.recipient, element);
        if shown.as_ref().map_or(to.is_none(), |shown| !is_same_name(shown, name)) {
            return None;
        }
        let written = rules.to_value.as_deref().unwrap_or("{name}").replace("{name}", name);
        let form = read_form(&view, element, rules.submit.as_ref())?.with(&rules.set);
        Some(MessageForm {
            form,
            text,
            subject,
            to: to.map(|field| (field, written.into())),
            writing: profile.writing(),
        })
    })
}

/// Names are the same whatever their case; some forms put them between quotation marks.
fn is_same_name(shown: &str, name: &str) -> bool {
    let plain = |name: &str| name.trim().trim_matches('"').trim().to_lowercase();
    plain(shown) == plain(name)
}

/// Why a page that was to have the form says that there is none for this person.
pub fn message_refusal(profile: &Profile, source: &Source<'_>) -> Option<MessageRefusal> {
    let rules = profile.message.as_ref()?;
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    refusal_on(rules, View::of(profile, source, &parsed, &parts, false).frame())
}

fn refusal_on(rules: &Message, page: Scope<'_>) -> Option<MessageRefusal> {
    let signs: [(&Signs, MessageRefusal); 9] = [
        (&rules.flood, MessageRefusal::Flood),
        (&rules.duplicate, MessageRefusal::Duplicate),
        (&rules.no_such_user, MessageRefusal::NoSuchUser),
        (&rules.takes_none, MessageRefusal::TakesNone),
        (&rules.own_box_full, MessageRefusal::OwnBoxFull),
        (&rules.inbox_full, MessageRefusal::InboxFull),
        (&rules.form_rejected, MessageRefusal::FormRejected),
        (&rules.forbidden, MessageRefusal::Forbidden),
        (&rules.other, MessageRefusal::Other),
    ];
    signs.into_iter().find(|(signs, _)| signs.seen(page)).map(|(_, refusal)| refusal)
}

/// Tells what became of a message. `source` is the page on which the request ended, `source.url` its final address.
pub fn message_outcome(profile: &Profile, source: &Source<'_>, status: u16) -> MessageOutcome {
    let Some(rules) = &profile.message else { return MessageOutcome::Unclear };
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    let logged_out = view.logged_in() == Some(false);
    if let Some(refusal) = refusal_on(rules, view.frame()) {
        let refusal =
            if refusal == MessageRefusal::Forbidden && logged_out { MessageRefusal::LoggedOut } else { refusal };
        return MessageOutcome::Refused(refusal);
    }
    let is_there = rules.accepted_at.as_ref().is_some_and(|address| address.is_match(source.url.as_str()));
    if (200..300).contains(&status) && !logged_out && (is_there || rules.accepted.seen(view.frame())) {
        return MessageOutcome::Accepted;
    }
    if shows_text_again(&view, rules) {
        return MessageOutcome::Refused(MessageRefusal::FormRejected);
    }
    match view.state_without_content() {
        PageState::LoginRequired => MessageOutcome::Refused(MessageRefusal::LoggedOut),
        _ => MessageOutcome::Unclear,
    }
}

/// The form again, with what was written in it: not sent. An empty one says nothing.
fn shows_text_again(view: &View<'_>, rules: &Message) -> bool {
    let is_filled = |form: ElementRef<'_>| {
        rules.text.first(form.into()).is_some_and(|field| field.text().any(|text| !text.trim().is_empty()))
    };
    rules.form.all(view.frame()).any(is_filled)
}

/// The messages on a list of those that were sent; `None` where the page is no such list.
pub fn sent_messages(profile: &Profile, source: &Source<'_>) -> Option<Vec<SentMessage>> {
    let rules = profile.message.as_ref()?.sent.as_ref()?;
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    // Some engines show messages as they show posts.
    let page = Scope::Item(parsed.html.root_element());
    if !rules.present.seen(page) {
        return None;
    }
    let read = |item: ElementRef<'_>| SentMessage {
        to: view.text("message.sent.to", &rules.to, item).map(Into::into),
        subject: view.text("message.sent.subject", &rules.subject, item).map(Into::into),
        text: view.text("message.sent.text", &rules.text, item).map(Into::into),
        at: view.time("message.sent.time", &rules.time, item).0,
    };
    Some(rules.item.all(page).map(read).collect())
}
