use std::time::Duration;

use tokio::time::Instant;

use crate::HttpError;

/// Longest wait unless [`Backoff::longest_wait`] sets another.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Growing waits between attempts, within a number of attempts, a deadline, or
/// both. By default each wait is twice the one before, up to a minute, shortened
/// at random by up to half, so that clients that failed together do not come
/// back together; attempts go on without end.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    first_wait: Duration,
    longest_wait: Duration,
    factor: u32,
    jitter: f64,
    attempts: Option<u32>,
    deadline: Option<Instant>,
    attempt: u32,
    next_wait: Duration,
}

impl Backoff {
    /// A back-off before the second attempt of which this is the wait.
    #[must_use]
    pub fn new(first_wait: Duration) -> Self {
        Self {
            first_wait,
            longest_wait: LONGEST_WAIT,
            factor: 2,
            jitter: 0.5,
            attempts: None,
            deadline: None,
            attempt: 1,
            next_wait: first_wait,
        }
    }

    /// Sets the longest single wait, also when a server asks for a longer one.
    #[must_use]
    pub fn longest_wait(mut self, wait: Duration) -> Self {
        self.longest_wait = wait;
        self
    }

    /// Sets by how much each wait is longer than the one before.
    #[must_use]
    pub fn factor(mut self, factor: u32) -> Self {
        self.factor = factor;
        self
    }

    /// Sets the largest part of a wait that chance takes away: 0 for none, 1 for all of it.
    #[must_use]
    pub fn jitter(mut self, part: f64) -> Self {
        self.jitter = part.clamp(0.0, 1.0);
        self
    }

    /// Sets the number of attempts, the first included.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// Sets the time in which all attempts must begin. A time too long to be
    /// reckoned with is no limit.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.deadline = Instant::now().checked_add(time);
        self
    }

    /// Number of the current attempt, from 1.
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Time until the deadline; [`Duration::MAX`] without one.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.deadline
            .map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// Makes the next wait as long as the first; attempts and deadline stay.
    pub fn restart_waits(&mut self) {
        self.next_wait = self.first_wait;
    }

    /// Counts an attempt; how long to wait before it. `None` when the attempts or
    /// the time are used up. The last wait ends at the deadline.
    pub fn next_wait(&mut self) -> Option<Duration> {
        let left = self.time_left();
        if left.is_zero() || self.attempts.is_some_and(|attempts| self.attempt >= attempts) {
            return None;
        }
        let wait = self.next_wait.min(self.longest_wait);
        self.next_wait = wait.saturating_mul(self.factor);
        self.attempt = self.attempt.saturating_add(1);
        Some(self.shortened_at_random(wait).min(left))
    }

    /// As [`Backoff::next_wait`], after a failed request: a wait that the server
    /// asks for takes the place of ours. `None` also when it is longer than
    /// allowed.
    pub fn next_wait_after(&mut self, error: &HttpError) -> Option<Duration> {
        let allowed = self.longest_wait.min(self.time_left());
        let requested = error.requested_wait();
        if requested.is_some_and(|requested| requested > allowed) {
            return None;
        }
        let (failed, wait) = (self.attempt, self.next_wait()?);
        let wait = requested.unwrap_or(wait);
        tracing::debug!(attempt = failed, wait_ms = wait.as_millis(), reason = %error, "retry");
        Some(wait)
    }

    /// Waits before the next attempt; `false`, at once, when there is none.
    pub async fn wait(&mut self) -> bool {
        let Some(wait) = self.next_wait() else { return false };
        tokio::time::sleep(wait).await;
        true
    }

    fn shortened_at_random(&self, wait: Duration) -> Duration {
        let seconds = wait.as_secs_f64() * self.jitter * fastrand::f64();
        wait.saturating_sub(Duration::try_from_secs_f64(seconds).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::RedactedUrl;

    const SECOND: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(3600);

    fn limited(retry_after: Option<Duration>) -> HttpError {
        let url = RedactedUrl::from(&"http://127.0.0.1/".parse().unwrap());
        HttpError::RateLimited { method: reqwest::Method::GET, url, retry_after }
    }

    #[test]
    fn waits_grow_by_the_factor_up_to_the_longest() {
        let mut backoff = Backoff::new(SECOND).factor(3).jitter(0.0).longest_wait(10 * SECOND);
        let waits: Vec<u64> = (0..4).filter_map(|_| Some(backoff.next_wait()?.as_secs())).collect();
        assert_eq!((waits, backoff.attempt()), (vec![1, 3, 9, 10], 5));
        backoff.restart_waits();
        assert_eq!((backoff.next_wait(), backoff.attempt()), (Some(SECOND), 6));
    }

    #[test]
    fn jitter_takes_away_no_more_than_its_part() {
        for _ in 0..100 {
            let wait = Backoff::new(SECOND).next_wait().unwrap();
            assert!(wait >= SECOND / 2 && wait <= SECOND, "{wait:?}");
        }
    }

    #[test]
    fn the_last_attempt_is_followed_by_none() {
        let mut backoff = Backoff::new(Duration::ZERO).attempts(2);
        assert!(backoff.next_wait().is_some());
        assert_eq!((backoff.next_wait(), backoff.attempt()), (None, 2));
        assert_eq!(Backoff::new(SECOND).attempts(0).next_wait(), None);
    }

    #[test]
    fn no_wait_goes_beyond_the_deadline() {
        let mut backoff = Backoff::new(2 * HOUR).jitter(0.0);
        backoff = backoff.longest_wait(9 * HOUR).within(3 * HOUR);
        assert_eq!(backoff.next_wait(), Some(2 * HOUR));
        assert!(backoff.next_wait().is_some_and(|wait| wait > 2 * HOUR && wait <= 3 * HOUR));
        assert_eq!(Backoff::new(SECOND).within(Duration::ZERO).next_wait(), None);
        assert_eq!(Backoff::new(SECOND).within(Duration::MAX).time_left(), Duration::MAX);
    }

    #[tokio::test]
    async fn a_back_off_without_a_next_attempt_does_not_wait() {
        let mut backoff = Backoff::new(Duration::ZERO).attempts(2);
        assert!(backoff.wait().await);
        assert!(!backoff.wait().await);
    }

    #[test]
    fn a_wait_that_the_server_asks_for_takes_the_place_of_ours() {
        let mut backoff = Backoff::new(SECOND).jitter(0.0).longest_wait(5 * SECOND);
        assert_eq!(backoff.next_wait_after(&limited(Some(3 * SECOND))), Some(3 * SECOND));
        assert_eq!(backoff.next_wait_after(&limited(None)), Some(2 * SECOND));
        assert_eq!(backoff.next_wait_after(&limited(Some(6 * SECOND))), None);
        assert_eq!(backoff.next_wait_after(&limited(Some(Duration::MAX))), None);
    }

    #[test]
    fn a_wait_beyond_the_deadline_is_not_begun() {
        let mut backoff = Backoff::new(Duration::ZERO).within(2 * HOUR).longest_wait(9 * HOUR);
        assert_eq!(backoff.next_wait_after(&limited(Some(3 * HOUR))), None);
    }

    proptest! {
        #[test]
        fn no_wait_is_longer_than_allowed(
            first: Duration, longest: Duration, seconds: u32, factor: u32, jitter: f64,
        ) {
            let within = Duration::from_secs(seconds.into());
            let mut backoff = Backoff::new(first).longest_wait(longest).within(within);
            backoff = backoff.factor(factor).jitter(jitter);
            for _ in 0..5 {
                prop_assert!(backoff.next_wait().is_none_or(|wait| wait <= longest.min(within)));
            }
        }
    }
}
