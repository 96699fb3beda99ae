//! When to look at a thread next, and why. Pure: facts and chance in, a moment and a reason out.
//!
//! A first policy: an even interval, shorter while a thread is lively, growing after faults, always with jitter. The
//! policy that spends a budget of requests by each thread's own rate takes this place.

use crate::clock::Timestamp;
use crate::domain::thread::LookState;

/// What is known when the next look is planned.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    pub now: Timestamp,
    /// The forum's interval, seconds.
    pub interval_s: i64,
    /// How the look just taken ended.
    pub state: LookState,
    /// Looks in a row without success, this one included.
    pub failed_looks: u32,
    /// What the forum or the fault asked to wait, seconds.
    pub wait_s: Option<u64>,
    /// When the thread's latest post was written.
    pub last_post_at: Option<Timestamp>,
    /// The thread must be read whole soon.
    pub needs_whole_read: bool,
    /// Between 0 and 1.
    pub chance: f64,
}

/// When, and why, as a word that the desk explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextLook {
    pub at: Timestamp,
    pub why: &'static str,
}

/// No thread is left alone for longer than this while its forum answers.
pub const LONGEST_INTERVAL_S: i64 = 6 * 3600;

/// A thread with a post younger than this is looked at twice as often.
const LIVELY_S: i64 = 2 * 3600;

/// A whole reading happens at least this often: it finds what no single page can show.
pub const WHOLE_READ_EVERY_S: i64 = 7 * 24 * 3600;

/// Plans the next look.
pub fn next_look(facts: &Facts) -> NextLook {
    let interval = facts.interval_s.max(1);
    let (wait_s, why) = match facts.state {
        LookState::Ok | LookState::Incomplete if facts.needs_whole_read => (interval / 2, "whole_read"),
        LookState::Ok | LookState::Incomplete => {
            let lively = facts.last_post_at.is_some_and(|at| facts.now.since_s(at) < LIVELY_S);
            if lively { (interval / 2, "lively") } else { (interval, "regular") }
        }
        // Only a person changes these (or time, for a protection page): asked ever more rarely.
        LookState::LogInRefused | LookState::LoginRequired | LookState::Challenge => {
            (backed_off(600, facts.failed_looks), "needs_a_person")
        }
        LookState::Busy => (backed_off(interval, facts.failed_looks), "busy"),
        _ => (backed_off(interval.min(300), facts.failed_looks), "after_failure"),
    };
    let asked = i64::try_from(facts.wait_s.unwrap_or(0)).unwrap_or(LONGEST_INTERVAL_S);
    let wait_s = wait_s.clamp(1, LONGEST_INTERVAL_S).max(asked);
    NextLook { at: facts.now.plus_s(jittered(wait_s, facts.chance, asked)), why }
}

fn backed_off(base_s: i64, failures: u32) -> i64 {
    base_s.saturating_mul(1 << failures.saturating_sub(1).min(10))
}

/// ±20 %, never below what was asked for.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "seconds of at most some days")]
fn jittered(wait_s: i64, chance: f64, at_least: i64) -> i64 {
    let factor = 0.8 + 0.4 * chance.clamp(0.0, 1.0);
    ((wait_s as f64 * factor).round() as i64).max(at_least).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts(state: LookState, failed_looks: u32) -> Facts {
        Facts {
            now: Timestamp::from_unix_s(0),
            interval_s: 600,
            state,
            failed_looks,
            wait_s: None,
            last_post_at: None,
            needs_whole_read: false,
            chance: 0.5,
        }
    }

    fn wait(facts: &Facts) -> i64 {
        next_look(facts).at.as_unix_s()
    }

    #[test]
    fn quiet_thread_is_looked_at_evenly_and_a_lively_one_twice_as_often() {
        assert_eq!(wait(&facts(LookState::Ok, 0)), 600);
        let lively = Facts { last_post_at: Some(Timestamp::from_unix_s(-60)), ..facts(LookState::Ok, 0) };
        assert_eq!(wait(&lively), 300);
    }

    #[test]
    fn faults_in_a_row_wait_longer_each_time_up_to_the_ceiling() {
        let waits: Vec<i64> = (1..=12).map(|n| wait(&facts(LookState::Unreachable, n))).collect();
        assert!(waits.windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(waits.first(), Some(&300));
        assert_eq!(waits.last(), Some(&LONGEST_INTERVAL_S));
    }

    #[test]
    fn forum_that_asks_for_a_pause_gets_it() {
        let busy = Facts { wait_s: Some(7200), chance: 0.0, ..facts(LookState::Busy, 1) };
        assert!(wait(&busy) >= 7200);
    }

    proptest! {
        #[test]
        fn jitter_stays_within_a_fifth_and_no_look_is_due_at_once(chance in 0.0f64..=1.0, interval_s in 1i64..80_000) {
            let f = Facts { chance, interval_s, ..facts(LookState::Ok, 0) };
            let base = interval_s.min(LONGEST_INTERVAL_S);
            let waited = wait(&f);
            prop_assert!(waited >= 1);
            prop_assert!((waited as f64 - base as f64).abs() <= 0.2 * base as f64 + 1.0);
        }
    }
}
