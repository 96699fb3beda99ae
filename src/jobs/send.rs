//! Sends approved replies, one step at a time, and settles what became of them by reading the thread.
//!
//! The order is the point: the row is claimed before the form is fetched, marked `Posting` before the request leaves, and
//! what follows is only ever concluded from what the forum shows. `domain::reply` has the rules.

use super::look::look_at;
use super::{Context, Venue, access};
use crate::domain::reply::{Delivery, Progress, Step};
use crate::domain::thread::LookState;
use crate::forum::{OpenReply, Trouble};
use crate::net::{Retry, Sent};
use crate::page::{Refusal, ReplyOutcome};
use crate::store::{Outgoing, ReplyRow, StoreError};

/// Waits grow from this with every setback.
const SETBACK_BASE_S: i64 = 15;
const SETBACK_MAX_S: i64 = 3600;

/// After this many pages without a reply form a person is asked.
const NO_FORM_LIMIT: u32 = 4;

/// Takes the first step that is due for any reply of this forum.
pub(super) async fn send_due(context: &Context, venue: &Venue) -> anyhow::Result<bool> {
    let (name, now) = (venue.forum.name.clone(), context.clock.now());
    let outgoing = context.store.read::<_, StoreError, _>(move |tx| tx.outgoing(&name)).await?;
    for outgoing in outgoing {
        match outgoing.reply.progress.next_step(now) {
            Step::Send => {
                send(context, venue, &outgoing).await?;
                return Ok(true);
            }
            Step::LookForIt => {
                look_for(context, venue, &outgoing).await?;
                return Ok(true);
            }
            Step::WaitUntil(_) | Step::Rest => {}
        }
    }
    Ok(false)
}

/// Moves a reply on. `false` when somebody else moved it meanwhile (a worker took it back): nothing may be sent then.
async fn move_on(
    context: &Context,
    reply: &ReplyRow,
    seen: &Progress,
    next: &Progress,
    reason: Option<&'static str>,
) -> Result<bool, StoreError> {
    let (id, now) = (reply.id, context.clock.now());
    tracing::info!(reply = id.0, from = seen.delivery.as_str(), to = next.delivery.as_str(), reason, "reply");
    let (seen, next) = (seen.clone(), next.clone());
    let moved = context.store.write(move |tx| tx.move_reply(id, &seen, &next, reason, now)).await;
    match moved {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn send(context: &Context, venue: &Venue, outgoing: &Outgoing) -> anyhow::Result<()> {
    let reply = &outgoing.reply;
    let preparing = reply.progress.preparing();
    if !move_on(context, reply, &reply.progress, &preparing, None).await? {
        return Ok(());
    }
    let (thread_id, name, now) = (reply.thread_id, venue.forum.name.clone(), context.clock.now());
    let (thread, mut log_ins) = context
        .store
        .read::<_, StoreError, _>(move |tx| Ok((tx.thread(thread_id)?, access::log_ins(tx, &name, now)?)))
        .await?;
    let path = thread.last_page_path.as_ref().unwrap_or(&thread.path).expose().clone();
    match venue.forum.open_reply(&path, &mut log_ins).await {
        Ok(open) => post(context, venue, outgoing, &preparing, &open).await,
        Err(trouble) => {
            let (next, reason) = after_trouble(&preparing, &trouble, context);
            move_on(context, reply, &preparing, &next, Some(reason)).await?;
            let (name, state) = (venue.forum.name.clone(), trouble.look_state());
            context.store.write::<_, StoreError, _>(move |tx| access::note(tx, &name, state, now)).await?;
            save_cookies(context, venue).await
        }
    }
}

/// Nothing has left: wait and try again, or give up where trying again cannot help.
fn after_trouble(progress: &Progress, trouble: &Trouble, context: &Context) -> (Progress, &'static str) {
    let now = context.clock.now();
    let reason = trouble.as_str();
    let next = match trouble {
        Trouble::Closed | Trouble::Forbidden | Trouble::NotFound => progress.refused(),
        Trouble::NoForm if progress.setbacks >= NO_FORM_LIMIT => progress.refused(),
        Trouble::LogInRefused | Trouble::Challenge | Trouble::LoginRequired | Trouble::TooManyLogIns => {
            progress.set_back(now, 900)
        }
        Trouble::Fault(fault) => match fault.retry() {
            Retry::After(s) => {
                progress.set_back(now, grown_wait_s(progress.setbacks).max(i64::try_from(s).unwrap_or(0)))
            }
            Retry::Never => progress.refused(),
        },
        Trouble::NoForm => progress.set_back(now, grown_wait_s(progress.setbacks)),
    };
    (next, reason)
}

fn grown_wait_s(setbacks: u32) -> i64 {
    SETBACK_BASE_S.saturating_mul(1 << setbacks.min(10)).min(SETBACK_MAX_S)
}

/// The one request that must not happen twice.
async fn post(
    context: &Context,
    venue: &Venue,
    outgoing: &Outgoing,
    preparing: &Progress,
    open: &OpenReply,
) -> anyhow::Result<()> {
    let reply = &outgoing.reply;
    let posting = preparing.posting(context.clock.now(), venue.rules.settle_s);
    if !move_on(context, reply, preparing, &posting, None).await? {
        return Ok(());
    }
    let outcome = venue.forum.send_reply(open, &reply.text).await;
    let now = context.clock.now();
    let again_s = grown_wait_s(posting.setbacks);
    let (next, reason) = match &outcome {
        Ok(ReplyOutcome::Accepted { post_id }) => {
            if let Some(post_id) = post_id.clone() {
                let id = reply.id;
                context.store.write::<_, StoreError, _>(move |tx| tx.set_reply_forum_post_id(id, &post_id)).await?;
            }
            (posting.accepted(now), None)
        }
        Ok(ReplyOutcome::Queued) => {
            remember_that_it_holds_posts(context, venue).await?;
            (posting.held(now), Some("held"))
        }
        // The forum has this text already: it is ours, from an attempt whose answer was lost.
        Ok(ReplyOutcome::Refused(Refusal::Duplicate)) => (posting.accepted(now), Some("duplicate")),
        Ok(ReplyOutcome::Refused(Refusal::Flood)) => (posting.sent_back(now, again_s.max(60)), Some("flood")),
        Ok(ReplyOutcome::Refused(Refusal::FormRejected)) => (posting.sent_back(now, again_s), Some("form_rejected")),
        Ok(ReplyOutcome::Refused(Refusal::LoggedOut)) => (posting.sent_back(now, again_s), Some("login_required")),
        Ok(ReplyOutcome::Refused(Refusal::Closed)) => (posting.refused(), Some("closed")),
        Ok(ReplyOutcome::Refused(Refusal::Forbidden)) => (posting.refused(), Some("forbidden")),
        Ok(ReplyOutcome::Refused(Refusal::Other)) => (posting.refused(), Some("refused")),
        Ok(ReplyOutcome::Unclear) => (posting.clone(), Some("unclear")),
        Err(fault) if fault.sent == Sent::No => (posting.sent_back(now, again_s), Some(fault.kind.as_str())),
        Err(fault) => (posting.clone(), Some(fault.kind.as_str())),
    };
    move_on(context, reply, &posting, &next, reason).await?;
    save_cookies(context, venue).await
}

/// Reads the thread; finding the post confirms the reply on the way (`store::apply_page`), not finding it counts.
async fn look_for(context: &Context, venue: &Venue, outgoing: &Outgoing) -> anyhow::Result<()> {
    let id = outgoing.reply.id;
    let looked = look_at(context, venue, outgoing.reply.thread_id).await?;
    let reply = context.store.read::<_, StoreError, _>(move |tx| tx.reply(id)).await?;
    if !matches!(reply.progress.delivery, Delivery::Posting | Delivery::Accepted | Delivery::Held) {
        return Ok(());
    }
    let now = context.clock.now();
    let (next, reason) = if looked.complete {
        let holds = outgoing.forum_holds_posts || venue.rules.holds_posts;
        (reply.progress.not_found(now, venue.rules.settle_s, holds), "not_found_yet")
    } else {
        let wait_s = if looked.state == LookState::Incomplete { 300 } else { venue.rules.settle_s.max(30) };
        (reply.progress.not_readable(now, wait_s), looked.state.as_str())
    };
    move_on(context, &reply, &reply.progress, &next, Some(reason)).await?;
    Ok(())
}

async fn remember_that_it_holds_posts(context: &Context, venue: &Venue) -> Result<(), StoreError> {
    let name = venue.forum.name.clone();
    context
        .store
        .write(move |tx| {
            let mut state = tx.forum_state(&name)?;
            state.holds_posts = true;
            tx.save_forum_state(&name, &state)
        })
        .await
}

async fn save_cookies(context: &Context, venue: &Venue) -> anyhow::Result<()> {
    let (name, cookies) = (venue.forum.name.clone(), venue.forum.client.jar().to_json());
    context
        .store
        .write::<_, StoreError, _>(move |tx| {
            let mut state = tx.forum_state(&name)?;
            state.cookies = Some(cookies.into());
            tx.save_forum_state(&name, &state)
        })
        .await?;
    Ok(())
}
