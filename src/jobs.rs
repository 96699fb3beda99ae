//! Background work: look at threads, judge posts, send replies, take people's answers to challenges, learn from use, sweep. One task a forum, one thing at a time.
//!
//! Every job is idempotent: killed anywhere and begun again it neither loses nor doubles anything, because what is done
//! is written down before and after, never only in memory. A panic costs one job. What to do is decided by `domain` and
//! `schedule`; here it is done.

mod access;
mod fresh;
mod judge;
mod learn;
mod lists;
mod look;
mod passage;
mod plan;
mod replay;
mod send;

pub use learn::{keep_learning, learn_if_asked, restore};
pub use replay::{ReplayError, ReplaySummary, replay};

use crate::clock::{Clock, Timestamp};
use crate::forum::Forum;
use crate::net::EmbeddedTor;
use crate::store::{Store, StoreError};
use crate::triage;
use fresh::Fresh;
use futures_util::FutureExt;
use passage::Turn;
use plan::Plan;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a forum's jobs need beside the forum.
#[derive(Clone, Debug)]
pub struct ForumRules {
    /// Names of the NGO's accounts there.
    pub own_names: Vec<String>,
    pub requests_per_hour: i64,
    pub longest_interval_s: i64,
    pub views_interval_s: i64,
    pub settle_s: i64,
    pub catch_up_days: i64,
    pub max_pages: u32,
    /// The configuration says that this forum holds our posts back.
    pub holds_posts: bool,
}

/// A forum with its rules, ready to be worked.
pub struct Venue {
    pub forum: Forum,
    pub rules: ForumRules,
    plan: Mutex<Plan>,
    fresh: Mutex<Fresh>,
}

impl Venue {
    pub fn new(forum: Forum, rules: ForumRules, now: Timestamp) -> Self {
        let plan = Mutex::new(Plan::new(rules.requests_per_hour, now));
        Self { forum, rules, plan, fresh: Mutex::default() }
    }

    /// The plan, also where a job that held it panicked: it is made anew from the database.
    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fresh(&self) -> MutexGuard<'_, Fresh> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What all jobs share.
#[derive(Clone)]
pub struct Context {
    pub store: Store,
    pub clock: Clock,
    /// Judges what is new.
    pub triage: triage::Current,
}

/// Pause between two glances at what is due.
const TICK: Duration = Duration::from_millis(500);

/// Pause of a forum's task after a job that failed or panicked.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// The heartbeat of the embedded Tor; its state is [`EmbeddedTor::state_word`].
pub const TOR: &str = "tor";

/// Between two heartbeats of the service and of Tor.
const BEAT: Duration = Duration::from_secs(15);

/// The heartbeat of the service as a whole; `healthcheck` expects it to be younger than [`STALE_S`].
pub const SERVICE: &str = "service";

/// A part whose heartbeat is older than this is not healthy.
pub const STALE_S: i64 = 20 * 60;

/// Works one forum until told to stop. A request under way is finished first.
pub async fn work_forum(context: Context, venue: Venue, stop: CancellationToken) {
    if let Err(error) = begin(&context, &venue).await {
        tracing::error!(forum = venue.forum.name, error = kind_of(&error), "the forum's state could not be read");
    }
    while !stop.is_cancelled() {
        let busy = match isolated(work_once(&context, &venue)).await {
            Some(Ok(busy)) => busy,
            Some(Err(error)) => {
                tracing::error!(forum = venue.forum.name, error = kind_of(&error), "a job failed; the forum rests");
                wait(&stop, AFTER_FAILURE).await;
                false
            }
            None => {
                tracing::error!(forum = venue.forum.name, "a job panicked; the forum rests for a while");
                wait(&stop, AFTER_FAILURE).await;
                false
            }
        };
        if !busy {
            wait(&stop, TICK).await;
        }
    }
}

/// Forgets refusals that somebody may have mended before this start.
pub async fn begin(context: &Context, venue: &Venue) -> anyhow::Result<()> {
    let (name, now) = (venue.forum.name.clone(), context.clock.now());
    context
        .store
        .write::<_, StoreError, _>(move |tx| {
            let mut state = tx.forum_state(&name)?;
            state.no_log_in_before = None;
            tx.save_forum_state(&name, &state)?;
            tx.retry_kept_out(&name, now)
        })
        .await?;
    Ok(())
}

/// Does the one thing that is most due; `false` when nothing is.
pub async fn work_once(context: &Context, venue: &Venue) -> anyhow::Result<bool> {
    let (part, now) = (part_of(&venue.forum.name), context.clock.now());
    context.store.write::<_, StoreError, _>(move |tx| tx.beat(&part, "working", now)).await?;
    match passage::turn(context, venue).await? {
        Turn::Worked => return Ok(true),
        // The session is a person's now: a look would change what they see and answer.
        Turn::Waits => return Ok(false),
        Turn::Nothing => {}
    }
    if send::send_due(context, venue).await? {
        return Ok(true);
    }
    plan::renew_if_old(context, venue).await?;
    if look::look_due(context, venue).await? {
        return Ok(true);
    }
    lists::read_due(context, venue).await
}

/// Beats for the service and sweeps what has expired, until told to stop.
pub async fn keep_house(context: Context, stop: CancellationToken) {
    const IDLE_S: i64 = 12 * 3600;
    const LONGEST_S: i64 = 7 * 24 * 3600;
    while !stop.is_cancelled() {
        let now = context.clock.now();
        let beat = context
            .store
            .write::<_, StoreError, _>(move |tx| {
                tx.sweep_sessions(now.plus_s(-IDLE_S), now.plus_s(-LONGEST_S))?;
                tx.sweep_passages(now)?;
                tx.sweep_lessons(now)?;
                tx.beat(SERVICE, "running", now)
            })
            .await;
        if let Err(error) = beat {
            tracing::error!(error = error.code(), "the heartbeat could not be written");
        }
        wait(&stop, BEAT).await;
    }
}

/// Beats for the embedded Tor with its state, until told to stop.
pub async fn watch_tor(context: Context, tor: EmbeddedTor, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let (now, state) = (context.clock.now(), tor.state_word());
        if let Err(error) = context.store.write::<_, StoreError, _>(move |tx| tx.beat(TOR, state, now)).await {
            tracing::error!(error = error.code(), "Tor's heartbeat could not be written");
        }
        wait(&stop, BEAT).await;
    }
}

/// Runs a job so that its panic stays its own. `None` when it panicked.
async fn isolated<T>(job: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(job).catch_unwind().await.ok()
}

/// The name of a forum's part in the heartbeats.
fn part_of(forum: &str) -> String {
    format!("forum {forum}")
}

/// An error for the log: its kind alone. Its words may quote the database or an address.
fn kind_of(error: &anyhow::Error) -> String {
    match error.chain().find_map(|cause| cause.downcast_ref::<StoreError>()) {
        Some(store) => store.code(),
        None => "internal".to_owned(),
    }
}

async fn wait(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

/// Between 0 and 1, for jitter.
fn chance() -> f64 {
    getrandom::u32().map_or(0.5, |n| f64::from(n) / f64::from(u32::MAX))
}
