//! Which of a forum's addresses is asked, and when another one. It is told how each try went and does no I/O itself.
//!
//! The address in use is kept until it could not be reached a couple of times in a row. Then the others of the list are
//! tried, each once, and the one that works is the one in use from then on. The first of the list is the preferred one:
//! after a while it is tried again. What the forum itself says (busy, challenge, log-in) moves nothing.

use crate::clock::Timestamp;
use crate::net::{Addresses, Fault, FaultKind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;
use url::Url;

/// So many connections in a row must fail before another address is asked.
const A_COUPLE: u32 = 2;

/// While another address is in use, the first one is tried again after this.
const RETURN_AFTER_S: i64 = 3600;

/// The same where it did not let us log in: trying on brings captchas and bans.
const RETURN_AFTER_REFUSAL_S: i64 = 24 * 3600;

/// No further address is begun with after this: a job that hangs on dead addresses gives no sign of life.
const ROUND: Duration = Duration::from_secs(480);

/// A forum's addresses and the one in use.
pub struct Mirrors {
    addresses: Addresses,
    choice: Mutex<Choice>,
}

#[derive(Debug)]
struct Choice {
    in_use: usize,
    /// Connections to it that failed in a row.
    faults: u32,
    /// The last one that was tried in its place: the next round goes on behind it.
    last_tried: usize,
    /// When the first one is tried again.
    return_at: Timestamp,
}

/// One step of a job, tried at one address after the other.
pub(super) struct Round {
    /// Where to try it.
    pub(super) at: usize,
    started_at: usize,
    left: Vec<usize>,
    until: Instant,
}

impl Mirrors {
    /// `addresses` each end in `/`; `remembered` is the one that was in use when the program last ended.
    pub fn new(addresses: Vec<Url>, remembered: Option<&str>, now: Timestamp) -> Self {
        let addresses = Addresses::new(addresses);
        let in_use = remembered.and_then(|address| addresses.position(address)).unwrap_or(0);
        let choice = Choice { in_use, faults: 0, last_tried: in_use, return_at: now.plus_s(RETURN_AFTER_S) };
        Self { addresses, choice: Mutex::new(choice) }
    }

    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Place in the list of the address in use, from 0.
    pub fn in_use(&self) -> usize {
        self.choice().in_use
    }

    /// The address in use, to be remembered.
    pub fn address_in_use(&self) -> Option<&Url> {
        self.addresses.at(self.in_use())
    }

    /// Starts with this address of the list, if it is still there, although it may have failed: one more fault and the
    /// next one is tried. For reading back what was sent there.
    pub fn prefer(&self, address: &str) {
        let Some(index) = self.addresses.position(address) else { return };
        let mut choice = self.choice();
        if choice.in_use != index {
            (choice.in_use, choice.faults) = (index, A_COUPLE - 1);
        }
    }

    pub(super) fn round(&self) -> Round {
        let choice = self.choice();
        let count = self.addresses.count().max(1);
        let behind = (1..=count).map(|step| (choice.last_tried + step) % count);
        Round {
            at: choice.in_use,
            started_at: choice.in_use,
            left: behind.filter(|index| *index != choice.in_use).collect(),
            until: Instant::now() + ROUND,
        }
    }

    /// Told how the step went at `round.at`; answers whether it is to be tried again, at what is now `round.at`.
    ///
    /// `may_repeat`: the step has used nothing up that it would need for another try at the same address.
    pub(super) fn goes_on(&self, round: &mut Round, fault: Option<&Fault>, may_repeat: bool, now: Timestamp) -> bool {
        let mut choice = self.choice();
        let Some(fault) = fault else {
            if choice.in_use != round.at {
                choice.use_now(round.at, now);
            }
            choice.faults = 0;
            return false;
        };
        // Nothing was asked, and that is not the address's fault.
        if matches!(fault.kind, FaultKind::TorNotReady | FaultKind::Setup | FaultKind::OutsideForum) {
            return false;
        }
        if round.at == round.started_at {
            if !fault.is_of_connection() {
                choice.faults = 0;
                return false;
            }
            // A page that broke off was asked for twice already.
            choice.faults += if fault.kind == FaultKind::Interrupted { A_COUPLE } else { 1 };
            if !round.left.is_empty() && choice.faults < A_COUPLE && may_repeat {
                return true;
            }
        }
        // One that is to take another's place must answer with a page.
        if round.left.is_empty() || Instant::now() >= round.until {
            return false;
        }
        round.at = round.left.remove(0);
        choice.last_tried = round.at;
        true
    }

    /// Whether the first address should be tried again, although another one is in use.
    pub(super) fn return_is_due(&self, now: Timestamp) -> bool {
        let choice = self.choice();
        choice.in_use != 0 && now >= choice.return_at
    }

    /// The first address was tried again: it works, or it does not and is left alone for a while; for long where it
    /// `kept_out` our account.
    pub(super) fn tried_to_return(&self, works: bool, kept_out: bool, now: Timestamp) {
        let mut choice = self.choice();
        if works {
            choice.use_now(0, now);
        } else {
            choice.return_at = now.plus_s(if kept_out { RETURN_AFTER_REFUSAL_S } else { RETURN_AFTER_S });
        }
    }

    fn choice(&self) -> MutexGuard<'_, Choice> {
        self.choice.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Choice {
    fn use_now(&mut self, index: usize, now: Timestamp) {
        *self = Self { in_use: index, faults: 0, last_tried: index, return_at: now.plus_s(RETURN_AFTER_S) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::Sent;

    const START: Timestamp = Timestamp::from_unix_s(0);

    fn mirrors(count: usize, remembered: Option<&str>) -> Mirrors {
        let list = (1..=count).map(|n| format!("http://{n}.onion/").parse().expect("valid")).collect();
        Mirrors::new(list, remembered, START)
    }

    /// Runs one step where the addresses in `dead` fail with `kind`. Answers where it was tried.
    fn step(mirrors: &Mirrors, dead: &[usize], kind: FaultKind) -> Vec<usize> {
        let mut round = mirrors.round();
        let mut tried = vec![round.at];
        loop {
            let fault = dead.contains(&round.at).then(|| Fault::new(kind, Sent::No));
            if !mirrors.goes_on(&mut round, fault.as_ref(), true, START) {
                return tried;
            }
            tried.push(round.at);
        }
    }

    #[test]
    fn next_address_is_asked_after_a_couple_of_faults_and_stays_in_use() {
        let mirrors = mirrors(3, None);
        assert_eq!(step(&mirrors, &[0], FaultKind::Unreachable), [0, 0, 1]);
        assert_eq!(mirrors.in_use(), 1);
        assert_eq!(step(&mirrors, &[0], FaultKind::Unreachable), [1]);
    }

    #[test]
    fn one_fault_followed_by_a_page_is_forgotten() {
        let mirrors = mirrors(2, None);
        for _ in 0..3 {
            let mut round = mirrors.round();
            assert!(mirrors.goes_on(&mut round, Some(&Fault::new(FaultKind::Timeout, Sent::No)), true, START));
            assert!(!mirrors.goes_on(&mut round, None, true, START));
            assert_eq!((round.at, mirrors.in_use()), (0, 0));
        }
    }

    #[test]
    fn what_the_forum_says_and_what_tor_says_of_itself_moves_nothing() {
        for kind in [FaultKind::Busy { wait_s: None }, FaultKind::TooLarge, FaultKind::RedirectedAway] {
            assert_eq!(step(&mirrors(2, None), &[0], kind), [0], "{kind:?}");
        }
        for kind in [FaultKind::TorNotReady, FaultKind::Setup, FaultKind::OutsideForum] {
            assert_eq!(step(&mirrors(2, None), &[0], kind), [0], "{kind:?}");
        }
    }

    #[test]
    fn forum_that_is_down_altogether_keeps_its_address_and_is_asked_once_at_each() {
        let mirrors = mirrors(3, None);
        assert_eq!(step(&mirrors, &[0, 1, 2], FaultKind::Timeout), [0, 0, 1, 2]);
        assert_eq!(mirrors.in_use(), 0);
        assert_eq!(step(&mirrors, &[0, 1, 2], FaultKind::Timeout), [0, 1, 2]);
        assert_eq!(step(&mirrors, &[], FaultKind::Timeout), [0]);
    }

    #[test]
    fn address_that_sends_us_elsewhere_takes_no_other_ones_place() {
        let mirrors = mirrors(3, None);
        let mut round = mirrors.round();
        let fault = |kind| Fault::new(kind, Sent::No);
        assert!(mirrors.goes_on(&mut round, Some(&fault(FaultKind::Interrupted)), true, START));
        assert!(mirrors.goes_on(&mut round, Some(&fault(FaultKind::RedirectedAway)), true, START));
        assert!(!mirrors.goes_on(&mut round, None, true, START));
        assert_eq!(mirrors.in_use(), 2);
    }

    #[test]
    fn single_address_is_asked_once() {
        assert_eq!(step(&mirrors(1, None), &[0], FaultKind::Unreachable), [0]);
    }

    #[test]
    fn page_that_broke_off_twice_is_a_couple_of_faults() {
        assert_eq!(step(&mirrors(2, None), &[0], FaultKind::Interrupted), [0, 1]);
    }

    #[test]
    fn remembered_address_is_begun_with_unless_it_left_the_list() {
        assert_eq!(mirrors(3, Some("http://3.onion/")).in_use(), 2);
        assert_eq!(mirrors(3, Some("http://gone.onion/")).in_use(), 0);
    }

    #[test]
    fn first_address_is_tried_again_after_an_hour_and_then_every_hour() {
        let mirrors = mirrors(2, Some("http://2.onion/"));
        assert!(!mirrors.return_is_due(START.plus_s(3599)));
        assert!(mirrors.return_is_due(START.plus_s(3600)));
        mirrors.tried_to_return(false, false, START.plus_s(3600));
        assert!(!mirrors.return_is_due(START.plus_s(7199)));
        mirrors.tried_to_return(true, false, START.plus_s(7200));
        assert_eq!(mirrors.in_use(), 0);
        assert!(!mirrors.return_is_due(START.plus_s(1_000_000)));
    }

    #[test]
    fn address_something_was_sent_to_is_begun_with_and_given_one_try() {
        let mirrors = mirrors(2, Some("http://2.onion/"));
        mirrors.prefer("http://1.onion/");
        assert_eq!(step(&mirrors, &[0], FaultKind::Unreachable), [0, 1]);
        assert_eq!(mirrors.in_use(), 1);
    }
}
