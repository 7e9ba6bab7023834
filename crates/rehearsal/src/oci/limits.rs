//! The limits of Docker Hub, and the headers in which it announces them.
//!
//! Source: "Usage and limits" and "Rate limiting" of Docker's documentation.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderName, StatusCode};
use serde_json::json;

use super::options::{ApiLimit, PullLimit};
use super::refusal::{Code, Refusal};

type Headers = Vec<(HeaderName, String)>;

/// How much of each limit is left.
#[derive(Debug)]
pub(super) struct Limits {
    api: Option<Mutex<Budget>>,
    pulls: Option<Mutex<Budget>>,
}

/// A number of requests that comes back with every window.
#[derive(Debug)]
struct Budget {
    limit: u32,
    window: Duration,
    left: u32,
    reset: SystemTime,
}

/// What one request found.
struct Count {
    limit: u32,
    window: u64,
    left: u32,
    reset: u64,
    refused: bool,
}

impl Limits {
    pub(super) fn new(api: Option<ApiLimit>, pulls: Option<PullLimit>) -> Self {
        let budget = |limit, window| Mutex::new(Budget::new(limit, window));
        Self {
            api: api.map(|it| budget(it.requests, it.window)),
            pulls: pulls.map(|it| budget(it.pulls, it.window)),
        }
    }

    /// Counts a request to Hub's own API; the headers go with the answer.
    pub(super) fn api_request(&self) -> Result<Headers, Refusal> {
        let Some(count) = count(self.api.as_ref(), true) else {
            return Ok(Vec::new());
        };
        if count.refused {
            let document = json!({"detail": "Rate limit exceeded", "error": false});
            let refusal = Refusal::document(StatusCode::TOO_MANY_REQUESTS, document);
            // A point in time, not a number of seconds.
            let retry = HeaderName::from_static("x-retry-after");
            return Err(refusal.with_header(retry, &count.reset.to_string()));
        }
        Ok(vec![
            named("x-ratelimit-limit", count.limit),
            named("x-ratelimit-remaining", count.left),
            named("x-ratelimit-reset", count.reset),
        ])
    }

    /// Counts the reading of a manifest, if it is a pull; the headers go with the answer.
    pub(super) fn manifest_read(&self, pulls: bool) -> Result<Headers, Refusal> {
        let Some(count) = count(self.pulls.as_ref(), pulls) else {
            return Ok(Vec::new());
        };
        if count.refused {
            let message = "You have reached your pull rate limit. You may increase the limit by \
                authenticating and upgrading";
            return Err(Refusal::message(Code::TooManyRequests, message));
        }
        let window = count.window;
        Ok(vec![
            named("ratelimit-limit", format!("{};w={window}", count.limit)),
            named("ratelimit-remaining", format!("{};w={window}", count.left)),
            named("docker-ratelimit-source", "127.0.0.1"),
        ])
    }
}

impl Budget {
    fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, left: limit, reset: SystemTime::now() + window }
    }

    fn count(&mut self, takes: bool, now: SystemTime) -> Count {
        if now >= self.reset {
            self.left = self.limit;
            self.reset = now + self.window;
        }
        let refused = takes && self.left == 0;
        if takes {
            self.left = self.left.saturating_sub(1);
        }
        Count {
            limit: self.limit,
            window: self.window.as_secs(),
            left: self.left,
            reset: unix_seconds(self.reset),
            refused,
        }
    }
}

fn count(budget: Option<&Mutex<Budget>>, takes: bool) -> Option<Count> {
    let mut budget = budget?.lock().unwrap_or_else(PoisonError::into_inner);
    Some(budget.count(takes, SystemTime::now()))
}

/// Rounded up, so that a client that waits until then is let in.
fn unix_seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() + u64::from(since.subsec_nanos() > 0)
}

fn named(name: &'static str, value: impl ToString) -> (HeaderName, String) {
    (HeaderName::from_static(name), value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_when_used_up_and_lets_in_again_after_the_window() {
        let mut budget = Budget::new(1, Duration::from_secs(60));
        let now = SystemTime::now();
        assert!(!budget.count(true, now).refused);
        assert!(budget.count(true, now).refused);
        let later = now + Duration::from_secs(61);
        assert!(!budget.count(true, later).refused);
    }

    #[test]
    fn looking_costs_nothing() {
        let mut budget = Budget::new(1, Duration::from_secs(60));
        let now = SystemTime::now();
        assert_eq!(budget.count(false, now).left, 1);
        assert_eq!(budget.count(true, now).left, 0);
        assert!(!budget.count(false, now).refused);
    }
}
