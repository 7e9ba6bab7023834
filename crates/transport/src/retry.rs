use std::time::{Duration, SystemTime};

use reqwest::{StatusCode, header::HeaderMap};

use crate::HttpError;

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

    /// How long to wait before sending again; `None` means give up.
    pub(crate) fn wait(
        &self,
        attempt: u32,
        repeatable: bool,
        error: &HttpError,
    ) -> Option<Duration> {
        let allowed = error.was_refused_unprocessed() || repeatable && error.may_pass();
        if attempt >= self.attempts || !allowed {
            return None;
        }
        match error.retry_after() {
            Some(asked) => (asked <= self.longest_wait).then_some(asked),
            None => Some(self.backoff(attempt)),
        }
    }

    fn backoff(&self, attempt: u32) -> Duration {
        let full = self.first_wait.saturating_mul(1 << (attempt - 1).min(16));
        full.min(self.longest_wait).mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}

/// How long the server asks to wait: `Retry-After` in seconds or as a date
/// (RFC 9110), or Docker Hub's `X-Retry-After`, which is a Unix time.
pub(crate) fn asked_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let until = |moment: SystemTime| moment.duration_since(now).unwrap_or_default();
    let standard = text("retry-after").and_then(|value| {
        let seconds = value.parse().ok().map(Duration::from_secs);
        seconds.or_else(|| httpdate::parse_http_date(value).ok().map(until))
    });
    let unix =
        |value: &str| value.parse().ok().map(|s| SystemTime::UNIX_EPOCH + Duration::from_secs(s));
    standard.or_else(|| text("x-retry-after").and_then(unix).map(until))
}

/// Whether this answer means "too many requests". GitHub says so with 403 and
/// `Retry-After` or an exhausted `X-RateLimit-Remaining` (GitHub REST API,
/// "Rate limits").
pub(crate) fn is_rate_limited(status: StatusCode, headers: &HeaderMap) -> bool {
    let exhausted = headers.get("x-ratelimit-remaining").is_some_and(|left| left == "0");
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::FORBIDDEN && (headers.contains_key("retry-after") || exhausted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_wait_is_read_as_seconds_date_or_unix_time() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let later = now + Duration::from_secs(30);
        for (name, value) in [
            ("retry-after", "30".to_owned()),
            ("retry-after", httpdate::fmt_http_date(later)),
            ("x-retry-after", "1000030".to_owned()),
        ] {
            assert_eq!(asked_wait(&headers(name, &value), now), Some(Duration::from_secs(30)));
        }
        assert_eq!(asked_wait(&headers("retry-after", "soon"), now), None);
    }

    #[test]
    fn a_plain_403_is_no_rate_limit() {
        assert!(!is_rate_limited(StatusCode::FORBIDDEN, &HeaderMap::new()));
        assert!(is_rate_limited(StatusCode::FORBIDDEN, &headers("x-ratelimit-remaining", "0")));
    }
}
