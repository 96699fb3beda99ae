//! How many posts an hour a thread may bring now: learned from when its posts were written.
//!
//! The thread's mean (recent weeks weigh more, threads with few posts lean on the mean of all) times the hour of the week
//! (each thread's own, leaning on that of all threads, that on the hour of the day), and on top of it what the thread's
//! latest posts call forth, for some minutes and for some hours: how many of all posts were so called forth is learned
//! (a self-exciting process; Hawkes, Biometrika 58, 1971). Pure; it knows no looks and no budget. Weeks begin on a
//! Thursday at midnight UTC: it only matters that hours recur.

use crate::clock::Timestamp;
use std::collections::HashMap;

const HOUR_S: f64 = 3600.0;
const HOURS: usize = 168;

/// A post this old weighs 1/e of a new one in its thread's mean.
const MEMORY_S: f64 = 40.0 * 24.0 * HOUR_S;

/// A thread's mean leans on the mean of all as if that had brought it one post.
const LEAN_POSTS: f64 = 1.0;

/// Posts that a thread's own hours lean on those of all threads with, and those of all on the hour of the day.
const LEAN_HOURS: f64 = 300.0;
const LEAN_DAYS: f64 = 300.0;

/// A post calls forth others, most of them within this: of a quick exchange, and of a talk.
const ECHO_S: [f64; 2] = [600.0, 3600.0];

/// Before anything is known, this part of all posts counts as called forth within each; that leans like so many posts.
const ECHO: f64 = 0.08;
const LEAN_ECHO: f64 = 30.0;

/// What was learned of the threads of one forum.
#[derive(Clone, Debug)]
pub(super) struct Rates<K> {
    threads: HashMap<K, Thread>,
    hours: [f64; HOURS],
    posts: f64,
    /// Posts of all threads, and for each thread the moment it became known, faded to the moment `at`.
    weight: f64,
    beginnings: f64,
    at: Timestamp,
    /// Posts that others called forth, as far as can be told.
    echoes: [f64; 2],
}

#[derive(Clone, Debug)]
struct Thread {
    since: Timestamp,
    /// Posts, faded to the moment `at`.
    weight: f64,
    at: Timestamp,
    posts: f64,
    hours: [f64; HOURS],
    /// Posts an hour that would be called forth at `at`, if every post called forth one.
    stirred: [f64; 2],
}

impl<K: std::hash::Hash + Eq + Clone> Default for Rates<K> {
    fn default() -> Self {
        Self {
            threads: HashMap::new(),
            hours: [0.0; HOURS],
            posts: 0.0,
            weight: 0.0,
            beginnings: 0.0,
            at: Timestamp::from_unix_s(0),
            echoes: [0.0; 2],
        }
    }
}

impl<K: std::hash::Hash + Eq + Clone> Rates<K> {
    /// A thread whose posts are known from this moment on.
    pub(super) fn add_thread(&mut self, key: K, since: Timestamp) {
        if self.threads.contains_key(&key) {
            return;
        }
        let thread = Thread { since, weight: 0.0, at: since, posts: 0.0, hours: [0.0; HOURS], stirred: [0.0; 2] };
        self.threads.insert(key, thread);
        self.fade_to(since);
        self.beginnings += faded(since, self.at, MEMORY_S);
    }

    fn fade_to(&mut self, now: Timestamp) {
        let factor = faded(self.at, now, MEMORY_S);
        self.weight *= factor;
        self.beginnings *= factor;
        self.at = self.at.max(now);
    }

    /// A post of a thread, to be told in the order in which they were written. Those of unknown threads do not count.
    pub(super) fn add_post(&mut self, key: &K, written_at: Timestamp) {
        let Some(thread) = self.threads.get(key) else { return };
        let (calm, echo) = self.parts(thread, written_at);
        let expected = calm + echo.iter().sum::<f64>();
        if expected > 0.0 {
            for (echoes, part) in self.echoes.iter_mut().zip(echo) {
                *echoes += part / expected;
            }
        }
        let Some(thread) = self.threads.get_mut(key) else { return };
        let hour = hour_of_week(written_at);
        let at = thread.at.max(written_at);
        for (stirred, echo_s) in thread.stirred.iter_mut().zip(ECHO_S) {
            *stirred = *stirred * faded(thread.at, at, echo_s) + HOUR_S / echo_s * faded(written_at, at, echo_s);
        }
        thread.weight = thread.weight * faded(thread.at, at, MEMORY_S) + faded(written_at, at, MEMORY_S);
        thread.at = at;
        thread.posts += 1.0;
        self.posts += 1.0;
        for hours in [&mut thread.hours, &mut self.hours] {
            // Half to the hour, a quarter to each neighbour: one post says little about the minute.
            for (step, share) in [(HOURS - 1, 0.25), (0, 0.5), (1, 0.25)] {
                if let Some(h) = hours.get_mut((hour + step) % HOURS) {
                    *h += share;
                }
            }
        }
        self.fade_to(written_at);
        self.weight += faded(written_at, self.at, MEMORY_S);
    }

    /// Posts an hour to be expected of a thread now; 0 for an unknown one. Above 0 for any known one, once a single post
    /// was seen anywhere.
    pub(super) fn per_hour(&self, key: &K, now: Timestamp) -> f64 {
        self.threads.get(key).map_or(0.0, |thread| {
            let (calm, echo) = self.parts(thread, now);
            calm + echo.iter().sum::<f64>()
        })
    }

    /// Posts an hour to be expected now: those that come by themselves, and those that the latest posts call forth.
    fn parts(&self, thread: &Thread, now: Timestamp) -> (f64, [f64; 2]) {
        let share = self.echoes.map(|echoes| (echoes + ECHO * LEAN_ECHO) / (self.posts + LEAN_ECHO));
        let calm = self.mean(thread, now) * self.shape(thread, hour_of_week(now)) * (1.0 - share.iter().sum::<f64>());
        let mut echo = thread.stirred;
        for ((echo, share), echo_s) in echo.iter_mut().zip(share).zip(ECHO_S) {
            *echo *= share * faded(thread.at, now, echo_s);
        }
        (calm, echo)
    }

    /// Posts an hour of a thread, on average over the week; 0 for an unknown one.
    pub(super) fn mean_per_hour(&self, key: &K, now: Timestamp) -> f64 {
        self.threads.get(key).map_or(0.0, |thread| self.mean(thread, now))
    }

    fn mean_of_one(&self, now: Timestamp) -> f64 {
        let factor = faded(self.at, now, MEMORY_S);
        let hours = MEMORY_S / HOUR_S * (count(self.threads.len()) - self.beginnings * factor);
        if hours > 0.0 { self.weight * factor / hours } else { 0.0 }
    }

    /// The mean of a thread, posts an hour.
    fn mean(&self, thread: &Thread, now: Timestamp) -> f64 {
        let of_all = self.mean_of_one(now);
        if of_all <= 0.0 {
            return 0.0;
        }
        let (own_posts, own_hours) = (thread.weight * faded(thread.at, now, MEMORY_S), exposure_h(thread.since, now));
        (own_posts + LEAN_POSTS) / (own_hours + LEAN_POSTS / of_all)
    }

    /// How much busier than its mean the thread is in this hour of the week; 1 where nothing is known.
    fn shape(&self, thread: &Thread, hour: usize) -> f64 {
        let own = thread.hours.get(hour).copied().unwrap_or(0.0) + LEAN_HOURS * self.share_of_all(hour);
        own / (thread.posts + LEAN_HOURS) * count(HOURS)
    }

    /// The part of a week's posts that all threads together bring in this hour.
    fn share_of_all(&self, hour: usize) -> f64 {
        let of_day: f64 = (0..7).map(|day| self.hours.get(hour % 24 + day * 24).copied().unwrap_or(0.0)).sum();
        let daily = (of_day / 7.0 + LEAN_HOURS / count(HOURS)) / (self.posts + LEAN_HOURS);
        (self.hours.get(hour).copied().unwrap_or(0.0) + LEAN_DAYS * daily) / (self.posts + LEAN_DAYS)
    }
}

fn hour_of_week(at: Timestamp) -> usize {
    usize::try_from(at.as_unix_s().div_euclid(3600).rem_euclid(168)).unwrap_or(0)
}

/// Hours of observation, faded as the posts are.
fn exposure_h(since: Timestamp, now: Timestamp) -> f64 {
    MEMORY_S * (1.0 - (-seconds(now, since).max(0.0) / MEMORY_S).exp()) / HOUR_S
}

/// What is left of 1 by then, where 1/e is left after `memory_s`.
fn faded(from: Timestamp, to: Timestamp, memory_s: f64) -> f64 {
    (-seconds(to, from).max(0.0) / memory_s).exp()
}

#[expect(clippy::cast_precision_loss, reason = "seconds of some years")]
fn seconds(later: Timestamp, earlier: Timestamp) -> f64 {
    later.since_s(earlier) as f64
}

fn count(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: f64) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "small")]
        Timestamp::from_unix_s((hours * HOUR_S) as i64)
    }

    fn learned(posts: impl IntoIterator<Item = (u8, f64)>) -> Rates<u8> {
        let mut rates = Rates::default();
        rates.add_thread(1, at(0.0));
        rates.add_thread(2, at(0.0));
        for (thread, hour) in posts {
            rates.add_post(&thread, at(hour));
        }
        rates
    }

    #[test]
    fn busy_thread_has_the_higher_rate_and_a_silent_one_is_not_forgotten() {
        let rates = learned((0..200).map(|n| (1, f64::from(n) * 5.0)));
        let now = at(1000.0);
        assert!((rates.per_hour(&1, now) - 0.2).abs() < 0.04, "{}", rates.per_hour(&1, now));
        assert!(rates.per_hour(&2, now) > 0.0);
        assert!(rates.per_hour(&2, now) < 0.01);
    }

    #[test]
    fn hour_in_which_people_write_is_told_from_one_in_which_they_sleep() {
        let rates = learned((0..400).map(|n| (1, f64::from(n / 10) * 24.0 + 23.0 + f64::from(n % 10) * 0.09)));
        assert!(rates.per_hour(&1, at(40.0 * 24.0 + 23.4)) > 3.0 * rates.per_hour(&1, at(40.0 * 24.0 + 12.0)));
    }

    #[test]
    fn thread_that_was_just_written_in_is_stirred_where_posts_come_together_and_calms_down() {
        let together = learned((0..100).flat_map(|n| [0.0, 0.1, 0.2].map(|later| (1, f64::from(n) * 37.0 + later))));
        let apart = learned((0..300).map(|n| (1, f64::from(n) * 12.3)));
        let last = 99.0 * 37.0 + 0.2;
        let stirred = |rates: &Rates<u8>, hours: f64| {
            let mut rates = rates.clone();
            rates.add_post(&1, at(last));
            rates.per_hour(&1, at(last + hours))
        };
        assert!(stirred(&together, 0.05) > 20.0 * stirred(&together, 20.0));
        assert!(stirred(&together, 0.05) > 3.0 * stirred(&apart, 0.05));
    }

    #[test]
    fn unknown_thread_has_no_rate() {
        assert!(learned([(1, 1.0)]).per_hour(&9, at(2.0)).abs() < f64::EPSILON);
    }
}
