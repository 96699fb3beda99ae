//! What is to be read next at one forum: keeps `schedule::Planner` in step with the database, and writes down when each
//! thread's next look comes and why.
//!
//! It decides nothing itself. Failed threads are left to `schedule::after_failure`.

use super::{Context, Venue};
use crate::clock::Timestamp;
use crate::domain::thread::{LookState, PostId, Thread, ThreadId};
use crate::schedule::{self, Planner, Source};
use crate::store::{ListedThreadRow, StoreError};
use std::collections::{BTreeMap, HashMap};

/// A whole reading that was asked for by a gap comes at most this often.
pub(super) const WHOLE_READ_PAUSE_S: i64 = 3600;

/// A look planned for later than this was planned by a clock that ran ahead.
pub(super) const HORIZON_S: i64 = 21 * 24 * 3600;

/// Rates change while nothing is read.
const RENEW_S: i64 = 300;

/// Posts older than this teach nothing about rates.
const LEARNED_FROM_S: i64 = 120 * 24 * 3600;

/// Fewer threads than this are not worth the request for their list.
const WORTH_A_LIST: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Thread(ThreadId),
    List(String),
}

/// The plan of one forum, in memory: a restart makes it anew from what the database knows.
pub(super) struct Plan {
    planner: Planner<Key, ThreadId>,
    /// The latest post that was learned from.
    learned: PostId,
    planned_at: Option<Timestamp>,
    /// The lists that are read for news, and when each is due.
    lists: BTreeMap<String, Timestamp>,
}

impl Plan {
    pub(super) fn new(requests_per_hour: i64, now: Timestamp) -> Self {
        let per_hour = f64::from(u32::try_from(requests_per_hour.max(1)).unwrap_or(u32::MAX));
        let planner = Planner::new(per_hour, seconds(now));
        Self { planner, learned: PostId(0), planned_at: None, lists: BTreeMap::new() }
    }

    /// Whether one more request may be made now.
    pub(super) fn has_budget(&self, now: Timestamp) -> bool {
        self.planner.wait_s(seconds(now)) <= 0.0
    }

    /// A thread was looked at, with whatever result.
    pub(super) fn looked(&mut self, thread: ThreadId, requests: u32, now: Timestamp, chance: f64) {
        self.planner.spend(f64::from(requests), seconds(now));
        self.planner.was_read(Key::Thread(thread), chance);
    }

    /// A list was read, with whatever result.
    pub(super) fn listed(&mut self, path: &str, now: Timestamp, chance: f64) {
        self.planner.spend(1.0, seconds(now));
        self.planner.was_read(Key::List(path.to_owned()), chance);
    }

    /// The list that is most due.
    pub(super) fn due_list(&self, now: Timestamp) -> Option<&str> {
        let due = self.lists.iter().filter(|(_, at)| **at <= now).min_by_key(|(_, at)| **at);
        due.map(|(path, _)| path.as_str())
    }

    /// Whether this list is read for news anyway.
    pub(super) fn follows(&self, path: &str) -> bool {
        self.lists.contains_key(path)
    }

    fn learn(&mut self, known: &Known, now: Timestamp) {
        for thread in known.threads.iter().filter(|t| t.thread.whole_read_at.is_some()) {
            let since = thread.first_post_at.unwrap_or(thread.thread.added_at).max(now.plus_s(-LEARNED_FROM_S));
            self.planner.add_thread(thread.thread.id, since.min(now));
        }
        for (post, thread, written_at) in &known.posts {
            self.planner.add_post(thread, (*written_at).min(now));
            self.learned = self.learned.max(*post);
        }
    }

    /// When each healthy thread is to be looked at, and why.
    fn make(&mut self, known: &Known, longest_s: i64, now: Timestamp) -> Vec<(ThreadId, Timestamp, &'static str)> {
        self.learn(known, now);
        let healthy: Vec<&ListedThreadRow> = known
            .threads
            .iter()
            .filter(|t| t.thread.whole_read_at.is_some() || t.thread.last_page_path.is_some())
            .filter(|t| t.thread.last_state.is_some_and(LookState::is_success))
            .collect();
        let mut lists: BTreeMap<&str, Vec<&ListedThreadRow>> = BTreeMap::new();
        for thread in healthy.iter().filter(|t| t.shown_on_list) {
            if let Some(path) = &thread.list_path {
                lists.entry(path).or_default().push(thread);
            }
        }
        lists.retain(|_, threads| threads.len() >= WORTH_A_LIST);
        let listed: Vec<ThreadId> = lists.values().flatten().map(|t| t.thread.id).collect();
        let weighed = |t: &ListedThreadRow| (t.thread.id, known.weights.get(&t.thread.id).copied().unwrap_or(1.0));
        let mut sources = Vec::new();
        for (path, threads) in &lists {
            let read_at_s = threads.iter().filter_map(|t| t.listed_at).max().map(seconds);
            let threads = threads.iter().map(|t| weighed(t)).collect();
            sources.push(Source { key: Key::List((*path).to_owned()), threads, read_at_s });
        }
        for thread in healthy.iter().filter(|t| !listed.contains(&t.thread.id)) {
            let read_at_s = thread.thread.last_look_at.map(seconds);
            sources.push(Source { key: Key::Thread(thread.thread.id), threads: vec![weighed(thread)], read_at_s });
        }
        let per_hour = self.planner.left_beside(&listed, seconds(now));
        let longest_s = seconds_of(longest_s);
        let plan = self.planner.plan(&sources, per_hour, longest_s, seconds(now));
        let mut next = Vec::new();
        self.lists.clear();
        for (source, due) in sources.iter().zip(&plan) {
            let at = later(now, due.wait_s);
            match &source.key {
                Key::List(path) => drop(self.lists.insert(path.clone(), at)),
                Key::Thread(id) => next.push((*id, at, schedule::why(due, longest_s))),
            }
        }
        let rest_s = self.planner.rest_s(listed.len());
        for thread in healthy.iter().filter(|t| listed.contains(&t.thread.id)) {
            let looked_at = thread.thread.last_look_at.unwrap_or(now);
            next.push((thread.thread.id, later(looked_at, rest_s), "listed"));
        }
        for (id, at, why) in &mut next {
            let Some(thread) = healthy.iter().map(|t| &t.thread).find(|t| t.id == *id) else { continue };
            if let Some(sooner) = whole_read_at(thread, now).filter(|sooner| *sooner < *at) {
                (*at, *why) = (sooner, "whole_read");
            } else if thread.next_look_why == "list_news" && Some(thread.next_look_at) > thread.last_look_at {
                (*at, *why) = (thread.next_look_at, "list_news");
            }
        }
        self.planned_at = Some(now);
        next
    }
}

/// What the database knows of one forum.
struct Known {
    threads: Vec<ListedThreadRow>,
    posts: Vec<(PostId, ThreadId, Timestamp)>,
    weights: HashMap<ThreadId, f64>,
}

/// When a whole reading that was asked for may come.
fn whole_read_at(thread: &Thread, now: Timestamp) -> Option<Timestamp> {
    if !thread.needs_whole_read && thread.whole_read_at.is_some() {
        return None;
    }
    let rested = thread.whole_read_at.map_or(now, |at| at.plus_s(WHOLE_READ_PAUSE_S));
    Some(rested.max(now.plus_s(schedule::WHOLE_READ_WITHIN_S)))
}

/// Makes the plan anew where the last one is old, or there is none yet.
pub(super) async fn renew_if_old(context: &Context, venue: &Venue) -> Result<(), StoreError> {
    let now = context.clock.now();
    let age_s = venue.plan().planned_at.map(|at| now.since_s(at));
    if age_s.is_some_and(|age| (0..RENEW_S).contains(&age)) {
        return Ok(());
    }
    renew(context, venue).await
}

/// Makes the plan from what is known now, and writes down each thread's next look.
pub(super) async fn renew(context: &Context, venue: &Venue) -> Result<(), StoreError> {
    let (name, now, learned) = (venue.forum.name.clone(), context.clock.now(), venue.plan().learned);
    let since = now.plus_s(-LEARNED_FROM_S);
    let known = context
        .store
        .read::<_, StoreError, _>(move |tx| {
            Ok(Known {
                threads: tx.listed_threads(&name)?,
                posts: tx.posts_after(&name, learned, since)?,
                weights: tx.urgency_weights(&name, since)?,
            })
        })
        .await?;
    let next = venue.plan().make(&known, venue.rules.longest_interval_s, now);
    let moved: Vec<_> = next
        .into_iter()
        .filter(|(id, at, why)| {
            let known = known.threads.iter().map(|t| &t.thread).find(|t| t.id == *id);
            known.is_none_or(|t| t.next_look_at != *at || t.next_look_why != *why)
        })
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    context.store.write(move |tx| moved.iter().try_for_each(|(id, at, why)| tx.set_next_look(*id, *at, why))).await
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
fn seconds(at: Timestamp) -> f64 {
    at.as_unix_s() as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds of some weeks")]
fn seconds_of(seconds: i64) -> f64 {
    seconds as f64
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of some weeks")]
fn later(at: Timestamp, wait_s: f64) -> Timestamp {
    at.plus_s(wait_s.ceil() as i64)
}
