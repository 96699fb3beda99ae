//! View and reply counts from thread lists, for engines whose threads do not show their views.

use super::{Context, Venue};
use crate::domain::look::PageState;
use crate::store::StoreError;

/// A thread's counts are taken from its list only after this age: its first reading comes first.
const SETTLED_S: i64 = 60;

/// Reads one list that is due and writes down the counts of our threads on it; others on the list are not kept.
pub(super) async fn count_due(context: &Context, venue: &Venue) -> anyhow::Result<bool> {
    let (name, now) = (venue.forum.name.clone(), context.clock.now());
    let interval_s = venue.rules.views_interval_s;
    let due = context
        .store
        .write::<_, StoreError, _>(move |tx| {
            let list = tx.find_due_list(&name, now.plus_s(-interval_s), now.plus_s(-SETTLED_S.min(interval_s)))?;
            // Marked before it is read: a list that cannot be read is not asked for again and again.
            if let Some(path) = &list {
                tx.set_listed(&name, path, now)?;
            }
            Ok(list)
        })
        .await?;
    let Some(path) = due else { return Ok(false) };
    let list = match venue.forum.read_list(&path).await {
        Ok(list) => list,
        Err(trouble) => {
            tracing::info!(forum = venue.forum.name, state = trouble.as_str(), "the thread list could not be read");
            return Ok(true);
        }
    };
    if list.state != PageState::Ok {
        tracing::info!(forum = venue.forum.name, "the thread list is not readable");
        return Ok(true);
    }
    let name = venue.forum.name.clone();
    let counted = context
        .store
        .write::<_, StoreError, _>(move |tx| {
            let mut counted = 0;
            for listed in &list.threads {
                let Some(id) = &listed.id else { continue };
                if let Some(thread) = tx.find_thread(&name, id)? {
                    tx.record_listing(thread.id, listed.views, listed.replies, now)?;
                    counted += 1;
                }
            }
            Ok(counted)
        })
        .await?;
    tracing::info!(forum = venue.forum.name, threads = counted, "counts taken from a thread list");
    Ok(true)
}
