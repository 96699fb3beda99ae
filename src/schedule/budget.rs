//! The budget of requests: how it is shared among what is to be read, and that it is kept.
//!
//! Shared: under a fixed number of requests, the mean delay of seeing a post is least when each source is read with a
//! frequency in proportion to the square root of its rate of posts (minimise Σ λᵢ/2fᵢ for Σ fᵢ = N). Kept: requests may
//! come together for a moment, since a list that shows news is followed by the threads it names; on average they may not
//! exceed the budget, but for the few hours' worth that a start begins with. Pure.

/// Seconds between two readings of each source: frequencies in proportion to the roots of the rates, together `per_hour`,
/// none rarer than `longest_s`. Where keeping that would take more than a seventh of the budget, `longest_s` is stretched.
/// Where all roots are 0, all count the same.
pub(super) fn intervals_s(roots: &[f64], per_hour: f64, longest_s: f64) -> Vec<f64> {
    const CEILING_PART: f64 = 1.0 / 7.0;
    let longest_h = (longest_s / 3600.0).max(count(roots.len()) / (per_hour * CEILING_PART));
    let none_known = roots.iter().all(|root| *root <= 0.0);
    let root_of = |root: f64| if none_known { 1.0 } else { root.max(0.0) };
    let mut at_ceiling = vec![false; roots.len()];
    loop {
        let left = per_hour - count(at_ceiling.iter().filter(|c| **c).count()) / longest_h;
        let sum: f64 = roots.iter().zip(&at_ceiling).filter(|(_, c)| !**c).map(|(root, _)| root_of(*root)).sum();
        let interval_h = |root: f64| if root_of(root) > 0.0 { sum / (left * root_of(root)) } else { f64::INFINITY };
        let mut more = false;
        for (root, ceiling) in roots.iter().zip(&mut at_ceiling) {
            if !*ceiling && interval_h(*root) > longest_h {
                *ceiling = true;
                more = true;
            }
        }
        if !more {
            let of = |(root, ceiling): (&f64, &bool)| if *ceiling { longest_h } else { interval_h(*root) };
            return roots.iter().zip(&at_ceiling).map(|pair| of(pair) * 3600.0).collect();
        }
    }
}

/// Hours of requests that can be saved, the night's for the day, and the part of them that is kept for busy hours.
const MOST_HOURS: f64 = 12.0;
pub(super) const KEPT: f64 = 0.35;

/// Requests that may be made, filled evenly. May go below zero: a reading that was begun is finished, and paid for later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    per_hour: f64,
    most: f64,
    left: f64,
    /// Seconds since 1970, with their fractions.
    at_s: f64,
}

impl Budget {
    /// Begins with what is kept for busy hours. Times are in seconds since 1970.
    pub(super) fn new(per_hour: f64, now_s: f64) -> Self {
        let most = MOST_HOURS * per_hour;
        Self { per_hour, most, left: KEPT * most, at_s: now_s }
    }

    /// Takes so many requests, whether they are there or not.
    pub(super) fn spend(&mut self, requests: f64, now_s: f64) {
        self.left = self.left_at(now_s) - requests;
        self.at_s = self.at_s.max(now_s);
    }

    /// Seconds until one request may be made; 0 where it may be made now.
    pub(super) fn wait_s(&self, now_s: f64) -> f64 {
        let missing = 1.0 - self.left_at(now_s);
        if missing <= 1e-9 { 0.0 } else { missing / self.per_hour * 3600.0 }
    }

    /// How much is saved of what can be saved: at most 1, below 0 where requests are owed.
    pub(super) fn saved(&self, now_s: f64) -> f64 {
        self.left_at(now_s) / self.most
    }

    fn left_at(&self, now_s: f64) -> f64 {
        (self.left + (now_s - self.at_s).max(0.0) / 3600.0 * self.per_hour).min(self.most)
    }
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn twice_the_root_is_read_twice_as_often() {
        let each = intervals_s(&[2.0, 1.0], 30.0, 1e9);
        assert!((each[1] / each[0] - 2.0).abs() < 1e-9);
    }

    #[test]
    fn silent_thread_is_read_at_the_ceiling_and_the_rest_share_what_is_left() {
        assert_eq!(intervals_s(&[1.0, 0.0], 21.0, 3600.0), [180.0, 3600.0]);
        assert_eq!(intervals_s(&[0.0, 0.0], 2.0, 1e9), [3600.0, 3600.0]);
    }

    #[test]
    fn ceiling_that_would_eat_the_budget_is_stretched() {
        let each = intervals_s(&[5.0, 0.0, 0.0], 21.0, 60.0);
        assert!((each[0] - 3600.0 / 19.0).abs() < 1e-6, "{each:?}");
        assert!((each[1] - 3600.0).abs() < 1e-6, "{each:?}");
    }

    #[test]
    fn spent_budget_fills_evenly() {
        let mut budget = Budget::new(60.0, 0.0);
        assert!(budget.wait_s(0.0) < 1e-6);
        budget.spend(KEPT * MOST_HOURS * 60.0, 0.0);
        assert!((budget.wait_s(0.0) - 60.0).abs() < 1e-6);
        budget.spend(5.0, 0.0);
        assert!((budget.wait_s(0.0) - 360.0).abs() < 1e-6);
        assert!(budget.wait_s(360.0) < 1e-6);
    }

    proptest! {
        #[test]
        fn intervals_use_the_budget_and_keep_the_ceiling(
            roots in prop::collection::vec(0.0f64..50.0, 1..40),
            per_hour in 1.0f64..500.0,
            longest_h in 0.5f64..24.0,
        ) {
            let each = intervals_s(&roots, per_hour, longest_h * 3600.0);
            let used: f64 = each.iter().map(|s| 3600.0 / s).sum();
            let longest_h = longest_h.max(7.0 * roots.len() as f64 / per_hour);
            prop_assert!((used - per_hour).abs() < 1e-6 * per_hour);
            prop_assert!(each.iter().all(|s| *s <= longest_h * 3600.0 + 1e-6));
        }
    }
}
