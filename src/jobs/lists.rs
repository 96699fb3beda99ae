//! Thread lists: which threads have news, and the views and replies that threads themselves may not show.
//!
//! A list of several of our threads is read in place of them (`jobs::plan` says when); any list is read now and then for
//! its counts. Other people's threads on it are not kept. A list that does not fit its profile any more is an alarm, and
//! its threads are read one by one meanwhile.

use super::access::{self, Way};
use super::fresh::Page;
use super::{Context, Venue, chance, plan, send};
use crate::clock::Timestamp;
use crate::domain::look::{ListMatched, ListPage, PageState};
use crate::domain::thread::{LookState, list_shows_news};
use crate::forum::ListRead;
use crate::store::{ListReading, StoreError, Tx};

/// A thread's counts are taken from its list only after this age: its first reading comes first.
const SETTLED_S: i64 = 60;

/// Reads one list that is due.
pub(super) async fn read_due(context: &Context, venue: &Venue) -> anyhow::Result<bool> {
    let now = context.clock.now();
    if !venue.plan().has_budget(now) {
        return Ok(false);
    }
    let planned = venue.plan().due_list(now).map(str::to_owned);
    let path = match planned {
        Some(path) => Some(path),
        None => due_for_counts(context, venue, now).await?,
    };
    let Some(path) = path else { return Ok(false) };
    // Marked before it is read: a list that cannot be read is not asked for again and again.
    let (name, marked) = (venue.forum.name.clone(), path.clone());
    context.store.write(move |tx| tx.set_listed(&name, &marked, now)).await?;
    let page = Page::List(path.clone());
    let known = venue.fresh().of(&page);
    let name = venue.forum.name.clone();
    let is_free = !context.store.read(move |tx| send::reply_is_out(tx, &name)).await?;
    let returned = if is_free { venue.forum.try_to_return_by_list(&path).await } else { None };
    let read = match returned {
        Some(read) => Ok(Some(read)),
        None => venue.forum.read_list(&path, known.as_ref()).await,
    };
    let (name, way, read_at) = (venue.forum.name.clone(), Way::of(&venue.forum), context.clock.now());
    context.store.write(move |tx| way.remember(tx, &name, false, read_at)).await?;
    venue.plan().listed(&path, context.clock.now(), chance());
    let (name, now) = (venue.forum.name.clone(), context.clock.now());
    match read {
        Ok(None) => {
            venue.fresh().confirmed(&page);
            context.store.write(move |tx| note(tx, &name, &path, &ListReading::Healthy(None), now)).await?;
            tracing::debug!(forum = venue.forum.name, "a thread list has not changed");
        }
        Ok(Some(ListRead { list, unread_message, freshness })) if list.state == PageState::Ok => {
            let views_interval_s = venue.rules.views_interval_s;
            let taken = context
                .store
                .write(move |tx| {
                    access::note_unread(tx, &name, unread_message, now)?;
                    take_list(tx, &name, &path, &list, views_interval_s, now)
                })
                .await?;
            venue.fresh().keep(page, freshness.filter(|_| taken.is_whole));
            tracing::debug!(forum = venue.forum.name, threads = taken.shown, "a thread list was read");
        }
        read => {
            let (state, word, complaints) = match read {
                Err(trouble) => (trouble.look_state(), trouble.as_str(), Vec::new()),
                Ok(read) => {
                    let list = read.map(|read| read.list);
                    let state = list.as_ref().map_or(LookState::Unrecognised, |list| list.state.into());
                    (state, state.as_str(), list.map(|list| list.complaints).unwrap_or_default())
                }
            };
            tracing::info!(forum = venue.forum.name, state = word, "a thread list could not be read; its threads are");
            venue.fresh().keep(page, None);
            context
                .store
                .write::<_, StoreError, _>(move |tx| {
                    tx.forget_listing(&name, &path)?;
                    if is_of_the_list(state) {
                        let complaints = if complaints.is_empty() { vec![format!("list: {word}")] } else { complaints };
                        let reading = ListReading::Odd { found: ListMatched::default(), complaints };
                        note(tx, &name, &path, &reading, now)?;
                    }
                    Ok(())
                })
                .await?;
        }
    }
    plan::renew(context, venue).await?;
    Ok(true)
}

/// A list that nobody reads for news, whose counts are old.
async fn due_for_counts(context: &Context, venue: &Venue, now: Timestamp) -> Result<Option<String>, StoreError> {
    let (name, interval_s) = (venue.forum.name.clone(), venue.rules.views_interval_s);
    let due = context
        .store
        .read(move |tx| tx.find_due_list(&name, now.plus_s(-interval_s), now.plus_s(-SETTLED_S.min(interval_s))))
        .await?;
    Ok(due.filter(|path| !venue.plan().follows(path)))
}

/// Whether it says something of the list that it was not read so. That the forum does not answer, or wants a person or our
/// account, says nothing of its lists.
fn is_of_the_list(state: LookState) -> bool {
    match state {
        LookState::Ok
        | LookState::Unreachable
        | LookState::Busy
        | LookState::Challenge
        | LookState::LoginRequired
        | LookState::LogInRefused => false,
        LookState::Incomplete
        | LookState::NotFound
        | LookState::Forbidden
        | LookState::ErrorPage
        | LookState::Unrecognised
        | LookState::TooLarge
        | LookState::RedirectedAway
        | LookState::EndlessPages => true,
    }
}

/// What came of a list that was read.
struct Taken {
    /// How many threads of ours it shows.
    shown: usize,
    /// Whatever it does not show has no news.
    is_whole: bool,
}

/// Writes down what a list shows of our threads; those with news are looked at now. That a thread is not shown means that
/// it has no news, where the list is whole; else it is looked at itself.
fn take_list(
    tx: &Tx<'_>,
    forum: &str,
    path: &str,
    list: &ListPage,
    views_interval_s: i64,
    now: Timestamp,
) -> Result<Taken, StoreError> {
    let mut ours = Vec::new();
    for row in &list.threads {
        let Some(thread) = row.id.as_ref().map(|id| tx.find_thread(forum, id)).transpose()?.flatten() else {
            continue;
        };
        ours.push((row, tx.listing(thread.id)?, thread));
    }
    let found = ListMatched::of(list, |row| ours.iter().any(|(our, ..)| *our == row));
    let mut oddities = list.oddities();
    if tx.find_healthy_list(forum, path)?.is_some_and(|before| found.lost_all_of(before)) {
        oddities.push("list.item: nothing of what was shown before".to_owned());
    }
    let is_whole = list.complaints.is_empty() && oddities.is_empty();
    if !is_whole {
        tx.forget_listing(forum, path)?;
    }
    for (row, before, thread) in &ours {
        tx.record_listing(thread.id, row.views, row.replies, now.plus_s(-views_interval_s), now)?;
        tx.save_listing(thread.id, row.replies, row.last_post_time)?;
        let known = tx.last_post_at(thread.id)?;
        if thread.whole_read_at.is_some() && list_shows_news(before, row, known) {
            tx.set_next_look(thread.id, now, "list_news")?;
        }
    }
    let reading = match oddities.is_empty() {
        true => ListReading::Healthy(Some(found)),
        false => ListReading::Odd { found, complaints: oddities },
    };
    note(tx, forum, path, &reading, now)?;
    Ok(Taken { shown: ours.len(), is_whole })
}

/// Writes down how a list reads, and tells when the alarm begins and ends: one a forum, however many lists it has.
fn note(tx: &Tx<'_>, forum: &str, path: &str, reading: &ListReading, now: Timestamp) -> Result<(), StoreError> {
    let before = tx.find_list_alarm(forum)?;
    tx.record_list(forum, path, reading, now)?;
    match (before, tx.find_list_alarm(forum)?) {
        (None, Some(alarm)) => {
            let last_success_s = alarm.last_success_at.map(|at| now.since_s(at));
            let drift = alarm.list_drift.as_ref();
            let rows_before = drift.and_then(|drift| drift.before).map(|before| before.rows);
            let rows_now = drift.map(|drift| drift.now.rows);
            tracing::warn!(forum, alarm = alarm.kind.as_str(), last_success_s, rows_before, rows_now, "alarm");
        }
        (Some(_), None) => tracing::info!(forum, "alarms cleared"),
        _ => {}
    }
    Ok(())
}
