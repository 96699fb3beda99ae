//! The page of a case: what is read of it becomes what the template shows, with answers ranked by what the client wrote.
//!
//! Forum text is shown as text: no links, no pictures. It changes nothing.

use super::{Loaded, Shown, draft_digest, fact_names};
use crate::domain::account::Permission;
use crate::domain::answer::{Answer, Facts, Standing, fill_facts};
use crate::domain::case::{self, Outcome, Stage};
use crate::domain::judgement::Urgency;
use crate::domain::lesson::Need;
use crate::domain::reply::{self, Delivery, Route};
use crate::domain::thread::{Post, PostId};
use crate::store::ReplyRow;
use crate::triage::Triage;
use crate::web::error::Error;
use crate::web::marked::Words;
use crate::web::moment::Moment;
use crate::web::page::{Page, Visit};
use crate::web::queue::{Holder, words_of};
use crate::web::texts::{Lang, Texts};
use crate::web::{Desk, Ways, answers, topics};
use askama::Template;
use std::collections::HashSet;
use std::ops::Range;

/// How much of a post is shown at once: a peer's, and the client's own.
const OTHER_CHARS: usize = 600;
const CLIENT_CHARS: usize = 6000;
pub(super) const QUOTE_CHARS: usize = 240;
/// Topics shown of a case, the best first.
const TOPICS: usize = 5;
/// Answers proposed, and answers a search of the library shows.
pub(super) const SUGGESTIONS: usize = 3;
const FOUND: usize = 6;

#[derive(Template)]
#[template(path = "case.html")]
pub(super) struct CasePage {
    page: Page,
    id: i64,
    urgency: &'static str,
    stage: &'static str,
    outcome: Option<&'static str>,
    doubtful: bool,
    waits: Moment,
    topics: Vec<String>,
    reasons: Vec<String>,
    /// What to read first of a long post that makes the case an emergency.
    passage: Option<Words>,
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
pub(in crate::web) struct RoutesView {
    pub(in crate::web) is_message: bool,
    /// Whom a private message would go to; `None` where there can be none.
    pub(in crate::web) recipient: Option<String>,
    /// Why there can be none.
    pub(in crate::web) no_message: &'static str,
    /// Personal details that the text seems to hold, in words.
    pub(in crate::web) personal: String,
}

/// The question, as it may be quoted above the reply.
pub(in crate::web) struct QuoteView {
    pub(in crate::web) post: i64,
    pub(in crate::web) ticked: bool,
    pub(in crate::web) text: Words,
    /// Personal details in it, in words: in the thread a quotation repeats them.
    pub(in crate::web) details: String,
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

/// Ids of answers, best first.
pub(super) struct Ranked {
    pub(super) suggested: Vec<String>,
    found: Vec<String>,
}

pub(super) async fn rank(desk: &Desk, loaded: Loaded, find: String) -> Result<(Ranked, Loaded), Error> {
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

/// Where in the post that makes the case an emergency its gravest passage stands.
pub(super) async fn find_passage(desk: &Desk, loaded: &Loaded) -> Result<Option<Range<usize>>, Error> {
    let Some(text) = loaded.gravest.as_ref().map(|gravest| gravest.post.text.clone()) else {
        return Ok(None);
    };
    let triage = desk.triage.triage();
    tokio::task::spawn_blocking(move || triage.gravest_passage(text.expose()))
        .await
        .map_err(|_| Error::Internal("the gravest passage could not be found".to_owned()))
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

pub(super) fn view(
    visit: &Visit,
    loaded: &Loaded,
    ranked: &Ranked,
    passage: Option<Range<usize>>,
    shown: Shown,
    ways: Ways,
) -> Result<CasePage, Error> {
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
        reasons: loaded.reasons().into_iter().map(|reason| reason_in(reason, visit.lang)).collect(),
        passage: passage.and_then(|range| loaded.passage(range)),
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

/// A reason is kept in Russian; one that this version does not know stays so.
fn reason_in(reason: String, lang: Lang) -> String {
    if lang == Lang::En { Triage::reason_in_english(&reason).map_or(reason, str::to_owned) } else { reason }
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
