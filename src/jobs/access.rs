//! Whether and when to log in, what a failed log-in or a challenge leaves behind, and the session that is kept.

use super::{Context, Venue};
use crate::clock::Timestamp;
use crate::domain::thread::LookState;
use crate::forum::{Forum, LogIns};
use crate::sensitive::Sensitive;
use crate::store::{AlarmKind, ForumState, StoreError, Tx};

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
    if tx.raise_alarm(kind, forum, None, known.last_success_at, now)? {
        tracing::warn!(forum, alarm = kind.as_str(), "alarm");
    }
    Ok(())
}

/// A forum session as it is kept: the cookies, which the forum may have rotated, and the browser's name that goes with
/// them.
pub(super) struct Session {
    cookies: Sensitive<String>,
    user_agent: Option<String>,
}

impl Session {
    pub(super) fn of(forum: &Forum) -> Self {
        Self { cookies: forum.client.jar().to_json().into(), user_agent: forum.client.user_agent() }
    }

    pub(super) fn keep_in(self, state: &mut ForumState) {
        state.cookies = Some(self.cookies);
        state.user_agent = self.user_agent;
    }
}

/// A session that a person brought is over when the forum asks for a person again; so is the name of their browser.
pub(super) fn forget_where_over(forum: &Forum, state: LookState) {
    if matches!(state, LookState::Challenge | LookState::LoginRequired | LookState::LogInRefused) {
        forum.client.set_user_agent(None);
    }
}

/// Keeps the session for the next start.
pub(super) async fn save_session(context: &Context, venue: &Venue) -> Result<(), StoreError> {
    let (name, session) = (venue.forum.name.clone(), Session::of(&venue.forum));
    context
        .store
        .write(move |tx| {
            let mut state = tx.forum_state(&name)?;
            session.keep_in(&mut state);
            tx.save_forum_state(&name, &state)
        })
        .await
}
