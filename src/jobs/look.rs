//! One look at a thread: read its pages, hold each against what is known as soon as it is read, write down how it ended,
//! raise or clear alarms, plan the next look.

use super::judge::judge_new_posts;
use super::{Context, Venue, access, chance, passage, plan, send};
use crate::clock::Timestamp;
use crate::domain::look::PageState;
use crate::domain::thread::{LookState, Thread, ThreadId};
use crate::forum::{PageRead, Start, Trouble, Walk};
use crate::net::Retry;
use crate::schedule::{self, Failure};
use crate::store::{AlarmKind, LookSummary, PageLook, StoreError, Tx};

/// A look that takes the process down is not tried again before this.
const AFTER_CRASH_S: i64 = 600;

/// How a look ended, for those who asked for it.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    pub(super) state: LookState,
    /// The end of the thread was read: what was not there is not there.
    pub(super) complete: bool,
}

/// Looks at the thread that is most due.
pub(super) async fn look_due(context: &Context, venue: &Venue) -> anyhow::Result<bool> {
    let (name, now) = (venue.forum.name.clone(), context.clock.now());
    if !venue.plan().has_budget(now) {
        return Ok(false);
    }
    let horizon = now.plus_s(plan::HORIZON_S);
    let due = context.store.read::<_, StoreError, _>(move |tx| tx.find_due_thread(&name, now, horizon)).await?;
    let Some(thread) = due else { return Ok(false) };
    look_at(context, venue, thread.id).await?;
    Ok(true)
}

/// Looks at a thread now.
pub(super) async fn look_at(context: &Context, venue: &Venue, id: ThreadId) -> anyhow::Result<Looked> {
    let started_at = context.clock.now();
    let name = venue.forum.name.clone();
    let (thread, known, mut log_ins) = context
        .store
        .write::<_, StoreError, _>(move |tx| {
            // A look that takes the process down must not be the first thing after its restart.
            tx.set_next_look(id, started_at.plus_s(AFTER_CRASH_S), "looking")?;
            Ok((tx.thread(id)?, tx.known_forum_post_ids(id)?, access::log_ins(tx, &name, started_at)?))
        })
        .await?;
    let mut walk = Walk::new(start_of(&thread, started_at), known, venue.rules.max_pages);
    let had_log_in = !log_ins.are_spent();
    let mut tally = Tally::new();
    let mut doubted = false;
    while let Some(path) = walk.next_path().map(str::to_owned) {
        match venue.forum.read_page(&path, &mut log_ins).await {
            Err(trouble) => {
                tally.stop(&trouble);
                break;
            }
            Ok(read) => {
                if !take_page(context, venue, &thread, &read, &mut tally).await? {
                    break;
                }
                walk.saw(&read, |url| venue.forum.relative(url));
                if walk.next_path().is_some() {
                    between_pages(context, venue, &thread, &mut doubted).await?;
                    // A person waits before the desk: the rest is read by the next look.
                    if passage::is_open(context, venue).await? {
                        break;
                    }
                }
            }
        }
    }
    if walk.is_endless() {
        tally.state = LookState::EndlessPages;
    } else if tally.state == LookState::Ok && !tally.complaints.is_empty() {
        tally.state = LookState::Incomplete;
    }
    tally.spent_log_in = had_log_in && log_ins.are_spent();
    let looked = Looked { state: tally.state, complete: walk.is_complete() && tally.state == LookState::Ok };
    let requests = if walk.is_whole() { 1 } else { tally.pages.max(1) };
    venue.plan().looked(id, requests, context.clock.now(), chance());
    finish(context, venue, thread, &walk, tally).await?;
    plan::renew(context, venue).await?;
    judge_new_posts(context, &venue.forum.name, venue.rules.catch_up_days).await?;
    Ok(looked)
}

/// A look of many pages must not keep anybody waiting: the sign of life, new questions, and replies to be sent come in
/// between. Of a thread that is read for the first time, posts are judged at the end: what the NGO answered by hand may
/// stand on a page still to come.
async fn between_pages(context: &Context, venue: &Venue, thread: &Thread, doubted: &mut bool) -> anyhow::Result<()> {
    let (id, part, now) = (thread.id, super::part_of(&venue.forum.name), context.clock.now());
    let doubt = !std::mem::replace(doubted, true);
    context
        .store
        .write::<_, StoreError, _>(move |tx| {
            if doubt {
                tx.set_whole_read_at(id, None)?;
            }
            tx.beat(&part, "reading", now)
        })
        .await?;
    if thread.whole_read_at.is_some() {
        judge_new_posts(context, &venue.forum.name, venue.rules.catch_up_days).await?;
    }
    send::send_waiting(context, venue).await?;
    Ok(())
}

/// Everything the first time, after a gap, and now and then; else what is new.
fn start_of(thread: &Thread, now: Timestamp) -> Start {
    let first_page = thread.path.expose().clone();
    let Some(last_page) = &thread.last_page_path else { return Start::Whole { first_page } };
    let rested = |pause_s| thread.whole_read_at.is_none_or(|at| now.since_s(at) > pause_s);
    let failed = thread.last_state.is_some_and(|state| !state.is_success());
    let asked = thread.needs_whole_read && (failed || rested(plan::WHOLE_READ_PAUSE_S));
    if asked || rested(schedule::WHOLE_READ_EVERY_S) {
        Start::Whole { first_page }
    } else {
        Start::Tail { last_page: last_page.expose().clone() }
    }
}

/// What the pages of one look add up to.
struct Tally {
    state: LookState,
    pages: u32,
    views: Option<u64>,
    replies: Option<u64>,
    new_posts: usize,
    edited_posts: usize,
    vanished_posts: usize,
    gap: bool,
    complaints: Vec<String>,
    title: Option<String>,
    closed: Option<bool>,
    list: Option<String>,
    logged_in: bool,
    spent_log_in: bool,
    wait_s: Option<u64>,
}

impl Tally {
    fn new() -> Self {
        Self {
            state: LookState::Ok,
            pages: 0,
            views: None,
            replies: None,
            new_posts: 0,
            edited_posts: 0,
            vanished_posts: 0,
            gap: false,
            complaints: Vec::new(),
            title: None,
            closed: None,
            list: None,
            logged_in: false,
            spent_log_in: false,
            wait_s: None,
        }
    }

    fn stop(&mut self, trouble: &Trouble) {
        self.state = trouble.look_state();
        if let Trouble::Fault(fault) = trouble
            && let Retry::After(s) = fault.retry()
        {
            self.wait_s = Some(s);
        }
    }
}

/// Holds one page against what is known. `false` ends the look.
async fn take_page(
    context: &Context,
    venue: &Venue,
    thread: &Thread,
    read: &PageRead,
    tally: &mut Tally,
) -> anyhow::Result<bool> {
    let page = &read.reading.page;
    tally.pages += 1;
    if page.state != PageState::Ok {
        tally.state = page.state.into();
        tally.complaints.extend(page.complaints.iter().cloned());
        return Ok(false);
    }
    if page.thread.id.as_ref().is_some_and(|id| *id != thread.forum_thread_id) {
        tally.state = LookState::NotFound;
        tally.complaints.push("thread.id: the page belongs to another thread".to_owned());
        return Ok(false);
    }
    tally.views = tally.views.max(page.thread.views);
    tally.replies = tally.replies.max(page.thread.replies);
    tally.complaints.extend(page.complaints.iter().cloned());
    tally.title = page.thread.title.as_ref().map(|t| t.expose().clone()).or(tally.title.take());
    tally.closed = page.thread.closed.or(tally.closed);
    tally.list = read.reading.list.as_ref().map(|url| venue.forum.relative(url)).or(tally.list.take());
    tally.logged_in |= read.reading.logged_in == Some(true);
    let (id, at, page) = (thread.id, context.clock.now(), page.clone());
    let own_names = venue.rules.own_names.clone();
    let applied = context
        .store
        .write::<_, StoreError, _>(move |tx| {
            tx.apply_page(&PageLook { thread: id, at, page: &page, own_names: &own_names })
        })
        .await?;
    tally.new_posts += applied.new.len();
    tally.edited_posts += applied.edited.len();
    tally.vanished_posts += applied.vanished.len();
    tally.gap |= applied.gap;
    for reply in applied.confirmed {
        tracing::info!(forum = venue.forum.name, reply = reply.0, "the reply stands on the forum");
    }
    Ok(true)
}

/// Writes down how the look ended and plans the next one.
async fn finish(context: &Context, venue: &Venue, thread: Thread, walk: &Walk, tally: Tally) -> anyhow::Result<()> {
    let now = context.clock.now();
    access::forget_where_over(&venue.forum, tally.state);
    let session = access::Session::of(&venue.forum);
    let last_page = walk.last_page().map(str::to_owned);
    let complete = walk.is_complete() && tally.state.is_success();
    let whole = walk.is_whole() && complete;
    log(&venue.forum.name, thread.id, &tally);
    context
        .store
        .write::<_, StoreError, _>(move |tx| {
            let id = thread.id;
            tx.record_look(
                id,
                &LookSummary {
                    at: now,
                    state: tally.state,
                    pages: tally.pages,
                    views: tally.views,
                    replies: tally.replies,
                    new_posts: tally.new_posts,
                    edited_posts: tally.edited_posts,
                    vanished_posts: tally.vanished_posts,
                    complaints: tally.complaints.clone(),
                },
            )?;
            tx.update_thread(id, tally.title.as_deref(), tally.closed)?;
            if let Some(list) = &tally.list {
                tx.set_list(id, list)?;
            }
            // Only a look that was completed says where the thread ends. One that was not leaves the thread as not read
            // whole, and the next look begins from its first page again.
            if whole {
                tx.set_whole_read(id, now)?;
            } else if complete {
                tx.set_whole_read_at(id, thread.whole_read_at)?;
            } else if tally.pages > 1 || tally.state.is_success() {
                tx.set_whole_read_at(id, None)?;
            }
            if let Some(path) = last_page.filter(|_| complete) {
                tx.set_last_page(id, &path)?;
            }
            if (tally.gap || tail_is_gone(&thread, tally.state)) && !whole {
                tx.ask_whole_read(id)?;
            }
            let mut forum = tx.forum_state(&thread.forum)?;
            session.keep_in(&mut forum);
            if tally.state.is_success() {
                forum.last_success_at = Some(now);
            }
            tx.save_forum_state(&thread.forum, &forum)?;
            access::note(tx, &thread.forum, tally.state, tally.spent_log_in, now)?;
            let thread = tx.thread(id)?;
            update_alarms(tx, &thread, tally.logged_in, now)?;
            if tally.state.is_success() {
                // The plan follows, and moves it.
                return Ok(());
            }
            let next = schedule::after_failure(&Failure {
                now,
                state: tally.state,
                failed_looks: thread.failed_looks,
                wait_s: tally.wait_s,
                chance: chance(),
            });
            tx.set_next_look(id, next.at, next.why)
        })
        .await?;
    Ok(())
}

/// What brought something or went wrong is news; an uneventful look is not.
fn log(forum: &str, thread: ThreadId, tally: &Tally) {
    let eventful = tally.new_posts + tally.edited_posts + tally.vanished_posts > 0 || tally.state != LookState::Ok;
    macro_rules! looked {
        ($level:ident) => {
            tracing::$level!(
                forum,
                thread = thread.0,
                state = tally.state.as_str(),
                pages = tally.pages,
                new = tally.new_posts,
                edited = tally.edited_posts,
                vanished = tally.vanished_posts,
                complaints = tally.complaints.len(),
                "looked"
            )
        };
    }
    if eventful { looked!(info) } else { looked!(debug) }
}

/// The page we knew as the last does not exist any more: the thread has shrunk, and is read from its first page next.
fn tail_is_gone(thread: &Thread, state: LookState) -> bool {
    thread.last_page_path.is_some()
        && matches!(state, LookState::NotFound | LookState::Unrecognised | LookState::ErrorPage)
}

/// One alarm per change of state: raised when a fault has lasted, cleared by the first healthy look.
fn update_alarms(tx: &Tx<'_>, thread: &Thread, logged_in: bool, now: Timestamp) -> Result<(), StoreError> {
    let Some(state) = thread.last_state else { return Ok(()) };
    if state == LookState::Ok {
        let mut cleared = tx.clear_alarms(&thread.forum, thread.id, now)?;
        if logged_in {
            cleared += tx.clear_access_alarms(&thread.forum, now)?;
        }
        if cleared > 0 {
            tracing::info!(forum = thread.forum, thread = thread.id.0, "alarms cleared");
        }
        return Ok(());
    }
    let of_thread = Some(thread.id);
    let (kind, subject, after_looks) = match state {
        LookState::Unreachable | LookState::Busy => (AlarmKind::Unreachable, None, 3),
        // Raised by `access::note`.
        LookState::Ok | LookState::Challenge | LookState::LogInRefused | LookState::LoginRequired => return Ok(()),
        LookState::NotFound => (AlarmKind::ThreadGone, of_thread, 2),
        LookState::Forbidden => (AlarmKind::Forbidden, of_thread, 2),
        LookState::Incomplete | LookState::Unrecognised | LookState::ErrorPage => (AlarmKind::Drift, of_thread, 2),
        LookState::TooLarge | LookState::RedirectedAway | LookState::EndlessPages => {
            (AlarmKind::Misbehaves, of_thread, 1)
        }
    };
    let recent = tx.look_states(thread.id, after_looks)?;
    let lasted = recent.len() >= after_looks as usize && recent.iter().all(|state| *state != LookState::Ok);
    if lasted && tx.raise_alarm(kind, &thread.forum, subject, thread.last_success_at, now)? {
        tracing::warn!(forum = thread.forum, thread = thread.id.0, alarm = kind.as_str(), "alarm");
    }
    Ok(())
}
