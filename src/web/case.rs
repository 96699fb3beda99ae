//! One case: what the client wrote and the thread around it, suggestions, the draft, the replies and how far each came.
//!
//! Claiming, releasing and closing are here; the draft is `reply`'s and approving is `confirm`'s. A failed action shows
//! this page again with what was typed. Forum text is shown as text: no links, no pictures.

use super::access::back_to;
use super::answers;
use super::error::Error;
use super::extract::{Asked, Named, Posted};
use super::lesson::{self, Offered};
use super::marked::{Known, Words, words_for};
use super::moment::Moment;
use super::page::{Page, Visit, render_with};
use super::queue::{Holder, words_of};
use super::session::hex;
use super::texts::Texts;
use super::topics;
use super::{Desk, Ways};
use crate::domain::account::{AccountId, Permission};
use crate::domain::answer::{Answer, Facts, Standing, fill_facts};
use crate::domain::case::{self, Case, CaseError, CaseId, Outcome, Stage};
use crate::domain::health::is_about_health;
use crate::domain::judgement::{Judgement, Urgency};
use crate::domain::lesson::Need;
use crate::domain::reply::{self, Delivery, Draft, Route};
use crate::domain::thread::{Post, PostId, Thread};
use crate::store::{CaseEvent, DraftNote, ReplyRow, StoreError, Tx};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};

/// How much of a post is shown at once: a peer's, and the client's own.
const OTHER_CHARS: usize = 600;
const CLIENT_CHARS: usize = 6000;
const QUOTE_CHARS: usize = 240;
/// Topics shown of a case, the best first.
const TOPICS: usize = 5;
/// Answers proposed, and answers a search of the library shows.
const SUGGESTIONS: usize = 3;
const FOUND: usize = 6;

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    page: Page,
    id: i64,
    urgency: &'static str,
    stage: &'static str,
    outcome: Option<&'static str>,
    doubtful: bool,
    waits: Moment,
    topics: Vec<String>,
    reasons: Vec<String>,
    thread: String,
    earlier: Vec<PostView>,
    posts: Vec<PostView>,
    is_cut: bool,
    /// Somebody's personal details are among the words shown.
    has_details: bool,
    may_work: bool,
    is_open: bool,
    holder: Option<Holder>,
    is_mine: bool,
    /// A doubtful case with nothing written yet, which one press closes.
    may_dismiss: bool,
    problem: Option<String>,
    typed: Option<String>,
    draft: String,
    /// Lines of the editor, so that a saved draft is seen whole.
    rows: usize,
    draft_note: Option<NoteView>,
    quote: Option<QuoteView>,
    routes: RoutesView,
    /// Why the last private message did not arrive.
    message_failed: Option<String>,
    /// Digest of the draft as it is shown, to notice that somebody else changed it.
    seen: String,
    /// A draft that was saved by somebody else while this one was being written.
    other_draft: Option<String>,
    missing: String,
    suggestions: Vec<SuggestionView>,
    unverified: Vec<UnverifiedView>,
    find: String,
    found: Vec<SuggestionView>,
    found_unverified: Vec<UnverifiedView>,
    snippets: Vec<SuggestionView>,
    replies: Vec<ReplyView>,
    under_way: bool,
    outcomes: [Outcome; 5],
    /// What a case may need, and topics, for correcting the judgement.
    needs: [Need; 4],
    all_topics: Vec<(&'static str, String)>,
    events: Vec<EventView>,
}

struct PostView {
    kind: &'static str,
    in_case: bool,
    /// Posts between the one before and this one that are not shown.
    gap: u32,
    /// It stands where the thread stood before it moved.
    was_left: bool,
    number: u32,
    author: String,
    at: Moment,
    text: Words,
    quotes: Vec<(String, Words)>,
    images: u32,
    edited: bool,
    vanished: Option<Moment>,
    lang: Option<String>,
}

impl PostView {
    fn has_details(&self) -> bool {
        self.text.has_details() || self.quotes.iter().any(|(_, text)| text.has_details())
    }
}

/// Who may get the reply, and what speaks against everybody.
pub(super) struct RoutesView {
    pub(super) is_message: bool,
    /// Whom a private message would go to; `None` where there can be none.
    pub(super) recipient: Option<String>,
    /// Why there can be none.
    pub(super) no_message: &'static str,
    /// Personal details that the text seems to hold, in words.
    pub(super) personal: String,
}

/// The question, as it may be quoted above the reply.
pub(super) struct QuoteView {
    pub(super) post: i64,
    pub(super) ticked: bool,
    pub(super) text: Words,
    /// Personal details in it, in words: in the thread a quotation repeats them.
    pub(super) details: String,
}

struct NoteView {
    account: String,
    at: Moment,
}

struct SuggestionView {
    id: String,
    title: String,
    body: String,
    is_emergency: bool,
    missing: String,
    taken: bool,
    until: Option<Moment>,
}

/// An answer that exists and may not be sent.
struct UnverifiedView {
    id: String,
    title: String,
    expired: bool,
}

struct ReplyView {
    id: i64,
    /// The families of words for its delivery.
    words: &'static str,
    hints: &'static str,
    delivery: &'static str,
    text: String,
    quotes: bool,
    approved_at: Moment,
    approved_by: String,
    settled_at: Option<Moment>,
    attempts: u32,
    reason: Option<String>,
    may_withdraw: bool,
    may_confirm: bool,
    may_send_again: bool,
}

struct EventView {
    at: Moment,
    kind: &'static str,
    account: Option<String>,
}

/// Everything of a case that the page shows, read in one transaction.
pub(super) struct Loaded {
    pub(super) case: Case,
    pub(super) thread: Thread,
    pub(super) posts: Vec<Post>,
    /// The client's posts where the thread stands now: the same, unless it was moved.
    here: Vec<Post>,
    /// The latest of them that stands and has words: what a reply may quote.
    question: Option<Post>,
    /// Others have written below it.
    question_is_above: bool,
    around: Vec<Post>,
    judgement: Option<Judgement>,
    gravest: Option<Gravest>,
    events: Vec<CaseEvent>,
    pub(super) draft: Option<Draft>,
    note: Option<DraftNote>,
    replies: Vec<ReplyRow>,
    names: BTreeMap<AccountId, String>,
    pub(super) answers: Vec<Answer>,
    pub(super) facts: Facts,
    pub(super) under_way: bool,
}

/// The post that makes a case an emergency. The client may have written again since, about something lesser.
pub(super) struct Gravest {
    pub(super) post: Post,
    judgement: Judgement,
}

impl Gravest {
    /// The topics of a case, those of this post first.
    pub(super) fn topics_of(&self, case: &Case) -> Vec<String> {
        let mut topics: Vec<String> = self.judgement.topics.iter().map(|t| t.id.clone()).collect();
        topics.extend(case.topics.iter().filter(|id| !topics.contains(id)).cloned().collect::<Vec<_>>());
        topics
    }
}

/// The latest post that is judged an emergency, where the case is one.
pub(super) fn find_gravest(tx: &Tx<'_>, case: &Case) -> Result<Option<Gravest>, StoreError> {
    if case.urgency != Urgency::Emergency {
        return Ok(None);
    }
    for post in tx.case_posts(case.id)?.into_iter().rev() {
        if let Some(judgement) = tx.find_judgement(post.id)?.filter(|j| j.urgency == Some(Urgency::Emergency)) {
            return Ok(Some(Gravest { post, judgement }));
        }
    }
    Ok(None)
}

pub(super) fn load(tx: &Tx<'_>, id: CaseId) -> Result<Loaded, StoreError> {
    let case = tx.case(id)?;
    let posts = tx.case_posts(id)?;
    let latest = posts.last().map_or(case.post_id, |p| p.id);
    let mut around = tx.posts_around(case.post_id, 4, 8)?;
    if latest != case.post_id {
        around.extend(tx.posts_around(latest, 2, 8)?);
    }
    around.extend(posts.iter().cloned());
    around.sort_by_key(Post::order);
    around.dedup_by_key(|p| p.id);
    let here = tx.case_posts_here(id)?;
    let question = here.iter().rev().find(|p| p.vanished_at.is_none() && !p.text.expose().trim().is_empty()).cloned();
    let question_is_above = question.as_ref().map_or(Ok(false), |question| tx.has_posts_below(question))?;
    Ok(Loaded {
        thread: tx.thread(case.thread_id)?,
        judgement: tx.find_judgement(latest)?,
        gravest: find_gravest(tx, &case)?,
        events: tx.case_events(id)?,
        draft: tx.find_draft(id)?.filter(|d| !d.text.expose().trim().is_empty()),
        note: tx.find_draft_note(id)?,
        replies: tx.replies_of(id)?,
        names: tx.accounts()?.into_iter().map(|a| (a.id, a.name)).collect(),
        answers: tx.answers()?,
        facts: tx.facts()?,
        under_way: tx.has_reply_under_way(id)?,
        case,
        posts,
        here,
        question,
        question_is_above,
        around,
    })
}

impl Loaded {
    /// Why the case is in the queue: what makes it grave first, then what the latest post adds.
    fn reasons(&self) -> Vec<String> {
        let judgements = self.gravest.iter().map(|g| &g.judgement).chain(&self.judgement);
        let mut seen = HashSet::new();
        judgements.flat_map(|j| &j.reasons).filter(|reason| seen.insert(*reason)).cloned().collect()
    }

    /// What need not be marked in what clients write.
    pub(super) fn known(&self) -> Known<'_> {
        let authors = self.around.iter().filter_map(|p| p.author.as_ref()).map(|a| a.expose().as_str());
        Known::new(&self.facts, authors)
    }

    /// A reply right below the question needs no quotation, and what is personal is not quoted unasked.
    pub(super) fn quote_by_default(&self, ways: Ways) -> Option<PostId> {
        let question = self.question.as_ref().filter(|_| ways.quotes && self.question_is_above)?;
        self.known().clients_details(question.text.expose()).is_empty().then_some(question.id)
    }

    /// What a draft begins as.
    pub(super) fn new_draft(&self, ways: Ways) -> Draft {
        Draft { quote: self.quote_by_default(ways), ..Draft::default() }
    }

    /// The post that a form asks to quote, if it is one of the case.
    pub(super) fn quote_of(&self, asked: &str) -> Option<PostId> {
        let id = PostId(asked.parse().ok()?);
        self.here.iter().any(|post| post.id == id).then_some(id)
    }

    /// The tick for quoting; `None` where there is nothing to quote or no way to.
    pub(super) fn quote_view(&self, ways: Ways, texts: Texts) -> Option<QuoteView> {
        let question = self.question.as_ref().filter(|_| ways.quotes)?;
        let words = question.text.expose();
        let details = self.known().clients_details(words);
        let chosen = self.draft.as_ref().map_or_else(|| self.quote_by_default(ways), |draft| draft.quote);
        Some(QuoteView {
            post: question.id.0,
            ticked: chosen.is_some(),
            text: Words::new(words, &details, Some(QUOTE_CHARS)),
            details: words_for(&details, texts),
        })
    }

    /// Whom a private message would go to.
    pub(super) fn recipient(&self, ways: Ways) -> Option<&str> {
        let may = ways.messages && !self.here.is_empty();
        self.case.author.as_ref().filter(|_| may).map(|author| author.expose().as_str())
    }

    /// `chosen`: by a form that could not be saved; else the draft says.
    pub(super) fn routes_view(&self, ways: Ways, text: &str, chosen: Option<Route>, texts: Texts) -> RoutesView {
        let details = words_for(&self.known().details(text), texts);
        let health = is_about_health(text).then(|| texts.word("private", "health"));
        let personal = [Some(details).filter(|d| !d.is_empty()), health].into_iter().flatten().collect::<Vec<_>>();
        let recipient = self.recipient(ways).map(str::to_owned);
        let route = chosen.or_else(|| self.draft.as_ref().map(|d| d.route)).unwrap_or_default();
        RoutesView {
            is_message: route == Route::Message && recipient.is_some(),
            recipient,
            no_message: if ways.messages { "route-no-recipient" } else { "route-no-messages" },
            personal: personal.join(", "),
        }
    }

    /// The language to answer in.
    pub(super) fn reply_lang(&self) -> &'static str {
        if self.judgement.as_ref().is_some_and(|j| j.lang == "en") { "en" } else { "ru" }
    }
}

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
    let status = shown.status;
    let ways = desk.ways(&loaded.thread.forum);
    let template = view(visit, &loaded, &ranked, shown, ways)?;
    render_with(status, &template)
}

/// Ids of answers, best first.
struct Ranked {
    suggested: Vec<String>,
    found: Vec<String>,
}

async fn rank(desk: &Desk, loaded: Loaded, find: String) -> Result<(Ranked, Loaded), Error> {
    let desk = desk.clone();
    tokio::task::spawn_blocking(move || {
        let triage = desk.triage.triage();
        let suggester = desk.suggestions.suggester(&loaded.answers, &triage);
        let asked: Vec<&str> = loaded.posts.iter().map(|p| p.text.expose().as_str()).collect();
        let ids =
            |text: &str, k| suggester.suggest(&triage.read(text), k).into_iter().map(|s| s.id).collect::<Vec<_>>();
        let suggested = ids(&asked.join("\n"), SUGGESTIONS * 3);
        let mut found = Vec::new();
        if !find.trim().is_empty() {
            // What is sought in the title first, then anywhere, then what merely resembles.
            let mut exact: Vec<&Answer> = answers::containing(&loaded.answers, &find).collect();
            let word = find.trim().to_lowercase();
            exact.sort_by_key(|a| {
                let in_title = [&a.text.title_ru, &a.text.title_en].iter().any(|t| t.to_lowercase().contains(&word));
                !in_title
            });
            found.extend(exact.into_iter().map(|a| a.text.id.clone()));
            found.extend(ids(&find, FOUND));
            let mut seen = HashSet::new();
            found.retain(|id| seen.insert(id.clone()));
        }
        (Ranked { suggested, found }, loaded)
    })
    .await
    .map_err(|_| Error::Internal("suggestions could not be made".to_owned()))
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

/// Splits answers into those that may be sent and those that merely exist.
fn split<'a>(
    answers: impl Iterator<Item = &'a Answer>,
    visit: &Visit,
    loaded: &Loaded,
    verified_at_most: usize,
) -> (Vec<SuggestionView>, Vec<UnverifiedView>) {
    let (lang, moments) = (loaded.reply_lang(), visit.moments());
    let (mut verified, mut others) = (Vec::new(), Vec::new());
    for (place, answer) in answers.enumerate() {
        let standing = answer.standing(visit.now);
        let text = &answer.text;
        if standing == Standing::Verified {
            if verified.len() < verified_at_most {
                let (body, missing) = fill_facts(text.body(lang), &loaded.facts);
                verified.push(SuggestionView {
                    id: text.id.clone(),
                    title: text.title(visit.lang.as_str()).to_owned(),
                    body,
                    missing: fact_names(&missing, visit.texts()),
                    is_emergency: text.urgency.as_deref() == Some(Urgency::Emergency.as_str()),
                    taken: loaded.draft.as_ref().is_some_and(|d| d.answers.contains(&text.id)),
                    until: answer.verification.as_ref().map(|v| moments.show(v.until)),
                });
            }
        } else if place < verified_at_most {
            others.push(UnverifiedView {
                id: text.id.clone(),
                title: text.title(visit.lang.as_str()).to_owned(),
                expired: standing == Standing::Expired,
            });
        }
    }
    (verified, others)
}

fn view(visit: &Visit, loaded: &Loaded, ranked: &Ranked, shown: Shown, ways: Ways) -> Result<CasePage, Error> {
    let (case, moments, texts) = (&loaded.case, visit.moments(), visit.texts());
    let account = visit.account()?;
    let claim = case.claim_at(visit.now);
    let is_mine = case.is_claimed_by(account.id, visit.now) && case.stage != Stage::Closed;
    let by_id = |ids: &[String]| -> Vec<&Answer> {
        ids.iter().filter_map(|id| loaded.answers.iter().find(|a| &a.text.id == id)).collect()
    };
    let (suggestions, unverified) = split(by_id(&ranked.suggested).into_iter(), visit, loaded, SUGGESTIONS);
    let (found, found_unverified) = split(by_id(&ranked.found).into_iter(), visit, loaded, FOUND);
    let workflow = loaded.answers.iter().filter(|a| a.text.is_workflow());
    let (snippets, _) = split(workflow, visit, loaded, 12);
    let posts = post_views(visit, loaded, shown.whole);
    let (earlier, posts): (Vec<_>, Vec<_>) =
        posts.into_iter().partition(|(order, view)| !view.in_case && Some(*order) < opening_order(loaded));
    let (earlier, posts): (Vec<PostView>, Vec<PostView>) =
        (earlier.into_iter().map(|(_, v)| v).collect(), posts.into_iter().map(|(_, v)| v).collect());
    let saved = loaded.draft.as_ref().map(|d| d.text.expose().clone()).unwrap_or_default();
    let other_draft =
        shown.typed.as_ref().filter(|typed| is_mine && !saved.is_empty() && **typed != saved).map(|_| saved.clone());
    let draft = if is_mine { shown.typed.clone().unwrap_or(saved) } else { saved };
    let (_, missing) = fill_facts(&draft, &Facts::new());
    let topics = loaded.gravest.as_ref().map_or_else(|| case.topics.clone(), |g| g.topics_of(case));
    let is_free = case::claim(case, account, visit.now).is_ok();
    Ok(CasePage {
        page: visit.page("queue").with_notice(shown.done.as_deref()),
        id: case.id.0,
        urgency: case.urgency.as_str(),
        stage: case.stage.as_str(),
        outcome: case.outcome.map(Outcome::as_str),
        doubtful: case.doubtful && case.stage != Stage::Closed,
        waits: moments.show(case.client_wrote_at),
        topics: topics.iter().take(TOPICS).map(|id| texts.word("topic", id)).collect(),
        reasons: loaded.reasons(),
        thread: loaded.thread.title.as_ref().map(|t| t.expose().clone()).unwrap_or_default(),
        is_cut: posts.iter().chain(&earlier).any(|p| p.text.is_cut),
        has_details: posts.iter().chain(&earlier).any(PostView::has_details),
        earlier,
        posts,
        may_work: account.may(Permission::WorkCases),
        is_open: case.stage != Stage::Closed,
        holder: claim.map(|claim| Holder {
            name: loaded.names.get(&claim.by).cloned().unwrap_or_default(),
            until: moments.show(claim.until),
            mine: claim.by == account.id,
        }),
        is_mine,
        may_dismiss: case.doubtful && is_free && draft.is_empty() && loaded.replies.is_empty(),
        problem: shown.problem.map(|p| p.words(texts)),
        typed: shown.typed.filter(|_| !is_mine),
        seen: draft_digest(loaded.draft.as_ref()),
        draft_note: loaded
            .note
            .as_ref()
            .filter(|_| !draft.is_empty())
            .map(|n| NoteView { account: n.account.clone(), at: moments.show(n.at) }),
        quote: loaded.quote_view(ways, texts),
        routes: loaded.routes_view(ways, &draft, shown.route, texts),
        message_failed: message_failed(loaded, texts),
        rows: editor_rows(&draft),
        draft,
        other_draft,
        missing: fact_names(&missing, texts),
        suggestions,
        unverified,
        find: shown.find,
        found,
        found_unverified,
        snippets,
        replies: loaded.replies.iter().rev().map(|row| reply_view(row, visit, loaded, is_mine)).collect(),
        under_way: loaded.under_way,
        outcomes: Outcome::ALL,
        needs: Need::ALL,
        all_topics: if is_mine {
            topics::needs().map(|id| (id, texts.word("topic", id))).collect()
        } else {
            Vec::new()
        },
        events: loaded
            .events
            .iter()
            .map(|e| EventView { at: moments.show(e.at), kind: e.kind.as_str(), account: e.account.clone() })
            .collect(),
    })
}

/// The latest reply was a private message, and it did not get through.
fn message_failed(loaded: &Loaded, texts: Texts) -> Option<String> {
    let last = loaded.replies.last().filter(|row| row.route == Route::Message)?;
    let failed = matches!(last.progress.delivery, Delivery::Refused | Delivery::Unknown | Delivery::Withdrawn);
    failed.then(|| last.reason.as_deref().map(|code| texts.word("reason", code)))?
}

fn editor_rows(draft: &str) -> usize {
    /// Letters in a line on a phone.
    const LINE_CHARS: usize = 40;
    let lines: usize = draft.lines().map(|line| line.chars().count() / LINE_CHARS + 1).sum();
    (lines + 2).clamp(8, 24)
}

/// Where a post comes in the thread's history, over all its places.
type Order = (i64, u32, PostId);

fn opening_order(loaded: &Loaded) -> Option<Order> {
    loaded.posts.first().map(Post::order)
}

fn post_views(visit: &Visit, loaded: &Loaded, whole: bool) -> Vec<(Order, PostView)> {
    let (moments, known) = (visit.moments(), loaded.known());
    let in_case: HashSet<_> = loaded.posts.iter().map(|p| p.id).collect();
    let mut views: Vec<(Order, PostView)> = Vec::with_capacity(loaded.around.len());
    for post in &loaded.around {
        let is_clients = in_case.contains(&post.id);
        let same_author = post.author.is_some() && post.author == loaded.case.author;
        let limit = if is_clients { CLIENT_CHARS } else { OTHER_CHARS };
        let limit = (!whole).then_some(limit);
        let text = post.text.expose();
        // Our own posts say what everybody may know.
        let text = if post.is_own { Words::new(text, &[], limit) } else { known.mark(text, limit) };
        // Of two places of the thread no post stands between the other one's.
        let before = views.last().map(|(order, _)| *order).filter(|(place, ..)| *place == post.order().0);
        let gap = before.map_or(0, |(_, before, _)| post.position.saturating_sub(before + 1));
        let quotes = post.quotes.iter().map(|q| {
            let author = q.author.as_ref().map(|a| a.expose().clone()).unwrap_or_default();
            (author, known.mark(q.text.expose(), Some(QUOTE_CHARS)))
        });
        let view = PostView {
            kind: match (post.is_own, is_clients || same_author) {
                (true, _) => "own",
                (false, true) => "client",
                (false, false) => "peer",
            },
            in_case: is_clients,
            gap,
            was_left: post.was_left(),
            number: post.position,
            author: post.author.as_ref().map(|a| a.expose().clone()).unwrap_or_default(),
            at: moments.show(post.posted_at.unwrap_or(post.first_seen_at)),
            text,
            quotes: quotes.collect(),
            images: post.images,
            edited: post.edited,
            vanished: post.vanished_at.map(|at| moments.show(at)),
            lang: is_clients
                .then(|| loaded.judgement.as_ref().map(|j| j.lang.clone()))
                .flatten()
                .filter(|l| l.len() == 2),
        };
        views.push((post.order(), view));
    }
    views
}

fn reply_view(row: &ReplyRow, visit: &Visit, loaded: &Loaded, is_mine: bool) -> ReplyView {
    let (moments, texts) = (visit.moments(), visit.texts());
    let progress = &row.progress;
    ReplyView {
        id: row.id.0,
        words: words_of(row.route),
        hints: if row.route == Route::Message { "message-hint" } else { "delivery-hint" },
        delivery: progress.delivery.as_str(),
        text: row.text.expose().clone(),
        quotes: row.quote.is_some(),
        approved_at: moments.show(row.approved_at),
        approved_by: loaded.names.get(&row.approved_by).cloned().unwrap_or_default(),
        settled_at: row.settled_at.map(|at| moments.show(at)),
        attempts: progress.attempts,
        reason: row
            .reason
            .as_deref()
            .filter(|_| progress.delivery != Delivery::Confirmed)
            .map(|code| texts.word("reason", code)),
        may_withdraw: is_mine && reply::withdraw(progress).is_ok(),
        may_confirm: is_mine && reply::confirm_by_hand(progress).is_ok(),
        may_send_again: is_mine && reply::send_again(progress, visit.now).is_ok(),
    }
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
