//! Whether and when to log in, and what a refused log-in or a challenge leaves behind.

use crate::clock::Timestamp;
use crate::domain::thread::LookState;
use crate::forum::LogIns;
use crate::store::{AlarmKind, StoreError, Tx};

/// After a refused log-in none is tried for this long: trying on brings captchas and bans. A restart ends the pause.
const LOG_IN_PAUSE_S: i64 = 6 * 3600;

/// How often the job that begins now may log in.
pub(super) fn log_ins(tx: &Tx<'_>, forum: &str, now: Timestamp) -> Result<LogIns, StoreError> {
    let refused_at = tx.forum_state(forum)?.log_in_refused_at;
    let paused = refused_at.is_some_and(|at| now.since_s(at) < LOG_IN_PAUSE_S);
    Ok(if paused { LogIns::none() } else { LogIns::once() })
}

/// Writes down what keeps the account out, with an alarm: only a person can mend it. Other states leave nothing.
pub(super) fn note(tx: &Tx<'_>, forum: &str, state: LookState, now: Timestamp) -> Result<(), StoreError> {
    let kind = match state {
        LookState::LogInRefused | LookState::LoginRequired => AlarmKind::LogInRefused,
        LookState::Challenge => AlarmKind::Challenge,
        _ => return Ok(()),
    };
    let mut known = tx.forum_state(forum)?;
    if state == LookState::LogInRefused {
        known.log_in_refused_at = Some(now);
        tx.save_forum_state(forum, &known)?;
    }
    if tx.raise_alarm(kind, forum, None, known.last_success_at, now)? {
        tracing::warn!(forum, alarm = kind.as_str(), "alarm");
    }
    Ok(())
}
