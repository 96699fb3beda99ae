//! The queue: cases by stage, the gravest first, then the one that waits longest. It only shows; work starts on a case.

use super::Desk;
use super::access::RELOADED;
use super::case::{Gravest, find_gravest};
use super::error::Error;
use super::extract::Asked;
use super::marked::{Known, Words};
use super::moment::Moment;
use super::page::{Page, Visit, render};
use crate::domain::case::Stage;
use crate::domain::judgement::Urgency;
use crate::domain::reply::{Delivery, Route};
use crate::store::{QueueCounts, QueueRow, StoreError};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;

/// So many keep the page below 60 KB with the longest excerpts in Cyrillic.
const ROWS_PER_PAGE: u32 = 40;
const EXCERPT_CHARS: usize = 170;
const TITLE_CHARS: usize = 70;
/// Topics shown of a case.
const TOPICS: usize = 2;

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    page: Page,
    tabs: Vec<Tab>,
    rows: Vec<RowView>,
    refresh: String,
    previous: Option<String>,
    next: Option<String>,
}

struct Tab {
    name: String,
    path: &'static str,
    count: u64,
    /// Emergencies that were answered and that nobody has closed: how did they end?
    unended: usize,
    here: bool,
}

struct RowView {
    id: i64,
    urgency: &'static str,
    /// Since when the client waits; for a closed case, when it was closed.
    since: Moment,
    is_closed: bool,
    is_new: bool,
    outcome: Option<&'static str>,
    excerpt: Words,
    topics: Vec<String>,
    thread: Option<String>,
    doubtful: bool,
    /// Posts of the client beyond the first.
    more_posts: u32,
    holder: Option<Holder>,
    /// The family of words and the code.
    delivery: Option<(&'static str, &'static str)>,
    /// The delivery needs a person.
    needs_decision: bool,
}

/// Who has a case.
pub(super) struct Holder {
    pub(super) name: String,
    pub(super) until: Moment,
    pub(super) mine: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    stage: String,
    page: u32,
    done: Option<String>,
}

pub(super) async fn list(
    State(desk): State<Desk>,
    visit: Visit,
    Asked(filter): Asked<Filter>,
) -> Result<Response, Error> {
    let stage = Stage::find(&filter.stage).unwrap_or(Stage::Initiated);
    let number = filter.page.clamp(1, 10_000);
    let offset = (number - 1) * ROWS_PER_PAGE;
    let (counts, unended, mut rows, facts) = desk
        .store
        .read(move |tx| {
            let mut rows = Vec::new();
            for row in tx.queue_page(stage, offset, ROWS_PER_PAGE + 1)? {
                let gravest = if row.posts > 1 { find_gravest(tx, &row.case)? } else { None };
                rows.push((row, gravest));
            }
            // The gravest come first, so a page of them is enough to count the emergencies.
            let answered = tx.queue_page(Stage::Addressed, 0, ROWS_PER_PAGE)?;
            let unended = answered.iter().filter(|row| row.case.urgency == Urgency::Emergency).count();
            Ok::<_, StoreError>((tx.queue_counts()?, unended, rows, tx.facts()?))
        })
        .await?;
    let more = rows.len() > ROWS_PER_PAGE as usize;
    rows.truncate(ROWS_PER_PAGE as usize);
    let address = |page: u32| format!("/?stage={}&page={page}", stage.as_str());
    let known = Known::new(&facts, std::iter::empty());
    let views =
        rows.iter().map(|(row, gravest)| view(row, gravest.as_ref(), &known, &visit)).collect::<Result<_, _>>()?;
    render(&QueuePage {
        page: visit.page("queue").with_notice(filter.done.as_deref()),
        tabs: tabs(&visit, counts, unended, stage),
        rows: views,
        refresh: format!("{}&{RELOADED}", address(number)),
        previous: (number > 1).then(|| address(number - 1)),
        next: more.then(|| address(number + 1)),
    })
}

fn tabs(visit: &Visit, counts: QueueCounts, unended: usize, here: Stage) -> Vec<Tab> {
    let t = visit.texts();
    [
        (Stage::Initiated, "/", t.get("stage-initiated"), counts.initiated),
        (Stage::Addressed, "/?stage=addressed", t.get("stage-addressed"), counts.addressed),
        (Stage::Closed, "/?stage=closed", t.get("stage-closed"), counts.closed),
    ]
    .into_iter()
    .map(|(stage, path, name, count)| {
        let unended = if stage == Stage::Addressed { unended } else { 0 };
        Tab { name, path, count, unended, here: stage == here }
    })
    .collect()
}

fn view(row: &QueueRow, gravest: Option<&Gravest>, known: &Known<'_>, visit: &Visit) -> Result<RowView, Error> {
    let (case, moments, texts) = (&row.case, visit.moments(), visit.texts());
    let me = visit.account()?.id;
    let claim = case.claim_at(visit.now);
    let (text, topics) = match gravest {
        Some(gravest) => (&gravest.post.text, gravest.topics_of(case)),
        None => (&row.text, case.topics.clone()),
    };
    let is_closed = case.stage == Stage::Closed;
    Ok(RowView {
        id: case.id.0,
        urgency: case.urgency.as_str(),
        since: moments.show(case.closed_at.unwrap_or(case.client_wrote_at)),
        is_closed,
        is_new: case.stage == Stage::Initiated,
        outcome: case.outcome.map(|o| o.as_str()),
        excerpt: known.mark(&one_line(text.expose()), Some(EXCERPT_CHARS)),
        topics: topics.iter().take(TOPICS).map(|id| texts.word("topic", id)).collect(),
        thread: row.thread_title.as_ref().map(|t| excerpt(t.expose(), TITLE_CHARS)),
        doubtful: case.doubtful && !is_closed,
        more_posts: row.posts.saturating_sub(1),
        holder: claim.map(|claim| Holder {
            name: row.claimed_by.clone().unwrap_or_default(),
            until: moments.show(claim.until),
            mine: claim.by == me,
        }),
        delivery: row
            .delivery
            .filter(|(_, delivery)| *delivery != Delivery::Withdrawn)
            .map(|(route, delivery)| (words_of(route), delivery.as_str())),
        needs_decision: matches!(row.delivery, Some((_, Delivery::Unknown | Delivery::Refused))),
    })
}

/// The family of words for where a reply stands.
pub(super) fn words_of(route: Route) -> &'static str {
    match route {
        Route::Thread => "delivery",
        Route::Message => "message",
    }
}

/// The beginning of a text on one line.
pub(super) fn excerpt(text: &str, max_chars: usize) -> String {
    let mut line = one_line(text);
    if let Some((end, _)) = line.char_indices().nth(max_chars) {
        line.truncate(end);
        line.push('…');
    }
    line
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpt_is_one_line_and_cut_between_letters() {
        assert_eq!(excerpt("а\n\n  б", 10), "а б");
        assert_eq!(excerpt("абвг", 4), "абвг");
        assert_eq!(excerpt("абвгд", 4), "абвг…");
    }
}
