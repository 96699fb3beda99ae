//! Sends approved replies, one step at a time, and settles what became of them by reading the thread.
//!
//! The order is the point: the row is claimed before the form is fetched, marked `Posting` before the request leaves, and
//! what follows is only ever concluded from what the forum shows. `domain::reply` has the rules.

mod message;

use super::access;
use super::look::{Purpose, look_at};
use super::{Context, Venue};
use crate::domain::reply::{Delivery, Evidence, Progress, ReplyId, Route, Step};
use crate::domain::thread::{LookState, Thread};
use crate::forum::{LogIns, OpenReply, Quoted, Trouble};
use crate::net::{Retry, Sent};
use crate::page::{MessageRefusal, Refusal, ReplyOutcome};
use crate::store::{Outgoing, ReplyRow, StoreError, Tx};
use url::Url;

/// Waits grow from this with every setback.
const SETBACK_BASE_S: i64 = 15;
const SETBACK_MAX_S: i64 = 3600;

/// After this many setbacks the reply goes without its quotation.
const QUOTE_LIMIT: u32 = 3;

/// After this many setbacks a page without a reply form is final: some hours, in which maintenance ends.
const NO_FORM_LIMIT: u32 = 10;

/// Takes the first step that is due for any reply of this forum.
pub(super) async fn send_due(context: &Context, venue: &Venue) -> anyhow::Result<bool> {
    bring_back(context, venue).await?;
    let now = context.clock.now();
    for outgoing in outgoing(context, venue).await? {
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

/// Sends what is due to be sent, and looks for nothing: between the pages of a long look.
pub(super) async fn send_waiting(context: &Context, venue: &Venue) -> anyhow::Result<()> {
    let now = context.clock.now();
    for outgoing in outgoing(context, venue).await? {
        if outgoing.reply.progress.next_step(now) == Step::Send {
            send(context, venue, &outgoing).await?;
        }
    }
    Ok(())
}

async fn outgoing(context: &Context, venue: &Venue) -> Result<Vec<Outgoing>, StoreError> {
    let name = venue.forum.name.clone();
    context.store.read(move |tx| tx.outgoing(&name)).await
}

/// Whether a reply has left that was not read back yet, in whichever thread of the forum. It is looked for where it was
/// sent to.
pub(super) fn reply_is_out(tx: &Tx<'_>, forum: &str) -> Result<bool, StoreError> {
    let is_out = |out: &Outgoing| matches!(out.reply.progress.delivery, Delivery::Posting | Delivery::Accepted);
    Ok(tx.outgoing(forum)?.iter().any(is_out))
}

/// One task works a forum: a row that is being prepared when it begins anew was left behind by a crash or a failure.
/// Nothing of it had left.
async fn bring_back(context: &Context, venue: &Venue) -> anyhow::Result<()> {
    for outgoing in outgoing(context, venue).await? {
        let progress = &outgoing.reply.progress;
        if progress.delivery == Delivery::Preparing {
            let next = progress.set_back(context.clock.now(), grown_wait_s(progress.setbacks));
            move_on(context, &outgoing.reply, progress, &next, Some("interrupted")).await?;
        }
    }
    Ok(())
}

/// Moves a reply on. `false` when somebody else moved it meanwhile (a worker took it back): nothing may be sent then.
async fn move_on(
    context: &Context,
    reply: &ReplyRow,
    seen: &Progress,
    next: &Progress,
    reason: Option<impl Into<String>>,
) -> Result<bool, StoreError> {
    let reason: Option<String> = reason.map(Into::into);
    let (id, now) = (reply.id, context.clock.now());
    if seen.delivery != next.delivery || seen.setbacks != next.setbacks {
        tracing::info!(reply = id.0, from = seen.delivery.as_str(), to = next.delivery.as_str(), reason, "reply");
    }
    let (seen, next) = (seen.clone(), next.clone());
    let moved = context.store.write(move |tx| tx.move_reply(id, &seen, &next, reason.as_deref(), now)).await;
    match moved {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Takes a reply for sending. `None` when somebody else moved it meanwhile.
async fn claim(context: &Context, reply: &ReplyRow) -> Result<Option<Progress>, StoreError> {
    let preparing = reply.progress.preparing();
    let claimed = move_on(context, reply, &reply.progress, &preparing, None::<String>).await?;
    Ok(claimed.then_some(preparing))
}

async fn send(context: &Context, venue: &Venue, outgoing: &Outgoing) -> anyhow::Result<()> {
    let reply = &outgoing.reply;
    if reply.route == Route::Message {
        return message::send(context, venue, outgoing).await;
    }
    let Some(preparing) = claim(context, reply).await? else { return Ok(()) };
    let (thread_id, name, now) = (reply.thread_id, venue.forum.name.clone(), context.clock.now());
    let quote = reply.quote.filter(|_| reply.progress.setbacks < QUOTE_LIMIT);
    let (thread, mut log_ins, quoted) = context
        .store
        .read::<_, StoreError, _>(move |tx| {
            let quoted = quote.map(|post| tx.find_post_here(post)).transpose()?.flatten();
            Ok((tx.thread(thread_id)?, access::log_ins(tx, &name, now)?, quoted))
        })
        .await?;
    // What the client took back is not brought up again.
    let quoted = quoted.filter(|post| post.vanished_at.is_none()).map(|post| Quoted {
        post_id: post.forum_post_id,
        author: post.author,
        text: post.text,
    });
    let had_log_in = !log_ins.are_spent();
    match open_reply(venue, &thread, quoted.as_ref(), &mut log_ins).await {
        Ok(open) => post(context, venue, outgoing, &preparing, &open).await,
        Err(trouble) => {
            let tried = had_log_in && log_ins.are_spent();
            could_not_open(context, venue, reply, &preparing, &trouble, tried).await
        }
    }
}

/// Writes down why there is no form to send. `tried`: a log-in was spent on it.
async fn could_not_open(
    context: &Context,
    venue: &Venue,
    reply: &ReplyRow,
    preparing: &Progress,
    trouble: &Trouble,
    tried: bool,
) -> anyhow::Result<()> {
    let (next, reason) = after_trouble(preparing, trouble, context);
    move_on(context, reply, preparing, &next, Some(reason)).await?;
    let (name, state, now) = (venue.forum.name.clone(), trouble.look_state(), context.clock.now());
    context.store.write::<_, StoreError, _>(move |tx| access::note(tx, &name, state, tried, now)).await?;
    // A log-in that is merely paused says nothing about the session with which threads are read.
    if state != LookState::LoginRequired {
        access::forget_where_over(&venue.forum, state);
    }
    Ok(access::save_way(context, venue).await?)
}

/// Opens the form at the thread's last page, or at its first when the last one is not there any more.
async fn open_reply(
    venue: &Venue,
    thread: &Thread,
    quoted: Option<&Quoted>,
    log_ins: &mut LogIns,
) -> Result<OpenReply, Trouble> {
    if let Some(last_page) = &thread.last_page_path {
        match venue.forum.open_reply(last_page.expose(), &thread.forum_thread_id, quoted, log_ins).await {
            Err(Trouble::NotFound | Trouble::NoForm) => {}
            opened => return opened,
        }
    }
    venue.forum.open_reply(thread.path.expose(), &thread.forum_thread_id, quoted, log_ins).await
}

/// Nothing has left: wait and try again, or give up where trying again cannot help.
fn after_trouble(progress: &Progress, trouble: &Trouble, context: &Context) -> (Progress, &'static str) {
    let now = context.clock.now();
    let reason = trouble.as_str();
    let next = match trouble {
        Trouble::NotMessaged(MessageRefusal::Flood) => progress.set_back(now, grown_wait_s(progress.setbacks).max(60)),
        Trouble::Closed | Trouble::Forbidden | Trouble::NotFound | Trouble::NotMessaged(_) => progress.refused(),
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

/// Writes down at which address the form on this page is about to be sent.
async fn remember_address(context: &Context, venue: &Venue, id: ReplyId, page: &Url) -> Result<(), StoreError> {
    let Some(address) = venue.forum.address_of(page).map(|address| address.as_str().to_owned()) else { return Ok(()) };
    context.store.write(move |tx| tx.set_reply_sent_to(id, &address)).await
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
    remember_address(context, venue, reply.id, open.page()).await?;
    let posting = preparing.posting(context.clock.now(), venue.rules.settle_s);
    if !move_on(context, reply, preparing, &posting, None::<String>).await? {
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
    Ok(access::save_way(context, venue).await?)
}

/// Reads the thread; finding the post confirms the reply on the way (`store::apply_page`), not finding it counts.
async fn look_for(context: &Context, venue: &Venue, outgoing: &Outgoing) -> anyhow::Result<()> {
    if outgoing.reply.route == Route::Message {
        return message::look_for(context, venue, outgoing).await;
    }
    let (id, thread) = (outgoing.reply.id, outgoing.reply.thread_id);
    let seen = &outgoing.reply.progress;
    // Should this look take the job down, the next one comes later.
    let later = Progress { not_before: context.clock.now().plus_s(venue.rules.settle_s.max(60)), ..seen.clone() };
    if !move_on(context, &outgoing.reply, seen, &later, outgoing.reply.reason.clone()).await? {
        return Ok(());
    }
    let sent_to = outgoing.reply.sent_to.as_ref().map(|address| address.expose().clone());
    if let Some(address) = &sent_to {
        venue.forum.mirrors.prefer(address);
    }
    let looked = look_at(context, venue, thread, Purpose::FindReply).await?;
    let (reply, next_look_at, stray) = context
        .store
        .read::<_, StoreError, _>(move |tx| {
            let reply = tx.reply(id)?;
            let since = reply.progress.attempted_at.unwrap_or(reply.approved_at);
            let stray = tx.has_stray_post(reply.thread_id, since)?;
            Ok((reply, tx.thread(thread)?.next_look_at, stray))
        })
        .await?;
    if !matches!(reply.progress.delivery, Delivery::Posting | Delivery::Accepted | Delivery::Held) {
        return Ok(());
    }
    let now = context.clock.now();
    let addresses = venue.forum.mirrors.addresses();
    let elsewhere = sent_to.is_some_and(|sent_to| {
        addresses.position(&sent_to).is_none_or(|sent_to| looked.addresses.iter().any(|read| *read != sent_to))
    });
    let (next, reason) = if looked.complete && elsewhere {
        (reply.progress.not_found_elsewhere(now, elsewhere_wait_s(venue)), "not_found_elsewhere")
    } else if looked.complete {
        let evidence =
            Evidence { holds_posts: outgoing.forum_holds_posts || venue.rules.holds_posts, stray_post: stray };
        (reply.progress.not_found(now, venue.rules.settle_s, evidence), "not_found_yet")
    } else {
        // The thread's own plan knows how long to wait after a fault.
        let wait_s = next_look_at.since_s(now).max(venue.rules.settle_s);
        (reply.progress.not_readable(now, wait_s), looked.state.as_str())
    };
    move_on(context, &reply, &reply.progress, &next, Some(reason)).await?;
    Ok(())
}

/// Each time the address it was sent to is tried first: not too often, while that one hangs.
fn elsewhere_wait_s(venue: &Venue) -> i64 {
    venue.rules.settle_s.max(120)
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
