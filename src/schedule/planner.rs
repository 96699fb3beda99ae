//! How often each source is to be read now: what was learned of the threads, under the budget of a forum.
//!
//! A source is a thread, or a list that shows which of its threads have news. Over time as between sources the budget
//! goes where posts are expected, in proportion to the root of their rate; what quiet hours save is spent in busy ones,
//! within bounds. Pure: moments come in as arguments, and nothing is read here.

use super::budget::{Budget, KEPT, intervals_s};
use super::rates::Rates;
use crate::clock::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;

/// The mean hour is learned over this time.
const MEMORY_S: f64 = 7.0 * 24.0 * 3600.0;

/// A moment may take this part of the budget at least and at most, however quiet or busy it is, and moves with this power
/// of the roots: below 1, since rates are estimates.
const QUIETEST: f64 = 0.4;
const BUSIEST: f64 = 5.0;
const TRUST: f64 = 0.9;

/// Threads that a list watches are read without a reason now and then (edits, deletions), with this part of the budget
/// at most.
const REST_PART: f64 = 0.01;
const REST_S: f64 = 24.0 * 3600.0;

/// Something to be read: a thread, or a list with the threads it tells of.
#[derive(Clone, Debug)]
pub struct Source<S, K> {
    pub key: S,
    /// The threads with the weight of a post there: more where they are urgent.
    pub threads: Vec<(K, f64)>,
    /// When it was last read, as far as is known from before this planner. Seconds since 1970.
    pub read_at_s: Option<f64>,
}

/// When a source is to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Due {
    /// Seconds from now, as far as can be seen; 0 where it is due.
    pub wait_s: f64,
    /// The part of its present interval that has passed: the greatest comes first. Due from 1 on.
    pub passed: f64,
    /// Seconds between two readings at the present rates.
    pub interval_s: f64,
}

/// Plans the reading of one forum. `S` names sources, `K` threads.
#[derive(Clone, Debug)]
pub struct Planner<S, K> {
    rates: Rates<K>,
    budget: Budget,
    per_hour: f64,
    progress: HashMap<S, Progress>,
    /// Mean over time of the sum of the sources' roots, how long it was taken over, and until when.
    mean_root: f64,
    learned_s: f64,
    at_s: f64,
}

/// Intervals since the last reading. It adds up, since intervals change while they pass.
#[derive(Clone, Copy, Debug)]
struct Progress {
    passed: f64,
    /// Between 0.8 and 1.2 of an interval is waited for.
    wanted: f64,
}

impl<S: Hash + Eq + Clone, K: Hash + Eq + Clone> Planner<S, K> {
    /// `per_hour`: requests, on average over a day. Times are in seconds since 1970.
    pub fn new(per_hour: f64, now_s: f64) -> Self {
        Self {
            rates: Rates::default(),
            budget: Budget::new(per_hour, now_s),
            per_hour,
            progress: HashMap::new(),
            mean_root: 0.0,
            learned_s: 0.0,
            at_s: now_s,
        }
    }

    /// A thread whose posts are known from `since` on.
    pub fn add_thread(&mut self, key: K, since: Timestamp) {
        self.rates.add_thread(key, since);
    }

    /// A post of a thread, told in the order in which they were written.
    pub fn add_post(&mut self, key: &K, written_at: Timestamp) {
        self.rates.add_post(key, written_at);
    }

    /// Posts an hour to be expected of a thread now.
    pub fn posts_per_hour(&self, key: &K, now: Timestamp) -> f64 {
        self.rates.per_hour(key, now)
    }

    /// Requests were made.
    pub fn spend(&mut self, requests: f64, now_s: f64) {
        self.budget.spend(requests, now_s);
    }

    /// Seconds until the budget allows a request.
    pub fn wait_s(&self, now_s: f64) -> f64 {
        self.budget.wait_s(now_s)
    }

    /// A source was read. `chance`, between 0 and 1, sets the jitter of ±20 % on the interval after it.
    pub fn was_read(&mut self, source: S, chance: f64) {
        self.progress.insert(source, Progress { passed: 0.0, wanted: 0.8 + 0.4 * chance.clamp(0.0, 1.0) });
    }

    /// When each source is due, under `per_hour` requests together on average over the day and none rarer than
    /// `longest_s`. Called again while time passes, it follows the rates.
    pub fn plan(&mut self, sources: &[Source<S, K>], per_hour: f64, longest_s: f64, now_s: f64) -> Vec<Due> {
        let now = moment(now_s);
        let rate = |s: &Source<S, K>| {
            s.threads.iter().map(|(key, weight)| weight * self.rates.per_hour(key, now)).sum::<f64>()
        };
        let roots: Vec<f64> = sources.iter().map(|source| rate(source).sqrt()).collect();
        let passed_s = (now_s - self.at_s).max(0.0);
        let worth = self.worth(roots.iter().sum(), passed_s);
        self.at_s = self.at_s.max(now_s);
        // With more saved than is kept, more is spent; with less, less.
        let plenty = (1.0 + self.budget.saved(now_s) - KEPT).max(0.5);
        let intervals = intervals_s(&roots, per_hour * worth * plenty, longest_s);
        let due = |(source, interval_s): (&Source<S, K>, f64)| {
            let known = self.progress.contains_key(&source.key);
            let progress = self.progress.entry(source.key.clone()).or_insert_with(|| {
                let passed = source.read_at_s.map_or(1.0, |at_s| (now_s - at_s).max(0.0) / interval_s);
                Progress { passed, wanted: 1.0 }
            });
            if known {
                progress.passed += passed_s / interval_s;
            }
            let left = (progress.wanted - progress.passed).max(0.0);
            Due { wait_s: left * interval_s, passed: progress.passed / progress.wanted.max(1e-3), interval_s }
        };
        sources.iter().zip(intervals).map(due).collect()
    }

    /// How much of the budget this moment is worth against the mean, and learns the mean.
    fn worth(&mut self, root: f64, passed_s: f64) -> f64 {
        // What happened in a long pause is not known: it counts as an hour.
        let passed_s = passed_s.min(3600.0);
        self.learned_s = (self.learned_s + passed_s).min(MEMORY_S);
        if self.learned_s > 0.0 {
            self.mean_root += (root - self.mean_root) * passed_s / self.learned_s;
        }
        // The first day tells nothing of days.
        if self.learned_s < 24.0 * 3600.0 || self.mean_root <= 0.0 {
            return 1.0;
        }
        (root / self.mean_root).powf(TRUST).clamp(QUIETEST, BUSIEST)
    }

    /// Requests an hour that are left for planning, once what lists will show of these threads is paid for, and their
    /// being read without a reason.
    pub fn left_beside(&self, listed: &[K], now_s: f64) -> f64 {
        let rests = count(listed.len()) / self.rest_s(listed.len()) * 3600.0;
        let news: f64 = listed.iter().map(|key| self.rates.mean_per_hour(key, moment(now_s))).sum();
        (self.per_hour - rests - news).max(self.per_hour / 3.0)
    }

    /// Seconds after which a thread of which its list shows no news is read all the same.
    pub fn rest_s(&self, threads: usize) -> f64 {
        REST_S.max(count(threads) / (self.per_hour * REST_PART) * 3600.0)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
fn moment(seconds: f64) -> Timestamp {
    Timestamp::from_unix_s(seconds as i64)
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}
