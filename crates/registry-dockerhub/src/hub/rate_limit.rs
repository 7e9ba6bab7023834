use std::time::{Duration, SystemTime};

use transport::HeaderMap;

/// How many requests to the API of Docker Hub are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests allowed in a minute.
    pub limit: u64,
    /// Requests left.
    pub remaining: u64,
    /// When the count starts again.
    pub reset: Option<SystemTime>,
}

impl RateLimit {
    /// Reads `X-RateLimit-…` (Docker Hub API, "Rate limiting"); the reset is a Unix time.
    pub(super) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let unix = |seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        Some(Self {
            limit: number("x-ratelimit-limit")?,
            remaining: number("x-ratelimit-remaining")?,
            reset: number("x-ratelimit-reset").and_then(unix),
        })
    }
}

/// How many pulls are left, as Docker Hub's registry tells with every manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullLimit {
    /// Pulls allowed in `window`.
    pub limit: u64,
    /// Pulls left.
    pub remaining: u64,
    /// Time over which they are counted.
    pub window: Duration,
}

impl PullLimit {
    /// Reads `ratelimit-limit: 100;w=21600`. Absent headers mean no limit.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let (limit, window) = count(headers, "ratelimit-limit")?;
        let (remaining, _) = count(headers, "ratelimit-remaining")?;
        Some(Self { limit, remaining, window })
    }
}

fn count(headers: &HeaderMap, name: &str) -> Option<(u64, Duration)> {
    let text = headers.get(name)?.to_str().ok()?;
    let (count, window) = text.split_once(";w=").unwrap_or((text, "0"));
    let window = Duration::from_secs(window.trim().parse().ok()?);
    Some((count.trim().parse().ok()?, window))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn the_limit_of_pulls_has_its_window() {
        let stated =
            headers(&[("ratelimit-limit", "100;w=21600"), ("ratelimit-remaining", "97;w=21600")]);
        let expected = PullLimit { limit: 100, remaining: 97, window: Duration::from_secs(21_600) };
        assert_eq!(PullLimit::from_headers(&stated), Some(expected));
        assert_eq!(PullLimit::from_headers(&HeaderMap::new()), None);
    }

    #[test]
    fn the_limit_of_the_api_starts_again_at_a_unix_time() {
        let stated = headers(&[
            ("x-ratelimit-limit", "180"),
            ("x-ratelimit-remaining", "3"),
            ("x-ratelimit-reset", "1700000000"),
        ]);
        let reset = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let expected = RateLimit { limit: 180, remaining: 3, reset: Some(reset) };
        assert_eq!(RateLimit::from_headers(&stated), Some(expected));
    }
}
