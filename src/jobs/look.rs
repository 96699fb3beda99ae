//! One look at a thread: read its pages, hold each against what is known as soon as it is read, write down how it ended,
//! raise or clear alarms, plan the next look.

use super::access::{self, Way};
use super::fresh::Page;
use super::judge::judge_new_posts;
use super::{Context, Venue, chance, passage, plan, send};
use crate::clock::Timestamp;
use crate::domain::look::{Matched, PageState};
use crate::domain::thread::{LookState, Thread, ThreadId};
use crate::forum::{Freshness, LogIns, PageRead, Start, Trouble, Walk};
use crate::net::Retry;
use crate::schedule::{self, Failure};
use crate::store::{AlarmKind, LookSummary, PageLook, StoreError, Tx};
use std::collections::{BTreeSet, HashSet};

/// A look that takes the process down is not tried again before this.
const AFTER_CRASH_S: i64 = 600;

/// What a look is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To see what is new.
    Watch,
    /// To find a reply of ours: everything is read anew, at the address in use.
    FindReply,
}

/// How a look ended, for those who asked for it.
#[derive(Clone, Debug)]
pub(super) struct Looked {
    pub(super) state: LookState,
    /// The end of the thread was read: what was not there is not there.
    pub(super) complete: bool,
    /// The forum's addresses that pages came from, by their place in the list.
    pub(super) addresses: BTreeSet<usize>,
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
    look_at(context, venue, thread.id, Purpose::Watch).await?;
    Ok(true)
}

/// What a look begins from.
struct Known {
    thread: Thread,
    post_ids: HashSet<String>,
    log_ins: LogIns,
    /// A reply of ours has left and was not read back yet, in whichever thread of the forum.
    reply_is_out: bool,
}

/// Looks at a thread now.
pub(super) async fn look_at(
    context: &Context,
    venue: &Venue,
    id: ThreadId,
    purpose: Purpose,
) -> anyhow::Result<Looked> {
    let started_at = context.clock.now();
    let name = venue.forum.name.clone();
    let known = context
        .store
        .write::<_, StoreError, _>(move |tx| {
            // A look that takes the process down must not be the first thing after its restart.
            tx.set_next_look(id, started_at.plus_s(AFTER_CRASH_S), "looking")?;
            Ok(Known {
                thread: tx.thread(id)?,
                post_ids: tx.known_forum_post_ids(id)?,
                log_ins: access::log_ins(tx, &name, started_at)?,
                reply_is_out: send::reply_is_out(tx, &name)?,
            })
        })
        .await?;
    let Known { thread, post_ids, mut log_ins, reply_is_out } = known;
    let start = start_of(&thread, started_at);
    let is_tail = matches!(start, Start::Tail { .. });
    let mut walk = Walk::new(start, post_ids, venue.rules.max_pages);
    let had_log_in = !log_ins.are_spent();
    let mut tally = Tally::new();
    let mut doubted = false;
    // A reply is read back where it was sent, and by reading.
    let is_free = purpose == Purpose::Watch && !reply_is_out;
    let may_be_unchanged = is_free && is_tail && thread.last_state == Some(LookState::Ok);
    let mut unless = may_be_unchanged.then(|| venue.fresh().of(&Page::Thread(id))).flatten();
    let mut may_return = is_free;
    while let Some(path) = walk.next_path().map(str::to_owned) {
        let returned = match std::mem::take(&mut may_return) {
            true => venue.forum.try_to_return(&path, log_ins).await,
            false => None,
        };
        let read = match returned {
            Some(read) => Ok(Some(read)),
            None => venue.forum.read_page_if_changed(&path, &mut log_ins, unless.take().as_ref()).await,
        };
        match read {
            Err(trouble) => {
                tally.stop(&trouble);
                break;
            }
            Ok(None) => {
                venue.fresh().confirmed(&Page::Thread(id));
                tally.pages += 1;
                walk.is_unchanged();
            }
            Ok(Some(read)) => {
                tally.addresses.insert(read.address);
                match take_page(context, venue, &thread, &read, &mut tally).await? {
                    Taken::Read => {}
                    Taken::Ends => break,
                    // Somebody has moved the thread meanwhile: this look is of a place that it has left.
                    Taken::Moved => {
                        return Ok(Looked { state: tally.state, complete: false, addresses: tally.addresses });
                    }
                }
                walk.saw(&read, |url| venue.forum.relative(url));
                if walk.last_page() == Some(&read.path) {
                    tally.last_page = Some(read.freshness.clone());
                }
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
    let complete = walk.is_complete() && tally.state == LookState::Ok;
    let looked = Looked { state: tally.state, complete, addresses: tally.addresses.clone() };
    let requests = if walk.is_whole() { 1 } else { tally.pages.max(1) };
    venue.plan().looked(id, requests, context.clock.now(), chance());
    let last_page = tally.last_page.take();
    finish(context, venue, thread, &walk, tally).await?;
    // Only now is what was read written down.
    match last_page {
        Some(known) if complete => venue.fresh().keep(Page::Thread(id), known),
        None if complete => {}
        _ => venue.fresh().keep(Page::Thread(id), None),
    }
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
    unread_message: Option<bool>,
    spent_log_in: bool,
    wait_s: Option<u64>,
    /// A page said that it holds more than was found.
    hides_posts: bool,
    matched: Matched,
    addresses: BTreeSet<usize>,
    /// By what the thread's last page can be recognised, once it was read.
    last_page: Option<Option<Freshness>>,
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
            unread_message: None,
            spent_log_in: false,
            wait_s: None,
            hides_posts: false,
            matched: Matched::default(),
            addresses: BTreeSet::new(),
            last_page: None,
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

/// What became of a page.
enum Taken {
    Read,
    /// It ends the look.
    Ends,
    /// The thread stands elsewhere by now: nothing of it was written down.
    Moved,
}

/// Holds one page against what is known.
async fn take_page(
    context: &Context,
    venue: &Venue,
    thread: &Thread,
    read: &PageRead,
    tally: &mut Tally,
) -> anyhow::Result<Taken> {
    let page = &read.reading.page;
    tally.pages += 1;
    if page.state != PageState::Ok {
        tally.state = page.state.into();
        tally.complaints.extend(page.complaints.iter().cloned());
        return Ok(Taken::Ends);
    }
    if page.thread.id.as_ref().is_some_and(|id| *id != thread.forum_thread_id) {
        tally.state = LookState::NotFound;
        tally.complaints.push("thread.id: the page belongs to another thread".to_owned());
        return Ok(Taken::Ends);
    }
    tally.matched.add_page(page);
    tally.hides_posts |= page.hides_posts();
    tally.views = tally.views.max(page.thread.views);
    tally.replies = tally.replies.max(page.thread.replies);
    tally.complaints.extend(page.complaints.iter().cloned());
    tally.title = page.thread.title.as_ref().map(|t| t.expose().clone()).or(tally.title.take());
    tally.closed = page.thread.closed.or(tally.closed);
    tally.list = read.reading.list.as_ref().map(|url| venue.forum.relative(url)).or(tally.list.take());
    tally.logged_in |= read.reading.logged_in == Some(true);
    tally.unread_message = read.reading.unread_message.or(tally.unread_message);
    let (id, at, page) = (thread.id, context.clock.now(), page.clone());
    let own_names = venue.rules.own_names.clone();
    let address = venue.forum.mirrors.addresses().at(read.address).map(|address| address.as_str().to_owned());
    let place = thread.clone();
    let applied = context
        .store
        .write::<_, StoreError, _>(move |tx| {
            if !tx.stands_at(id, &place.forum, &place.forum_thread_id)? {
                return Ok(None);
            }
            let address = address.as_deref();
            tx.apply_page(&PageLook { thread: id, at, page: &page, address, own_names: &own_names }).map(Some)
        })
        .await?;
    let Some(applied) = applied else { return Ok(Taken::Moved) };
    tally.new_posts += applied.new.len();
    tally.edited_posts += applied.edited.len();
    tally.vanished_posts += applied.vanished.len();
    tally.gap |= applied.gap;
    for reply in applied.confirmed {
        tracing::info!(forum = venue.forum.name, reply = reply.0, "the reply stands on the forum");
    }
    Ok(Taken::Read)
}

/// Writes down how the look ended and plans the next one.
async fn finish(context: &Context, venue: &Venue, thread: Thread, walk: &Walk, tally: Tally) -> anyhow::Result<()> {
    let now = context.clock.now();
    access::forget_where_over(&venue.forum, tally.state);
    let way = Way::of(&venue.forum);
    let last_page = walk.last_page().map(str::to_owned);
    let complete = walk.is_complete() && tally.state.is_success();
    let whole = walk.is_whole() && complete;
    log(&venue.forum.name, thread.id, &tally);
    context
        .store
        .write::<_, StoreError, _>(move |tx| {
            let id = thread.id;
            way.remember(tx, &thread.forum, tally.state.is_success(), now)?;
            if !tx.stands_at(id, &thread.forum, &thread.forum_thread_id)? {
                return Ok(());
            }
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
                    matched: Some(tally.matched).filter(|matched| matched.pages > 0),
                },
            )?;
            tx.update_thread(id, tally.title.as_deref(), tally.closed)?;
            if let Some(list) = &tally.list {
                tx.set_list(id, list)?;
            }
            // Only a look that was completed says where the thread ends. One that was not leaves the thread as not read
            // whole, and the next look begins from its first page again.
            if whole {
                tx.set_whole_read(id, !tally.hides_posts, now)?;
            } else if complete {
                tx.set_whole_read_at(id, thread.whole_read_at)?;
            } else if tally.pages > 1 || tally.state.is_success() {
                tx.set_whole_read_at(id, None)?;
            }
            if let Some(path) = last_page.filter(|_| complete) {
                tx.set_last_page(id, &path)?;
            }
            // What a page did not show while its profile did not fit is looked for once it fits again.
            // (A whole reading that met one odd page is not mended by a last page that is well.)
            let was_tail = thread.whole_read_at != thread.last_look_at;
            let mended = tally.state == LookState::Ok && thread.last_state == Some(LookState::Incomplete) && was_tail;
            if complete && tally.state == LookState::Ok && !whole && !mended && !thread.needs_whole_read {
                tx.set_first_reading(id, now)?;
            }
            if (tally.gap || mended || tail_is_gone(&thread, tally.state)) && !whole {
                tx.ask_whole_read(id)?;
            }
            if tally.state.is_success() && thread.last_state == Some(LookState::Unreachable) {
                tx.retry_unreachable(&thread.forum, now)?;
            }
            access::note(tx, &thread.forum, tally.state, tally.spent_log_in, now)?;
            access::note_unread(tx, &thread.forum, tally.unread_message, now)?;
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

/// What a look that ended so may become an alarm of, and after how many looks that were not healthy.
fn alarm_of(state: LookState) -> Option<(AlarmKind, u32)> {
    match state {
        // Those of the account are raised by `access::note`.
        LookState::Ok | LookState::Challenge | LookState::LogInRefused | LookState::LoginRequired => None,
        LookState::Unreachable | LookState::Busy => Some((AlarmKind::Unreachable, 3)),
        LookState::NotFound => Some((AlarmKind::ThreadGone, 2)),
        LookState::Forbidden => Some((AlarmKind::Forbidden, 2)),
        LookState::Incomplete | LookState::Unrecognised | LookState::ErrorPage => Some((AlarmKind::Drift, 2)),
        LookState::TooLarge | LookState::RedirectedAway | LookState::EndlessPages => Some((AlarmKind::Misbehaves, 1)),
    }
}

/// One alarm a thread and per change of state: raised when a fault has lasted, replaced when another one has lasted in
/// its place, cleared by the first healthy look. What several threads have is told once.
fn update_alarms(tx: &Tx<'_>, thread: &Thread, logged_in: bool, now: Timestamp) -> Result<(), StoreError> {
    /// So many looks in a row must meet the other fault.
    const TO_REPLACE: usize = 2;
    let Some(state) = thread.last_state else { return Ok(()) };
    if state == LookState::Ok {
        let mut cleared = tx.clear_alarms(thread.id, None, now)?;
        if logged_in {
            cleared += tx.clear_access_alarms(&thread.forum, now)?;
        }
        if cleared > 0 {
            tracing::info!(forum = thread.forum, thread = thread.id.0, "alarms cleared");
        }
        return Ok(());
    }
    let Some((kind, after_looks)) = alarm_of(state) else { return Ok(()) };
    let recent = tx.look_states(thread.id, after_looks.max(2))?;
    let lasted = |looks: u32| recent.iter().take_while(|state| **state != LookState::Ok).count() >= looks as usize;
    if !lasted(after_looks) {
        return Ok(());
    }
    let of_this_kind = |state: &&LookState| alarm_of(**state).is_some_and(|(other, _)| other == kind);
    let stands = tx.alarms_of(thread.id, &thread.forum)?.iter().any(|a| a.thread_id.is_some() && a.kind != kind);
    if stands {
        if recent.iter().take(TO_REPLACE).filter(of_this_kind).count() < TO_REPLACE {
            return Ok(());
        }
        tx.clear_alarms(thread.id, Some(kind), now)?;
    }
    if tx.raise_alarm(kind, &thread.forum, Some(thread.id), thread.last_success_at, now)? {
        let last_success_s = thread.last_success_at.map(|at| now.since_s(at));
        let threads = tx.count_alarms(kind, &thread.forum)?;
        let mut raised = tx.alarms_of(thread.id, &thread.forum)?.into_iter().filter(|a| a.kind == kind);
        let drift = raised.find_map(|a| a.drift);
        let posts_before = drift.as_ref().and_then(|drift| drift.before).map(|before| before.posts);
        let posts_now = drift.map(|drift| drift.now.posts);
        macro_rules! alarm {
            ($level:ident, $what:literal) => {
                tracing::$level!(
                    forum = thread.forum,
                    thread = thread.id.0,
                    alarm = kind.as_str(),
                    threads,
                    last_success_s,
                    posts_before,
                    posts_now,
                    $what
                )
            };
        }
        match threads {
            ..=1 => alarm!(warn, "alarm"),
            2 => alarm!(warn, "the alarm is of several threads"),
            _ => alarm!(info, "the alarm is of one more thread"),
        }
    }
    Ok(())
}
