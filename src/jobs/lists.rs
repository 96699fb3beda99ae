//! Thread lists: which threads have news, and the views and replies that threads themselves may not show.
//!
//! A list of several of our threads is read in place of them (`jobs::plan` says when); any list is read now and then for
//! its counts. Other people's threads on it are not kept.

use super::access::Way;
use super::fresh::Page;
use super::{Context, Venue, chance, plan, send};
use crate::clock::Timestamp;
use crate::domain::look::{ListPage, PageState};
use crate::domain::thread::list_shows_news;
use crate::forum::ListRead;
use crate::store::{StoreError, Tx};

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
    let name = venue.forum.name.clone();
    match read {
        Ok(None) => {
            venue.fresh().confirmed(&page);
            tracing::debug!(forum = venue.forum.name, "a thread list has not changed");
        }
        Ok(Some(ListRead { list, freshness })) if list.state == PageState::Ok => {
            let is_whole = list.complaints.is_empty();
            let (views_interval_s, now) = (venue.rules.views_interval_s, context.clock.now());
            let shown = context.store.write(move |tx| take_list(tx, &name, &list, views_interval_s, now)).await?;
            venue.fresh().keep(page, freshness.filter(|_| is_whole));
            tracing::debug!(forum = venue.forum.name, threads = shown, "a thread list was read");
        }
        read => {
            let state = read.map_or_else(|trouble| trouble.as_str(), |_| "not_a_list");
            tracing::info!(forum = venue.forum.name, state, "a thread list could not be read; its threads are");
            venue.fresh().keep(page, None);
            context.store.write(move |tx| tx.forget_listing(&name, &path)).await?;
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

/// Writes down what a list shows of our threads; those with news are looked at now. Answers how many it shows.
fn take_list(
    tx: &Tx<'_>,
    forum: &str,
    list: &ListPage,
    views_interval_s: i64,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let mut shown = 0;
    for row in &list.threads {
        let Some(thread) = row.id.as_ref().map(|id| tx.find_thread(forum, id)).transpose()?.flatten() else {
            continue;
        };
        shown += 1;
        let before = tx.listing(thread.id)?;
        tx.record_listing(thread.id, row.views, row.replies, now.plus_s(-views_interval_s), now)?;
        tx.save_listing(thread.id, row.replies, row.last_post_time)?;
        let known = tx.last_post_at(thread.id)?;
        if thread.whole_read_at.is_some() && list_shows_news(&before, row, known) {
            tx.set_next_look(thread.id, now, "list_news")?;
        }
    }
    Ok(shown)
}
