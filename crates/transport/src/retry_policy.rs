use std::time::Duration;

use crate::Backoff;

/// How often and how long a request is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included.
    pub attempts: u32,
    /// Wait before the second attempt; doubled for each further one, with jitter.
    pub first_wait: Duration,
    /// The longest single wait, also when a server asks for more.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    /// Five attempts within about 8 s, and up to a minute when a server asks.
    fn default() -> Self {
        Self {
            attempts: 5,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
        }
    }
}

impl RetryPolicy {
    /// One attempt, no repetition.
    #[must_use]
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The waits of one request.
    #[must_use]
    pub fn backoff(&self) -> Backoff {
        Backoff::new(self.first_wait).longest_wait(self.longest_wait).attempts(self.attempts)
    }
}
