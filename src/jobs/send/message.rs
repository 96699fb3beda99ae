//! Sends approved private messages, by the same steps as replies in threads, and settles what became of them by the
//! forum's list of sent messages.
//!
//! Where a forum has no such list, a message whose outcome is unclear is given to a person at once.

use super::{claim, could_not_open, elsewhere_wait_s, grown_wait_s, move_on, remember_address};
use crate::domain::reply::{Evidence, Progress, ReplyId, message_mark, message_subject};
use crate::domain::thread::Thread;
use crate::forum::{InSent, Sought};
use crate::jobs::{Context, Venue, access};
use crate::net::Sent;
use crate::page::{MessageOutcome, MessageRefusal, Recipient};
use crate::store::{Outgoing, ReplyRow, StoreError, Tx};

pub(super) async fn send(context: &Context, venue: &Venue, outgoing: &Outgoing) -> anyhow::Result<()> {
    let reply = &outgoing.reply;
    let Some(preparing) = claim(context, reply).await? else { return Ok(()) };
    let (row, name, now) = (reply.clone(), venue.forum.name.clone(), context.clock.now());
    let (thread, to, mut log_ins) = context
        .store
        .read::<_, StoreError, _>(move |tx| {
            let thread = tx.thread(row.thread_id)?;
            let to = recipient(tx, &row, &thread)?;
            Ok((thread, to, access::log_ins(tx, &name, now)?))
        })
        .await?;
    // Only a message with somebody to go to is approved.
    let Some(to) = to else {
        move_on(context, reply, &preparing, &preparing.refused(), Some("no_such_user")).await?;
        return Ok(());
    };
    let path = thread.last_page_path.as_ref().unwrap_or(&thread.path).expose();
    let had_log_in = !log_ins.are_spent();
    let open = match venue.forum.open_message(&to, path, &mut log_ins).await {
        Ok(open) => open,
        Err(trouble) => {
            let tried = had_log_in && log_ins.are_spent();
            return could_not_open(context, venue, reply, &preparing, &trouble, tried).await;
        }
    };
    remember_address(context, venue, reply.id, open.page()).await?;
    let posting = preparing.posting(context.clock.now(), venue.rules.settle_s);
    if !move_on(context, reply, &preparing, &posting, None::<String>).await? {
        return Ok(());
    }
    let title = thread.title.as_ref().map_or("", |title| title.expose());
    let outcome = venue.forum.send_message(&open, &message_subject(reply.approved_at, title), &reply.text).await;
    let now = context.clock.now();
    let again_s = grown_wait_s(posting.setbacks);
    let (next, reason) = match &outcome {
        Ok(MessageOutcome::Accepted) => {
            deliver(context, venue, reply.id).await?;
            return Ok(access::save_way(context, venue).await?);
        }
        Ok(MessageOutcome::Unclear) => (posting.clone(), "unclear"),
        Ok(MessageOutcome::Refused(refusal)) => {
            let next = match refusal {
                // It is ours, from an attempt whose answer was lost: the list of sent messages tells.
                MessageRefusal::Duplicate => posting.clone(),
                MessageRefusal::Flood => posting.sent_back(now, again_s.max(60)),
                MessageRefusal::FormRejected | MessageRefusal::LoggedOut => posting.sent_back(now, again_s),
                MessageRefusal::NoSuchUser
                | MessageRefusal::TakesNone
                | MessageRefusal::InboxFull
                | MessageRefusal::OwnBoxFull
                | MessageRefusal::Forbidden
                | MessageRefusal::NotThere
                | MessageRefusal::Other => posting.refused(),
            };
            (next, refusal.as_str())
        }
        Err(fault) if fault.sent == Sent::No => (posting.sent_back(now, again_s), fault.kind.as_str()),
        Err(fault) => (posting.clone(), fault.kind.as_str()),
    };
    move_on(context, reply, &posting, &next, Some(reason)).await?;
    Ok(access::save_way(context, venue).await?)
}

/// The writer of the case's latest post that stands; `None` where the forum does not tell who asked, and where the thread
/// has moved to a place at which they have not written: the same name may be somebody else's there.
fn recipient(tx: &Tx<'_>, reply: &ReplyRow, thread: &Thread) -> Result<Option<Recipient>, StoreError> {
    let case = tx.case(reply.case_id)?;
    let mut posts = tx.case_posts_here(case.id)?;
    let standing = posts.iter().rposition(|post| post.vanished_at.is_none());
    let post = standing.map(|at| posts.swap_remove(at)).or_else(|| posts.pop());
    Ok(case.author.zip(post).map(|(name, post)| Recipient {
        name,
        post_id: post.forum_post_id,
        thread_id: thread.forum_thread_id.clone(),
    }))
}

async fn deliver(context: &Context, venue: &Venue, id: ReplyId) -> Result<(), StoreError> {
    let now = context.clock.now();
    context.store.write(move |tx| tx.deliver_message(id, now)).await?;
    tracing::info!(forum = venue.forum.name, reply = id.0, "the message was taken by the forum");
    Ok(())
}

/// Reads the list of sent messages.
pub(super) async fn look_for(context: &Context, venue: &Venue, outgoing: &Outgoing) -> anyhow::Result<()> {
    let (reply, seen) = (&outgoing.reply, &outgoing.reply.progress);
    // Should this look take the job down, the next one comes later.
    let later = Progress { not_before: context.clock.now().plus_s(venue.rules.settle_s.max(60)), ..seen.clone() };
    if !move_on(context, reply, seen, &later, reply.reason.clone()).await? {
        return Ok(());
    }
    let (case, name, now) = (reply.case_id, venue.forum.name.clone(), context.clock.now());
    let (to, mut log_ins) = context
        .store
        .read::<_, StoreError, _>(move |tx| Ok((tx.case(case)?.author, access::log_ins(tx, &name, now)?)))
        .await?;
    let sent_to = reply.sent_to.as_ref().map(|address| address.expose().clone());
    if let Some(address) = &sent_to {
        venue.forum.mirrors.prefer(address);
    }
    let sought = Sought {
        sent_to,
        to: to.unwrap_or_default(),
        mark: message_mark(reply.approved_at),
        text: reply.text.clone(),
        approved_at: reply.approved_at,
        since: seen.attempted_at.unwrap_or(reply.approved_at),
    };
    let had_log_in = !log_ins.are_spent();
    let looked = venue.forum.find_message(&sought, &mut log_ins).await;
    let now = context.clock.now();
    let (next, reason) = match looked {
        Ok(Some(InSent::Found)) => {
            deliver(context, venue, reply.id).await?;
            return Ok(access::save_way(context, venue).await?);
        }
        Ok(Some(InSent::Elsewhere)) => (later.not_found_elsewhere(now, elsewhere_wait_s(venue)), "not_found_elsewhere"),
        Ok(Some(in_sent)) => {
            let evidence = Evidence { stray_post: in_sent == InSent::Doubtful, ..Evidence::default() };
            (later.not_found(now, venue.rules.settle_s, evidence), "not_among_sent")
        }
        Ok(None) => (later.given_to_a_person(), "no_list_of_sent"),
        Err(trouble) => {
            let (name, state) = (venue.forum.name.clone(), trouble.look_state());
            let tried = had_log_in && log_ins.are_spent();
            context.store.write::<_, StoreError, _>(move |tx| access::note(tx, &name, state, tried, now)).await?;
            (later.not_readable(now, venue.rules.settle_s.max(60)), trouble.as_str())
        }
    };
    move_on(context, reply, &later, &next, Some(reason)).await?;
    Ok(access::save_way(context, venue).await?)
}
