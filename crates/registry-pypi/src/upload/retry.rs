//! What to do after an attempt without a successful response.

use transport::{HttpError, StatusCode};

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use transport::RetryPolicy;

    use super::*;

    #[test]
    fn a_rate_limited_upload_is_sent_again_after_the_wait_demanded() {
        let url: transport::Url = "http://127.0.0.1/".parse().unwrap();
        let wait = Duration::from_secs(3);
        let (method, retry_after) = (transport::Method::POST, Some(wait));
        let error = HttpError::RateLimited { method, url: (&url).into(), retry_after };
        assert_eq!(next_step(&error), NextStep::Resend);
        assert_eq!(RetryPolicy::default().backoff().next_wait_after(&error), Some(wait));
    }
}
