//! What subscribers get to see of requests: no headers, no secrets.

use std::time::Duration;

use reqwest::redirect::Attempt;

use crate::{HttpError, RedactedUrl, Request};

/// One attempt of a request, until the head of its response.
pub(crate) fn trace_request(
    request: &Request,
    attempt: u32,
    outcome: &Result<reqwest::Response, HttpError>,
    time: Duration,
) {
    let (status, error) = match outcome {
        Ok(response) => (Some(response.status().as_u16()), None),
        Err(error) => (None, Some(tracing::field::display(error))),
    };
    tracing::debug!(
        method = %request.method,
        address = %redacted_address(request),
        status,
        ms = time.as_millis(),
        attempt = (attempt > 1).then_some(attempt),
        error,
        "request"
    );
}

/// A redirect that is followed; the line of the request has the status of the last response.
pub(crate) fn trace_redirect(attempt: &Attempt<'_>) {
    tracing::debug!(
        address = %RedactedUrl::from(attempt.url()).with_harmless_query(),
        status = attempt.status().as_u16(),
        "redirect"
    );
}

/// Some services take a secret as a part of the path.
fn redacted_address(request: &Request) -> String {
    let address = RedactedUrl::from(&request.url).with_harmless_query();
    request.authorization.as_ref().map_or_else(|| address.clone(), |sent| sent.redact(&address))
}
