use std::{
    fmt,
    time::{Duration, SystemTime},
};

use reqwest::header::{HeaderMap, HeaderValue};

/// A server that asks for more than this means "never", or its header is broken.
const LONGEST_SENSIBLE_WAIT: Duration = Duration::from_secs(365 * 86_400);

/// A wait that a server asks for, as messages show it. [`Duration::MAX`] stands
/// for one that is longer than any, or that nobody can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedWait(pub Duration);

impl fmt::Display for RequestedWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Duration::MAX => f.write_str("longer than we wait"),
            wait => write!(f, "{} s", wait.as_secs()),
        }
    }
}

/// How long the server asks to wait: `Retry-After` in seconds or as a date
/// (RFC 9110), or Docker Hub's `X-Retry-After`, which is a Unix time. A header
/// that cannot be read, or asks for years, counts as [`Duration::MAX`]: the server
/// is not ready, and guessing a shorter wait would annoy it.
pub(crate) fn requested_wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let standard = headers.get("retry-after").map(|value| standard_wait(value, now));
    let unix = headers.get("x-retry-after").map(|value| wait_until_unix_time(value, now));
    standard.filter(|wait| *wait != Duration::MAX).or(unix).or(standard)
}

fn standard_wait(value: &HeaderValue, now: SystemTime) -> Duration {
    let text = value.to_str().unwrap_or_default().trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    sensible(seconds.or_else(|| Some(wait_until(httpdate::parse_http_date(text).ok()?, now))))
}

fn wait_until_unix_time(value: &HeaderValue, now: SystemTime) -> Duration {
    let seconds = value.to_str().ok().and_then(|text| text.trim().parse().ok());
    let time = seconds
        .and_then(|seconds| SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)));
    sensible(time.map(|time| wait_until(time, now)))
}

/// None at all when the time has passed.
fn wait_until(time: SystemTime, now: SystemTime) -> Duration {
    time.duration_since(now).unwrap_or_default()
}

fn sensible(wait: Option<Duration>) -> Duration {
    wait.filter(|wait| *wait <= LONGEST_SENSIBLE_WAIT).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADERS: [&str; 2] = ["retry-after", "x-retry-after"];
    const WAIT: Duration = Duration::from_secs(30);

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn wait_in(pairs: &[(&'static str, &str)]) -> Option<Duration> {
        requested_wait(&headers(pairs), now())
    }

    #[test]
    fn a_wait_is_read_as_seconds_date_or_unix_time() {
        let date = httpdate::fmt_http_date(now() + WAIT);
        assert_eq!(wait_in(&[("retry-after", "30")]), Some(WAIT));
        assert_eq!(wait_in(&[("retry-after", &date)]), Some(WAIT));
        assert_eq!(wait_in(&[("x-retry-after", "1000030")]), Some(WAIT));
        assert_eq!(wait_in(&[("x-retry-after", "5")]), Some(Duration::ZERO));
        assert_eq!(wait_in(&[]), None);
    }

    #[test]
    fn an_absurd_or_unreadable_wait_is_longer_than_any() {
        for value in ["18446744073709551615", "99999999999999999999", "-1", "soon", "", "1e3"] {
            for name in HEADERS {
                assert_eq!(wait_in(&[(name, value)]), Some(Duration::MAX), "{name}: {value}");
            }
        }
        assert_eq!(RequestedWait(Duration::MAX).to_string(), "longer than we wait");
    }

    #[test]
    fn the_header_that_can_be_read_counts() {
        let unix = ("x-retry-after", "1000030");
        assert_eq!(wait_in(&[("retry-after", "soon"), unix]), Some(WAIT));
        assert_eq!(wait_in(&[("retry-after", "7"), unix]), Some(Duration::from_secs(7)));
    }

    proptest! {
        #[test]
        fn every_header_is_a_sensible_wait_or_longer_than_any(
            value: Vec<u8>, seconds: u64, number: bool, which in 0..2_usize,
        ) {
            let value = if number { seconds.to_string().into_bytes() } else { value };
            let Ok(value) = HeaderValue::from_bytes(&value) else { return Ok(()) };
            let map = HeaderMap::from_iter([(HEADERS[which].parse().unwrap(), value)]);
            for now in [now(), SystemTime::UNIX_EPOCH, SystemTime::now()] {
                let wait = requested_wait(&map, now).unwrap();
                prop_assert!(wait <= LONGEST_SENSIBLE_WAIT || wait == Duration::MAX);
            }
        }

        #[test]
        fn every_text_is_a_sensible_wait_or_longer_than_any(value in "[ -~]{0,40}") {
            for name in HEADERS {
                let wait = wait_in(&[(name, &value)]).unwrap();
                prop_assert!(wait <= LONGEST_SENSIBLE_WAIT || wait == Duration::MAX);
            }
        }
    }
}
