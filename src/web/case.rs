//! One case at the desk: shown, claimed, released, closed; what went wrong, in words for a person.
//!
//! What is read of it is `loaded`'s, what the page makes of that is `view`'s; the draft is `reply`'s and approving is
//! `confirm`'s. A failed action shows the page again with what was typed.

mod loaded;
mod view;

pub(super) use loaded::{Gravest, Loaded, find_gravest, load};
pub(super) use view::{QuoteView, RoutesView};

use super::Desk;
use super::access::back_to;
use super::error::Error;
use super::extract::{Asked, Named, Posted};
use super::lesson::{self, Offered};
use super::page::{Visit, render_with};
use super::session::hex;
use super::texts::Texts;
use crate::domain::answer::Standing;
use crate::domain::case::{self, CaseError, CaseId, Outcome};
use crate::domain::reply::{self, Draft, Route};
use crate::store::StoreError;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use view::{SUGGESTIONS, find_passage, rank, view};

/// Digest of a draft's text; empty for no draft.
pub(super) fn draft_digest(draft: Option<&Draft>) -> String {
    draft.filter(|d| !d.text.expose().is_empty()).map_or_else(String::new, |d| text_digest(d.text.expose()))
}

pub(super) fn text_digest(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

/// What went wrong, in words for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    key: &'static str,
    /// The one value in it.
    value: String,
    /// Keys of facts, to be named in words in the value's place.
    facts: Vec<String>,
}

impl Problem {
    pub(super) fn new(key: &'static str) -> Self {
        Self { key, value: String::new(), facts: Vec::new() }
    }

    fn words(self, texts: Texts) -> String {
        let value = if self.facts.is_empty() { self.value } else { fact_names(&self.facts, texts) };
        texts.with(self.key, &[("a", value.into())])
    }
}

/// Facts of the directory in words, with their keys.
fn fact_names(keys: &[String], texts: Texts) -> String {
    keys.iter().map(|key| format!("«{}» ({{{{{key}}}}})", texts.word("fact", key))).collect::<Vec<_>>().join(", ")
}

impl From<CaseError> for Problem {
    fn from(error: CaseError) -> Self {
        match error {
            CaseError::NotAllowed => Self::new("problem-not-allowed"),
            CaseError::ClaimedByOther { .. } => Self::new("problem-claimed-by-other"),
            CaseError::NotClaimed => Self::new("problem-not-claimed"),
            CaseError::Closed => Self::new("problem-closed"),
            CaseError::ReplyUnderWay => Self::new("problem-reply-under-way"),
        }
    }
}

impl From<reply::ApproveError> for Problem {
    fn from(error: reply::ApproveError) -> Self {
        match error {
            reply::ApproveError::Case(error) => error.into(),
            reply::ApproveError::Empty => Self::new("problem-empty"),
            reply::ApproveError::TooLong => {
                Self { value: reply::MAX_REPLY_CHARS.to_string(), ..Self::new("problem-too-long") }
            }
            reply::ApproveError::NoRecipient => Self::new("problem-no-recipient"),
            reply::ApproveError::MissingFacts(keys) => Self { facts: keys, ..Self::new("problem-missing-facts") },
        }
    }
}

/// How the page is to be shown, beyond what the database holds.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) status: StatusCode,
    pub(super) problem: Option<Problem>,
    /// What the person typed and what was not saved.
    pub(super) typed: Option<String>,
    /// Who was to read it, where that was not saved either.
    route: Option<Route>,
    find: String,
    whole: bool,
    done: Option<String>,
}

impl Shown {
    /// The page after an action that could not be done; nothing typed is lost.
    pub(super) fn refused(problem: Problem, typed: Option<String>) -> Self {
        let typed = typed.filter(|t| !t.trim().is_empty());
        Self { status: StatusCode::CONFLICT, problem: Some(problem), typed, ..Self::default() }
    }

    /// With who was to read what was typed.
    pub(super) fn by(self, route: Option<Route>) -> Self {
        Self { route, ..self }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Query {
    find: String,
    whole: String,
    done: Option<String>,
}

pub(super) async fn show(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<i64>,
    Asked(query): Asked<Query>,
) -> Result<Response, Error> {
    let shown = Shown { find: query.find, whole: !query.whole.is_empty(), done: query.done, ..Shown::default() };
    respond(&desk, &visit, CaseId(id), shown).await
}

pub(super) async fn respond(desk: &Desk, visit: &Visit, id: CaseId, shown: Shown) -> Result<Response, Error> {
    let loaded = desk.store.read(move |tx| load(tx, id)).await?;
    let (ranked, loaded) = rank(desk, loaded, shown.find.clone()).await?;
    let passage = find_passage(desk, &loaded).await?;
    let status = shown.status;
    let ways = desk.ways(&loaded.thread.forum);
    let template = view(visit, &loaded, &ranked, passage, shown, ways)?;
    render_with(status, &template)
}

/// What the page of a case offers first: for noting where an answer was taken from.
pub(super) async fn offered(desk: &Desk, visit: &Visit, loaded: Loaded) -> Result<Offered, Error> {
    let (ranked, loaded) = rank(desk, loaded, String::new()).await?;
    let answers = loaded.answers;
    let may_be_sent =
        |id: &&String| answers.iter().any(|a| a.text.id == **id && a.standing(visit.now) == Standing::Verified);
    let suggested = ranked.suggested.iter().filter(may_be_sent).take(SUGGESTIONS).cloned().collect();
    Ok(Offered { suggested, answers })
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ClaimForm {
    /// What was typed when the claim had run out, and who was to read it.
    text: String,
    route: String,
    seen: String,
}

pub(super) async fn claim(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<i64>,
    Posted(form): Posted<ClaimForm>,
) -> Result<Response, Error> {
    let (id, now, account) = (CaseId(id), visit.now, visit.account()?.clone());
    let text = form.text.replace("\r\n", "\n");
    let (typed, route) = (text.clone(), Route::find(&form.route));
    let ways = desk.settings.forum_ways.clone();
    let problem = desk
        .store
        .write(move |tx| {
            let loaded = load(tx, id)?;
            let case = &loaded.case;
            let claim = match case::claim(case, &account, now) {
                Ok(claim) => claim,
                Err(error) => return Ok(Some(Problem::from(error))),
            };
            tx.save_claim(id, claim, !case.is_claimed_by(account.id, now), now)?;
            if text.trim().is_empty() {
                return Ok(None);
            }
            if draft_digest(loaded.draft.as_ref()) != form.seen {
                return Ok(Some(Problem::new("problem-draft-changed")));
            }
            let ways = ways.get(&loaded.thread.forum).copied().unwrap_or_default();
            let draft = loaded.draft.clone().unwrap_or_else(|| loaded.new_draft(ways));
            let draft = Draft { text: text.into(), route: route.unwrap_or(draft.route), ..draft };
            tx.save_draft(id, &draft, account.id, now)?;
            Ok::<_, StoreError>(None)
        })
        .await?;
    match problem {
        None => Ok(back_to(&format!("/case/{}", id.0), "claimed")),
        Some(problem) => respond(&desk, &visit, id, Shown::refused(problem, Some(typed)).by(route)).await,
    }
}

pub(super) async fn release(State(desk): State<Desk>, visit: Visit, Named(id): Named<i64>) -> Result<Response, Error> {
    let (id, now, account) = (CaseId(id), visit.now, visit.account()?.clone());
    desk.store
        .write(move |tx| {
            // Giving up what one no longer has is no mistake worth a page.
            if tx.case(id)?.is_claimed_by(account.id, now) { tx.release_case(id, account.id, now) } else { Ok(()) }
        })
        .await?;
    Ok(back_to("/", "released"))
}

#[derive(Deserialize)]
pub(super) struct CloseForm {
    outcome: String,
    /// Not empty: take the case first, if it is free.
    #[serde(default)]
    claim: String,
}

pub(super) async fn close(
    State(desk): State<Desk>,
    visit: Visit,
    Named(id): Named<i64>,
    Posted(form): Posted<CloseForm>,
) -> Result<Response, Error> {
    let (id, now, account) = (CaseId(id), visit.now, visit.account()?.clone());
    let Some(outcome) = Outcome::find(&form.outcome) else {
        let problem = Problem::new("problem-outcome");
        return respond(&desk, &visit, id, Shown::refused(problem, None)).await;
    };
    let problem = desk
        .store
        .write(move |tx| {
            let mut case = tx.case(id)?;
            if !form.claim.is_empty() && !case.is_claimed_by(account.id, now) {
                match case::claim(&case, &account, now) {
                    Ok(claim) => case.claim = Some(claim),
                    Err(error) => return Ok(Some(Problem::from(error))),
                }
            }
            if let Err(error) = case::close(&case, &account, tx.has_reply_under_way(id)?, now) {
                return Ok(Some(Problem::from(error)));
            }
            if outcome == Outcome::NotARequest {
                lesson::note_not_a_request(tx, &case, account.id, now)?;
            }
            tx.close_case(id, outcome, account.id, now)?;
            Ok::<_, StoreError>(None)
        })
        .await?;
    match problem {
        None => Ok(back_to("/", "closed")),
        Some(problem) => respond(&desk, &visit, id, Shown::refused(problem, None)).await,
    }
}
