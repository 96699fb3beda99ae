//! The draft of a reply, and a person's decisions on replies that were approved.
//!
//! Saving never overwrites what the writer has not seen: each form names the draft it was made from. Approving is
//! `confirm`'s; sending is `jobs`'.

use super::Desk;
use super::access::back_to;
use super::case::{self, Problem, Shown, draft_digest};
use super::error::Error;
use super::extract::{Named, Posted};
use super::page::Visit;
use crate::clock::Timestamp;
use crate::domain::account::Account;
use crate::domain::answer::{Standing, fill_facts};
use crate::domain::case::{CaseId, act};
use crate::domain::lesson::LessonKind;
use crate::domain::reply::{Delivery, Draft, ReplyId, Route, approve, confirm_by_hand, send_again, withdraw};
use crate::store::{CaseEventKind, StoreError, Tx};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct ReplyForm {
    #[serde(default)]
    text: String,
    /// Digest of the draft that the form showed.
    #[serde(default)]
    seen: String,
    /// `save`, `approve`, `find`, `look`, `take:` and the id of an answer, or `enter` for the key in the search field.
    #[serde(default)]
    action: String,
    #[serde(default)]
    find: String,
    /// Who is to read it; missing where a form knows nothing of routes and quotations, which then stay as they are.
    route: Option<String>,
    /// The post to be quoted, if any.
    #[serde(default)]
    quote: String,
}

/// What was done with the draft.
enum Saved {
    Done,
    Refused(Problem),
}

pub(super) async fn save(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<i64>,
    Posted(form): Posted<ReplyForm>,
) -> Result<Response, Error> {
    let (id, now, account) = (CaseId(id), visit.now, visit.account()?.clone());
    // Browsers send CRLF; the textarea shows LF.
    let text = form.text.replace("\r\n", "\n");
    let typed = text.clone();
    let take = form.action.strip_prefix("take:").map(str::to_owned);
    let wants_approval = form.action == "approve";
    let taken = take.is_some();
    let (seen, quote, route) = (form.seen, form.quote, form.route);
    let chosen = route.as_deref().and_then(Route::find);
    let ways = desk.settings.forum_ways.clone();
    let saved = desk
        .store
        .write(move |tx| {
            let loaded = case::load(tx, id)?;
            let lease = match act(&loaded.case, &account, now) {
                Ok(lease) => lease,
                Err(error) => return Ok::<_, StoreError>(Saved::Refused(error.into())),
            };
            let stored = draft_digest(loaded.draft.as_ref());
            if stored != seen && loaded.draft.as_ref().is_some_and(|d| *d.text.expose() != text) {
                tx.save_claim(id, lease, false, now)?;
                return Ok(Saved::Refused(Problem::new("problem-draft-changed")));
            }
            let ways = ways.get(&loaded.thread.forum).copied().unwrap_or_default();
            let mut draft = loaded.draft.clone().unwrap_or_else(|| loaded.new_draft(ways));
            draft.text = text.into();
            if let Some(route) = route {
                draft.route = Route::find(&route).filter(|_| loaded.recipient(ways).is_some()).unwrap_or_default();
                draft.quote = loaded.quote_of(&quote);
            }
            let refusal = match &take {
                Some(answer) => take_answer(&mut draft, answer, &loaded, now),
                None => None,
            };
            if draft.text.expose().trim().is_empty() {
                draft.answers.clear();
            }
            tx.save_draft(id, &draft, account.id, now)?;
            tx.save_claim(id, lease, false, now)?;
            if let Some(problem) = refusal {
                return Ok(Saved::Refused(problem));
            }
            if wants_approval && let Err(error) = approve(&draft, &loaded.case, &account, loaded.under_way, now) {
                return Ok(Saved::Refused(error.into()));
            }
            Ok(Saved::Done)
        })
        .await?;
    match saved {
        Saved::Refused(problem) => {
            let shown = Shown::refused(problem, Some(typed)).by(chosen);
            case::respond(&desk, &visit, id, shown).await
        }
        Saved::Done if wants_approval => Ok(Redirect::to(&format!("/case/{}/confirm", id.0)).into_response()),
        Saved::Done if taken => Ok(back_to(&format!("/case/{}#write", id.0), "taken")),
        Saved::Done if form.action == "look" => Ok(Redirect::to(&format!("/case/{}#replies", id.0)).into_response()),
        Saved::Done => {
            let find = form.find.trim();
            if find.is_empty() || form.action == "save" {
                return Ok(back_to(&format!("/case/{}#write", id.0), "saved"));
            }
            let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("find", find).finish();
            Ok(Redirect::to(&format!("/case/{}?{query}#found", id.0)).into_response())
        }
    }
}

/// Puts a verified answer, with the directory's facts, behind what is written already.
fn take_answer(draft: &mut Draft, id: &str, loaded: &case::Loaded, now: Timestamp) -> Option<Problem> {
    let answer = loaded.answers.iter().find(|a| a.text.id == id);
    let Some(answer) = answer.filter(|a| a.standing(now) == Standing::Verified) else {
        return Some(Problem::new("problem-answer-not-verified"));
    };
    let (body, _missing) = fill_facts(answer.text.body(loaded.reply_lang()), &loaded.facts);
    let written = draft.text.expose().trim_end();
    let text = if written.is_empty() { body } else { format!("{written}\n\n{body}") };
    draft.text = text.into();
    if !draft.answers.iter().any(|a| a == id) {
        draft.answers.push(id.to_owned());
    }
    None
}

#[derive(Deserialize)]
pub(super) struct DecisionForm {
    /// `withdraw`, `confirm` or `again`.
    decision: String,
    /// The state that the page showed.
    seen: String,
}

/// A person takes a reply back, says that it is there, or has it sent again.
pub(super) async fn decide(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<i64>,
    Posted(form): Posted<DecisionForm>,
) -> Result<Response, Error> {
    let (id, now, account) = (ReplyId(id), visit.now, visit.account()?.clone());
    let (case, outcome) = desk
        .store
        .write(move |tx| {
            let row = tx.reply(id)?;
            Ok::<_, StoreError>((row.case_id, decide_in(tx, id, &form, &account, now)?))
        })
        .await?;
    match outcome {
        Ok(done) => Ok(back_to(&format!("/case/{}#replies", case.0), done)),
        Err(problem) => case::respond(&desk, &visit, case, Shown::refused(problem, None)).await,
    }
}

fn decide_in(
    tx: &Tx<'_>,
    id: ReplyId,
    form: &DecisionForm,
    account: &Account,
    now: Timestamp,
) -> Result<Result<&'static str, Problem>, StoreError> {
    let row = tx.reply(id)?;
    let lease = match act(&tx.case(row.case_id)?, account, now) {
        Ok(lease) => lease,
        Err(error) => return Ok(Err(error.into())),
    };
    // The person decided on what the page showed; where the reply has moved since, they look again.
    if Delivery::find(&form.seen) != Some(row.progress.delivery) {
        return Ok(Err(Problem::new("problem-reply-moved")));
    }
    let too_late = |_| Problem::new("problem-reply-moved");
    let under_way = tx.has_reply_under_way(row.case_id)?;
    let done = match form.decision.as_str() {
        "withdraw" => {
            let next = match withdraw(&row.progress).map_err(too_late) {
                Ok(next) => next,
                Err(problem) => return Ok(Err(problem)),
            };
            tx.move_reply(id, &row.progress, &next, row.reason.as_deref(), now)?;
            tx.add_event(row.case_id, CaseEventKind::Withdrawn, Some(account.id), now)?;
            tx.drop_pending_lessons(row.case_id, LessonKind::Picked)?;
            tx.drop_picks(row.case_id, row.approved_at)?;
            if tx.find_draft(row.case_id)?.is_none_or(|d| d.text.expose().trim().is_empty()) {
                let draft =
                    Draft { text: row.text.clone(), answers: row.answers.clone(), route: row.route, quote: row.quote };
                tx.save_draft(row.case_id, &draft, account.id, now)?;
            }
            "withdrawn"
        }
        "confirm" => {
            if let Err(problem) = confirm_by_hand(&row.progress).map_err(too_late) {
                return Ok(Err(problem));
            }
            tx.confirm_reply(id, None, now)?;
            tx.add_event(row.case_id, CaseEventKind::ConfirmedByHand, Some(account.id), now)?;
            return Ok(Ok("confirmed"));
        }
        // One reply is under way at a time, or two of them could be taken for one another.
        "again" if under_way => return Ok(Err(Problem::new("problem-reply-under-way"))),
        "again" => {
            let next = match send_again(&row.progress, now).map_err(too_late) {
                Ok(next) => next,
                Err(problem) => return Ok(Err(problem)),
            };
            tx.move_reply(id, &row.progress, &next, None, now)?;
            tx.add_event(row.case_id, CaseEventKind::SentAgain, Some(account.id), now)?;
            "sent-again"
        }
        _ => return Ok(Err(Problem::new("error-form-unreadable"))),
    };
    tx.save_claim(row.case_id, lease, false, now)?;
    Ok(Ok(done))
}
