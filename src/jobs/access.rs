//! What is remembered of the way to a forum: whether and when to log in, what a failed log-in or a challenge leaves
//! behind, cookies with the browser's name that goes with them, and the address in use.

use super::{Context, Venue};
use crate::clock::Timestamp;
use crate::domain::thread::LookState;
use crate::forum::{Forum, LogIns};
use crate::store::{AlarmKind, StoreError, Tx};

/// After a refused name or password, or one that led to a challenge, none is tried for this long unless a person mends
/// it: trying on brings captchas and bans, and each try may send somebody a code.
const REFUSED_PAUSE_S: i64 = 6 * 3600;

/// The same after a log-in that did not help for another reason.
const FAILED_PAUSE_S: i64 = 1800;

/// How often the job that begins now may log in. A restart ends every pause.
pub(super) fn log_ins(tx: &Tx<'_>, forum: &str, now: Timestamp) -> Result<LogIns, StoreError> {
    let paused = tx.forum_state(forum)?.no_log_in_before.is_some_and(|at| now < at);
    Ok(if paused { LogIns::none() } else { LogIns::once() })
}

/// Writes down what keeps the account out, with an alarm: only a person can mend it. Other states leave nothing.
/// `tried`: a log-in was spent on it.
pub(super) fn note(tx: &Tx<'_>, forum: &str, state: LookState, tried: bool, now: Timestamp) -> Result<(), StoreError> {
    let mut known = tx.forum_state(forum)?;
    let paused = known.no_log_in_before.is_some_and(|at| now < at);
    let kind = match state {
        // That none was tried tells nothing new: what came of the last one was told then.
        LookState::LoginRequired if paused && !tried => return Ok(()),
        LookState::LogInRefused | LookState::LoginRequired => AlarmKind::LogInRefused,
        LookState::Challenge => AlarmKind::Challenge,
        LookState::Busy if tried => AlarmKind::LogInRefused,
        _ => return Ok(()),
    };
    if tried {
        let needs_a_person = matches!(state, LookState::LogInRefused | LookState::Challenge);
        let pause_s = if needs_a_person { REFUSED_PAUSE_S } else { FAILED_PAUSE_S };
        known.no_log_in_before = Some(now.plus_s(pause_s));
        tx.save_forum_state(forum, &known)?;
    }
    raise(tx, kind, forum, known.last_success_at, now)
}

/// Raises an alarm of the forum itself, and tells the log when it begins.
fn raise(
    tx: &Tx<'_>,
    kind: AlarmKind,
    forum: &str,
    last_success_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if tx.raise_alarm(kind, forum, None, last_success_at, now)? {
        tracing::warn!(forum, alarm = kind.as_str(), "alarm");
    }
    Ok(())
}

/// Private messages to the account are not read here: that one waits is an alarm until a person has opened it on the
/// forum. `unread`: `None` where the pages did not tell.
pub(super) fn note_unread(tx: &Tx<'_>, forum: &str, unread: Option<bool>, now: Timestamp) -> Result<(), StoreError> {
    match unread {
        Some(true) => raise(tx, AlarmKind::UnreadMessage, forum, None, now)?,
        Some(false) if tx.clear_forum_alarm(AlarmKind::UnreadMessage, forum, now)? > 0 => {
            tracing::info!(forum, "alarms cleared");
        }
        Some(false) | None => {}
    }
    Ok(())
}

/// Cookies, which the forum may have rotated, the browser's name that goes with them, and the address in use, as they
/// are to be written down.
pub(super) struct Way {
    cookies: String,
    user_agent: Option<String>,
    address: Option<String>,
    at_first: bool,
}

impl Way {
    pub(super) fn of(forum: &Forum) -> Self {
        Self {
            cookies: forum.client.jar().to_json(),
            user_agent: forum.client.user_agent(),
            address: forum.mirrors.address_in_use().map(|address| address.as_str().to_owned()),
            at_first: forum.mirrors.in_use() == 0,
        }
    }

    /// Writes it down, with an alarm while the forum's first address does not answer. `worked`: something was read there
    /// just now.
    pub(super) fn remember(self, tx: &Tx<'_>, forum: &str, worked: bool, now: Timestamp) -> Result<(), StoreError> {
        let mut known = tx.forum_state(forum)?;
        let moved = self.address.as_ref() != known.address.as_ref().map(|known| known.expose());
        if self.at_first {
            tx.clear_forum_alarm(AlarmKind::MirrorDown, forum, now)?;
        } else {
            raise(tx, AlarmKind::MirrorDown, forum, known.last_success_at, now)?;
        }
        if moved && known.address.is_some() {
            // Which one is for the desk to tell: neither address nor number is in the log.
            tracing::info!(forum, "another of the forum's addresses is in use");
        }
        known.cookies = Some(self.cookies.into());
        known.user_agent = self.user_agent;
        known.address = self.address.map(Into::into);
        if worked {
            known.last_success_at = Some(now);
        }
        tx.save_forum_state(forum, &known)
    }
}

/// A session that a person brought is over when the forum asks for a person again; so is the name of their browser.
pub(super) fn forget_where_over(forum: &Forum, state: LookState) {
    if matches!(state, LookState::Challenge | LookState::LoginRequired | LookState::LogInRefused) {
        forum.client.set_user_agent(None);
    }
}

/// Keeps cookies and address for the next start.
pub(super) async fn save_way(context: &Context, venue: &Venue) -> Result<(), StoreError> {
    let (name, way, now) = (venue.forum.name.clone(), Way::of(&venue.forum), context.clock.now());
    context.store.write(move |tx| way.remember(tx, &name, false, now)).await
}
