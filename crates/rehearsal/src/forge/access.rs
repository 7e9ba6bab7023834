//! Authentication of callers, and rate limits.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::error::ApiError;
use super::options::{ForgeToken, Permission};

/// Requests per hour.
const HOURLY_LIMIT: u32 = 5000;
const HOUR: Duration = Duration::from_secs(3600);

/// The sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Caller {
    /// The account; `None` for an anonymous request.
    pub(super) login: Option<String>,
    permission: Option<Permission>,
}

impl Caller {
    /// Identifies the caller; an unknown token is an error even where none is required.
    pub(super) fn from_headers(
        headers: &HeaderMap,
        tokens: &[ForgeToken],
    ) -> Result<Self, ApiError> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(Self { login: None, permission: None });
        };
        let token = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| ["bearer", "token"].contains(&scheme.to_lowercase().as_str()))
            .and_then(|(_, secret)| tokens.iter().find(|token| token.secret == secret.trim()))
            .ok_or(ApiError::BadCredentials)?;
        Ok(Self { login: Some(token.login.clone()), permission: token.permission })
    }

    pub(super) fn has(&self, permission: Permission) -> bool {
        self.permission >= Some(permission)
    }

    /// Checks that the caller may read the repository.
    pub(super) fn check_read(&self, private: bool) -> Result<(), ApiError> {
        match private && self.permission.is_none() {
            true => Err(ApiError::NotFound),
            false => Ok(()),
        }
    }

    /// Checks that the caller may change the repository; it is known to be able to read it.
    pub(super) fn check_write(&self) -> Result<(), ApiError> {
        match &self.login {
            _ if self.has(Permission::Push) => Ok(()),
            Some(_) => Err(ApiError::NotAccessible),
            None => Err(ApiError::RequiresAuthentication),
        }
    }

    pub(super) fn sees_drafts(&self) -> bool {
        self.check_write().is_ok()
    }
}

/// The rate limit that all callers share, and the limits that a test switches on.
#[derive(Debug)]
pub(super) struct RateLimit {
    remaining: u32,
    resets: SystemTime,
    secondary_requests: u32,
    retry_after: Duration,
}

impl RateLimit {
    pub(super) fn new(now: SystemTime) -> Self {
        Self {
            remaining: HOURLY_LIMIT,
            resets: now + HOUR,
            secondary_requests: 0,
            retry_after: Duration::ZERO,
        }
    }

    /// Uses up all remaining requests; the limit resets after `duration`.
    pub(super) fn exhaust(&mut self, now: SystemTime, duration: Duration) {
        self.remaining = 0;
        self.resets = now + duration;
    }

    /// Applies the secondary limit to the next `requests` requests.
    pub(super) fn start_secondary(&mut self, requests: u32, retry_after: Duration) {
        self.secondary_requests = requests;
        self.retry_after = retry_after;
    }

    /// Counts one request.
    pub(super) fn count_request(&mut self, now: SystemTime) -> Result<(), ApiError> {
        if now >= self.resets {
            self.remaining = HOURLY_LIMIT;
            self.resets = now + HOUR;
        }
        if self.secondary_requests > 0 {
            self.secondary_requests -= 1;
            return Err(ApiError::SecondaryLimit { retry_after: self.retry_after.as_secs() });
        }
        self.remaining = self.remaining.checked_sub(1).ok_or(ApiError::RateLimited)?;
        Ok(())
    }

    /// Announces the limit in the headers of a response.
    pub(super) fn write_headers(&self, headers: &mut HeaderMap) {
        let resets = self.resets.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        for (name, value) in [
            ("x-ratelimit-limit", u64::from(HOURLY_LIMIT)),
            ("x-ratelimit-remaining", u64::from(self.remaining)),
            ("x-ratelimit-used", u64::from(HOURLY_LIMIT - self.remaining)),
            ("x-ratelimit-reset", resets),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
        let resource = HeaderName::from_static("x-ratelimit-resource");
        headers.insert(resource, HeaderValue::from_static("core"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(authorization: Option<&str>) -> Result<Caller, ApiError> {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        let tokens = [
            ForgeToken::new("writer", "octo", Permission::Push),
            ForgeToken::new("reader", "pal", Permission::Pull),
            ForgeToken::without_access("stranger", "who"),
        ];
        Caller::from_headers(&headers, &tokens)
    }

    #[test]
    fn both_schemes_are_understood_and_a_wrong_token_never() {
        assert_eq!(caller(Some("Bearer writer")).unwrap().login.as_deref(), Some("octo"));
        assert_eq!(caller(Some("token writer")).unwrap().permission, Some(Permission::Push));
        assert_eq!(caller(Some("Bearer wrong")), Err(ApiError::BadCredentials));
        assert_eq!(caller(Some("Basic writer")), Err(ApiError::BadCredentials));
    }

    #[test]
    fn permissions_decide_what_is_seen_and_changed() {
        let anonymous = caller(None).unwrap();
        let stranger = caller(Some("Bearer stranger")).unwrap();
        let reader = caller(Some("Bearer reader")).unwrap();
        assert_eq!(anonymous.check_read(true), Err(ApiError::NotFound));
        assert_eq!(stranger.check_read(true), Err(ApiError::NotFound));
        assert_eq!(reader.check_read(true), Ok(()));
        assert_eq!(anonymous.check_write(), Err(ApiError::RequiresAuthentication));
        assert_eq!(reader.check_write(), Err(ApiError::NotAccessible));
    }

    #[test]
    fn an_exhausted_limit_resets_when_its_time_is_over() {
        let start = UNIX_EPOCH;
        let mut limit = RateLimit::new(start);
        limit.exhaust(start, Duration::from_secs(60));
        assert_eq!(limit.count_request(start), Err(ApiError::RateLimited));
        assert_eq!(limit.count_request(start + Duration::from_secs(60)), Ok(()));
    }
}
