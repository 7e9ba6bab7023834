use reqwest::{StatusCode, header::HeaderMap};

/// Whether this response means "too many requests". GitHub says so with 403 and
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
    fn a_plain_403_is_no_rate_limit() {
        assert!(!is_rate_limited(StatusCode::FORBIDDEN, &HeaderMap::new()));
        assert!(is_rate_limited(StatusCode::FORBIDDEN, &headers("x-ratelimit-remaining", "0")));
        assert!(is_rate_limited(StatusCode::FORBIDDEN, &headers("retry-after", "9")));
    }
}
