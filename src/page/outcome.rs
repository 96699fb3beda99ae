//! What became of a form that was sent, told from the page on which it ended.
//!
//! Status codes say little: engines answer 200 to refusals. Where a page says nothing clear the outcome is `Unclear`,
//! and the thread itself must be read; it is never taken for accepted.

use super::decode::Source;
use super::form::has_reply_form;
use super::profile::Profile;
use super::rules::Signs;
use super::tree::ElementRef;
use super::view::{View, parse, take_apart};
use crate::domain::look::PageState;
use url::Url;

/// What became of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyOutcome {
    /// The engine took it and showed the thread or said so.
    Accepted { post_id: Option<String> },
    /// Taken, but not shown before a moderator has seen it.
    Queued,
    /// Certainly not posted.
    Refused(Refusal),
    /// The page does not tell; only reading the thread settles it.
    Unclear,
}

/// Why a reply was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    LoggedOut,
    Closed,
    Forbidden,
    /// Too soon after the last post.
    Flood,
    /// The same text was posted before.
    Duplicate,
    /// The form itself: a stale token, sent too fast, or shown again. A fresh form may succeed.
    FormRejected,
    Other,
}

/// What became of a log-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginOutcome {
    LoggedIn,
    WrongPassword,
    /// Too many attempts; a captcha may be asked next time.
    TooMany,
    /// A captcha is asked: a person must log in.
    Challenge,
    Unclear,
}

/// Tells what became of a reply. `source` is the page on which the request ended, `source.url` its final address.
pub fn reply_outcome(profile: &Profile, source: &Source<'_>, status: u16) -> ReplyOutcome {
    let Some(rules) = &profile.reply else { return ReplyOutcome::Unclear };
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    let root = view.frame();
    let seen = |signs: &Signs| signs.seen(root);
    let logged_out = view.logged_in() == Some(false);
    // The newest post stands last, and only its writer sees that it waits.
    let waits = view.items.last().is_some_and(|post| profile.post.pending.marks(*post));
    if seen(&rules.queued) || waits {
        return ReplyOutcome::Queued;
    }
    for (signs, refusal) in [
        (&rules.flood, Refusal::Flood),
        (&rules.duplicate, Refusal::Duplicate),
        (&rules.form_rejected, Refusal::FormRejected),
        (&rules.closed, Refusal::Closed),
        (&rules.forbidden, Refusal::Forbidden),
        (&rules.other, Refusal::Other),
    ] {
        if seen(signs) {
            // Engines say "not allowed" for all of these; the page shows which it was.
            let refusal = match refusal {
                Refusal::Closed | Refusal::Forbidden if logged_out => Refusal::LoggedOut,
                Refusal::Forbidden if seen(&profile.thread.closed) => Refusal::Closed,
                other => other,
            };
            return ReplyOutcome::Refused(refusal);
        }
    }
    let has_posts = !view.items.is_empty();
    if let Some(id) = post_id_of(profile, source.url)
        && has_posts
        && (200..300).contains(&status)
    {
        return ReplyOutcome::Accepted { post_id: Some(id) };
    }
    if rules.accepted_at.as_ref().is_some_and(|address| address.is_match(source.url.as_str())) && has_posts {
        return ReplyOutcome::Accepted { post_id: None };
    }
    if let Some(post) = anchored_post(&view)
        && (200..300).contains(&status)
    {
        let own = &profile.post.own;
        return if own.is_unset() || own.seen(post.into()) {
            ReplyOutcome::Accepted { post_id: view.text("post.id", &profile.post.id, post) }
        } else {
            // The engine leads to the thread's last post, whosever it is, when it has the text already.
            ReplyOutcome::Refused(Refusal::Duplicate)
        };
    }
    if let Some(link) = view.link("reply.accepted", &rules.accepted, root) {
        return ReplyOutcome::Accepted { post_id: post_id_of(profile, &link) };
    }
    if has_posts && !has_reply_form(&view) {
        return ReplyOutcome::Unclear;
    }
    match view.state_without_content() {
        _ if has_posts => ReplyOutcome::Unclear,
        PageState::LoginRequired => ReplyOutcome::Refused(Refusal::LoggedOut),
        PageState::Forbidden if logged_out => ReplyOutcome::Refused(Refusal::LoggedOut),
        PageState::Forbidden => ReplyOutcome::Refused(Refusal::Forbidden),
        // The form again, in place of the thread: not posted.
        _ if has_reply_form(&view) => ReplyOutcome::Refused(Refusal::FormRejected),
        _ => ReplyOutcome::Unclear,
    }
}

/// The post whose element, or an anchor inside it, the page's address names.
fn anchored_post<'a>(view: &View<'a>) -> Option<ElementRef<'a>> {
    let anchor = view.profile.urls.post_anchor.as_ref()?.capture(view.url.as_str())?;
    let is_named = |element: ElementRef<'_>| element.value().attr("id") == Some(anchor);
    view.items.iter().copied().find(|item| item.descendants().filter_map(ElementRef::wrap).any(is_named))
}

fn post_id_of(profile: &Profile, url: &Url) -> Option<String> {
    profile.urls.post_id.iter().find_map(|pattern| pattern.capture(url.as_str())).map(str::to_owned)
}

/// Tells what became of a log-in, from the page on which it ended.
pub fn login_outcome(profile: &Profile, source: &Source<'_>) -> LoginOutcome {
    let Some(rules) = &profile.login else { return LoginOutcome::Unclear };
    let parsed = parse(source);
    let parts = take_apart(profile, &parsed.html);
    let view = View::of(profile, source, &parsed, &parts, false);
    let root = view.frame();
    if view.logged_in() == Some(true) {
        LoginOutcome::LoggedIn
    } else if rules.captcha.seen(root) {
        LoginOutcome::Challenge
    } else if rules.too_many.seen(root) {
        LoginOutcome::TooMany
    } else if rules.refused.seen(root) {
        LoginOutcome::WrongPassword
    } else {
        match view.state_without_content() {
            PageState::Challenge => LoginOutcome::Challenge,
            _ => LoginOutcome::Unclear,
        }
    }
}
