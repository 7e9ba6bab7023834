//! What to do after an attempt that was not answered with success.

use std::time::Duration;

use transport::{HttpError, RetryPolicy, StatusCode};

/// How a failed attempt goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The index may have stored the file: look, and send again only if it is not there.
    Look,
    /// The index has stored nothing: send again.
    Resend,
    /// Sending again does not help.
    GiveUp,
}

pub(super) fn next(error: &HttpError) -> Next {
    match error {
        HttpError::Connect { .. } | HttpError::RateLimited { .. } => Next::Resend,
        HttpError::Status { status: StatusCode::REQUEST_TIMEOUT, .. } => Next::Look,
        // The answer was too long to read: it was an answer.
        HttpError::TooLong { .. } => Next::Look,
        error if error.is_ambiguous() => Next::Look,
        _ => Next::GiveUp,
    }
}

/// The wait before attempt number `attempt + 1`; `None` when there is none, or
/// the index asks for more patience than the policy has.
pub(super) fn wait(policy: &RetryPolicy, attempt: u32, error: &HttpError) -> Option<Duration> {
    if attempt >= policy.attempts {
        return None;
    }
    if let Some(asked) = asked(error) {
        return (asked <= policy.longest_wait).then_some(asked);
    }
    let full = policy.first_wait.saturating_mul(1 << (attempt - 1).min(16));
    Some(full.min(policy.longest_wait).mul_f64(0.5 + fastrand::f64() / 2.0))
}

fn asked(error: &HttpError) -> Option<Duration> {
    match error {
        HttpError::RateLimited { retry_after, .. } | HttpError::Status { retry_after, .. } => {
            *retry_after
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(seconds: u64) -> HttpError {
        let url: transport::Url = "http://127.0.0.1/".parse().unwrap();
        HttpError::RateLimited {
            method: transport::Method::POST,
            url: (&url).into(),
            retry_after: Some(Duration::from_secs(seconds)),
        }
    }

    #[test]
    fn a_rate_limit_is_sent_again_after_the_wait_asked_for_and_not_looked_at() {
        assert_eq!(next(&limited(3)), Next::Resend);
        let policy = RetryPolicy::default();
        assert_eq!(wait(&policy, 1, &limited(3)), Some(Duration::from_secs(3)));
        assert_eq!(wait(&policy, 1, &limited(3600)), None);
    }

    #[test]
    fn the_last_attempt_is_followed_by_none() {
        let policy = RetryPolicy::default();
        assert_eq!(wait(&policy, policy.attempts, &limited(0)), None);
    }
}
