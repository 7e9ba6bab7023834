//! Who calls, and how often they may.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::options::{ForgeToken, Right};
use super::refusal::Refusal;

/// Requests an account may make in an hour.
const HOURLY: u32 = 5000;
const HOUR: Duration = Duration::from_secs(3600);

/// Who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) login: Option<String>,
    pub(crate) right: Option<Right>,
}

impl Caller {
    /// Finds out who calls; a token that is not known is an error even where none is needed.
    pub(crate) fn identify(headers: &HeaderMap, tokens: &[ForgeToken]) -> Result<Self, Refusal> {
        let Some(value) = headers.get(header::AUTHORIZATION) else {
            return Ok(Self { login: None, right: None });
        };
        let shown = value.to_str().ok().and_then(|value| value.split_once(' '));
        let token = shown
            .filter(|(scheme, _)| ["bearer", "token"].contains(&scheme.to_lowercase().as_str()))
            .and_then(|(_, secret)| tokens.iter().find(|token| token.secret == secret.trim()))
            .ok_or(Refusal::BadCredentials)?;
        Ok(Self { login: Some(token.login.clone()), right: token.right })
    }

    /// Whether the caller may read a repository.
    pub(crate) fn check_read(&self, private: bool) -> Result<(), Refusal> {
        match private && self.right.is_none() {
            true => Err(Refusal::NotFound),
            false => Ok(()),
        }
    }

    /// Whether the caller may change a repository that they may read.
    pub(crate) fn check_write(&self) -> Result<(), Refusal> {
        match (&self.login, self.right) {
            (_, Some(right)) if right >= Right::Push => Ok(()),
            (Some(_), _) => Err(Refusal::NotAccessible),
            (None, _) => Err(Refusal::RequiresAuthentication),
        }
    }

    /// Whether the caller sees drafts.
    pub(crate) fn sees_drafts(&self) -> bool {
        self.check_write().is_ok()
    }
}

/// The allowance of all callers together, and the limits that a test switches on.
#[derive(Debug)]
pub(crate) struct Allowance {
    left: u32,
    resets: SystemTime,
    secondary: u32,
    retry_after: Duration,
}

impl Allowance {
    pub(crate) fn new(now: SystemTime) -> Self {
        Self { left: HOURLY, resets: now + HOUR, secondary: 0, retry_after: Duration::ZERO }
    }

    /// Takes everything that is left, for so long.
    pub(crate) fn exhaust(&mut self, now: SystemTime, lasts: Duration) {
        self.left = 0;
        self.resets = now + lasts;
    }

    /// Answers so many requests with the secondary limit.
    pub(crate) fn limit_secondary(&mut self, requests: u32, retry_after: Duration) {
        self.secondary = requests;
        self.retry_after = retry_after;
    }

    /// Takes one request off the allowance.
    pub(crate) fn spend(&mut self, now: SystemTime) -> Result<(), Refusal> {
        if now >= self.resets {
            self.left = HOURLY;
            self.resets = now + HOUR;
        }
        if self.secondary > 0 {
            self.secondary -= 1;
            return Err(Refusal::SecondaryLimit { retry_after: self.retry_after.as_secs() });
        }
        self.left = self.left.checked_sub(1).ok_or(Refusal::RateLimited)?;
        Ok(())
    }

    /// Tells the caller where they stand.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let resets = self.resets.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        for (name, value) in [
            ("x-ratelimit-limit", u64::from(HOURLY)),
            ("x-ratelimit-remaining", u64::from(self.left)),
            ("x-ratelimit-used", u64::from(HOURLY - self.left)),
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

    fn identify(authorization: Option<&str>) -> Result<Caller, Refusal> {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
        }
        let tokens = [
            ForgeToken::new("writer", "octo", Right::Push),
            ForgeToken::new("reader", "pal", Right::Pull),
            ForgeToken::of_stranger("stranger", "who"),
        ];
        Caller::identify(&headers, &tokens)
    }

    #[test]
    fn both_schemes_are_understood_and_a_wrong_token_never() {
        assert_eq!(identify(Some("Bearer writer")).unwrap().login.as_deref(), Some("octo"));
        assert_eq!(identify(Some("token writer")).unwrap().right, Some(Right::Push));
        assert_eq!(identify(Some("Bearer wrong")), Err(Refusal::BadCredentials));
        assert_eq!(identify(Some("Basic writer")), Err(Refusal::BadCredentials));
    }

    #[test]
    fn rights_decide_what_is_seen_and_changed() {
        let anonymous = identify(None).unwrap();
        let stranger = identify(Some("Bearer stranger")).unwrap();
        let reader = identify(Some("Bearer reader")).unwrap();
        assert_eq!(anonymous.check_read(true), Err(Refusal::NotFound));
        assert_eq!(stranger.check_read(true), Err(Refusal::NotFound));
        assert_eq!(reader.check_read(true), Ok(()));
        assert_eq!(anonymous.check_write(), Err(Refusal::RequiresAuthentication));
        assert_eq!(reader.check_write(), Err(Refusal::NotAccessible));
    }

    #[test]
    fn the_allowance_comes_back_when_its_hour_is_over() {
        let start = UNIX_EPOCH;
        let mut allowance = Allowance::new(start);
        allowance.exhaust(start, Duration::from_secs(60));
        assert_eq!(allowance.spend(start), Err(Refusal::RateLimited));
        assert_eq!(allowance.spend(start + Duration::from_secs(60)), Ok(()));
    }
}
