//! Recorded looks through the same path as fetched pages: for bringing in an archive, and for tests.

use super::judge::judge_new_posts;
use super::{Context, ForumRules};
use crate::clock::{Clock, Timestamp};
use crate::domain::look::{Matched, PageState, SeenPage, ThreadPage};
use crate::domain::thread::{LookState, ThreadId};
use crate::store::{LookSummary, NewThread, PageLook, Store, StoreError};
use crate::triage;
use serde::Deserialize;
use url::Url;

/// One line: the JSON of `extract`, with when and where it was read.
#[derive(Deserialize)]
struct Line {
    at: Timestamp,
    url: Url,
    #[serde(flatten)]
    page: SeenPage,
}

/// What a replay came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplaySummary {
    pub looks: usize,
    pub new_posts: usize,
    pub edited_posts: usize,
    pub vanished_posts: usize,
    pub cases: usize,
}

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error("line {line}: {what}")]
    Line { line: usize, what: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where a URL belongs: the forum's name, the thread's id there, its path, and the forum's rules.
type Place = (String, String, String, ForumRules);

/// Feeds recorded looks in order. `place_of` finds the forum and thread of a URL; threads that are not on the list yet
/// are put there. Each look is judged as of its own time.
///
/// # Errors
/// A line that cannot be read or that no forum covers stops the replay with its number; what came before it is kept.
pub async fn replay(
    store: &Store,
    triage: &triage::Current,
    lines: impl Iterator<Item = std::io::Result<String>>,
    place_of: impl Fn(&Url) -> Option<Place>,
) -> Result<ReplaySummary, ReplayError> {
    let mut summary = ReplaySummary::default();
    for (number, text) in (1..).zip(lines) {
        let fault = |what: String| ReplayError::Line { line: number, what };
        let text = text.map_err(|e| fault(e.to_string()))?;
        if text.trim().is_empty() {
            continue;
        }
        let line: Line = serde_json::from_str(&text).map_err(|e| fault(e.to_string()))?;
        let SeenPage::Thread(page) = line.page else {
            return Err(fault("only looks at threads can be replayed".to_owned()));
        };
        let place = place_of(&line.url)
            .ok_or_else(|| fault("no forum of the configuration covers this URL, or it names no thread".to_owned()))?;
        let (forum, catch_up_days) = (place.0.clone(), place.3.catch_up_days);
        let counts = apply(store, line.at, page, place).await?;
        summary.looks += 1;
        summary.new_posts += counts.0;
        summary.edited_posts += counts.1;
        summary.vanished_posts += counts.2;
        let context = Context { store: store.clone(), clock: Clock::manual(line.at), triage: triage.clone() };
        summary.cases += judge_new_posts(&context, &forum, catch_up_days).await?;
    }
    Ok(summary)
}

async fn apply(
    store: &Store,
    at: Timestamp,
    page: ThreadPage,
    (forum, forum_thread_id, path, rules): Place,
) -> Result<(usize, usize, usize), StoreError> {
    store
        .write(move |tx| {
            let id: ThreadId = match tx.find_thread(&forum, &forum_thread_id)? {
                Some(thread) => thread.id,
                None => tx.add_thread(&NewThread { forum, forum_thread_id, path, now: at })?,
            };
            let applied =
                tx.apply_page(&PageLook { thread: id, at, page: &page, address: None, own_names: &rules.own_names })?;
            let state = match page.state {
                PageState::Ok if !page.complaints.is_empty() => LookState::Incomplete,
                state => state.into(),
            };
            tx.record_look(
                id,
                &LookSummary {
                    at,
                    state,
                    pages: 1,
                    views: page.thread.views,
                    replies: page.thread.replies,
                    new_posts: applied.new.len(),
                    edited_posts: applied.edited.len(),
                    vanished_posts: applied.vanished.len(),
                    complaints: page.complaints.clone(),
                    matched: (page.state == PageState::Ok).then(|| {
                        let mut matched = Matched::default();
                        matched.add_page(&page);
                        matched
                    }),
                },
            )?;
            if page.state == PageState::Ok {
                // The first look of an archive is its past; what comes later is news.
                tx.set_first_reading(id, at)?;
                tx.update_thread(id, page.thread.title.as_ref().map(|t| t.expose().as_str()), page.thread.closed)?;
            }
            Ok((applied.new.len(), applied.edited.len(), applied.vanished.len()))
        })
        .await
}
