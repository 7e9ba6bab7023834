use std::time::Duration;

use reqwest::{Method, StatusCode};

use crate::{RedactedUrl, RequestedWait};

/// Why a request did not give what was asked for. Each text is one whole sentence,
/// down to the innermost cause.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The client could not be set up (certificates, proxy settings).
    #[error("cannot set up HTTP: check proxy variables and certificates")]
    Setup(#[source] reqwest::Error),
    /// The request could not be formed: a secret or address that no header can carry.
    #[error("{method} {url}: the request cannot be formed; check the address and the credentials")]
    Unsendable {
        /// Method.
        method: Method,
        /// Where it was to go.
        url: RedactedUrl,
    },
    /// No connection: the server has seen nothing.
    #[error("cannot connect to {}: {reason}", .url.authority())]
    Connect {
        /// Method.
        method: Method,
        /// Where it was to go.
        url: RedactedUrl,
        /// The innermost cause: of name resolution, of the socket or of TLS.
        reason: String,
    },
    /// The connection broke or went silent after the request was sent, wholly or in part.
    #[error("{method} {url}: the connection broke before the whole response came: {reason}")]
    Interrupted {
        /// Method.
        method: Method,
        /// Where it went.
        url: RedactedUrl,
        /// The innermost cause.
        reason: String,
    },
    /// No response in time.
    #[error("no response from {} within {}", .url.authority(), in_seconds(*.waited))]
    TimedOut {
        /// Method.
        method: Method,
        /// Where it went.
        url: RedactedUrl,
        /// How long the response was waited for.
        waited: Duration,
    },
    /// Too many requests, and the wait asked for is longer than allowed or the attempts are used up.
    #[error("{method} {url}: too many requests{}", wait_suffix(*.retry_after))]
    RateLimited {
        /// Method.
        method: Method,
        /// Where it went.
        url: RedactedUrl,
        /// The wait that the server asks for; [`Duration::MAX`] when it is longer
        /// than any, or cannot be read.
        retry_after: Option<Duration>,
    },
    /// An answer with a status that the caller did not expect.
    #[error("{method} {url}: answered {status}{}{}", message_suffix(.message), wait_suffix(*.retry_after))]
    Status {
        /// Method.
        method: Method,
        /// Where it went.
        url: RedactedUrl,
        /// Status code.
        status: StatusCode,
        /// The server's own words, bounded: the reason phrase when it says
        /// more than the standard one, else the body's beginning.
        message: String,
        /// Whole body up to 64 KiB, for callers that know its format.
        body: bytes::Bytes,
        /// The wait that the server asks for; [`Duration::MAX`] when it is longer
        /// than any, or cannot be read.
        retry_after: Option<Duration>,
    },
    /// The answer is longer than the caller can take.
    #[error("{method} {url}: the answer is longer than {limit} bytes")]
    TooLong {
        /// Method.
        method: Method,
        /// Where it went.
        url: RedactedUrl,
        /// Bytes allowed.
        limit: usize,
    },
    /// The answer is not of the format that this interface speaks.
    #[error("{method} {url}: the answer is not what this interface should give ({reason})")]
    Garbage {
        /// Method.
        method: Method,
        /// Where it went.
        url: RedactedUrl,
        /// What is wrong with it.
        reason: String,
    },
}

fn wait_suffix(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!("; the server asks to wait {}", RequestedWait(wait))
    })
}

fn message_suffix(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

/// Whole seconds; parts of one only when there is no whole one.
fn in_seconds(time: Duration) -> String {
    if time.as_secs() > 0 {
        return format!("{} s", time.as_secs());
    }
    format!("{} ms", time.as_millis())
}

impl HttpError {
    /// The status, when the server answered with one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(StatusCode::TOO_MANY_REQUESTS),
            _ => None,
        }
    }

    /// Whether the server may have acted although no proper answer came: look
    /// at its state before saying that it failed or sending again.
    #[must_use]
    pub fn is_ambiguous(&self) -> bool {
        match self {
            Self::Interrupted { .. } | Self::TimedOut { .. } | Self::Garbage { .. } => true,
            Self::Status { status, .. } => status.is_server_error(),
            _ => false,
        }
    }

    /// Whether the server was not reached or turned the request away for now.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::TimedOut { .. } | Self::Interrupted { .. })
    }

    /// The wait that the server asks for; [`Duration::MAX`] when it is longer than
    /// any, or cannot be read.
    #[must_use]
    pub fn requested_wait(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Status { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// The server did nothing: sending again is always safe.
    pub(crate) fn was_refused_unprocessed(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::RateLimited { .. })
    }

    /// The fault may pass by itself.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Status { status, .. } => is_passing(*status),
            other => other.is_unreachable(),
        }
    }
}

/// Statuses of servers that fail or are overloaded for the moment.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 500 | 502 | 503 | 504)
}
