//! The monitor's state: when each thread was read, with what success, when it is read next and why; alarms on top.
//!
//! It shows; threads are put on the list and taken off it on the command line.

use super::Desk;
use super::error::Error;
use super::extract::Named;
use super::moment::Moment;
use super::page::{Page, Visit, render};
use super::passage;
use crate::config;
use crate::domain::account::Permission;
use crate::domain::look::{ListMatched, Matched};
use crate::domain::thread::{LookState, Thread, ThreadId};
use crate::sensitive::Sensitive;
use crate::store::{Alarm, Drift, LookRow, StoreError, ThreadMove};
use askama::Template;
use axum::extract::State;
use axum::response::Response;
use std::collections::BTreeMap;

const LOOKS: u32 = 50;
/// So many looks back, a number that the latest page did not show is still taken for the thread's: the count of views
/// stands in the list of threads alone, which is read more seldom.
const COUNTED_LOOKS: u32 = 200;

#[derive(Template)]
#[template(path = "threads.html")]
struct ThreadsPage {
    page: Page,
    alarms: Vec<AlarmView>,
    rows: Vec<ThreadRow>,
    parts: Vec<PartView>,
}

struct AlarmView {
    kind: &'static str,
    forum: String,
    thread: Option<(i64, String)>,
    /// For what several threads of the forum have.
    threads: Option<usize>,
    since: Moment,
    last_success: Option<Moment>,
    /// Where a person can end it, for those who may.
    access: Option<String>,
    drift: Option<DriftView>,
}

struct DriftView {
    before: Option<String>,
    now: String,
    /// What is missing, as the look told it.
    missing: String,
}

struct ThreadRow {
    id: i64,
    title: String,
    forum: String,
    closed: bool,
    is_well: bool,
    state: Option<&'static str>,
    failed: u32,
    last_look: Option<Moment>,
    last_success: Option<Moment>,
    next_look: Moment,
    why: String,
    views: Option<u64>,
    replies: Option<u64>,
}

/// A part of the running service and its last sign of life.
struct PartView {
    name: String,
    state: String,
    at: Moment,
    /// Which of the forum's addresses is in use, where it has several.
    address: Option<String>,
    access: Option<String>,
}

fn title(thread: &Thread) -> String {
    thread.title.as_ref().map_or_else(|| format!("№ {}", thread.id.0), |t| t.expose().clone())
}

fn row(thread: &Thread, looks: &[LookRow], visit: &Visit) -> ThreadRow {
    let moments = visit.moments();
    ThreadRow {
        id: thread.id.0,
        title: title(thread),
        forum: thread.forum.clone(),
        closed: thread.closed,
        is_well: thread.last_state.is_some_and(LookState::is_success),
        state: thread.last_state.map(LookState::as_str),
        failed: thread.failed_looks,
        last_look: thread.last_look_at.map(|at| moments.show(at)),
        last_success: thread.last_success_at.map(|at| moments.show(at)),
        next_look: moments.show(thread.next_look_at),
        why: visit.texts().word("why", &thread.next_look_why),
        views: looks.iter().find_map(|l| l.look.views),
        replies: looks.iter().find_map(|l| l.look.replies),
    }
}

fn alarm_view(alarm: &Alarm, threads: &[Thread], visit: &Visit) -> AlarmView {
    let moments = visit.moments();
    let thread = alarm.thread_id.and_then(|id| threads.iter().find(|t| t.id == id));
    AlarmView {
        kind: alarm.kind.as_str(),
        forum: alarm.forum.clone(),
        thread: thread.map(|t| (t.id.0, title(t))),
        threads: Some(alarm.threads).filter(|threads| *threads > 1),
        since: moments.show(alarm.since),
        last_success: alarm.last_success_at.map(|at| moments.show(at)),
        access: passage::of_access(alarm.kind).then(|| access_to(&alarm.forum, visit)).flatten(),
        drift: drift_view(alarm.drift.as_ref(), |found| matched(found, visit))
            .or_else(|| drift_view(alarm.list_drift.as_ref(), |found| matched_on_list(found, visit))),
    }
}

fn drift_view<M: Copy>(drift: Option<&Drift<M>>, told: impl Fn(M) -> String) -> Option<DriftView> {
    drift.map(|drift| DriftView {
        before: drift.before.map(&told),
        now: told(drift.now),
        missing: drift.complaints.join("; "),
    })
}

/// What a look found, in counts.
fn matched(found: Matched, visit: &Visit) -> String {
    let texts = visit.texts();
    if found.posts == 0 {
        return texts.get("matched-nothing");
    }
    texts.with(
        "matched",
        &[
            ("posts", found.posts.into()),
            ("authors", found.authors.into()),
            ("times", found.times.into()),
            ("texts", found.texts.into()),
        ],
    )
}

/// What a reading of a thread list found, in counts.
fn matched_on_list(found: ListMatched, visit: &Visit) -> String {
    let texts = visit.texts();
    if found.rows == 0 {
        return texts.get("list-matched-nothing");
    }
    texts.with(
        "list-matched",
        &[
            ("rows", found.rows.into()),
            ("views", found.views.into()),
            ("replies", found.replies.into()),
            ("times", found.times.into()),
        ],
    )
}

/// Which address of a forum is in use, by its number and the beginning of its name; `None` where there is no choice.
fn address_in_use(desk: &Desk, forum: &str, in_use: Option<&Sensitive<String>>, visit: &Visit) -> Option<String> {
    let list = desk.settings.forum_addresses.get(forum).filter(|list| list.len() > 1)?;
    let place = |in_use: &Sensitive<String>| list.iter().position(|address| address.as_str() == in_use.expose());
    let place = in_use.and_then(place).unwrap_or(0);
    let values = [
        ("a", (place + 1).to_string().into()),
        ("b", list.len().to_string().into()),
        ("c", config::shortened(list.get(place)?).into()),
    ];
    Some(visit.texts().with("address-in-use", &values))
}

/// The page on which a person brings the program into a forum, for those who may.
fn access_to(forum: &str, visit: &Visit) -> Option<String> {
    visit.may(Permission::PassChallenges).then(|| passage::path_of(forum))
}

pub(super) async fn list(State(desk): State<Desk>, visit: Visit) -> Result<Response, Error> {
    let (threads, alarms, beats, addresses) = desk
        .store
        .read(|tx| {
            let mut threads = Vec::new();
            for thread in tx.threads()? {
                let looks = tx.looks(thread.id, COUNTED_LOOKS)?;
                threads.push((thread, looks));
            }
            let beats = tx.heartbeats()?;
            let mut addresses = BTreeMap::new();
            for forum in beats.iter().filter_map(|b| b.part.strip_prefix("forum ")) {
                addresses.insert(forum.to_owned(), tx.forum_state(forum)?.address);
            }
            Ok::<_, StoreError>((threads, tx.alarms()?, beats, addresses))
        })
        .await?;
    let (moments, texts) = (visit.moments(), visit.texts());
    let rows = threads.iter().map(|(thread, looks)| row(thread, looks, &visit)).collect();
    let threads: Vec<Thread> = threads.into_iter().map(|(thread, _)| thread).collect();
    render(&ThreadsPage {
        page: visit.page("threads"),
        alarms: alarms.iter().map(|a| alarm_view(a, &threads, &visit)).collect(),
        rows,
        parts: beats
            .into_iter()
            .map(|b| PartView {
                address: b.part.strip_prefix("forum ").and_then(|forum| {
                    let in_use = addresses.get(forum).and_then(Option::as_ref);
                    address_in_use(&desk, forum, in_use, &visit)
                }),
                name: match b.part.strip_prefix("forum ") {
                    Some(forum) => texts.with("forum-named", &[("a", forum.into())]),
                    None => texts.word("part", &b.part),
                },
                access: b.part.strip_prefix("forum ").and_then(|forum| {
                    desk.settings.forum_addresses.contains_key(forum).then(|| access_to(forum, &visit)).flatten()
                }),
                state: texts.word("beat", &b.state),
                at: moments.show(b.at),
            })
            .collect(),
    })
}

#[derive(Template)]
#[template(path = "thread.html")]
struct ThreadPage {
    page: Page,
    row: ThreadRow,
    alarms: Vec<AlarmView>,
    posts: u64,
    added: Moment,
    whole_read: Option<Moment>,
    account: Option<String>,
    address: Option<String>,
    moves: Vec<MoveView>,
    looks: Vec<LookView>,
}

/// A place where the thread stood before.
struct MoveView {
    forum: String,
    until: Moment,
}

struct LookView {
    at: Moment,
    state: &'static str,
    is_well: bool,
    pages: u32,
    views: Option<u64>,
    replies: Option<u64>,
    new: usize,
    edited: usize,
    vanished: usize,
    complaints: Vec<String>,
}

struct Loaded {
    thread: Thread,
    looks: Vec<LookRow>,
    alarms: Vec<Alarm>,
    posts: u64,
    moves: Vec<ThreadMove>,
    in_use: Option<Sensitive<String>>,
}

pub(super) async fn show(State(desk): State<Desk>, visit: Visit, Named(id): Named<i64>) -> Result<Response, Error> {
    let id = ThreadId(id);
    let Loaded { thread, looks, alarms, posts, moves, in_use } = desk
        .store
        .read(move |tx| {
            let thread = tx.thread(id)?;
            Ok::<_, StoreError>(Loaded {
                looks: tx.looks(id, LOOKS)?,
                alarms: tx.alarms_of(id, &thread.forum)?,
                posts: tx.count_posts(id)?,
                moves: tx.moves_of(id)?,
                in_use: tx.forum_state(&thread.forum)?.address,
                thread,
            })
        })
        .await?;
    let moments = visit.moments();
    render(&ThreadPage {
        page: visit.page("threads"),
        row: row(&thread, &looks, &visit),
        alarms: alarms.iter().map(|a| alarm_view(a, std::slice::from_ref(&thread), &visit)).collect(),
        posts,
        added: moments.show(thread.added_at),
        whole_read: thread.whole_read_at.map(|at| moments.show(at)),
        account: desk.settings.forum_accounts.get(&thread.forum).cloned(),
        address: address_in_use(&desk, &thread.forum, in_use.as_ref(), &visit),
        moves: moves.into_iter().map(|m| MoveView { until: moments.show(m.at), forum: m.forum }).collect(),
        looks: looks
            .into_iter()
            .map(|LookRow { look, .. }| LookView {
                at: moments.show(look.at),
                state: look.state.as_str(),
                is_well: look.state.is_success(),
                pages: look.pages,
                views: look.views,
                replies: look.replies,
                new: look.new_posts,
                edited: look.edited_posts,
                vanished: look.vanished_posts,
                complaints: look.complaints,
            })
            .collect(),
    })
}
