//! The second step of sending: the exact text, where it will stand and under which name, and the approval itself.
//!
//! The approval names the text and the place that were shown by their digest. A second click finds the reply on its way and changes
//! nothing.

use super::Desk;
use super::access::back_to;
use super::case::{self, Problem, QuoteView, RoutesView, Shown, text_digest};
use super::error::Error;
use super::extract::{Named, Posted};
use super::lesson::note_picks;
use super::marked::{Words, words_for};
use super::page::{Page, Visit, render};
use super::session::is_same;
use crate::domain::case::{CaseError, CaseId, act};
use crate::domain::reply::{ApproveError, Draft, Route, approve};
use crate::domain::thread::Thread;
use crate::store::StoreError;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "confirm.html")]
struct ConfirmPage {
    page: Page,
    id: i64,
    text: Words,
    /// Kinds of personal details that the text repeats of the client's posts, in words.
    repeated: String,
    digest: String,
    thread: String,
    account: Option<String>,
    chars: usize,
    quote: Option<QuoteView>,
    routes: RoutesView,
}

pub(super) async fn show(State(desk): State<Desk>, visit: Visit, Named(id): Named<i64>) -> Result<Response, Error> {
    let id = CaseId(id);
    let loaded = desk.store.read(move |tx| case::load(tx, id)).await?;
    let draft = loaded.draft.clone().unwrap_or_default();
    let approved = match approve(&draft, &loaded.case, visit.account()?, loaded.under_way, visit.now) {
        Ok(approved) => approved,
        // After a send, "back" leads here again: the case tells how far the reply is.
        Err(ApproveError::Case(CaseError::ReplyUnderWay)) => {
            return Ok(Redirect::to(&format!("/case/{}#replies", id.0)).into_response());
        }
        Err(error) => return case::respond(&desk, &visit, id, Shown::refused(error.into(), None)).await,
    };
    let text = approved.text().expose();
    let posts: Vec<&str> = loaded.posts.iter().map(|p| p.text.expose().as_str()).collect();
    let repeated = loaded.known().repeated(text, &posts);
    let (texts, ways) = (visit.texts(), desk.ways(&loaded.thread.forum));
    render(&ConfirmPage {
        page: visit.page("queue"),
        id: id.0,
        digest: shown_digest(text, &loaded.thread),
        chars: text.chars().count(),
        text: Words::new(text, &repeated, None),
        repeated: words_for(&repeated, texts),
        thread: loaded.thread.title.as_ref().map(|t| t.expose().clone()).unwrap_or_default(),
        quote: loaded.quote_view(ways, texts),
        routes: loaded.routes_view(ways, text, None, texts),
        account: desk.settings.forum_accounts.get(&loaded.thread.forum).cloned(),
    })
}

/// Digest of a text and the place it is meant for: a thread may move while somebody reads.
fn shown_digest(text: &str, thread: &Thread) -> String {
    text_digest(&format!("{}\n{}\n{text}", thread.forum, thread.forum_thread_id))
}

#[derive(Deserialize)]
pub(super) struct SendForm {
    digest: String,
    /// Who is to read it, as the page asked; where it did not, as the draft says.
    route: Option<String>,
    /// The post to be quoted, if any.
    #[serde(default)]
    quote: String,
}

/// What came of an approval.
enum Sent {
    Queued,
    /// The same text is in the outbox already.
    Already,
    /// The draft is no longer what was shown.
    Changed,
    Refused(Problem),
}

pub(super) async fn send(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<i64>,
    Posted(form): Posted<SendForm>,
) -> Result<Response, Error> {
    let (id, now, account) = (CaseId(id), visit.now, visit.account()?.clone());
    let loaded = desk.store.read(move |tx| case::load(tx, id)).await?;
    // What is noted for learning must never keep a reply back.
    let offered = case::offered(&desk, &visit, loaded).await.unwrap_or_default();
    let ways = desk.settings.forum_ways.clone();
    let sent = desk
        .store
        .write(move |tx| {
            let loaded = case::load(tx, id)?;
            let ways = ways.get(&loaded.thread.forum).copied().unwrap_or_default();
            let (case, thread, under_way) = (&loaded.case, &loaded.thread, loaded.under_way);
            let quote = loaded.quote_of(&form.quote);
            let draft = loaded.draft.clone().map(|draft| {
                let route = form.route.as_deref().map_or(Some(draft.route), Route::find);
                route.map(|route| Draft { route, quote, ..draft })
            });
            // A route that is none, or one that there is not: not what the page asked.
            let draft = match draft {
                Some(Some(draft)) if draft.route == Route::Thread || loaded.recipient(ways).is_some() => Some(draft),
                Some(_) => {
                    let why = if ways.messages { "problem-no-recipient" } else { "problem-no-messages" };
                    return Ok::<_, StoreError>(Sent::Refused(Problem::new(why)));
                }
                None => None,
            };
            let latest = tx.replies_of(id)?.pop();
            let is_same_again = latest.is_some_and(|r| is_same(&shown_digest(r.text.expose(), thread), &form.digest));
            let Some(draft) = draft else {
                return Ok::<_, StoreError>(if is_same_again { Sent::Already } else { Sent::Changed });
            };
            let approved = match approve(&draft, case, &account, under_way, now) {
                Ok(approved) => approved,
                Err(ApproveError::Case(CaseError::ReplyUnderWay)) if is_same_again => return Ok(Sent::Already),
                Err(error) => return Ok(Sent::Refused(error.into())),
            };
            if !is_same(&shown_digest(approved.text().expose(), thread), &form.digest) {
                return Ok(Sent::Changed);
            }
            tx.enqueue_reply(&approved)?;
            note_picks(tx, case, approved.answers(), &offered, account.id, now)?;
            if let Ok(lease) = act(case, &account, now) {
                tx.save_claim(id, lease, false, now)?;
            }
            Ok(Sent::Queued)
        })
        .await?;
    match sent {
        Sent::Queued | Sent::Already => Ok(back_to(&format!("/case/{}#replies", id.0), "approved")),
        Sent::Changed => {
            let problem = Problem::new("problem-text-changed");
            case::respond(&desk, &visit, id, Shown::refused(problem, None)).await
        }
        Sent::Refused(problem) => case::respond(&desk, &visit, id, Shown::refused(problem, None)).await,
    }
}
