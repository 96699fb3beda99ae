//! One request at a time to a forum, with a pause between them that no two clients share to the millisecond.

use std::time::Duration;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

pub(super) struct Pacing {
    min_gap: Duration,
    /// When the next request may leave.
    next: Mutex<Instant>,
}

/// Held while a request runs; dropping it starts the pause.
pub(super) struct Turn<'a> {
    next: MutexGuard<'a, Instant>,
    gap: Duration,
}

impl Pacing {
    pub(super) fn new(min_gap: Duration) -> Self {
        Self { min_gap, next: Mutex::new(Instant::now()) }
    }

    pub(super) async fn wait_for_turn(&self) -> Turn<'_> {
        let next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        Turn { next, gap: self.min_gap + self.min_gap.mul_f64(0.5 * random_fraction()) }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.next = Instant::now() + self.gap;
    }
}

/// Between 0 and 1. Without randomness from the system the pause is the shortest one.
fn random_fraction() -> f64 {
    getrandom::u32().map_or(0.0, |n| f64::from(n) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_wait_for_each_other_and_for_the_gap() {
        let gap = Duration::from_millis(40);
        let pacing = Pacing::new(gap);
        let start = Instant::now();
        drop(pacing.wait_for_turn().await);
        drop(pacing.wait_for_turn().await);
        assert!(start.elapsed() >= gap);
    }
}
