//! Policies of polling, replayed against a trace of posts: how late each post would have been seen, and for how many
//! requests. The trace itself can be made, with a daily rhythm and bursts.
//!
//! Pure and deterministic: the same trace, budget and seed give the same figures. A request takes no time here and never
//! fails; what is compared is the choice of what to read when.

use super::planner::{Planner, Source};
use crate::clock::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// When to read what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// Every thread equally often.
    Uniform,
    /// As often as posts come: in proportion to each thread's rate, known beforehand.
    Rate,
    /// In proportion to the square root of each thread's rate, known beforehand.
    SqrtRate,
    /// What the service does where lists tell nothing: √rate, learned on the way.
    Ours,
    /// What the service does where a list shows which threads have news.
    OursList,
}

impl Policy {
    pub const ALL: [Self; 5] = [Self::Uniform, Self::Rate, Self::SqrtRate, Self::Ours, Self::OursList];
}

/// How a policy did. Delays are in seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    pub policy: Policy,
    pub budget_per_hour: f64,
    pub threads: usize,
    pub posts: usize,
    pub requests: u64,
    pub requests_per_hour: f64,
    pub requests_per_post: f64,
    pub mean_s: f64,
    pub p95_s: f64,
    pub worst_s: f64,
}

/// Posts by thread, each thread's in order. Seconds since 1970.
pub type Trace = BTreeMap<String, Vec<i64>>;

/// No thread waits longer than this for a look, unless a list watches it.
const LONGEST_S: f64 = 6.0 * 3600.0;

/// Rates change while nothing is due; they are looked at again at least this often.
const REPLAN_S: f64 = 300.0;

/// Replays a trace. `None` where it holds no post, or the budget no request.
pub fn simulate(trace: &Trace, per_hour: f64, policy: Policy, seed: u64) -> Option<Outcome> {
    let begin = *trace.values().filter_map(|posts| posts.first()).min()?;
    let end = *trace.values().filter_map(|posts| posts.last()).max()?;
    if per_hour <= 0.0 {
        return None;
    }
    let mut replay = Replay {
        threads: trace.values().map(|posts| Thread { posts, seen: 0 }).collect(),
        begin: float(begin),
        end: float(end),
        per_hour,
        random: fastrand::Rng::with_seed(seed),
        delays: Vec::new(),
        requests: 0,
        last_request: float(begin),
    };
    match policy {
        Policy::Uniform => replay.fixed(|_| 1.0),
        Policy::Rate => replay.fixed(|rate| rate),
        Policy::SqrtRate => replay.fixed(f64::sqrt),
        Policy::Ours => replay.ours(),
        Policy::OursList => replay.ours_with_list(),
    }
    Some(replay.outcome(policy))
}

struct Thread<'a> {
    posts: &'a [i64],
    seen: usize,
}

struct Replay<'a> {
    threads: Vec<Thread<'a>>,
    begin: f64,
    end: f64,
    per_hour: f64,
    random: fastrand::Rng,
    delays: Vec<f64>,
    requests: u64,
    last_request: f64,
}

impl Replay<'_> {
    fn unseen(&self) -> bool {
        self.threads.iter().any(|thread| thread.seen < thread.posts.len())
    }

    fn has_news(&self, index: usize, now: f64) -> bool {
        self.threads.get(index).is_some_and(|t| t.posts.get(t.seen).is_some_and(|at| float(*at) <= now))
    }

    fn request(&mut self, now: f64) {
        self.requests += 1;
        self.last_request = now;
    }

    /// Reads a thread; answers the posts that were new.
    fn look(&mut self, index: usize, now: f64) -> Vec<Timestamp> {
        self.request(now);
        let Some(thread) = self.threads.get_mut(index) else { return Vec::new() };
        let mut new = Vec::new();
        while let Some(at) = thread.posts.get(thread.seen).filter(|at| float(**at) <= now) {
            self.delays.push(now - float(*at));
            new.push(Timestamp::from_unix_s(*at));
            thread.seen += 1;
        }
        new
    }

    /// Frequencies in proportion to a function of each thread's own mean rate, evenly, each with a phase of its own.
    fn fixed(&mut self, share: impl Fn(f64) -> f64) {
        let hours = ((self.end - self.begin) / 3600.0).max(1.0);
        let shares: Vec<f64> = self.threads.iter().map(|t| share(count(t.posts.len()) / hours)).collect();
        let sum: f64 = shares.iter().sum();
        for (index, share) in shares.iter().enumerate() {
            let interval = 3600.0 * sum / (self.per_hour * share);
            let mut now = self.begin + self.random.f64() * interval;
            while now < self.end + interval {
                self.look(index, now);
                now += interval;
            }
        }
        self.last_request = self.end;
    }

    fn planner(&self) -> Planner<usize, usize> {
        let mut planner = Planner::new(self.per_hour, self.begin);
        for index in 0..self.threads.len() {
            planner.add_thread(index, moment(self.begin));
        }
        planner
    }

    /// A source, as if it had been read at some moment of the hour before the trace.
    fn source(&mut self, key: usize, threads: Vec<(usize, f64)>) -> Source<usize, usize> {
        Source { key, threads, read_at_s: Some(self.begin - self.random.f64() * 3600.0) }
    }

    fn look_and_learn(&mut self, planner: &mut Planner<usize, usize>, index: usize, now: f64) {
        for written_at in self.look(index, now) {
            planner.add_post(&index, written_at);
        }
        planner.spend(1.0, now);
    }

    fn ours(&mut self) {
        let mut planner = self.planner();
        let sources: Vec<_> = (0..self.threads.len()).map(|index| self.source(index, vec![(index, 1.0)])).collect();
        let mut now = self.begin;
        while self.unseen() {
            let plan = planner.plan(&sources, self.per_hour, LONGEST_S, now);
            let wait_s = plan.iter().map(|due| due.wait_s).fold(REPLAN_S, f64::min).max(planner.wait_s(now));
            if wait_s > 1e-6 {
                now += wait_s.min(REPLAN_S);
                continue;
            }
            let first = sources.iter().zip(&plan).max_by(|a, b| a.1.passed.total_cmp(&b.1.passed));
            let Some((source, _)) = first else { return };
            self.look_and_learn(&mut planner, source.key, now);
            planner.was_read(source.key, self.random.f64());
        }
    }

    fn ours_with_list(&mut self) {
        let mut planner = self.planner();
        let count_of = self.threads.len();
        let list = [self.source(0, (0..count_of).map(|index| (index, 1.0)).collect())];
        let all: Vec<usize> = (0..count_of).collect();
        let mut looks = vec![self.begin; count_of];
        let rest_s = planner.rest_s(count_of) / count(count_of);
        let mut rested_at = self.begin;
        let mut now = self.begin;
        while self.unseen() {
            let left = planner.left_beside(&all, now);
            let wait_s = planner.plan(&list, left, LONGEST_S, now).first().map_or(0.0, |due| due.wait_s);
            let wait_s = wait_s.max(planner.wait_s(now));
            if wait_s > 1e-6 {
                now += wait_s.min(REPLAN_S);
                continue;
            }
            self.request(now);
            planner.spend(1.0, now);
            planner.was_read(0, self.random.f64());
            let mut due: Vec<usize> = (0..count_of).filter(|i| self.has_news(*i, now)).collect();
            // Those that the list shows no news of are read one at a time, evenly spread.
            if now - rested_at > rest_s {
                rested_at = now;
                let longest = looks.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index);
                due.extend(longest.filter(|index| !due.contains(index)));
            }
            for index in due {
                now += planner.wait_s(now);
                self.look_and_learn(&mut planner, index, now);
                if let Some(last) = looks.get_mut(index) {
                    *last = now;
                }
            }
        }
    }

    fn outcome(mut self, policy: Policy) -> Outcome {
        self.delays.sort_by(f64::total_cmp);
        let posts = self.delays.len();
        let hours = ((self.last_request - self.begin) / 3600.0).max(1.0 / 3600.0);
        #[expect(clippy::cast_precision_loss, reason = "requests of some years")]
        let requests = self.requests as f64;
        Outcome {
            policy,
            budget_per_hour: self.per_hour,
            threads: self.threads.len(),
            posts,
            requests: self.requests,
            requests_per_hour: rounded(requests / hours),
            requests_per_post: rounded(requests / count(posts)),
            mean_s: rounded(self.delays.iter().sum::<f64>() / count(posts)),
            p95_s: rounded(self.delays.get(posts * 95 / 100).copied().unwrap_or(0.0)),
            worst_s: rounded(self.delays.last().copied().unwrap_or(0.0)),
        }
    }
}

/// How a trace is to be made.
#[derive(Clone, Copy, Debug)]
pub struct TraceShape {
    pub threads: u32,
    pub days: u32,
    /// Posts a day of all threads together, bursts not counted.
    pub posts_per_day: f64,
    /// Of a post's answers within the hours after it: 0 for none, below 1.
    pub echo: f64,
    pub seed: u64,
}

/// Makes a trace: threads of very different rates, an evening peak and a quiet morning, busier weekends, and posts that
/// call forth posts.
pub fn make_trace(shape: &TraceShape) -> Trace {
    const BEGIN: f64 = 1_790_000_000.0;
    let mut random = fastrand::Rng::with_seed(shape.seed);
    let popularity: Vec<f64> = (0..shape.threads).map(|_| (2.4 * (random.f64() - 0.5) * 2.0).exp()).collect();
    let sum: f64 = popularity.iter().sum();
    let mut trace = Trace::new();
    for (index, share) in popularity.iter().enumerate() {
        let per_hour = shape.posts_per_day / 24.0 * share / sum;
        let mut posts = Vec::new();
        for hour in 0..shape.days * 24 {
            let busy = rhythm(hour);
            for _ in 0..poisson(&mut random, per_hour * busy) {
                posts.push(BEGIN + (f64::from(hour) + random.f64()) * 3600.0);
            }
        }
        let mut next = 0;
        while let Some(at) = posts.get(next).copied() {
            next += 1;
            for _ in 0..poisson(&mut random, shape.echo.clamp(0.0, 0.9)) {
                posts.push(at - (1.0 - random.f64()).max(1e-9).ln() * 2400.0);
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
        let mut posts: Vec<i64> = posts.into_iter().map(|at| at as i64).collect();
        posts.sort_unstable();
        trace.insert(format!("thread-{:03}", index + 1), posts);
    }
    trace
}

/// How much busier than the mean an hour is: 0.2 in the morning to 1.9 late in the evening, a fifth more on two days.
fn rhythm(hour: u32) -> f64 {
    let of_day = f64::from(hour % 24) / 24.0 * std::f64::consts::TAU;
    let weekend = if (hour / 24) % 7 >= 5 { 1.2 } else { 1.0 };
    (1.0 + 0.8 * (of_day - 5.5).cos()) * weekend
}

fn poisson(random: &mut fastrand::Rng, mean: f64) -> u32 {
    let (limit, mut product, mut n) = ((-mean).exp(), random.f64(), 0);
    while product > limit {
        product *= random.f64();
        n += 1;
    }
    n
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
fn float(seconds: i64) -> f64 {
    seconds as f64
}

#[expect(clippy::cast_possible_truncation, reason = "seconds since 1970")]
fn moment(seconds: f64) -> Timestamp {
    Timestamp::from_unix_s(seconds as i64)
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Trace {
        make_trace(&TraceShape { threads: 12, days: 21, posts_per_day: 40.0, echo: 0.3, seed: 5 })
    }

    fn run(policy: Policy) -> Outcome {
        simulate(&trace(), 60.0, policy, 1).expect("posts and a budget")
    }

    #[test]
    fn every_post_is_seen_once_and_the_budget_is_kept_by_every_policy() {
        let posts: usize = trace().values().map(Vec::len).sum();
        for policy in Policy::ALL {
            let outcome = run(policy);
            assert_eq!(outcome.posts, posts, "{policy:?}");
            // What is kept for busy hours may be used up once.
            assert!(outcome.requests_per_hour <= 60.0 * (1.0 + 5.0 / (21.0 * 24.0)), "{outcome:?}");
        }
    }

    #[test]
    fn learned_rates_come_near_known_ones_and_a_list_near_what_is_possible() {
        let [known, ours, list] = [Policy::SqrtRate, Policy::Ours, Policy::OursList].map(|p| run(p).mean_s);
        assert!(ours < known * 1.1, "{ours} against {known}");
        assert!(list < 3600.0 / 60.0 / 2.0 * 1.1, "{list}");
    }

    #[test]
    fn trace_is_the_same_for_the_same_seed() {
        assert_eq!(trace(), trace());
    }

    #[test]
    fn empty_trace_or_budget_gives_no_figures() {
        assert_eq!(simulate(&Trace::new(), 60.0, Policy::Ours, 1), None);
        assert_eq!(simulate(&trace(), 0.0, Policy::Ours, 1), None);
    }
}
