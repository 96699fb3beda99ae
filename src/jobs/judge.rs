//! Triage of what is new: every post of a client is judged once, and again when its words change; a post that needs
//! somebody opens a case or joins its author's.

use super::Context;
use crate::clock::Timestamp;
use crate::domain::case::{self, Case, Effect, Stage};
use crate::domain::judgement::{Judgement, Urgency};
use crate::domain::thread::Post;
use crate::store::{Joined, StoreError, Tx, Unjudged};
use crate::triage::{self, Triage};

/// Posts judged in one transaction.
const BATCH: u32 = 100;

/// Judges every post of a forum that waits for it. Answers how many cases were opened.
///
/// Of a thread's first reading, posts older than `catch_up_days` open no case, nor do those the NGO has answered by hand:
/// they are the past of the thread.
pub(super) async fn judge_new_posts(context: &Context, forum: &str, catch_up_days: i64) -> Result<usize, StoreError> {
    let mut opened = 0;
    loop {
        let (forum, now) = (forum.to_owned(), context.clock.now());
        let triage = context.triage.triage();
        let (judged, cases) = context
            .store
            .write::<_, StoreError, _>(move |tx| {
                let posts = tx.unjudged(&forum, BATCH)?;
                let mut cases = 0;
                for unjudged in &posts {
                    cases += usize::from(judge_one(tx, &triage, unjudged, catch_up_days, now)?);
                }
                Ok((posts.len(), cases))
            })
            .await?;
        opened += cases;
        if judged < BATCH as usize {
            break;
        }
    }
    if opened > 0 {
        tracing::info!(opened, "cases opened");
    }
    Ok(opened)
}

/// What triage makes of a post. A post that makes triage panic must not keep all others from being judged: it goes to the
/// queue as it is, for a person.
fn judgement_of(triage: &Triage, text: &str, known: &triage::Context) -> Judgement {
    // A judge has no state that a panic could leave half done.
    let judge = std::panic::AssertUnwindSafe(|| triage.judge(&triage.read(text), known));
    std::panic::catch_unwind(judge).unwrap_or_else(|_panic| {
        tracing::error!("triage failed on a post; it goes to the queue unjudged");
        Judgement {
            is_request: true,
            score: 0.5,
            topics: Vec::new(),
            urgency: Some(Urgency::Soon),
            lang: "ru".to_owned(),
            unclear: true,
            reasons: vec!["программа не смогла оценить этот текст".to_owned()],
        }
    })
}

/// Judges one post; `true` when it opened a case.
fn judge_one(
    tx: &Tx<'_>,
    triage: &Triage,
    unjudged: &Unjudged,
    catch_up_days: i64,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let post = &unjudged.post;
    let open_case = match &post.author {
        Some(author) => tx.find_open_case(post.thread_id, author.expose())?,
        None => None,
    };
    let judgement = judgement_of(
        triage,
        post.text.expose(),
        &triage::Context {
            quoted_own_post: (!post.quotes.is_empty()).then_some(unjudged.quotes_own_post),
            addressed_to_peer: (!post.quotes.is_empty()).then_some(!unjudged.quotes_own_post),
            opens_thread: Some(post.position == 1),
            follows_own_post: Some(unjudged.follows_own_post),
            author_asked_before: Some(open_case.is_some()),
            has_images: post.images > 0,
        },
    );
    tx.save_judgement(post.id, &judgement)?;
    if unjudged.judged_before {
        return edited(tx, post, &judgement, now).map(|()| false);
    }
    // A client with an open case is answered there, whenever the post was found.
    let is_past = unjudged.from_first_reading && open_case.is_none();
    if is_past && (is_old(post, catch_up_days) || tx.was_answered_by_hand(post)?) {
        return Ok(false);
    }
    match (case::effect_of_post(&judgement, open_case.as_ref()), &open_case) {
        (Effect::Open { urgency, doubtful }, _) => {
            tx.open_case(post, urgency, doubtful, &topics_of(&judgement), now)?;
            Ok(true)
        }
        (Effect::Join { urgency }, Some(case)) => {
            join(tx, case, post, &judgement, urgency, false, now)?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// A post of a case was changed: the case comes back, with the graver urgency. A closed case stays closed unless the new
/// words are an emergency.
fn edited(tx: &Tx<'_>, post: &Post, judgement: &Judgement, now: Timestamp) -> Result<(), StoreError> {
    let Some(case) = tx.find_case_of_post(post.id)? else { return Ok(()) };
    let urgency = judgement.urgency.unwrap_or(case.urgency);
    if case.stage == Stage::Closed && urgency != Urgency::Emergency {
        return Ok(());
    }
    join(tx, &case, post, judgement, urgency.max(case.urgency), true, now)
}

fn join(
    tx: &Tx<'_>,
    case: &Case,
    post: &Post,
    judgement: &Judgement,
    urgency: Urgency,
    edited: bool,
    now: Timestamp,
) -> Result<(), StoreError> {
    let doubtful = judgement.unclear || !judgement.is_request;
    tx.join_case(case, post, &Joined { urgency, topics: &topics_of(judgement), doubtful, edited }, now)
}

fn topics_of(judgement: &Judgement) -> Vec<String> {
    judgement.topics.iter().map(|t| t.id.clone()).collect()
}

fn is_old(post: &Post, catch_up_days: i64) -> bool {
    post.posted_at.is_some_and(|at| post.first_seen_at.since_s(at) > catch_up_days * 24 * 3600)
}
