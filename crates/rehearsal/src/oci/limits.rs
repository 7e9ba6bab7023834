//! The rate limits of Docker Hub, and the headers that announce them.
//!
//! Source: "Usage and limits" and "Rate limiting" of Docker's documentation.

use std::sync::Mutex;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderName, StatusCode};
use serde_json::json;

use super::error::{ErrorCode, ErrorResponse};
use super::options::{ApiLimit, PullLimit};
use crate::sync::lock;

type RateLimitHeaders = Vec<(HeaderName, String)>;

/// What remains of each limit.
#[derive(Debug)]
pub(super) struct RateLimits {
    api: Option<Mutex<RequestBudget>>,
    pulls: Option<Mutex<RequestBudget>>,
}

/// A number of requests that is available again in every window.
#[derive(Debug)]
struct RequestBudget {
    limit: u32,
    window: Duration,
    remaining: u32,
    reset: SystemTime,
}

/// The budget after one request.
struct BudgetStatus {
    limit: u32,
    window_seconds: u64,
    remaining: u32,
    reset_timestamp: u64,
    refused: bool,
}

impl RateLimits {
    pub(super) fn new(api: Option<ApiLimit>, pulls: Option<PullLimit>) -> Self {
        Self {
            api: api.map(|limit| Mutex::new(RequestBudget::new(limit.requests, limit.window))),
            pulls: pulls.map(|limit| Mutex::new(RequestBudget::new(limit.pulls, limit.window))),
        }
    }

    /// Counts a request to Docker Hub's API; returns the headers for the response.
    pub(super) fn count_api_request(&self) -> Result<RateLimitHeaders, ErrorResponse> {
        let Some(status) = spend_from(self.api.as_ref(), true) else {
            return Ok(Vec::new());
        };
        if status.refused {
            let document = json!({"detail": "Rate limit exceeded", "error": false});
            let error = ErrorResponse::json(StatusCode::TOO_MANY_REQUESTS, document);
            // A point in time, not a number of seconds.
            let retry_after = HeaderName::from_static("x-retry-after");
            return Err(error.with_header(retry_after, &status.reset_timestamp.to_string()));
        }
        Ok(vec![
            rate_header("x-ratelimit-limit", status.limit),
            rate_header("x-ratelimit-remaining", status.remaining),
            rate_header("x-ratelimit-reset", status.reset_timestamp),
        ])
    }

    /// Counts a manifest request if it is a pull; returns the headers for the response.
    pub(super) fn count_manifest_read(
        &self,
        is_pull: bool,
    ) -> Result<RateLimitHeaders, ErrorResponse> {
        let Some(status) = spend_from(self.pulls.as_ref(), is_pull) else {
            return Ok(Vec::new());
        };
        if status.refused {
            let message = "You have reached your pull rate limit. You may increase the limit by \
                authenticating and upgrading";
            return Err(ErrorResponse::with_message(ErrorCode::TooManyRequests, message));
        }
        let window = status.window_seconds;
        Ok(vec![
            rate_header("ratelimit-limit", format!("{};w={window}", status.limit)),
            rate_header("ratelimit-remaining", format!("{};w={window}", status.remaining)),
            rate_header("docker-ratelimit-source", "127.0.0.1"),
        ])
    }
}

impl RequestBudget {
    fn new(limit: u32, window: Duration) -> Self {
        Self { limit, window, remaining: limit, reset: SystemTime::now() + window }
    }

    /// Uses up one request if `counts`.
    fn spend(&mut self, counts: bool, now: SystemTime) -> BudgetStatus {
        if now >= self.reset {
            self.remaining = self.limit;
            self.reset = now + self.window;
        }
        let refused = counts && self.remaining == 0;
        if counts {
            self.remaining = self.remaining.saturating_sub(1);
        }
        BudgetStatus {
            limit: self.limit,
            window_seconds: self.window.as_secs(),
            remaining: self.remaining,
            reset_timestamp: unix_seconds(self.reset),
            refused,
        }
    }
}

fn spend_from(budget: Option<&Mutex<RequestBudget>>, counts: bool) -> Option<BudgetStatus> {
    Some(lock(budget?).spend(counts, SystemTime::now()))
}

/// Rounded up, so that a client that waits until then is admitted.
fn unix_seconds(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs() + u64::from(since.subsec_nanos() > 0)
}

fn rate_header(name: &'static str, value: impl ToString) -> (HeaderName, String) {
    (HeaderName::from_static(name), value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_when_exhausted_and_admits_again_after_the_window() {
        let mut budget = RequestBudget::new(1, Duration::from_secs(60));
        let now = SystemTime::now();
        assert!(!budget.spend(true, now).refused);
        assert!(budget.spend(true, now).refused);
        let later = now + Duration::from_secs(61);
        assert!(!budget.spend(true, later).refused);
    }

    #[test]
    fn requests_that_do_not_count_cost_nothing() {
        let mut budget = RequestBudget::new(1, Duration::from_secs(60));
        let now = SystemTime::now();
        assert_eq!(budget.spend(false, now).remaining, 1);
        assert_eq!(budget.spend(true, now).remaining, 0);
        assert!(!budget.spend(false, now).refused);
    }
}
