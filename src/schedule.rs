//! When to look at what next, and why. Pure: facts and chance in, moments and reasons out.
//!
//! A healthy source is planned by `planner`: learned rates of posts under a budget of requests. What failed waits longer
//! each time. `simulate` replays the planner against traces of posts. It reads nothing itself and knows no forum.

mod budget;
mod planner;
mod rates;
mod simulate;

pub use planner::{Due, Planner, Source};
pub use simulate::{Outcome, Policy, Trace, TraceShape, make_trace, simulate};

use crate::clock::Timestamp;
use crate::domain::thread::LookState;

/// What is known when a look has failed.
#[derive(Clone, Copy, Debug)]
pub struct Failure {
    pub now: Timestamp,
    /// How the look just taken ended.
    pub state: LookState,
    /// Looks in a row without success, this one included.
    pub failed_looks: u32,
    /// What the forum or the fault asked to wait, seconds.
    pub wait_s: Option<u64>,
    /// Between 0 and 1.
    pub chance: f64,
}

/// When, and why, as a word that the desk explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextLook {
    pub at: Timestamp,
    pub why: &'static str,
}

/// No thread is left alone for longer than this after failures, unless the forum asks for it.
pub const LONGEST_PAUSE_S: i64 = 6 * 3600;

/// A whole reading happens at least this often: it finds what no single page can show.
pub const WHOLE_READ_EVERY_S: i64 = 7 * 24 * 3600;

/// A thread that is to be read whole waits no longer than this.
pub const WHOLE_READ_WITHIN_S: i64 = 300;

/// Plans the next look after one that brought nothing usable. Jitter of ±20 %, never below what was asked for.
pub fn after_failure(failure: &Failure) -> NextLook {
    let (base_s, why) = match failure.state {
        // Only a person changes these (or time, for a protection page): asked ever more rarely.
        LookState::LogInRefused | LookState::LoginRequired | LookState::Challenge => (600, "needs_a_person"),
        LookState::Busy => (600, "busy"),
        _ => (300, "after_failure"),
    };
    let grown_s = i64::saturating_mul(base_s, 1 << failure.failed_looks.saturating_sub(1).min(10));
    let asked_s = i64::try_from(failure.wait_s.unwrap_or(0)).unwrap_or(LONGEST_PAUSE_S);
    let wait_s = grown_s.clamp(1, LONGEST_PAUSE_S).max(asked_s);
    NextLook { at: failure.now.plus_s(jittered(wait_s, failure.chance).max(asked_s)), why }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "seconds of at most some days")]
fn jittered(wait_s: i64, chance: f64) -> i64 {
    let factor = 0.8 + 0.4 * chance.clamp(0.0, 1.0);
    ((wait_s as f64 * factor).round() as i64).max(1)
}

/// Why a healthy thread's next look stands where the plan puts it: `posts_per_hour` now against `mean_interval_s`.
pub fn why(due: &Due, longest_s: f64) -> &'static str {
    if due.interval_s >= longest_s * 0.99 { "ceiling" } else { "by_rate" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn failure(state: LookState, failed_looks: u32) -> Failure {
        Failure { now: Timestamp::from_unix_s(0), state, failed_looks, wait_s: None, chance: 0.5 }
    }

    fn wait(failure: &Failure) -> i64 {
        after_failure(failure).at.as_unix_s()
    }

    #[test]
    fn faults_in_a_row_wait_longer_each_time_up_to_the_ceiling() {
        let waits: Vec<i64> = (1..=12).map(|n| wait(&failure(LookState::Unreachable, n))).collect();
        assert!(waits.windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(waits.first(), Some(&300));
        assert_eq!(waits.last(), Some(&LONGEST_PAUSE_S));
    }

    #[test]
    fn forum_that_asks_for_a_pause_gets_it() {
        let busy = Failure { wait_s: Some(7200), chance: 0.0, ..failure(LookState::Busy, 1) };
        assert!(wait(&busy) >= 7200);
    }

    proptest! {
        #[test]
        fn jitter_stays_within_a_fifth_and_no_look_is_due_at_once(chance in 0.0f64..=1.0, failed in 0u32..40) {
            let base = wait(&failure(LookState::Unreachable, failed)) as f64;
            let waited = wait(&Failure { chance, ..failure(LookState::Unreachable, failed) });
            prop_assert!(waited >= 1);
            prop_assert!((waited as f64 - base).abs() <= 0.2 * base + 1.0);
        }
    }
}
