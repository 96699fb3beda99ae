//! Whether and when to log in, and what a failed log-in or a challenge leaves behind.

use crate::clock::Timestamp;
use crate::domain::thread::LookState;
use crate::forum::LogIns;
use crate::store::{AlarmKind, StoreError, Tx};

/// After a refused name or password none is tried for this long: trying on brings captchas and bans.
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
    let kind = match state {
        LookState::LogInRefused | LookState::LoginRequired => AlarmKind::LogInRefused,
        LookState::Challenge => AlarmKind::Challenge,
        LookState::Busy if tried => AlarmKind::LogInRefused,
        _ => return Ok(()),
    };
    let mut known = tx.forum_state(forum)?;
    if tried {
        let pause_s = if state == LookState::LogInRefused { REFUSED_PAUSE_S } else { FAILED_PAUSE_S };
        known.no_log_in_before = Some(now.plus_s(pause_s));
        tx.save_forum_state(forum, &known)?;
    }
    if tx.raise_alarm(kind, forum, None, known.last_success_at, now)? {
        tracing::warn!(forum, alarm = kind.as_str(), "alarm");
    }
    Ok(())
}
