//! What to do after an attempt without a successful response.

use std::time::Duration;

use transport::{HttpError, RetryPolicy, StatusCode};

/// How to continue after a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextStep {
    /// The index may have stored the file: probe it, and send again only if it
    /// is missing.
    Probe,
    /// The index has stored nothing: send again.
    Resend,
    /// Sending again does not help.
    GiveUp,
}

pub(super) fn next_step(error: &HttpError) -> NextStep {
    match error {
        HttpError::Connect { .. } | HttpError::RateLimited { .. } => NextStep::Resend,
        HttpError::Status { status: StatusCode::REQUEST_TIMEOUT, .. } => NextStep::Probe,
        // The response was too long to read: there was a response.
        HttpError::TooLong { .. } => NextStep::Probe,
        error if error.is_ambiguous() => NextStep::Probe,
        _ => NextStep::GiveUp,
    }
}

/// The wait before attempt number `attempt + 1`; `None` when there is none, or
/// when the index demands a longer wait than the policy allows.
pub(super) fn wait_before_retry(
    policy: &RetryPolicy,
    attempt: u32,
    error: &HttpError,
) -> Option<Duration> {
    if attempt >= policy.attempts {
        return None;
    }
    if let Some(demanded) = demanded_wait(error) {
        return (demanded <= policy.longest_wait).then_some(demanded);
    }
    let doublings = attempt.saturating_sub(1).min(16);
    let full = policy.first_wait.saturating_mul(1 << doublings);
    Some(full.min(policy.longest_wait).mul_f64(0.5 + fastrand::f64() / 2.0))
}

fn demanded_wait(error: &HttpError) -> Option<Duration> {
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
    fn a_rate_limited_upload_is_sent_again_after_the_wait_demanded() {
        assert_eq!(next_step(&limited(3)), NextStep::Resend);
        let policy = RetryPolicy::default();
        let wait = wait_before_retry(&policy, 1, &limited(3));
        assert_eq!(wait, Some(Duration::from_secs(3)));
        assert_eq!(wait_before_retry(&policy, 1, &limited(3600)), None);
        assert_eq!(wait_before_retry(&policy, 1, &limited(u64::MAX)), None);
    }

    #[test]
    fn the_last_attempt_is_followed_by_none() {
        let policy = RetryPolicy::default();
        assert_eq!(wait_before_retry(&policy, policy.attempts, &limited(0)), None);
    }
}
